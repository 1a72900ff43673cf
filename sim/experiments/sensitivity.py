"""
Which inputs move a figure: Morris' screening and Sobol's variance shares, by SALib.

Points lie in the unit cube, so that an elementary effect is the change of the figure over the
whole range of an input, in the figure's unit.
"""

import warnings
from collections.abc import Sequence
from typing import Any, Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from sim.claims import LEVEL
from sim.experiments.optional import required

Method = Literal["morris", "sobol"]
Array = npt.NDArray[np.float64]

LEVELS = 4
"""Levels of Morris' grid; its step is then two thirds of a range (Morris 1991)."""
RESAMPLES = 1000
_LEAST_BLOCKS = 2
_SECOND_ORDER = "S2"


class Design(NamedTuple):
    """
    How inputs are sampled: `samples` trajectories (Morris) or base samples (Sobol, a power of two).

    `pairs` asks for Sobol's second-order indices too.
    """

    method: Method
    samples: int
    inputs: int
    pairs: bool = False

    @property
    def block(self) -> int:
        """Points that belong together: a trajectory, or a base sample with its exchanges."""
        if self.method == "morris":
            return self.inputs + 1
        return 2 * self.inputs + 2 if self.pairs else self.inputs + 2

    @property
    def points(self) -> int:
        """Points in all: N (D + 1) for Morris, N (D + 2) or N (2 D + 2) for Sobol."""
        return self.samples * self.block


class Index(NamedTuple):
    """
    One index of an input, or of a pair of inputs, for a figure.

    `lower` and `upper` are NaN where no interval is estimated (mu, sigma).
    """

    name: str
    path: str
    other: str
    value: float
    lower: float
    upper: float

    @property
    def is_doubtful(self) -> bool:
        """Whether the interval is wider than the index is large."""
        return self.upper - self.lower > abs(self.value)


class Indices(NamedTuple):
    """
    The indices of a figure; `blocks` is how many samples they rest on.

    `why_none` says why there are none, and is empty where there are.
    """

    rows: tuple[Index, ...]
    blocks: int
    why_none: str = ""


def unit_points(design: Design, seed: int) -> Array:
    """
    Return the points of a design, one row each, from the unit cube.

    `seed` is positive. Raises UserError where SALib is not installed.
    """
    problem = _problem([str(number) for number in range(design.inputs)])
    if design.method == "morris":
        sampler = required("SALib.sample.morris")
        sampled = sampler.sample(problem, design.samples, num_levels=LEVELS, seed=seed)
    else:
        sampler = required("SALib.sample.sobol")
        sampled = sampler.sample(problem, design.samples, calc_second_order=design.pairs, seed=seed)
    return np.asarray(sampled, dtype=np.float64)


def indices(
    design: Design, points: Array, values: Array, paths: Sequence[str], seed: int
) -> Indices:
    """
    Return a figure's indices from its value at each point (NaN: not measured).

    A block with a point that was not measured is left out whole. Intervals are SALib's: normal,
    from the standard deviation over bootstrap resamples of the blocks.
    Sources: Morris 1991, Campolongo et al. 2007 (mu*); Saltelli et al. 2010 (S1, ST),
    Saltelli 2002 (S2).
    """
    measured = ~np.isnan(values.reshape(-1, design.block)).any(axis=1)
    blocks = int(measured.sum())
    if blocks < _LEAST_BLOCKS:
        return Indices((), blocks, "it was measured in fewer than two complete samples")
    kept = np.repeat(measured, design.block)
    points, values = points[kept], values[kept]
    # Sums over a run differ in the last digits; that is no variation.
    if np.ptp(values) <= 1e-12 * np.abs(values).max():
        return Indices((), blocks, "it does not vary")
    with warnings.catch_warnings():
        # A resample that happens to be constant has no variance to share out.
        warnings.simplefilter("ignore")
        rows = (_morris if design.method == "morris" else _sobol)(
            design, points, values, tuple(paths), seed
        )
    return Indices(rows, blocks)


def _problem(names: Sequence[str]) -> dict[str, Any]:
    return {"num_vars": len(names), "names": list(names), "bounds": [[0.0, 1.0]] * len(names)}


def _morris(
    design: Design, points: Array, values: Array, paths: tuple[str, ...], seed: int
) -> tuple[Index, ...]:
    del design
    found = required("SALib.analyze.morris").analyze(
        _problem(paths),
        points,
        values,
        num_levels=LEVELS,
        num_resamples=RESAMPLES,
        conf_level=LEVEL,
        seed=seed,
    )
    rows = []
    for place, path in enumerate(paths):
        mean, half = float(found["mu_star"][place]), float(found["mu_star_conf"][place])
        rows.append(Index("mu_star", path, "", mean, mean - half, mean + half))
        for name in ("mu", "sigma"):
            rows.append(Index(name, path, "", float(found[name][place]), np.nan, np.nan))
    return tuple(rows)


def _sobol(
    design: Design, points: Array, values: Array, paths: tuple[str, ...], seed: int
) -> tuple[Index, ...]:
    del points
    found = required("SALib.analyze.sobol").analyze(
        _problem(paths),
        values,
        calc_second_order=design.pairs,
        num_resamples=RESAMPLES,
        conf_level=LEVEL,
        seed=seed,
    )
    rows = [
        _index(name, path, "", found[name][place], found[f"{name}_conf"][place])
        for place, path in enumerate(paths)
        for name in ("S1", "ST")
    ]
    if design.pairs:
        rows += [
            _index(_SECOND_ORDER, path, paths[second], found["S2"][first, second],
                   found["S2_conf"][first, second])
            for first, path in enumerate(paths)
            for second in range(first + 1, len(paths))
        ]  # fmt: skip
    return tuple(rows)


def _index(name: str, path: str, other: str, value: Any, half: Any) -> Index:
    middle, reach = float(value), float(half)
    return Index(name, path, other, middle, middle - reach, middle + reach)
