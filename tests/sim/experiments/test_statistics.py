import math
from types import SimpleNamespace

import numpy as np
import pytest
from scipy import stats

from sim.experiments.statistics import (
    CONSTANT,
    SKEWNESS_CORRECTED,
    STUDENT,
    WILSON,
    bonferroni,
    mean_interval,
    share_interval,
)
from sim.streams import stream

REPETITIONS = 4_000
PROCESSES = {
    "normal": (lambda rng, size: rng.normal(3.0, 2.0, size), 3.0),
    "exponential": (lambda rng, size: rng.exponential(1.0, size), 1.0),
    "lognormal": (lambda rng, size: rng.lognormal(0.0, 0.6, size), math.exp(0.18)),
}


def coverage(interval_of, process, n):
    """Return in which share of the repetitions the interval holds the known mean."""
    draw, mean = PROCESSES[process]
    samples = draw(stream(1, f"coverage/{process}/{n}"), (REPETITIONS, n))
    intervals = [interval_of(sample) for sample in samples]
    return sum(each.low <= mean <= each.high for each in intervals) / REPETITIONS


def students(values):
    """Student's interval, to compare with."""
    half = stats.t.ppf(0.975, len(values) - 1) * values.std(ddof=1) / math.sqrt(len(values))
    return SimpleNamespace(low=values.mean() - half, high=values.mean() + half)


def ends_of(interval):
    return (interval.low, interval.high)


@pytest.mark.parametrize("n", [8, 20, 50])
@pytest.mark.parametrize("process", PROCESSES)
def test_a_mean_interval_covers_as_often_as_it_says(process, n):
    assert 0.93 <= coverage(mean_interval, process, n) <= 0.97


def test_students_interval_covers_less_than_it_says_on_skewed_values():
    assert coverage(students, "exponential", 10) < 0.93


@pytest.mark.parametrize("n", [10, 20, 73, 200])
def test_a_share_interval_covers_as_often_as_it_says_over_all_shares(n):
    # Exactly: a binomial's coverage jumps from share to share, around its level.
    intervals = [share_interval(many, n) for many in range(n + 1)]
    shares = np.linspace(0.02, 0.98, 97)
    covered = [
        sum(
            stats.binom.pmf(many, n, share)
            for many, each in enumerate(intervals)
            if each.low <= share <= each.high
        )
        for share in shares
    ]

    assert 0.94 <= np.mean(covered) <= 0.97
    assert min(covered) > 0.83


def test_without_skewness_the_interval_is_students():
    values = np.array([-4.0, -3, -2, -1, 1, 2, 3, 4]) + 10
    found = mean_interval(values)

    assert found.method == SKEWNESS_CORRECTED
    assert (found.low, found.high) == pytest.approx(ends_of(students(values)))


def test_fewer_than_eight_values_get_students_interval_by_name():
    values = [1.0, 2.0, 4.0, 8.0]
    found = mean_interval(values)

    assert found.method == STUDENT
    assert (found.low, found.high) == pytest.approx(ends_of(students(np.array(values))))


def test_the_longer_arm_of_a_skewed_interval_is_on_the_side_of_the_tail():
    found = mean_interval([1, 1, 2, 2, 2, 3, 3, 4, 9, 20])

    assert found.high - found.estimate > found.estimate - found.low


def test_one_value_has_no_interval():
    assert mean_interval([3.0]) is None
    assert mean_interval([3.0, math.nan]) is None
    assert share_interval(0, 0) is None


def test_equal_values_have_an_interval_of_no_width_that_says_why():
    found = mean_interval([0.1] * 12)

    assert (found.low, found.high) == (0.1, 0.1)
    assert found.method == CONSTANT
    assert found.label == "mean over seeds over 12 seeds, no interval: all values are equal"


def test_an_interval_is_never_shown_without_its_label():
    found = mean_interval(np.arange(20.0))

    assert str(found) == (
        "9.50 (6.73 to 12.3: mean over seeds, 95\u202f% skewness-corrected t interval (Hall) "
        "over 20 seeds)"
    )


def test_a_share_names_wilson():
    found = share_interval(171, 200)

    assert found.method == WILSON
    assert (found.low, found.high) == pytest.approx((0.7995, 0.8970), abs=5e-4)


def test_several_intervals_hold_together_at_the_level_of_one():
    level = bonferroni(0.95, 10)

    assert level == pytest.approx(0.995)
    assert mean_interval(np.arange(20.0), level).half_width > 3.5
    assert "99.5" in mean_interval(np.arange(20.0), level).label
