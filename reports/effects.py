"""Differences and intervals as sentences: numbers have units, intervals have labels."""

from reports.sentence import (
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
from sim.experiments.paired import Paired
from sim.experiments.statistics import CONSTANT, Interval
from sim.kpis import KPI_BY_NAME


def kpi_label(kpi: str) -> Name:
    """Return what a KPI is called."""
    return Name(KPI_BY_NAME[kpi].label if kpi in KPI_BY_NAME else kpi)


def difference(kpi: str, value: float | None) -> Quantity:
    """Return a difference in the KPI's unit; of shares in percentage points, unlike a ratio."""
    known = KPI_BY_NAME.get(kpi)
    if known is not None and known.number_format == "share":
        return Quantity(None if value is None else 100 * value, "percentage points")
    return Quantity(value, known.unit if known else "1")


def label_of(interval: Interval) -> Sentence:
    """Return an interval's label: estimator, level, method, number."""
    slots: dict[str, Slot] = {
        "estimator": Name(interval.estimator),
        "over": count(interval.n, interval.counted),
        "method": Name(interval.method),
    }
    if interval.method == CONSTANT:
        return say("{estimator} over {over}, {method}", **slots)
    return say("{estimator}, {level} {method} over {over}", level=level_of(interval), **slots)


def level_of(interval: Interval) -> Quantity:
    """Return an interval's level with four digits: Bonferroni's levels have many."""
    return stated_share(float(f"{interval.level:.4g}"))


def from_to(interval: Interval, kpi: str) -> Sentence:
    """Return the ends of an interval of a difference, with its label."""
    if interval.method == CONSTANT:
        return say("{label}", label=label_of(interval))
    return say(
        "{low} to {high}: {label}",
        low=difference(kpi, interval.low),
        high=difference(kpi, interval.high),
        label=label_of(interval),
    )


def how_often(interval: Interval) -> Sentence:
    """Return a share with its Wilson interval and label."""
    return say(
        "{part} ({low} to {high}: {label})",
        part=share(interval.estimate),
        low=share(interval.low),
        high=share(interval.high),
        label=label_of(interval),
    )


def mean_of(interval: Interval | None, kpi: str) -> Sentence:
    """Return a mean with its interval and label; says where there is none."""
    if interval is None:
        return say("no interval: fewer than two seeds were computed")
    if interval.method == CONSTANT:
        return say(
            "{mean} ({label})", mean=kpi_quantity(kpi, interval.estimate), label=label_of(interval)
        )
    return say(
        "{mean} ({low} to {high}: {label})",
        mean=kpi_quantity(kpi, interval.estimate),
        low=kpi_quantity(kpi, interval.low),
        high=kpi_quantity(kpi, interval.high),
        label=label_of(interval),
    )


def moved(paired: Paired) -> Sentence:
    """Return by how much an arm differs from its baseline, with the interval."""
    slots: dict[str, Slot] = {"kpi": kpi_label(paired.kpi), "baseline": Name(paired.baseline)}
    if paired.mean is None:
        return say("{kpi}: no pair of seeds", **slots)
    text = say("{kpi}: {by}", by=difference(paired.kpi, paired.mean), **slots)
    if paired.relative is not None:
        slots |= {"part": share(paired.relative), "text": text}
        text = say("{text}, {part} of the mean of {baseline}", **slots)
    if paired.difference is None:
        return say("{text} (one pair: no interval)", text=text)
    return say("{text} ({ends})", text=text, ends=from_to(paired.difference, paired.kpi))
