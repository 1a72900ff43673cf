"""
Where in the space of inputs a target fails: boxes of PRIM, as EMAworkbench finds them.

Sources: Friedman and Fisher 1999 (PRIM), Bryant and Lempert 2010 (scenario discovery, quasi-p).
"""

import warnings
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from sim.experiments.optional import required

_ANY_DENSITY = 1e-9
"""EMAworkbench forgets the trajectory of a box below its threshold; we judge density ourselves."""
_UNRESTRICTED = -1
"""What EMAworkbench gives as the quasi-p-value of a side that is not restricted."""


class Wanted(NamedTuple):
    """
    What boxes should reach.

    `density` is the least share of failing points in a box, `coverage` the share of all failing
    points from which on no further box is looked for; `mass` the least share of all points that a
    box may hold, `peel` the share that one step of peeling takes away.
    """

    density: float = 0.8
    coverage: float = 0.8
    boxes: int = 3
    mass: float = 0.05
    peel: float = 0.05


class Limit(NamedTuple):
    """
    A side of a box on each end of an input; None where the box does not restrict that end.

    `low_p` and `high_p` are quasi-p-values: how likely as many failing points would be in the box
    by chance without this restriction (one-sided binomial test).
    """

    path: str
    low: float | None
    high: float | None
    low_p: float | None
    high_p: float | None


class Box(NamedTuple):
    """
    A box in which the target fails.

    `coverage` is its share of all failing points, `density` the share of its points that fail,
    `mass` its share of all points, none of them in an earlier box; `step` is the box's row in the
    trajectory: coverage, density, mass, res_dim (restricted inputs), n (points), k (failing).
    """

    limits: tuple[Limit, ...]
    coverage: float
    density: float
    mass: float
    points: int
    failing: int
    step: int
    trajectory: pd.DataFrame

    def holds(self, points: pd.DataFrame) -> npt.NDArray[np.bool_]:
        """Return which points lie in the box."""
        inside = np.ones(len(points), dtype=bool)
        for limit in self.limits:
            values = points[limit.path].to_numpy(dtype=float)
            inside &= values >= (-np.inf if limit.low is None else limit.low)
            inside &= values <= (np.inf if limit.high is None else limit.high)
        return inside


class Discovery(NamedTuple):
    """The boxes, and the trajectory of the search that reached no density, None without one."""

    boxes: tuple[Box, ...]
    in_vain: pd.DataFrame | None = None

    @property
    def coverage(self) -> float:
        """Share of all failing points that the boxes hold together."""
        return sum(box.coverage for box in self.boxes)


def find_boxes(points: pd.DataFrame, fails: npt.NDArray[np.bool_], wanted: Wanted) -> Discovery:
    """
    Return boxes one after the other, each from the points that earlier ones left.

    `points` has a column per input. Of a trajectory's boxes that are dense enough the one is taken
    that covers most. There is none where no point or every point fails, or where none is so dense.
    Raises UserError where EMAworkbench is not installed.
    """
    if not fails.any() or fails.all():
        return Discovery(())
    prim_module = required("ema_workbench.analysis.prim")
    found = Discovery(())
    with warnings.catch_warnings():
        # EMAworkbench uses a keyword that pandas 3 still takes, with a warning.
        warnings.simplefilter("ignore")
        prim = prim_module.Prim(
            points.astype(float),
            fails.copy(),
            threshold=_ANY_DENSITY,
            peel_alpha=wanted.peel,
            mass_min=wanted.mass,
        )
        while len(found.boxes) < wanted.boxes and found.coverage < wanted.coverage:
            peeled = prim.find_box()
            if peeled is None or peeled.peeling_trajectory["k"].iloc[0] == 0:
                break
            box = _dense_box(peeled, wanted.density)
            if box is None:
                return found._replace(in_vain=_trajectory(peeled))
            found = found._replace(boxes=(*found.boxes, box))
    return found


def _dense_box(peeled: Any, density: float) -> Box | None:
    """Return the box of a trajectory that covers most of those dense enough; None without one."""
    trajectory = _trajectory(peeled)
    dense = trajectory[(trajectory["density"] >= density) & (trajectory["res_dim"] > 0)]
    if dense.empty:
        return None
    # Of those that cover as much, the densest.
    best = dense.sort_values(["coverage", "density"], ascending=False, kind="stable")
    step = int(best.index.to_numpy()[0])
    peeled.select(step)
    chosen = trajectory.to_dict("records")[step]
    return Box(
        _limits(peeled, step),
        float(chosen["coverage"]),
        float(chosen["density"]),
        float(chosen["mass"]),
        int(chosen["n"]),
        int(chosen["k"]),
        step,
        trajectory,
    )


def _trajectory(peeled: Any) -> pd.DataFrame:
    columns = ["coverage", "density", "mass", "res_dim", "n", "k"]
    rows: pd.DataFrame = peeled.peeling_trajectory[columns]
    return rows.astype(float).reset_index(drop=True)


def _limits(found: Any, step: int) -> tuple[Limit, ...]:
    edges = found.box_lims[step]
    limits = []
    for path, (low_p, high_p) in sorted(found.qp[step].items()):
        low = None if low_p == _UNRESTRICTED else float(edges[path][0])
        high = None if high_p == _UNRESTRICTED else float(edges[path][1])
        limits.append(
            Limit(
                path,
                low,
                high,
                None if low is None else float(low_p),
                None if high is None else float(high_p),
            )
        )
    return tuple(limits)
