"""Panels of the arms: also where a figure was not there to measure from the first tick on."""

import math

import pandas as pd

from reports.comparison_sections.multiples import _draw


def test_a_seed_that_has_no_value_in_the_first_ticks_costs_no_drawing():
    spread = pd.DataFrame(
        {
            "median": [0.8, 0.8, 0.7],
            "low": [0.8, 0.8, 0.6],
            "high": [0.8, 0.8, 0.8],
            "path": [math.nan, 0.8, 0.7],
        },
        index=[3, 4, 5],
    )

    figure = _draw("leaf_share", {"edge": spread, "leaf": spread}, "tick", banded=True)

    low, high = figure.axes[0].get_ylim()
    assert low == 0
    assert 0.8 < high < 1
