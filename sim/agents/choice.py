"""Discrete choice: logit over models, nested logit over a model's hosts."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def logit(utilities: Floats) -> Floats:
    """
    Return choice probabilities, one row per chooser; the last column is the outside option with
    utility 0.

    `utilities` has one column per option; minus infinity marks an option that cannot be had.
    Source: Berry 1994: s_j = e^u_j / (1 + sum e^u_k).
    """
    with_outside = np.column_stack([utilities, np.zeros(len(utilities))])
    shifted = np.exp(with_outside - with_outside.max(axis=1, keepdims=True))
    probabilities: Floats = shifted / shifted.sum(axis=1, keepdims=True)
    return probabilities


def inclusive_value(utilities: Floats, scale: float) -> Floats:
    """
    Return the utility of a nest, per row: scale times the log of the sum of exp(utility / scale).

    Source: McFadden's nested logit (Train 2009, chapter 4), with `scale` the dissimilarity
    parameter in (0, 1].
    An empty nest is worth minus infinity.
    """
    if utilities.shape[1] == 0:
        return np.full(len(utilities), -np.inf)
    best = utilities.max(axis=1)
    finite = np.where(np.isfinite(best), best, 0.0)
    spread = np.exp((utilities - finite[:, None]) / scale).sum(axis=1)
    with np.errstate(divide="ignore"):
        value: Floats = np.where(np.isfinite(best), finite + scale * np.log(spread), -np.inf)
    return value


def draw(probabilities: Floats, uniforms: Floats) -> NDArray[np.int64]:
    """
    Return the option that each chooser's uniform draw falls on, by the inverse of the cumulated
    probabilities.
    """
    cumulated = probabilities.cumsum(axis=1)
    chosen: NDArray[np.int64] = (uniforms[:, None] * cumulated[:, -1:] > cumulated).sum(axis=1)
    return chosen
