"""
How much a choice hangs on what is assumed: which input turns it, and what a wrong choice costs.

Both need arms in which choices and assumptions vary: `arms` crossed with a `grid`.
"""

import math
from itertools import pairwise
from typing import NamedTuple

from sim.experiments.comparison import Comparison
from sim.experiments.paired import Paired, sign_of
from sim.kpis import KPI_BY_NAME


class Reach(NamedTuple):
    """
    How the primary difference moves while one assumed input runs and the others stay.

    `points` are (value as written, paired difference of the chosen arm from its rival), in the
    order of the sweep; `crossing` lies between the two values where the sign turns, None where
    it does not.
    """

    key: str
    points: tuple[tuple[str, Paired], ...]
    crossing: tuple[str, str] | None

    @property
    def ends(self) -> tuple[float, float]:
        """The least and the greatest difference."""
        means = [each.mean for _, each in self.points if each.mean is not None]
        return min(means), max(means)


class Regret(NamedTuple):
    """
    What choosing an arm costs where something is true, against the arm that is best there.

    `amount` is in the KPI's unit, `share` of the best arm's absolute mean (None where it is 0).
    """

    truth: str
    arm: str
    amount: float
    share: float | None


def rival_of(comparison: Comparison) -> str | None:
    """Return the arm that the choice is weighed against: the baseline, or its nearest rival."""
    if comparison.chosen != comparison.baseline:
        return comparison.baseline
    others = [rows[0] for rows in comparison.rows.values() if rows and rows[0].mean is not None]
    nearest = max(others, key=lambda each: _or_least(each.gain), default=None)
    return nearest.arm if nearest else None


def reaches(comparison: Comparison) -> tuple[Reach, ...]:
    """
    Return each assumption that was varied alone, the one that moves the difference most first.

    Empty without a primary outcome, a rival, or a varied assumption.
    """
    rival = rival_of(comparison)
    if comparison.primary is None or rival is None:
        return ()
    found = [_reach(comparison, at, rival) for at in range(len(comparison.assumptions))]
    several = [each for each in found if len(each.points) > 1]
    return tuple(sorted(several, key=lambda each: each.ends[0] - each.ends[1]))


def _reach(comparison: Comparison, place: int, rival: str) -> Reach:
    key, here = comparison.assumptions[place], comparison.world(comparison.baseline)
    kpi = str(comparison.primary)
    values = dict.fromkeys(comparison.world(arm)[place] for arm in comparison.settings)
    points = []
    for value in values:
        world = (*here[:place], value, *here[place + 1 :])
        chosen = comparison.arm_of(comparison.choice(comparison.chosen), world)
        against = comparison.arm_of(comparison.choice(rival), world)
        if chosen and against:
            paired = comparison.paired(kpi, chosen, against)
            if paired.mean is not None:
                points.append((str(value), paired))
    return Reach(key, tuple(points), _crossing(points))


def _crossing(points: list[tuple[str, Paired]]) -> tuple[str, str] | None:
    for (value, one), (following, other) in pairwise(points):
        if (one.mean or 0.0) * (other.mean or 0.0) < 0:
            return value, following
    return None


def money_of(comparison: Comparison) -> str | None:
    """Return the KPI that errors are counted in: the primary, or the first in money with a side."""
    if comparison.primary and KPI_BY_NAME[comparison.primary].unit == "MNFT":
        return comparison.primary
    return next(
        (
            kpi
            for kpi in comparison.kpis
            if KPI_BY_NAME[kpi].unit == "MNFT" and KPI_BY_NAME[kpi].direction != "none"
        ),
        comparison.primary,
    )


def regrets(comparison: Comparison, kpi: str) -> tuple[Regret, ...]:
    """
    Return what each choice costs in each world that was run; without varied assumptions, where
    the true difference is at either end of its interval.
    """
    if math.isnan(sign_of(kpi)):
        return ()
    if comparison.assumptions:
        return _over_worlds(comparison, kpi)
    return _over_ends(comparison, kpi)


def _over_worlds(comparison: Comparison, kpi: str) -> tuple[Regret, ...]:
    found: list[Regret] = []
    for world in dict.fromkeys(comparison.world(arm) for arm in comparison.settings):
        means = {}
        for arm in comparison.candidates:
            there = comparison.arm_of(comparison.choice(arm), world)
            if there and len(values := comparison.values(kpi, there)):
                means[arm] = float(values.mean())
        named = zip(comparison.assumptions, world, strict=True)
        truth = ", ".join(f"{key} = {value}" for key, value in named)
        found += _regrets_of(truth, means, kpi)
    return tuple(found)


def _over_ends(comparison: Comparison, kpi: str) -> tuple[Regret, ...]:
    found: list[Regret] = []
    for arm in comparison.candidates[1:]:
        paired = comparison.paired(kpi, arm)
        if paired.difference is None:
            continue
        base = paired.mean_of_baseline
        ends = (("lower", paired.difference.low), ("upper", paired.difference.high))
        for name, end in ends:
            truth = f"{arm} - {comparison.baseline} at the {name} end of its interval"
            found += _regrets_of(truth, {comparison.baseline: base, arm: base + end}, kpi)
    return tuple(found)


def _regrets_of(truth: str, means: dict[str, float], kpi: str) -> list[Regret]:
    sign = sign_of(kpi)
    best = max((sign * mean for mean in means.values()), default=0.0)
    return [
        Regret(truth, arm, best - sign * mean, (best - sign * mean) / abs(best) if best else None)
        for arm, mean in means.items()
    ]


def _or_least(value: float) -> float:
    return -math.inf if math.isnan(value) else value
