"""
What an arm's seeds showed to go wrong, each with the runs and calls that prove it.

Severity is the loss as a share of what users paid; the bands are conventions, so the share is
printed beside them.
"""

import math
from collections.abc import Iterator
from typing import Literal, NamedTuple

import pandas as pd

from reports.comparison_view import ComparisonView, Judged
from reports.effects import kpi_label
from reports.sections.claims import COMPARISONS
from reports.sentence import Name, Sentence, kpi_quantity, say
from sim.experiments.compared import Finished
from sim.experiments.statistics import Interval, share_interval
from sim.kpis import KPI_BY_NAME

Severity = Literal["critical", "high", "medium", "low", "note"]

BANDS: tuple[tuple[float, Severity], ...] = ((0.1, "critical"), (0.01, "high"), (0.001, "medium"))
SEVERITIES: tuple[Severity, ...] = ("critical", "high", "medium", "low", "note")
MOST_CALLS = 3
_VALUE_AT_RISK = "revenue_total"
_PROFIT = "cheating_profit"
_OF_CHEATING = frozenset(
    {"cheat_share", _PROFIT, "deterrence_min", "deterrence_mean", "wrong_outputs_per_million"}
)


class Finding(NamedTuple):
    """
    One thing that went wrong in an arm.

    `loss` is a share of what users paid, None where it is not a matter of money; `calls` are
    numbers of calls in the trace of `worst`, where it went furthest; `judged` is the claim that
    failed, None where none asked.
    """

    arm: str
    title: Sentence
    loss: float | None
    unbounded: bool
    likelihood: Interval | None
    worst: Finished
    calls: tuple[int, ...]
    judged: Judged | None

    @property
    def severity(self) -> Severity:
        """The band that the loss falls in; a note where there is none."""
        if self.unbounded:
            return "critical"
        if self.loss is None or self.loss <= 0:
            return "note"
        return next((name for least, name in BANDS if self.loss >= least), "low")


def findings(view: ComparisonView) -> tuple[Finding, ...]:
    """Return the findings of all candidates, the most severe first, then the most likely."""
    found = [each for arm in view.comparison.candidates for each in _of_arm(view, arm)]
    return tuple(
        sorted(
            found,
            key=lambda each: (
                SEVERITIES.index(each.severity),
                -(each.likelihood.estimate if each.likelihood else 0.0),
            ),
        )
    )


def _of_arm(view: ComparisonView, arm: str) -> Iterator[Finding]:
    yield from _broken(view, arm)
    claimed = [each for each in view.claims(arm) if each.failing]
    for each in claimed:
        yield _failed_claim(view, arm, each)
    if not any(each.claim.kpi in _OF_CHEATING for each in claimed):
        yield from _unclaimed_cheating(view, arm)


def _broken(view: ComparisonView, arm: str) -> Iterator[Finding]:
    broken = [
        each
        for each in view.runs[arm]
        if each.manifest.counts.divergences or each.manifest.invariants.violated
    ]
    if broken:
        title = say("In {arm} the rules broke: an invariant or the lockstep", arm=Name(arm))
        often = share_interval(len(broken), len(view.runs[arm]))
        yield Finding(arm, title, None, True, often, broken[0], (), None)


def _failed_claim(view: ComparisonView, arm: str, judged: Judged) -> Finding:
    place = [claim.claim for claim in view.claims(arm)].index(judged.claim)
    worst = min(judged.failing, key=lambda each: each.manifest.claims[place].margin or 0.0)
    entry = worst.manifest.claims[place]
    title = say(
        "In {arm} {kpi} misses what is claimed: {observed} at worst, {comparison} {threshold} "
        "is wanted",
        arm=Name(arm),
        kpi=kpi_label(judged.claim.kpi),
        observed=kpi_quantity(judged.claim.kpi, entry.observed),
        comparison=Name(COMPARISONS[judged.claim.comparison]),
        threshold=kpi_quantity(judged.claim.kpi, judged.claim.threshold, stated=True),
    )
    calls = _calls(view, worst, judged.claim.kpi, entry.tick)
    return Finding(
        arm, title, _loss(judged), False, judged.interval, worst, calls, judged
    )  # fmt: skip


def _unclaimed_cheating(view: ComparisonView, arm: str) -> Iterator[Finding]:
    paid = [each for each in view.runs[arm] if (each.manifest.kpis.get(_PROFIT) or 0.0) > 0]
    if paid:
        worst = max(paid, key=lambda each: each.manifest.kpis[_PROFIT] or 0.0)
        title = say("In {arm} hosts gain by returning wrong outputs", arm=Name(arm))
        often = share_interval(
            len(paid), len(view.runs[arm]), estimator="share of seeds in which it pays"
        )
        calls = _calls(view, worst, _PROFIT, None)
        yield Finding(arm, title, _profit(tuple(paid)), False, often, worst, calls, None)


def _loss(judged: Judged) -> float | None:
    """Return the mean loss over the failing seeds as a share of what users paid."""
    kpi = judged.claim.kpi
    if kpi in _OF_CHEATING:
        return _profit(judged.failing)
    if KPI_BY_NAME[kpi].unit != "MNFT":
        return None
    lost = [
        abs(judged.claim.margin(each.manifest.kpis.get(kpi) or 0.0)) / paid
        for each in judged.failing
        if (paid := each.manifest.kpis.get(_VALUE_AT_RISK))
    ]
    return math.fsum(lost) / len(lost) if lost else None


def _profit(replicas: tuple[Finished, ...]) -> float | None:
    gained = [
        profit / paid
        for each in replicas
        if (paid := each.manifest.kpis.get(_VALUE_AT_RISK))
        and (profit := each.manifest.kpis.get(_PROFIT)) is not None
    ]
    return math.fsum(gained) / len(gained) if gained else None


def _calls(view: ComparisonView, replica: Finished, kpi: str, tick: int | None) -> tuple[int, ...]:
    """Return calls to look at: failed checks of a cheat, else the last calls of the tick."""
    run = view.run(replica)
    if kpi in _OF_CHEATING and "verification.CheckFailed" in run.events:
        failed = run.event("verification.CheckFailed")["call"]
        return tuple(int(each) for each in failed.head(MOST_CALLS))
    if tick is None:
        return ()
    numbers = {
        int(call)
        for name in run.events
        for call in _at(run.event(name), tick)
    }  # fmt: skip
    return tuple(sorted(numbers)[-MOST_CALLS:])


def _at(events: pd.DataFrame, tick: int) -> list[int]:
    return list(events.loc[events["tick"] == tick, "call"])
