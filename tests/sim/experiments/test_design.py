"""From designs to arms, and from a seed to the seeds of replicas."""

import numpy as np
import pytest

from sim.experiments.design import ONLY, arms_of, replica_seeds
from sim.scenario.loading import parse_scenario


def arms(block, seed=1):
    scenario = parse_scenario(f"question: q?\nsweep:\n{block}\n", "mine.yaml", "mine").scenario
    return arms_of(scenario.sweep, seed)


def test_a_sweep_of_seeds_alone_has_one_arm_that_changes_nothing():
    assert arms("  replicas: 3") == ((ONLY, {}),)


def test_a_grid_has_every_combination_in_the_order_of_the_file():
    found = arms("  grid: {ticks: [5, 6], population.hosts.stake: [1000 MNFT, 2000 MNFT]}")

    assert [each.changes for each in found] == [
        {"ticks": "5", "population.hosts.stake": "1000 MNFT"},
        {"ticks": "5", "population.hosts.stake": "2000 MNFT"},
        {"ticks": "6", "population.hosts.stake": "1000 MNFT"},
        {"ticks": "6", "population.hosts.stake": "2000 MNFT"},
    ]
    assert found[1].name == "ticks=5 stake=2000MNFT"


def test_lists_under_zip_go_side_by_side():
    found = arms("  zip: {ticks: [5, 6], tick: [1d, 12h]}")

    assert [each.changes for each in found] == [
        {"ticks": "5", "tick": "1d"},
        {"ticks": "6", "tick": "12h"},
    ]


def test_designs_are_crossed_and_names_stay_apart():
    found = arms(
        "  arms: {plain: {}, often: {protocol.spot_check_rate: 5%}}\n"
        "  grid: {ticks: [5, 6]}\n"
        "  lhs: {samples: 3, ranges: {population.users.activity: [0.5, 2]}}"
    )

    assert len(found) == len({each.name for each in found}) == 2 * 2 * 3
    assert found[-1].name == "often ticks=6 lhs-3"
    assert set(found[-1].changes) == {
        "protocol.spot_check_rate",
        "ticks",
        "population.users.activity",
    }


def test_long_names_are_cut_and_stay_apart():
    axes = (
        ", ".join(
            f"population.{role}.count: [11111111, 22222222]"
            for role in ("hosts", "users", "creators")
        )
        .replace("11111111", "1")
        .replace("22222222", "2")
    )
    found = arms(
        f"  grid: {{{axes}, population.hosts.latency_sigma: [0.1, 0.2], tick: [1d, 2d]}}\n"
        "  arms: {a rather long name for an arm of a sweep: {}, another one: {ticks: 9}}"
    )

    assert len({each.name for each in found}) == 64
    assert max(len(each.name) for each in found) <= 60


@pytest.mark.parametrize("method", ["lhs", "sobol"])
def test_samples_lie_in_their_ranges_fill_them_and_follow_from_the_seed(method):
    block = (
        f"  {method}: {{samples: 16, ranges: {{population.users.activity: [1, 2], "
        "population.users.count: [10, 25], protocol.price_step: [1%, 12%]}}"
    )
    found = arms(block)

    activity = [float(each.changes["population.users.activity"]) for each in found]
    counts = [int(each.changes["population.users.count"]) for each in found]
    assert len(found) == 16
    # One point in each sixteenth.
    assert sorted(np.floor((np.array(activity) - 1) * 16)) == list(range(16))
    assert min(counts) >= 10
    assert max(counts) <= 25
    assert all(each.changes["protocol.price_step"].endswith("%") for each in found)
    assert arms(block) == found
    assert arms(block, seed=2) != found


def test_a_drawn_value_reads_back_as_what_was_drawn():
    path = "population.hosts.stake"
    for arm in arms(f"  lhs: {{samples: 8, ranges: {{{path}: [1000 MNFT, 3000 MNFT]}}}}"):
        loaded = parse_scenario("question: q?", "mine.yaml", "mine", dict(arm.changes))

        (row,) = (row for row in loaded.rows if row.key == path)
        assert row.value == arm.changes[path]


def test_replicas_begin_with_the_scenarios_seed_and_more_leave_the_others_as_they_were():
    assert replica_seeds(7, 1) == (7,)
    assert replica_seeds(7, 100)[:5] == replica_seeds(7, 5)
    assert len(set(replica_seeds(7, 1_000))) == 1_000
    assert set(replica_seeds(7, 50)[1:]).isdisjoint(replica_seeds(8, 50)[1:])
