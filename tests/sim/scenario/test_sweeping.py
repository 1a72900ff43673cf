"""The block of a sweep: read as it is written, one clear error with its place where wrong."""

import pytest

from sim.errors import ScenarioError
from sim.scenario.loading import parse_scenario


def load(block):
    return parse_scenario(f"question: q?\n{block}\n", "mine.yaml", "mine")


def problem(block):
    with pytest.raises(ScenarioError) as raised:
        load(block)
    (only,) = (each for each in raised.value.problems if not each.is_warning)
    return only


def test_every_design_is_read_as_it_is_written():
    sweep = load(
        "sweep:\n  replicas: 3\n"
        "  arms: {plain: {}, often: {protocol.spot_check_rate: 5%, chain.engine: none}}\n"
        "  grid: {population.hosts.stake: [1000 MNFT, 2000 MNFT], tick: [1d, 12h]}\n"
        "  zip: {population.users.count: [10, 20], population.users.budget: [5 MNFT, 9 MNFT]}\n"
        "  lhs: {samples: 4, ranges: {protocol.price_step: [1%, 12%]}}\n"
        "  sobol: {samples: 4, ranges: {population.users.activity: [0.5, 2]}}\n"
    ).scenario.sweep

    assert sweep.replicas == 3
    assert [(each.name, dict(each.changes)) for each in sweep.arms] == [
        ("plain", {}),
        ("often", {"protocol.spot_check_rate": "5%", "chain.engine": "none"}),
    ]
    assert [(each.path, each.values) for each in sweep.grid] == [
        ("population.hosts.stake", ("1000 MNFT", "2000 MNFT")),
        ("tick", ("1d", "12h")),
    ]
    assert [len(each.values) for each in sweep.zip] == [2, 2]
    assert (sweep.lhs.samples, sweep.sobol.samples) == (4, 4)


def test_a_sweep_decides_nothing_in_a_single_run():
    assert load("sweep: {replicas: 9}").digest == load("").digest


@pytest.mark.parametrize(
    ("block", "code", "says", "line"),
    [
        ("sweep:\n  grid: {protocol.spot_check_rte: [1%]}", "E101", "names no value", 3),
        ("sweep:\n  grid: {protocol.spot_check_rate: [1 MNFT]}", "E102", "unknown unit", 3),
        ("sweep:\n  grid: {protocol.spot_check_rate: [200%]}", "E105", "", 3),
        ("sweep:\n  grid: {protocol.spot_check_rate: [1%, 1%]}", "E107", "twice", 3),
        ("sweep:\n  grid: {protocol.spot_check_rate: 1%}", "E104", "no list of values", 3),
        ("sweep:\n  grid: [1, 2]", "E104", "is a mapping", 3),
        ("sweep:\n  grid: {workload.hidden_units: [[8], [16]]}", "E101", "names no value", 3),
        ("sweep:\n  grid: {seed: [1, 2]}", "E101", "names no value", 3),
        ("sweep:\n  zip: {tick: [1d, 2d], seeds: [1]}", "E101", "names no value", 3),
        ("sweep:\n  zip: {tick: [1d, 2d], ticks: [5]}", "E117", "not equally long", 3),
        ("sweep:\n  arms: {a/b: {ticks: 5}}", "E104", "no name of an arm", 3),
        ("sweep:\n  arms: {a: {ticks: 5}, b: {tikcs: 5}}", "E101", "names no value", 3),
        ("sweep:\n  sobol: {samples: 3, ranges: {ticks: [5, 9]}}", "E117", "power of two", 3),
        ("sweep:\n  lhs: {samples: 3, ranges: {ticks: [9, 5]}}", "E105", "", 3),
        ("sweep:\n  grid: {ticks: [5]}\n  zip: {ticks: [6]}", "E117", "varied twice", 4),
        ("sweep:\n  replicas: 0", "E105", "", 3),
        ("sweep:\n  repliccas: 2", "E101", "unknown key", 3),
    ],
)
def test_what_is_wrong_is_said_once_with_its_place(block, code, says, line):
    found = problem(block)

    assert (found.code, found.location.line) == (code, line)
    assert says in found.problem
