"""Deltas let tasks be served whose whole weights do not pay, and cost accuracy where they do."""

import pytest

SMALL = {
    "ticks": "30",
    "population.fine_tuners.count": "4",
    "population.fine_tuners.review": "40%",
    "population.users.count": "40",
}
SEEDS = (1, 2, 3)
IN_MEMORY = {"workload.storage_price": "58 MNFT"}
PINNED = {"workload.storage_price": "1.4 MNFT"}
WHOLE = {"population.fine_tuners.stored": "whole"}


@pytest.fixture(scope="module")
def arms(play):
    """Figures of each arm, seed by seed."""
    changes = {
        "in memory, whole": IN_MEMORY | WHOLE,
        "in memory": IN_MEMORY,
        "pinned": PINNED,
    }
    return {
        name: [play("delta-forks", seed, SMALL | change).figures for seed in SEEDS]
        for name, change in changes.items()
    }


def each(arms, name, kpi):
    return [figures[kpi] for figures in arms[name]]


def test_where_storage_is_dear_tasks_have_a_model_of_their_own_as_a_delta_or_not_at_all(arms):
    assert each(arms, "in memory, whole", "forks") == [0, 0, 0]
    assert each(arms, "in memory, whole", "tasks_with_model") == [1, 1, 1]
    forks = each(arms, "in memory", "forks")
    assert forks == each(arms, "in memory", "forks_as_deltas")
    assert all(tasks > 1 for tasks in each(arms, "in memory", "tasks_with_model"))
    bought = (each(arms, name, "accuracy_bought") for name in ("in memory, whole", "in memory"))
    for without, with_deltas in zip(*bought, strict=True):
        assert with_deltas > without


def test_where_storage_is_cheap_forks_stay_whole_where_a_delta_would_lose_much(arms):
    for pinned, dear in zip(arms["pinned"], arms["in memory"], strict=True):
        assert pinned["forks_as_deltas"] < pinned["forks"]
        assert pinned["accuracy_bought"] > dear["accuracy_bought"]
        assert pinned["bytes_stored"] > dear["bytes_stored"]
