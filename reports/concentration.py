"""How unequally something is shared: Lorenz curve, Gini coefficient, top shares."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


def lorenz(values: Sequence[float]) -> tuple[Floats, Floats]:
    """Return the shares of holders from the poorest and of what they hold, from 0 to 1."""
    ordered = np.sort(np.asarray(values, dtype=np.float64))
    total = ordered.sum()
    holders = np.linspace(0.0, 1.0, len(ordered) + 1)
    held = np.concatenate([[0.0], np.cumsum(ordered)])
    return holders, held / total if total > 0 else holders.copy()


def gini(values: Sequence[float]) -> float:
    """Return the Gini coefficient, 0 where all hold the same; NaN where nobody holds anything."""
    ordered = np.sort(np.asarray(values, dtype=np.float64))
    total = ordered.sum()
    if not total > 0:
        return float("nan")
    ranks = np.arange(1, len(ordered) + 1)
    return float(
        (2 * (ranks * ordered).sum() / (len(ordered) * total)) - (len(ordered) + 1) / len(ordered)
    )


def held_by_poorest(values: Sequence[float], part: float) -> float:
    """Return the share that the poorest part of the holders has together."""
    return float(np.interp(part, *lorenz(values)))


def held_by_richest(values: Sequence[float], part: float) -> float:
    """Return the share that the richest part of the holders has together."""
    return 1.0 - held_by_poorest(values, 1.0 - part)
