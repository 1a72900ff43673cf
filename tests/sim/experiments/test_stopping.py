from types import SimpleNamespace

import numpy as np
import pytest

from sim.experiments.statistics import CONSTANT, FEWEST, mean_interval, student_quantile
from sim.experiments.stopping import CONFIDENCE_SEQUENCE, Stopping, confidence_sequence
from sim.streams import stream

REPETITIONS = 400
MOST = 300
WIDTHS = {"normal": 0.4, "exponential": 0.4}
MEANS = {"normal": 0.0, "exponential": 1.0}


def samples(process):
    rng = stream(2, f"stopping/{process}")
    draw = {"normal": rng.standard_normal, "exponential": rng.standard_exponential}[process]
    return draw((REPETITIONS, MOST))


def stopped(values, interval_of, half_width):
    """Return the interval at which somebody stops who looks after every second value."""
    for n in range(FEWEST, MOST, 2):
        interval = interval_of(values[:n])
        if interval is not None and interval.half_width <= half_width:
            return interval
    raise AssertionError("never narrow enough")


def coverage(process, interval_of):
    found = [stopped(values, interval_of, WIDTHS[process]) for values in samples(process)]
    return sum(each.low <= MEANS[process] <= each.high for each in found) / REPETITIONS


@pytest.mark.parametrize("process", WIDTHS)
def test_the_interval_at_which_one_stops_covers_at_its_level(process):
    assert coverage(process, confidence_sequence) >= 0.95


def student(values):
    n = len(values)
    half = student_quantile(0.95, n - 1) * np.std(values, ddof=1) / np.sqrt(n)
    mean = values.mean()
    return SimpleNamespace(low=mean - half, high=mean + half, half_width=half)


def test_a_t_interval_looked_at_until_it_is_narrow_covers_less_than_it_says():
    assert coverage("exponential", student) < 0.92
    assert coverage("exponential", mean_interval) < 0.95


def test_a_t_interval_looked_at_until_it_excludes_the_truth_often_does():
    wrong = held = 0
    for values in samples("normal")[:150]:
        looks = range(FEWEST, MOST, 4)
        plain = [mean_interval(values[:n]) for n in looks]
        sequence = [each for n in looks if (each := confidence_sequence(values[:n])) is not None]
        wrong += any(not each.low <= 0 <= each.high for each in plain)
        held += all(each.low <= 0 <= each.high for each in sequence)

    assert wrong / 150 > 0.2
    assert held / 150 >= 0.95


def test_it_is_not_enough_before_there_are_eight_values_however_calm():
    calm = [1.0, 1.0, 1.0, 1.0]

    assert not Stopping(0.5).look(calm).enough
    assert Stopping(0.5).look([1.0] * 8).enough


def test_a_look_returns_the_interval_that_the_decision_is_about():
    values = stream(3, "look").normal(5, 1, 60)
    wide, narrow = Stopping(0.05).look(values), Stopping(0.6).look(values)

    assert not wide.enough
    assert narrow.enough
    assert wide.interval == narrow.interval == confidence_sequence(values)
    assert CONFIDENCE_SEQUENCE in narrow.interval.label


def test_too_few_values_have_no_confidence_sequence():
    assert confidence_sequence([1.0]) is None
    assert confidence_sequence([1.0, 2.0, 3.0]) is None


def test_values_that_never_vary_say_so():
    assert confidence_sequence([2.0] * 9).method == CONSTANT
