"""
Stopping when an interval is narrow enough, honest about having looked many times.

A t interval that is looked at until it is narrow has stopped on the samples that looked calm, and
covers less than it says. A confidence sequence covers at all numbers of values at once, so also
at the one where somebody stopped.
"""

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from sim.claims import LEVEL
from sim.experiments.statistics import CONSTANT, FEWEST, Interval, Values, computed

CONFIDENCE_SEQUENCE = "confidence sequence (t, normal mixture)"
MIXTURE = 8.0
"""Precision of the mixture: narrowest, for its level, between about 30 and 150 values."""


class Look(NamedTuple):
    """What a look at the values says; the interval is None where there are too few for any."""

    enough: bool
    interval: Interval | None


@dataclass(frozen=True, slots=True)
class Stopping:
    """
    The rule: enough when the confidence sequence's half width is at most `half_width`.

    `half_width` is in the unit of the values. Before FEWEST values nothing is enough.
    """

    half_width: float
    level: float = LEVEL

    def look(self, values: Values) -> Look:
        """Return whether the values so far are enough, and their interval; look at any time."""
        interval = confidence_sequence(values, self.level)
        narrow = interval is not None and interval.half_width <= self.half_width
        return Look(narrow and len(computed(values)) >= FEWEST, interval)


def confidence_sequence(
    values: Values,
    level: float = LEVEL,
    *,
    estimator: str = "mean over seeds",
    counted: str = "seeds",
) -> Interval | None:
    """
    Return the interval of a mean that holds at all numbers of values together.

    None with fewer than two computed values, or while it is unbounded (about nine at 95 %).
    Exact for normal values of unknown variance, asymptotic for others: by Ville's inequality on
    the scale-invariant t martingale, mixed over the standardised effect by N(0, 1 / MIXTURE).
    Sources: Lai 1976, On confidence sequences, Annals of Statistics 4; Wang and Ramdas 2025,
    Anytime-valid t-tests and confidence sequences for Gaussian means with unknown variance,
    Sequential Analysis 44.
    """
    known = computed(values)
    n = len(known)
    if n < 2:
        return None
    mean = math.fsum(known) / n
    if (known == known[0]).all():
        return Interval(mean, mean, mean, estimator, CONSTANT, level, n, counted)
    alpha = 1 - level
    kept = (alpha**2 * MIXTURE / (n + MIXTURE)) ** (1 / n)
    room = kept * (n + MIXTURE) - MIXTURE
    if room <= 0:
        return None
    half = float(np.std(known)) * math.sqrt((n + MIXTURE) * (1 - kept) / room)
    return Interval(
        mean, mean - half, mean + half, estimator, CONFIDENCE_SEQUENCE, level, n, counted
    )
