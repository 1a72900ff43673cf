"""Boxes that were put there are found, with the numbers that can be counted by hand."""

import numpy as np
import pandas as pd
import pytest

from sim.experiments.discovery import Discovery, Wanted, find_boxes


@pytest.fixture(scope="module")
def points():
    drawn = np.random.default_rng(8).random((500, 3))
    return pd.DataFrame(drawn, columns=["rate", "stake", "noise"])


def test_the_box_in_which_the_target_fails_is_found(points):
    fails = ((points["rate"] < 0.4) & (points["stake"] > 0.5)).to_numpy()

    (box,) = find_boxes(points, fails, Wanted(density=0.9, coverage=0.9)).boxes

    limits = {limit.path: limit for limit in box.limits}
    assert set(limits) == {"rate", "stake"}
    assert limits["rate"].low is None
    assert limits["rate"].high == pytest.approx(0.4, abs=0.05)
    assert limits["stake"].low == pytest.approx(0.5, abs=0.05)
    assert limits["stake"].high is None
    assert limits["rate"].high_p < 1e-6
    assert limits["rate"].low_p is None


def test_coverage_density_and_mass_are_what_counting_gives(points):
    fails = ((points["rate"] < 0.4) & (points["stake"] > 0.5)).to_numpy()

    (box,) = find_boxes(points, fails, Wanted(density=0.9, coverage=0.5)).boxes

    inside = box.holds(points)
    assert (box.points, box.failing) == (inside.sum(), (inside & fails).sum())
    assert box.coverage == pytest.approx((inside & fails).sum() / fails.sum())
    assert box.density == pytest.approx(fails[inside].mean())
    assert box.mass == pytest.approx(inside.mean())
    assert box.density >= 0.9
    chosen = box.trajectory.iloc[box.step]
    assert (chosen["coverage"], chosen["density"]) == (box.coverage, box.density)


def test_of_two_boxes_that_cover_as_much_the_denser_is_taken(points):
    fails = (points["rate"] < 0.4).to_numpy()

    (box,) = find_boxes(points, fails, Wanted(density=0.5, coverage=0.9)).boxes

    whole = box.trajectory[box.trajectory["coverage"] == 1]
    assert box.coverage == 1
    assert box.density == whole["density"].max() > 0.9


def test_a_second_box_is_found_in_what_the_first_left(points):
    first, second = points["rate"] < 0.3, points["stake"] > 0.8
    fails = (first | second).to_numpy()

    found = find_boxes(points, fails, Wanted(density=0.8, coverage=0.95))

    one, two = found.boxes
    assert [limit.path for limit in one.limits + two.limits] == ["rate", "stake"]
    left = ~one.holds(points)
    assert two.points == (two.holds(points) & left).sum()
    assert two.coverage == pytest.approx((two.holds(points) & left & fails).sum() / fails.sum())
    assert found.coverage == one.coverage + two.coverage > 0.95


@pytest.mark.parametrize("fails", [np.zeros(500, dtype=bool), np.ones(500, dtype=bool)])
def test_without_a_difference_there_is_no_box(points, fails):
    assert find_boxes(points, fails, Wanted()) == Discovery(())


def test_failures_scattered_at_random_make_no_dense_box(points):
    fails = np.random.default_rng(1).random(500) < 0.2

    found = find_boxes(points, fails, Wanted(density=0.95, mass=0.1))

    assert found.boxes == ()
    assert found.in_vain is not None
    assert found.in_vain["density"].max() < 0.95
