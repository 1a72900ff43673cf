"""
Intervals over replicas, each with the name of its estimator, method, level and number.

Sources, and the coverage that was measured: docs/statistics.md.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sim.claims import LEVEL, wilson
from sim.numbers import three_digits, with_unit

FEWEST = 8
"""Seeds from which a mean's interval was measured to cover what it says; fewer are warned of."""

SKEWNESS_CORRECTED = "skewness-corrected t interval (Hall)"
STUDENT = "Student t interval"
WILSON = "Wilson interval"
CONSTANT = "no interval: all values are equal"

Values = Sequence[float] | npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Interval:
    """
    An estimate with its interval, in the unit of the values; never shown without its label.

    `counted` is what `n` counts: seeds, or pairs of seeds.
    """

    estimate: float
    low: float
    high: float
    estimator: str
    method: str
    level: float
    n: int
    counted: str = "seeds"

    @property
    def half_width(self) -> float:
        """Half the distance between the ends."""
        return (self.high - self.low) / 2

    @property
    def label(self) -> str:
        """Estimator, level, method and number, as they stand wherever the interval does."""
        if self.method == CONSTANT:
            return f"{self.estimator} over {self.n} {self.counted}, {CONSTANT}"
        level = with_unit(f"{100 * self.level:.4g}", "%")
        return f"{self.estimator}, {level} {self.method} over {self.n} {self.counted}"

    def __str__(self) -> str:
        ends = f"{three_digits(self.low)} to {three_digits(self.high)}"
        return f"{three_digits(self.estimate)} ({ends}: {self.label})"


def computed(values: Values) -> npt.NDArray[np.float64]:
    """Return the values that were computed: without NaN."""
    every = np.asarray(values, dtype=np.float64)
    return every[~np.isnan(every)]


def mean_interval(
    values: Values,
    level: float = LEVEL,
    *,
    estimator: str = "mean over seeds",
    counted: str = "seeds",
) -> Interval | None:
    """
    Return the interval of a mean; None where fewer than two values were computed.

    From FEWEST values on Hall's cubic transformation of the t statistic, which corrects the
    skewness that Student's interval is blind to, with quantiles of Student's t; below that
    the skewness cannot be estimated, and it is Student's.
    Source: Hall 1992, On the removal of skewness by transformation, JRSS B 54, 221-228.
    """
    known = computed(values)
    n = len(known)
    if n < 2:
        return None
    mean = math.fsum(known) / n
    if (known == known[0]).all():
        constant = float(known[0])
        return Interval(constant, constant, constant, estimator, CONSTANT, level, n, counted)
    skewness = _skewness(known) if n >= FEWEST else 0.0
    method = SKEWNESS_CORRECTED if n >= FEWEST else STUDENT
    error = float(np.std(known, ddof=1)) / math.sqrt(n)
    quantile = student_quantile(level, n - 1)
    low = mean - error * _uncorrected(quantile, skewness, n)
    high = mean - error * _uncorrected(-quantile, skewness, n)
    return Interval(mean, low, high, estimator, method, level, n, counted)


def share_interval(
    many: int, n: int, level: float = LEVEL, *, estimator: str = "share of seeds"
) -> Interval | None:
    """Return the Wilson interval of a share; None without values."""
    if n == 0:
        return None
    low, high = wilson(many, n, level)
    return Interval(many / n, low, high, estimator, WILSON, level, n)


def bonferroni(level: float, tests: int) -> float:
    """Return the level of each of several intervals that hold together at `level`."""
    return 1 - (1 - level) / max(1, tests)


def student_quantile(level: float, degrees: int) -> float:
    """Return the two-sided quantile of Student's t."""
    from scipy.special import stdtrit  # noqa: PLC0415

    return float(stdtrit(degrees, (1 + level) / 2))


def _skewness(values: npt.NDArray[np.float64]) -> float:
    """Return the adjusted Fisher-Pearson coefficient (G1), from three values on."""
    n, centred = len(values), values - values.mean()
    ratio = float((centred**3).mean() / (centred**2).mean() ** 1.5)
    return ratio * math.sqrt(n * (n - 1)) / (n - 2)


def _uncorrected(transformed: float, skewness: float, n: int) -> float:
    """
    Return the t statistic T whose transform g(T) is given.

    g(T) = T + s T^2 / (3 r) + s^2 T^3 / (27 r^2) + s / (6 r), with r the root of n.
    """
    curvature = skewness / (3 * math.sqrt(n))
    moved = transformed - curvature / 2
    if abs(curvature) < 1e-9:
        return moved
    return (math.cbrt(1 + 3 * curvature * moved) - 1) / curvature
