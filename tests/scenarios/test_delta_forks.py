"""Where keeping weights ready is dear, tasks have a model of their own as a delta or not at all."""

from statistics import fmean

import pytest

SMALL = {
    "ticks": "30",
    "population.fine_tuners.count": "4",
    "population.fine_tuners.review": "40%",
    "population.users.count": "40",
    "workload.storage_price": "58 MNFT",
}
SEEDS = (1, 2, 3)


@pytest.fixture(scope="module")
def arms(play):
    """Figures of each form, seed by seed."""
    return {
        stored: [
            play("delta-forks", seed, SMALL | {"population.fine_tuners.stored": stored}).figures
            for seed in SEEDS
        ]
        for stored in ("whole", "when_it_pays")
    }


def each(arms, stored, kpi):
    return [figures[kpi] for figures in arms[stored]]


def test_no_fork_pays_whole_and_every_one_that_pays_is_a_delta(arms):
    assert each(arms, "whole", "forks") == [0, 0, 0]
    forks = each(arms, "when_it_pays", "forks")
    assert forks == each(arms, "when_it_pays", "forks_as_deltas")
    assert all(forks)


def test_deltas_give_tasks_a_model_and_users_better_answers(arms):
    assert each(arms, "whole", "tasks_with_model") == [1, 1, 1]
    assert fmean(each(arms, "when_it_pays", "tasks_with_model")) >= 2
    accuracy = {stored: fmean(each(arms, stored, "accuracy_bought")) for stored in arms}
    assert accuracy["when_it_pays"] > accuracy["whole"]
