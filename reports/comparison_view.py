"""A finished sweep as the sections of its comparison read it."""

from functools import cached_property
from typing import NamedTuple

import pandas as pd

from reports.run_view import records
from sim.claims import Claim, State
from sim.experiments.compared import Compared, Finished
from sim.experiments.statistics import Interval, share_interval
from sim.runs import Manifest, Run


class Judged(NamedTuple):
    """A claim over an arm's seeds: those in which it was judged, and those in which it failed."""

    claim: Claim
    seeds: tuple[int, ...]
    failing: tuple[Finished, ...]

    @property
    def interval(self) -> Interval | None:
        """The failing share with its Wilson interval, None where nothing was judged."""
        return share_interval(
            len(self.failing), len(self.seeds), estimator="share of seeds that fail"
        )


def state_of(judged: Judged) -> State:
    """Return the state of a claim over an arm's seeds, by the Wilson interval if several."""
    interval, tolerance = judged.interval, judged.claim.tolerance
    if interval is None:
        return "not exercised"
    if len(judged.seeds) == 1:
        return "red" if judged.failing else "held"
    if interval.high <= tolerance:
        return "green"
    return "red" if interval.low > tolerance else "amber"


class ComparisonView:
    """One sweep, read only; every section gets the same one."""

    def __init__(self, compared: Compared) -> None:
        self.folder = compared.folder
        self.runs = compared.runs
        self.failed = compared.failed
        self.comparison = compared.comparison
        self.command = compared.command

    @property
    def manifest(self) -> Manifest:
        """The first replica of the baseline, which speaks for what all have in common."""
        return self.runs[self.comparison.baseline][0].manifest

    @cached_property
    def every(self) -> tuple[Finished, ...]:
        """All complete replicas, arm by arm."""
        return tuple(each for arm in self.comparison.arms for each in self.runs[arm])

    def run(self, replica: Finished) -> Run:
        """Return a replica's run, its tables read when they are asked for."""
        return Run(self.folder / replica.place, replica.manifest)

    @cached_property
    def metrics(self) -> pd.DataFrame:
        """Arm, seed, tick, kpi, value of every replica of the candidates."""
        frames = [
            self.run(each)
            .metrics[["tick", "kpi", "value"]]
            .assign(arm=arm, seed=each.manifest.seed)
            for arm in self.comparison.candidates
            for each in self.runs[arm]
        ]
        return pd.concat(frames, ignore_index=True)

    def paths(self, kpi: str, arm: str) -> pd.DataFrame:
        """Return a KPI's values, a row per tick and a column per seed; empty if never measured."""
        rows = self.metrics[(self.metrics["kpi"] == kpi) & (self.metrics["arm"] == arm)]
        wide = rows.pivot(index="tick", columns="seed", values="value").astype(float)
        return wide.dropna(how="all").sort_index()

    def table(self, replica: Finished, name: str) -> list[dict[str, object]]:
        """Return the rows of a replica's table, none where the run has no such table."""
        run = self.run(replica)
        return records(run.table(name)) if name in run.tables else []

    def claims(self, arm: str) -> tuple[Judged, ...]:
        """Return what an arm's seeds say of each claim of the scenario."""
        found = []
        for place, entry in enumerate(self.manifest.claims):
            judged = [
                each
                for each in self.runs[arm]
                if place < len(each.manifest.claims)
                and each.manifest.claims[place].state in ("red", "held", "green")
            ]
            failing = tuple(each for each in judged if each.manifest.claims[place].state == "red")
            seeds = tuple(each.manifest.seed for each in judged)
            found.append(Judged(Claim.read(entry.model_dump()), seeds, failing))
        return tuple(found)
