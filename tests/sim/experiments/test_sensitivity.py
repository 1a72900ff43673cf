"""Indices against a function whose indices are known, and designs that have gaps."""

import math

import numpy as np
import pytest

from sim.experiments.sensitivity import Design, indices, unit_points

PATHS = ("first", "second", "third")
A, B = 7.0, 0.1

# Ishigami and Homma 1990, with a = 7 and b = 0.1: the variance and its parts, in closed form.
_V1 = 0.5 * (1 + B * math.pi**4 / 5) ** 2
_V2 = A**2 / 8
_V13 = 8 * B**2 * math.pi**8 / 225
_V = _V1 + _V2 + _V13
FIRST = {"first": _V1 / _V, "second": _V2 / _V, "third": 0.0}
TOTAL = {"first": (_V1 + _V13) / _V, "second": _V2 / _V, "third": _V13 / _V}


def ishigami(points):
    x = (points * 2 - 1) * math.pi
    return np.sin(x[:, 0]) + A * np.sin(x[:, 1]) ** 2 + B * x[:, 2] ** 4 * np.sin(x[:, 0])


def test_the_closed_form_gives_the_published_indices():
    for path, first, total in (
        ("first", 0.3139, 0.5576),
        ("second", 0.4424, 0.4424),
        ("third", 0.0, 0.2437),
    ):
        assert FIRST[path] == pytest.approx(first, abs=1e-4)
        assert TOTAL[path] == pytest.approx(total, abs=1e-4)


@pytest.mark.parametrize("pairs", [False, True])
def test_sobol_indices_of_ishigami_lie_within_their_intervals(pairs):
    design = Design("sobol", 1024, 3, pairs)
    points = unit_points(design, 5)

    found = indices(design, points, ishigami(points), PATHS, 5)

    assert len(points) == design.points == 1024 * (8 if pairs else 5)
    for row in found.rows:
        if row.name == "S2":
            known = _V13 / _V if (row.path, row.other) == ("first", "third") else 0.0
        else:
            known = (FIRST if row.name == "S1" else TOTAL)[row.path]
        assert row.lower <= known <= row.upper, row
    assert {row.name for row in found.rows} == {"S1", "ST"} | ({"S2"} if pairs else set())


def test_morris_finds_the_slopes_of_a_line_exactly():
    design = Design("morris", 6, 3)
    points = unit_points(design, 3)
    values = 10 - 4 * points[:, 0] + 2 * points[:, 1]

    rows = {(row.name, row.path): row.value for row in indices(
        design, points, values, PATHS, 3).rows}  # fmt: skip

    assert design.points == len(points) == 24
    assert rows["mu", "first"] == pytest.approx(-4)
    assert rows["mu_star", "first"] == pytest.approx(4)
    assert rows["mu_star", "second"] == pytest.approx(2)
    assert rows["mu_star", "third"] == pytest.approx(0)
    assert rows["sigma", "first"] == pytest.approx(0, abs=1e-9)


def test_morris_of_ishigami_sees_that_effects_change_their_sign():
    design = Design("morris", 200, 3)
    points = unit_points(design, 11)

    rows = {(row.name, row.path): row for row in indices(
        design, points, ishigami(points), PATHS, 11).rows}  # fmt: skip

    # On this grid the second input moves the figure by 7.875, up or down.
    for path in PATHS:
        assert rows["mu_star", path].lower > 0
        assert rows["sigma", path].value > rows["mu_star", path].value / 2
    assert abs(rows["mu", "second"].value) < rows["mu_star", "second"].value / 3
    assert math.isnan(rows["sigma", "first"].lower)


def test_the_same_seed_gives_the_same_points_and_intervals():
    design = Design("sobol", 8, 2)
    first, again = unit_points(design, 4), unit_points(design, 4)

    assert np.array_equal(first, again)
    assert not np.array_equal(first, unit_points(design, 5))
    values = first.sum(axis=1)
    assert indices(design, first, values, PATHS[:2], 4) == indices(
        design, first, values, PATHS[:2], 4
    )


def test_a_sample_with_a_gap_is_left_out_whole():
    design = Design("morris", 6, 3)
    points = unit_points(design, 3)
    values = points[:, 0] * 3
    values[5] = np.nan

    found = indices(design, points, values, PATHS, 3)

    assert found.blocks == 5
    assert found.rows[0].value == pytest.approx(3)


@pytest.mark.parametrize(
    ("value", "why"), [(2.5, "does not vary"), (np.nan, "fewer than two complete samples")]
)
def test_a_figure_that_says_nothing_has_no_indices(value, why):
    design = Design("sobol", 4, 2)

    found = indices(design, unit_points(design, 1), np.full(design.points, value), PATHS[:2], 1)

    assert found.rows == ()
    assert why in found.why_none


def test_an_interval_wider_than_its_index_is_doubtful():
    design = Design("sobol", 4, 3)
    points = unit_points(design, 2)

    rows = indices(design, points, ishigami(points), PATHS, 2).rows

    assert any(row.is_doubtful for row in rows)
    assert all(row.is_doubtful == (row.upper - row.lower > abs(row.value)) for row in rows)
