import math

import numpy as np
import pandas as pd
import pytest

from sim.experiments.paired import compare_pairs, pairs_of, pairs_to_resolve, word_of
from sim.experiments.statistics import Interval, mean_interval
from sim.streams import stream


def figures(**arms):
    """A tidy frame of one KPI: values by arm, by seed from 1 on; None where a replica failed."""
    rows = [
        {"arm": arm, "seed": seed, "kpi": kpi, "value": value}
        for (kpi, arm), values in (
            (name.split("__"), values) for name, values in arms.items()
        )
        for seed, value in enumerate(values, start=1)
        if value is not None
    ]  # fmt: skip
    return pd.DataFrame(rows)


def interval(low, high):
    return Interval((low + high) / 2, low, high, "mean paired difference", "t", 0.95, 20, "pairs")


def test_pairs_are_of_one_seed_and_a_failed_replica_drops_its_pair_from_both_arms():
    frame = figures(
        revenue_total__a=[10, 20, None, 40, math.nan], revenue_total__b=[11, None, 33, 44, 55]
    )
    found = pairs_of(frame.sample(frac=1, random_state=1), "revenue_total", "a", "b")

    assert found.seeds == (1, 4)
    assert found.baseline.tolist() == [10, 40]
    assert found.arm.tolist() == [11, 44]
    assert found.dropped == 3


def test_what_the_seeds_share_cancels_in_the_difference():
    rng = stream(1, "pairs")
    shared = rng.normal(100, 30, 40)
    frame = figures(
        revenue_total__a=shared, revenue_total__b=shared + rng.normal(2, 1, 40)
    )  # fmt: skip
    found = compare_pairs(frame, "revenue_total", "a", "b")

    assert found.word == "differs"
    assert found.difference.half_width < 0.5
    assert mean_interval(shared).half_width > 5
    assert found.difference.label.startswith("mean paired difference, 95")
    assert found.difference.label.endswith("over 40 pairs")


def test_effect_sizes_have_difference_share_of_baseline_seeds_better_and_d_z():
    frame = figures(latency_p95__a=[100.0] * 10, latency_p95__b=[90.0] * 8 + [100.0, 120.0])
    found = compare_pairs(frame, "latency_p95", "a", "b")

    assert found.mean == pytest.approx(-6)
    assert found.relative == pytest.approx(-0.06)
    assert found.better.estimate == 0.8, "fewer milliseconds are better"
    assert found.ties == 1
    assert found.d_z == pytest.approx(-6 / np.std([-10] * 8 + [0, 20], ddof=1))
    assert found.gain == pytest.approx(6)


def test_a_kpi_without_direction_has_no_better_arm():
    frame = figures(royalties_paid__a=[1.0, 2.0], royalties_paid__b=[2.0, 2.0])

    assert compare_pairs(frame, "royalties_paid", "a", "b").better is None


@pytest.mark.parametrize(
    ("low", "high", "band", "word"),
    [
        (3, 5, 2, "differs"),
        (-5, -3, 2, "differs"),
        (-1, 2, 2, "equivalent"),
        (1, 3, 2, "undecided"),
        (-3, 3, 2, "undecided"),
        (1, 3, 0, "differs"),
        (-1, 3, 0, "undecided"),
        (0, 0, 0, "equivalent"),
    ],
)
def test_a_word_says_where_the_interval_lies_to_the_band(low, high, band, word):
    assert word_of(interval(low, high), band) == word


def test_the_band_is_a_share_of_the_baselines_mean():
    frame = figures(revenue_total__a=[200.0, 100.0], revenue_total__b=[201.0, 101.0])

    found = compare_pairs(frame, "revenue_total", "a", "b", matters_from=0.02)

    assert found.band == pytest.approx(3)
    assert found.word == "equivalent"


def test_one_pair_has_a_difference_but_no_interval_and_no_verdict():
    found = compare_pairs(figures(forks__a=[1.0], forks__b=[4.0]), "forks", "a", "b")

    assert found.mean == 3
    assert found.difference is None
    assert found.word == "not computed"


def test_no_pair_at_all_is_not_computed():
    found = compare_pairs(figures(forks__a=[1.0, None], forks__b=[None, 4.0]), "forks", "a", "b")

    assert (found.n, found.dropped, found.mean, found.word) == (0, 2, None, "not computed")


def test_four_times_the_pairs_halve_the_interval():
    assert pairs_to_resolve(interval(-2, 2), 1) == 80
    assert pairs_to_resolve(interval(-2, 2), 3) is None
