"""What could make this run meaningless, although nothing failed."""

from collections.abc import Iterator

from reports.run_view import RunView
from reports.section import Chapter, Content
from reports.sentence import Name, Sentence, count, say, share

_UNEXPECTED = 0.01


def _found(view: RunView) -> Iterator[Sentence]:
    manifest = view.manifest
    if manifest.engine == "none":
        yield say("No engine ran: the model was compared with no contract.")
    if manifest.ticks < manifest.ticks_asked:
        yield say(
            "The run ended after {ticks} of {asked}.",
            ticks=count(manifest.ticks, "1"),
            asked=count(manifest.ticks_asked, "ticks"),
        )
    if view.table("proposals").empty:
        yield say("Nothing was put to the vote, so governance was not tested.")
    unvaried = _unvaried(view)
    if unvaried:
        yield say(
            "The same in all {seeds}: {many} ({named}).",
            many=count(len(unvaried), "figures"),
            seeds=count(view.seeds, "seeds"),
            named=Name(", ".join(unvaried), length=600),
        )
    refusals = view.table("refusals")
    on_chain = refusals[(refusals["place"] == "chain") & ~refusals["expected"].astype(bool)]
    unexpected, compared = int(on_chain["count"].sum()), manifest.counts.calls_compared
    if compared and unexpected > _UNEXPECTED * compared:
        yield say(
            "{part} of transactions were refused although no strategy expects it.",
            part=share(unexpected / compared),
        )


def _unvaried(view: RunView) -> list[str]:
    """Return the figures that were computed and are the same in every tick of all seeds."""
    if view.seeds < 2:
        return []
    paths = view.metrics.dropna(subset=["value"]).groupby(["kpi", "tick"])["value"]
    alike = (paths.nunique() == 1).groupby("kpi").all()
    return [str(name) for name in alike.index[alike]]


def _build(view: RunView) -> Content:
    of_run = [
        Sentence((Name(text.rstrip(".") + ".", length=300),)) for text in view.manifest.warnings
    ]
    found = [*_found(view), *of_run]
    if not found:
        return Content("green", say("No warning: all that this page judges was exercised."))
    finding = say("{many} on what this run can show.", many=count(len(found), "warnings"))
    return Content("amber", finding, notes=tuple(found))


CHAPTER = Chapter("warnings", "Warnings", "What could make this meaningless?", _build)
