"""Points of a study as ordinary replicas, and what is read back from their run folders."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from sim.claims import Claim, judge
from sim.experiments.design import Arm, replica_seeds
from sim.experiments.replica import Outcome, Replica
from sim.runs import open_run
from sim.runs.reader import read_manifest

OVER_RUN = "over_run"
"""The quantifier of a KPI's own way over a run: the figure that the manifest has."""

Read = TypeVar("Read")
CarryOut = Callable[[Sequence[Replica]], Iterator[Outcome]]


@dataclass
class Study:
    """
    One scenario at many points: every point meets the same seeds, replica by replica.

    `changes` are those of the whole study (`--set`); a point's own come on top. Outcomes are read
    as they come, so that no more than the figures asked for stay in memory.
    """

    text: str
    file: str
    name: str
    seed: int
    changes: Mapping[str, str]
    folder: Path
    replicas: int
    carry_out_all: CarryOut
    cache: Path | None = None
    files: Mapping[str, str] | None = None
    runs: int = 0
    failures: list[Outcome] = field(default_factory=list)

    def carry_out(
        self, arms: Sequence[Arm], replicas: range, read: Callable[[Path], Read]
    ) -> list[list[Read | None]]:
        """
        Return what `read` finds in each replica's folder, by arm; None for one that failed.

        Replicas that are complete are read and not carried out again.
        """
        seeds = replica_seeds(self.seed, self.replicas)
        wanted = [self._replica(arm, number, seeds[number]) for arm in arms for number in replicas]
        shown: dict[tuple[str, int], Read | None] = {}
        for outcome in self.carry_out_all(wanted):
            done = outcome.replica
            shown[done.arm, done.replica] = self._shown(outcome, read)
        return [[shown[arm.name, number] for number in replicas] for arm in arms]

    def _replica(self, arm: Arm, number: int, seed: int) -> Replica:
        return Replica(
            text=self.text,
            file=self.file,
            name=self.name,
            arm=arm.name,
            changes={**self.changes, **arm.changes},
            replica=number,
            seed=seed,
            folder=self.folder.absolute() / arm.name / f"replica-{number}",
            cache=self.cache,
            files=self.files,
        )

    def _shown(self, outcome: Outcome, read: Callable[[Path], Read]) -> Read | None:
        self.runs += 1
        if outcome.state == "failed":
            self.failures.append(outcome)
            return None
        return read(outcome.replica.folder)


def figures(folder: Path, kpis: Sequence[str]) -> tuple[float, ...]:
    """Return KPIs of a whole run, each over the run as its KPI says; NaN where not computed."""
    known = read_manifest(folder).kpis
    values = (known[kpi] for kpi in kpis)
    return tuple(math.nan if value is None else value for value in values)


def figure(folder: Path, kpi: str, quantifier: str) -> float | None:
    """Return a KPI of a run over its ticks, None where it was not computed."""
    if quantifier == OVER_RUN:
        return read_manifest(folder).kpis[kpi]
    return observed(folder, Claim(kpi, quantifier, ">=", 0.0))


def observed(folder: Path, claim: Claim) -> float | None:
    """Return what a claim is judged by in a run, None where nothing was measured."""
    return judge(claim, open_run(folder).metrics).observed


def claim_violations(folder: Path) -> Mapping[str, float] | None:
    """
    Return by how much each of the scenario's claims is missed, in its KPI's unit.

    Above zero it does not hold. None where one of them could not be judged.
    """
    violations: dict[str, float] = {}
    for place, claim in enumerate(read_manifest(folder).claims):
        if claim.observed is None or claim.margin is None:
            return None
        violation = -claim.margin
        if not Claim.read(claim.model_dump()).holds(claim.observed):
            # A strict comparison fails at a margin of nothing.
            violation = max(violation, math.ulp(0.0))
        violations[f"{place}: {claim.kpi}"] = violation
    return violations
