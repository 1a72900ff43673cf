"""From a sweep's designs to its arms: which values of the scenario each arm changes."""

from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from itertools import product
from typing import NamedTuple

import numpy as np

from sim.experiments.space import Dimension, changes_at
from sim.scenario.paths import number_at
from sim.scenario.sweeping import Axis, Sampled, Sweep
from sim.streams import stream

ONLY = "all"
"""The name of the one arm of a sweep that changes nothing but the seed."""
_LONGEST_NAME = 60


class Arm(NamedTuple):
    """A name, and the values that replace the scenario's, by path, written as in the file."""

    name: str
    changes: Mapping[str, str]


def arms_of(sweep: Sweep, seed: int) -> tuple[Arm, ...]:
    """
    Return a sweep's arms: its designs crossed, in the order of the file.

    Latin hypercubes and Sobol's sequence draw from streams of the scenario's seed.
    """
    designs = [
        [Arm(each.name, dict(each.changes)) for each in sweep.arms],
        *([Arm(_named(axis.path, text), {axis.path: text}) for text in axis.values]
          for axis in sweep.grid),
        list(_zipped(sweep.zip)),
        list(_sampled("lhs", sweep.lhs, seed)),
        list(_sampled("sobol", sweep.sobol, seed)),
    ]  # fmt: skip
    crossed = product(*(design for design in designs if design))
    return tuple(_joined(parts) for parts in crossed)


def replica_seeds(seed: int, count: int) -> tuple[int, ...]:
    """
    Return the seeds of replicas: the scenario's first, then one drawn for each.

    More replicas leave the earlier ones as they were, and every arm has the same.
    """
    seeds = [seed]
    known = {seed}
    draws = stream(seed, "replicas")
    while len(seeds) < count:
        drawn = int(draws.integers(2**32))
        if drawn not in known:
            known.add(drawn)
            seeds.append(drawn)
    return tuple(seeds[:count])


def _zipped(axes: Sequence[Axis]) -> Iterator[Arm]:
    for texts in zip(*(axis.values for axis in axes), strict=True):
        changes = {axis.path: text for axis, text in zip(axes, texts, strict=True)}
        yield Arm(" ".join(_named(path, text) for path, text in changes.items()), changes)


def _sampled(method: str, sampled: Sampled | None, seed: int) -> Iterator[Arm]:
    if sampled is None:
        return
    dimensions = []
    for each in sampled.ranges:
        declared = number_at(each.path)
        if declared is None:
            raise KeyError(f"{each.path} is no number")
        dimensions.append(Dimension(each.path, declared.kind, each.low, each.high))
    for number, places in enumerate(_places(method, sampled.samples, len(dimensions), seed)):
        yield Arm(f"{method}-{number + 1}", changes_at(dimensions, places))


def _places(method: str, samples: int, inputs: int, seed: int) -> Iterator[list[float]]:
    # Only here: scipy takes a tenth of a second to import.
    from scipy.stats import qmc  # noqa: PLC0415

    draws: np.random.Generator = stream(seed, f"sweep-{method}")
    sampler = (
        qmc.LatinHypercube(d=inputs, rng=draws)
        if method == "lhs"
        else qmc.Sobol(d=inputs, scramble=True, rng=draws)
    )
    yield from sampler.random(samples).tolist()


def _joined(parts: Sequence[Arm]) -> Arm:
    changes: dict[str, str] = {}
    for part in parts:
        changes.update(part.changes)
    name = " ".join(part.name for part in parts) or ONLY
    if len(name) > _LONGEST_NAME:
        # A folder's name has bounds; the digest keeps two long ones apart.
        digest = sha256(name.encode()).hexdigest()[:8]
        name = f"{name[: _LONGEST_NAME - 9]} {digest}"
    return Arm(name, changes)


def _named(path: str, text: str) -> str:
    return f"{path.rpartition('.')[2]}={text.replace(' ', '')}"
