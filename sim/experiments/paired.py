"""
Differences between two arms on common random numbers: seed by seed, never mean by mean.

Replicas of one seed meet the same people and the same draws in each arm, so what they share
cancels in the difference.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from sim.claims import LEVEL
from sim.experiments.statistics import CONSTANT, Interval, mean_interval, share_interval
from sim.kpis import KPI_BY_NAME

Word = Literal["differs", "equivalent", "undecided", "not computed"]
Floats = npt.NDArray[np.float64]
MeanInterval = Callable[..., Interval | None]
"""`mean_interval`, or `confidence_sequence` where the number of seeds was chosen by looking."""

_ESTIMATOR = "mean paired difference"


@dataclass(frozen=True, slots=True)
class Pairs:
    """
    A KPI in two arms by seed: `baseline[i]` and `arm[i]` are of one seed.

    `dropped` counts the seeds that either arm lacks, or where either was not computed.
    """

    seeds: tuple[int, ...]
    baseline: Floats
    arm: Floats
    dropped: int

    @property
    def differences(self) -> Floats:
        """Arm minus baseline, seed by seed."""
        return self.arm - self.baseline


@dataclass(frozen=True, slots=True)
class Paired:
    """
    What a KPI's pairs say of arm minus baseline.

    `difference` is None with fewer than two pairs, `mean` with none. `relative` is the mean over
    the baseline's absolute mean, None where that is 0. `better` is the share of seeds in which the
    arm is better, None where the KPI has no direction; ties are not better. `band` is the
    difference, in the KPI's unit, below which it is too small to matter.
    """

    kpi: str
    baseline: str
    arm: str
    mean_of_baseline: float
    mean_of_arm: float
    mean: float | None
    difference: Interval | None
    relative: float | None
    better: Interval | None
    ties: int
    d_z: float | None
    band: float
    word: Word
    n: int
    dropped: int

    @property
    def gain(self) -> float:
        """The mean difference, positive where the arm is better; NaN without a direction."""
        return sign_of(self.kpi) * (math.nan if self.mean is None else self.mean)


def sign_of(kpi: str) -> float:
    """Return 1 where more is better, -1 where less is, NaN where neither."""
    direction = KPI_BY_NAME[kpi].direction if kpi in KPI_BY_NAME else "none"
    return {"up": 1.0, "down": -1.0}.get(direction, math.nan)


def pairs_of(figures: pd.DataFrame, kpi: str, baseline: str, arm: str) -> Pairs:
    """
    Return a KPI's values by seed in two arms.

    `figures` has columns arm, seed, kpi, value: one row per replica and KPI.
    """
    of_kpi = figures[(figures["kpi"] == kpi) & figures["arm"].isin([baseline, arm])]
    by_seed = of_kpi.pivot(index="seed", columns="arm", values="value").astype(float).sort_index()
    by_seed = by_seed.reindex(columns=[baseline, arm])
    whole = by_seed.dropna()
    return Pairs(
        tuple(int(seed) for seed in whole.index),
        whole[baseline].to_numpy(dtype=np.float64),
        whole[arm].to_numpy(dtype=np.float64),
        len(by_seed) - len(whole),
    )


def compare_pairs(
    figures: pd.DataFrame,
    kpi: str,
    baseline: str,
    arm: str,
    *,
    matters_from: float = 0.0,
    level: float = LEVEL,
    interval_of: MeanInterval = mean_interval,
) -> Paired:
    """
    Return arm minus baseline on the seeds that both have.

    `matters_from` is a share of the baseline's absolute mean.
    """
    pairs = pairs_of(figures, kpi, baseline, arm)
    differences, n = pairs.differences, len(pairs.seeds)
    mean_a = math.fsum(pairs.baseline) / n if n else math.nan
    mean_b = math.fsum(pairs.arm) / n if n else math.nan
    mean = math.fsum(differences) / n if n else None
    difference = interval_of(differences, level, estimator=_ESTIMATOR, counted="pairs")
    band = matters_from * abs(mean_a) if n else 0.0
    return Paired(
        kpi=kpi,
        baseline=baseline,
        arm=arm,
        mean_of_baseline=mean_a,
        mean_of_arm=mean_b,
        mean=mean,
        difference=difference,
        relative=mean / abs(mean_a) if mean is not None and mean_a else None,
        better=_better(kpi, differences, level),
        ties=int((differences == 0).sum()),
        d_z=_d_z(differences),
        band=band,
        word=word_of(difference, band),
        n=n,
        dropped=pairs.dropped,
    )


def word_of(difference: Interval | None, band: float) -> Word:
    """
    Return what an interval of a difference shows: it `differs` where all of it lies beyond the
    band (beyond zero without one), it is `equivalent` where all of it lies within.
    """
    if difference is None:
        return "not computed"
    if difference.low > band or difference.high < -band:
        return "differs"
    if -band <= difference.low and difference.high <= band:
        return "equivalent"
    return "undecided"


def pairs_to_resolve(difference: Interval, size: float) -> int | None:
    """
    Return how many pairs in all would make an interval's half width `size`.

    The half width falls with the root of the number. None where no number is needed or would do.
    """
    if size <= 0 or difference.method == CONSTANT or difference.half_width <= size:
        return None
    return math.ceil(difference.n * (difference.half_width / size) ** 2)


def _better(kpi: str, differences: Floats, level: float) -> Interval | None:
    sign = sign_of(kpi)
    if math.isnan(sign):
        return None
    many = int((sign * differences > 0).sum())
    return share_interval(
        many, len(differences), level, estimator="share of seeds in which the arm is better"
    )


def _d_z(differences: Floats) -> float | None:
    """Return the mean difference in its own standard deviations; None where it does not vary."""
    if len(differences) < 2:
        return None
    spread = float(np.std(differences, ddof=1))
    return float(differences.mean()) / spread if spread > 0 else None
