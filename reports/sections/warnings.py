"""What could make this run meaningless, although nothing failed."""

from collections.abc import Iterator

from reports.run_view import RunView
from reports.section import Chapter, Content
from reports.sentence import Name, Sentence, count, say, share, shortened
from sim.kpis import KPI_BY_NAME

_UNEXPECTED = 0.01
_RULES = {
    "calls_settled": "No call was settled, so no price, split or royalty was tested.",
    "checks_opened": "No spot check was opened, so verification was not tested.",
    "slashes": "Nobody was slashed, so the slashing rules were not tested.",
    "forks": "Nobody forked a model, so royalties up a lineage were not tested.",
    "proofs_verified": "No proof was verified on chain.",
}


def _untested(view: RunView) -> Iterator[Sentence]:
    for kpi, sentence in _RULES.items():
        total = view.total(kpi)
        if total is not None and total == 0:
            yield say(sentence)
    if view.table("proposals").empty:
        yield say("Nothing was put to the vote, so governance was not tested.")


def _unwell(view: RunView) -> Iterator[Sentence]:
    manifest = view.manifest
    if manifest.engine == "none":
        yield say("No engine ran: the model was compared with no contract.")
    if manifest.ticks < manifest.ticks_asked:
        yield say(
            "The run ended after {ticks} of {asked}.",
            ticks=count(manifest.ticks, "1"),
            asked=count(manifest.ticks_asked, "ticks"),
        )
    stand_in = next((row for row in view.parameters if row["key"] == "proofs.kind"), None)
    if stand_in and stand_in["value"] == "stand-in":
        yield say("Proofs were stand-ins that the model accepts; nothing was proven.")
    empty = _never_computed(view)
    if empty:
        yield say(
            "{many} never measured: {names}.",
            many=count(len(empty), "key figures"),
            names=Name(", ".join(KPI_BY_NAME[name].label for name in empty)),
        )
    refusals = view.table("refusals")
    compared = manifest.counts.calls_compared
    on_chain = refusals[(refusals["place"] == "chain") & ~refusals["expected"].astype(bool)]
    unexpected = int(on_chain["count"].sum())
    if compared and unexpected > _UNEXPECTED * compared:
        yield say(
            "{part} of transactions were refused although no strategy expects it.",
            part=share(unexpected / compared),
        )


def _never_computed(view: RunView) -> list[str]:
    values = view.metrics[["kpi", "value"]]
    measured = set(values.dropna()["kpi"])
    return [name for name in KPI_BY_NAME if name in set(values["kpi"]) - measured]


def _build(view: RunView) -> Content:
    of_run = [Sentence((Name(shortened(text, 300)),)) for text in view.manifest.warnings]
    found = [*of_run, *_unwell(view), *_untested(view)]
    if not found:
        return Content("green", say("No warning: every rule that this page judges was exercised."))
    finding = say("{many} on what this run can show.", many=count(len(found), "warnings"))
    return Content("amber", finding, notes=tuple(found))


CHAPTER = Chapter("warnings", "Warnings", "What could make this meaningless?", _build)
