"""What could make a comparison meaningless although every replica is complete."""

from collections.abc import Iterator

from reports.comparison_view import ComparisonView
from reports.effects import kpi_label
from reports.section import Chapter, Content
from reports.sentence import Name, Sentence, count, say
from sim.experiments.statistics import FEWEST


def _found(view: ComparisonView) -> Iterator[Sentence]:
    yield from _of_seeds(view)
    yield from _of_plan(view)
    if view.manifest.engine == "none":
        yield say("No engine ran: the model was compared with no contract.")


def _of_seeds(view: ComparisonView) -> Iterator[Sentence]:
    compared = view.comparison
    seeds = min(len(view.runs[arm]) for arm in compared.arms)
    if seeds == 1:
        yield say("There is one seed per arm: what differs happened, how often is unknown.")
    elif seeds < FEWEST:
        worded = "There are only {seeds} per arm. Below {fewest} a mean's interval covers less \
than it says where values are skewed."
        yield say(worded, seeds=count(seeds, "seeds"), fewest=count(FEWEST, "1"))
    for arm in compared.identical:
        yield say("All replicas of {arm} have the same figures: the seed changes nothing there.",
                  arm=Name(arm))  # fmt: skip
    if compared.unvaried:
        named = ", ".join(str(kpi_label(kpi)) for kpi in compared.unvaried)
        yield say(
            "No seed changes {many} in any arm ({named}): what is said of them says nothing of "
            "chance.",
            many=count(len(compared.unvaried), "outcomes"),
            named=Name(named, length=300),
        )
    if view.failed:
        yield say("{many} failed; their pairs are dropped from both arms.",
                  many=count(len(view.failed), "replicas"))  # fmt: skip


def _of_plan(view: ComparisonView) -> Iterator[Sentence]:
    if view.comparison.primary is None:
        yield say(
            "No primary outcome was named in advance ({key}), so all outcomes are exploratory and "
            "no arm is chosen.",
            key=Name("compare: primary", code=True),
        )
    if view.comparison.looked:
        yield say(
            "Seeds were added until an interval was narrow. Means have confidence sequences, "
            "which allow for that; shares of seeds have Wilson intervals, which do not."
        )


def _build(view: ComparisonView) -> Content:
    found = tuple(_found(view))
    if not found:
        return Content("green", say("No warning: seeds vary, pairs are complete."))
    finding = say("{many} on what this comparison can show.", many=count(len(found), "warnings"))
    return Content("amber", finding, notes=found)


CHAPTER = Chapter("warnings", "Warnings", "What could make this meaningless?", _build)
