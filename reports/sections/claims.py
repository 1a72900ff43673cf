"""Which claims the designer made, and what one path or many say of them."""

from collections.abc import Iterable, Mapping
from typing import Any

from reports.run_view import RunView
from reports.section import Chapter, Content, worst
from reports.sentence import (
    Interval,
    Name,
    Quantity,
    Sentence,
    Slot,
    count,
    kpi_quantity,
    say,
    share,
    stated_share,
)
from reports.tables import Column, table
from sim.claims import LEVEL, Judgement, wilson
from sim.kpis import KPI_BY_NAME

_QUANTIFIERS: Mapping[str, str] = {
    "at_end": "at the end",
    "every_tick": "in every tick",
    "mean": "mean over ticks",
    "max": "greatest over ticks",
    "min": "least over ticks",
    "total": "sum over ticks",
}
COMPARISONS: Mapping[str, str] = {">=": "≥", "<=": "≤", ">": ">", "<": "<", "==": "="}
"""How a claim's comparison is written for people."""


def label_of(judged: Judgement) -> Name:
    """Return what a claim is about, in words."""
    kpi = KPI_BY_NAME.get(judged.claim.kpi)
    return Name(kpi.label if kpi else judged.claim.kpi)


def outcome(judged: Judgement) -> Sentence:
    """Return what was found out about a claim, without judging the run."""
    claim = judged.claim
    slots: dict[str, Slot] = {
        "claim": label_of(judged),
        "observed": kpi_quantity(claim.kpi, judged.observed),
        "threshold": kpi_quantity(claim.kpi, claim.threshold, stated=True),
        "at": count(judged.tick or 0, "1"),
        "how": Name(_QUANTIFIERS[claim.quantifier]),
        "comparison": Name(COMPARISONS[claim.comparison]),
    }
    if judged.state == "not exercised":
        return say("{claim} was never measured.", **slots)
    if judged.seeds > 1:
        return say("{claim}: {sure}.", sure=how_sure(judged), **slots)
    if claim.quantifier == "every_tick" and judged.state == "red":
        worded = "{claim} should be {comparison} {threshold} {how}; it first was not at tick {at}, \
and was {observed} at worst."
        return say(worded, **slots)
    return say("{claim} was {observed} {how}; {comparison} {threshold} was wanted.", **slots)


def how_sure(judged: Judgement) -> Sentence:
    """Return in how many seeds a claim failed, with the interval's full name."""
    lower, upper = wilson(judged.failing, judged.seeds)
    interval = Interval("share of seeds that fail", "Wilson interval", LEVEL, _seeds(judged))
    sentence = say(
        "failed in {failing} of {seeds} ({lower} to {upper}: {label})",
        failing=count(judged.failing, "1"),
        seeds=_seeds(judged),
        lower=share(lower),
        upper=share(upper),
        label=interval.label(),
    )
    if judged.state != "amber" or judged.seeds_needed is None:
        return sentence
    needed = count(judged.seeds_needed, "seeds")
    return sentence + say("; about {needed} would settle it", needed=needed)


def _seeds(judged: Judgement) -> Quantity:
    return count(judged.seeds, "seeds")


def _rows(view: RunView) -> Iterable[Mapping[str, Any]]:
    for judged in view.claims:
        claim = judged.claim
        yield {
            "claim": say("{claim}", claim=label_of(judged)),
            "how": _QUANTIFIERS[claim.quantifier],
            "threshold": say(
                "{comparison} {threshold}",
                comparison=Name(COMPARISONS[claim.comparison]),
                threshold=kpi_quantity(claim.kpi, claim.threshold, stated=True),
            ),
            "observed": kpi_quantity(claim.kpi, judged.observed),
            "margin": kpi_quantity(claim.kpi, judged.margin),
            "tick": judged.tick,
            "tolerance": stated_share(claim.tolerance),
            "state": judged.state,
            "why": claim.why,
        }


def _build(view: RunView) -> Content:
    judged = view.claims
    if not judged:
        return Content("not asked", say("The scenario makes no claim, so nothing is judged."))
    by_state = {state: sum(each.state == state for each in judged) for state in _COUNTED}
    parts = [
        say("{many} {state}", many=count(many, "1"), state=Name(_COUNTED[state]))
        for state, many in by_state.items()
        if many
    ]
    listed = parts[0]
    for part in parts[1:]:
        listed = say("{before}, {part}", before=listed, part=part)
    state = worst(*(each.state for each in judged))
    finding = say("{many}: {listed}.", many=count(len(judged), "claims"), listed=listed)
    columns = (
        Column("claim", "claim"),
        Column("how", "measured"),
        Column("threshold", "threshold", unit="as stated"),
        Column("observed", "observed", "number", "as stated"),
        Column("margin", "margin", "number", "as stated"),
        Column("tick", "at tick", "count"),
        Column("tolerance", "seeds that may fail", "share", "%"),
        Column("state", "state", "state"),
        Column("why", "why wanted"),
    )
    notes: tuple[Sentence, ...] = ()
    if all(each.seeds <= 1 for each in judged):
        needed = next((each.seeds_needed for each in judged if each.seeds_needed), None)
        notes = (say("One path says what happened, not how often; it refutes, never confirms."),)
        if needed:
            worded = "{needed} without a failure would confirm a claim at its tolerance."
            notes += (say(worded, needed=count(needed, "seeds")),)
    return Content(
        state,
        finding,
        tables=(table("Claims of the scenario", columns, _rows(view)),),
        notes=notes,
        how=(
            say(
                "Judged from {file} by claim, KPI and quantifier; the margin is positive on the "
                "good side.",
                file=Name("metrics.parquet", code=True),
            ),
        ),
    )


_COUNTED: Mapping[str, str] = {
    "red": "red",
    "amber": "amber",
    "green": "green",
    "held": "held in this run",
    "not exercised": "not exercised",
}

CHAPTER = Chapter("claims", "Question and claims", "What was asked, and what came of it?", _build)
