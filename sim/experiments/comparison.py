"""
What a sweep's arms say of each other: which differ, which to choose, what would change the choice.

An arm is a choice (`protocol.…`, `governance.…`: what a designer decides) in a world (everything
else: what a designer can only assume). Where no choice varies, the worlds are what is compared.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import pandas as pd

from sim.claims import LEVEL
from sim.experiments.paired import MeanInterval, Paired, compare_pairs, sign_of
from sim.experiments.statistics import Interval, bonferroni, computed, mean_interval
from sim.experiments.stopping import confidence_sequence

CHOICES = ("protocol.", "governance.")
"""Sections of a scenario that hold what a designer decides."""

HEADLINE = (
    "revenue_total", "host_revenue", "calls_settled", "calls_unserved_share", "accuracy_bought",
    "latency_p95", "user_churn", "gini_models", "deterrence_min", "cheat_share", "cheating_profit",
    "treasury",
)  # fmt: skip
"""The key figures that are compared unless the scenario names others."""

Settings = Mapping[str, str]


class Plan(NamedTuple):
    """What was decided before looking: `matters_from` is a share of the baseline's mean."""

    baseline: str = ""
    primary: str = ""
    matters_from: float = 0.0
    kpis: tuple[str, ...] = ()


@dataclass(frozen=True)
class Comparison:
    """
    The arms of a sweep, compared.

    `figures` is tidy (arm, replica, seed, kpi, value); `settings` has each arm's resolved
    parameters; `looked` says that the number of seeds was chosen by looking at the figures.
    """

    figures: pd.DataFrame
    settings: Mapping[str, Settings]
    plan: Plan
    looked: bool = False

    @cached_property
    def arms(self) -> tuple[str, ...]:
        """The arms, the baseline first, the others in the sweep's order."""
        first = self.baseline
        return (first, *(name for name in self.settings if name != first))

    @property
    def baseline(self) -> str:
        """The arm that the others are compared with: the first unless the plan names one."""
        return self.plan.baseline or next(iter(self.settings))

    @cached_property
    def differing(self) -> tuple[str, ...]:
        """The parameters whose resolved values are not the same in all arms."""
        keys = dict.fromkeys(key for each in self.settings.values() for key in each)
        return tuple(
            key for key in keys if len({each.get(key) for each in self.settings.values()}) > 1
        )

    @cached_property
    def choices(self) -> tuple[str, ...]:
        """The differing parameters that a designer decides; all where none is."""
        decided = tuple(key for key in self.differing if key.startswith(CHOICES))
        return decided or self.differing

    @cached_property
    def assumptions(self) -> tuple[str, ...]:
        """The differing parameters that are a matter of the world."""
        return tuple(key for key in self.differing if key not in self.choices)

    def choice(self, arm: str) -> tuple[str | None, ...]:
        """Return an arm's values of the choices."""
        return tuple(self.settings[arm].get(key) for key in self.choices)

    def world(self, arm: str) -> tuple[str | None, ...]:
        """Return an arm's values of the assumptions."""
        return tuple(self.settings[arm].get(key) for key in self.assumptions)

    @cached_property
    def candidates(self) -> tuple[str, ...]:
        """The arms in the baseline's world, the baseline first: what there is to choose from."""
        here = self.world(self.baseline)
        return tuple(arm for arm in self.arms if self.world(arm) == here)

    def arm_of(self, choice: Sequence[str | None], world: Sequence[str | None]) -> str | None:
        """Return the arm that makes a choice in a world, None where none was run."""
        wanted = (tuple(choice), tuple(world))
        return next(
            (arm for arm in self.arms if (self.choice(arm), self.world(arm)) == wanted), None
        )

    @cached_property
    def kpis(self) -> tuple[str, ...]:
        """The key figures compared, the primary one first, that were computed in some replica."""
        known = self.figures.dropna(subset=["value"])["kpi"].unique()
        wanted = (self.plan.primary, *(self.plan.kpis or HEADLINE))
        return tuple(name for name in dict.fromkeys(wanted) if name in known)

    @property
    def primary(self) -> str | None:
        """The one outcome named before looking, None where none was, or it was never computed."""
        return self.plan.primary if self.plan.primary in self.kpis else None

    @property
    def interval_of(self) -> MeanInterval:
        """The interval of means: a confidence sequence where seeds were added after looking."""
        return confidence_sequence if self.looked else mean_interval

    def level(self, kpi: str) -> float:
        """
        Return the level of each interval of a KPI: 95 % for the primary over all its arms
        together, and 95 % for all exploratory ones together (Bonferroni).
        """
        others = max(1, len(self.candidates) - 1)
        if kpi == self.primary:
            return bonferroni(LEVEL, others)
        exploratory = len(self.kpis) - (self.primary is not None)
        return bonferroni(LEVEL, others * exploratory)

    def paired(self, kpi: str, arm: str, baseline: str | None = None) -> Paired:
        """Return a KPI's paired differences of an arm from the baseline, or from another arm."""
        return compare_pairs(
            self.figures,
            kpi,
            baseline or self.baseline,
            arm,
            matters_from=self.plan.matters_from,
            level=self.level(kpi),
            interval_of=self.interval_of,
        )

    @cached_property
    def rows(self) -> Mapping[str, tuple[Paired, ...]]:
        """The paired differences of each candidate from the baseline, primary first, by arm."""
        return {
            arm: tuple(self.paired(kpi, arm) for kpi in self.kpis) for arm in self.candidates[1:]
        }

    def values(self, kpi: str, arm: str) -> pd.Series:
        """Return a KPI's values in an arm by seed, NaN left out."""
        rows = self.figures[(self.figures["kpi"] == kpi) & (self.figures["arm"] == arm)]
        return rows.set_index("seed")["value"].astype(float).dropna().sort_index()

    def mean(self, kpi: str, arm: str) -> Interval | None:
        """Return a KPI's mean over an arm's seeds with its 95 % interval, None below two seeds."""
        return self.interval_of(self.values(kpi, arm).to_numpy())

    @cached_property
    def best(self) -> Paired | None:
        """
        The candidate to choose instead of the baseline: of those that differ for the better on
        the primary outcome the one that gains most; None where the baseline stays.
        """
        if self.primary is None:
            return None
        better = [rows[0] for rows in self.rows.values() if rows[0].word == "differs"]
        better = [each for each in better if each.gain > 0]
        return max(better, key=lambda each: each.gain, default=None)

    @cached_property
    def chosen(self) -> str:
        """The arm to choose: the best, else the baseline."""
        return self.best.arm if self.best else self.baseline

    @cached_property
    def unvaried(self) -> tuple[str, ...]:
        """The compared KPIs that no arm's seeds vary in, with at least two seeds."""
        found = []
        for kpi in self.kpis:
            each = [computed(self.values(kpi, arm).to_numpy()) for arm in self.arms]
            several = [values for values in each if len(values) > 1]
            if several and all((values == values[0]).all() for values in several):
                found.append(kpi)
        return tuple(found)

    @cached_property
    def identical(self) -> tuple[str, ...]:
        """The arms in which all replicas have the same figures, as if they had shared a seed."""
        found = []
        for arm in self.arms:
            rows = self.figures[self.figures["arm"] == arm]
            wide = rows.pivot(index="seed", columns="kpi", values="value")
            if len(wide) > 1 and len(wide.drop_duplicates()) == 1:
                found.append(arm)
        return tuple(found)

    def dominated(self, first: str, second: str) -> tuple[str, ...]:
        """Return the candidates that another beats on both means, at least one of them truly."""
        points = {
            arm: [sign_of(kpi) * float(self.values(kpi, arm).mean()) for kpi in (first, second)]
            for arm in self.candidates
        }
        return tuple(
            arm
            for arm, point in points.items()
            if any(
                all(mine <= its for mine, its in zip(point, other, strict=True)) and other != point
                for other in points.values()
            )
        )
