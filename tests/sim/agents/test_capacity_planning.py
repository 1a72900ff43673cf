"""What an owner of a moving price takes for usual demand."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.agents.publisher import steady_target

STEP = 0.125
USES = st.lists(st.integers(0, 500), min_size=1, max_size=30)


def level_after(used, target):
    level = 1.0
    for calls in used:
        level *= 1 + STEP * min(1.0, (calls - target) / target)
    return level


@given(USES.filter(lambda used: sum(calls > 0 for calls in used) > 0.6 * len(used)))
def test_the_target_would_have_left_the_level_where_it_was(used):
    target = steady_target(used, STEP)

    assert level_after(used, target) == pytest.approx(1, abs=1e-6)


def test_even_demand_is_its_own_target():
    assert steady_target([30] * 14, STEP) == pytest.approx(30)


def test_uneven_demand_has_a_target_below_its_mean():
    used = [0, 10, 80, 10, 30, 20, 60]

    assert 0 < steady_target(used, STEP) < sum(used) / len(used)


@pytest.mark.parametrize("used", [[], [0, 0, 0], [0, 0, 0, 0, 90]])
def test_without_regular_demand_the_target_vanishes(used):
    assert math.isclose(steady_target(used, STEP), 0, abs_tol=1e-6)
