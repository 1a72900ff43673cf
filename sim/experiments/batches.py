"""Seeds in batches: after each, whether a sweep's `until` asks for more."""

from collections.abc import Sequence
from pathlib import Path

from sim.errors import UserError
from sim.experiments.design import replica_seeds
from sim.experiments.statistics import computed
from sim.experiments.stopping import Stopping
from sim.runs.reader import read_manifest
from sim.scenario.sweeping import Until


def further_seeds(
    until: Until | None, folder: Path, arms: Sequence[str], seed: int, done: int, batch: int
) -> tuple[int, ...]:
    """
    Return the seeds of the next batch; none where every arm's mean is known closely enough.

    `done` seeds per arm are carried out; a batch has as many as the first had, up to the most. An
    arm in which the KPI was never computed asks for none: more seeds would not help it.
    """
    if until is None or done >= until.most:
        return ()
    rule = Stopping(until.half_width)
    every = [_values(folder / arm, until.kpi, done) for arm in arms]
    if all(rule.look(values).enough for values in every if len(computed(values))):
        return ()
    return replica_seeds(seed, min(done + batch, until.most))[done:]


def _values(folder: Path, kpi: str, done: int) -> list[float]:
    """Return a KPI's figures of an arm's complete replicas."""
    found = []
    for number in range(done):
        try:
            value = read_manifest(folder / f"replica-{number}").kpis.get(kpi)
        except UserError:
            continue
        if value is not None:
            found.append(value)
    return found
