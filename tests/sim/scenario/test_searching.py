"""Blocks of searches: read with their units, and one clear error with its place where wrong."""

import pytest

from sim.errors import ScenarioError
from sim.scenario.loading import parse_scenario
from sim.scenario.paths import number_at, number_paths

RANGES = "ranges: {protocol.spot_check_rate: [1%, 10%]}"
SENSITIVITY = f"sensitivity: {{samples: 4, {RANGES}, kpis: [cheat_share]}}"


def load(block):
    return parse_scenario(f"question: q?\n{block}\n", "mine.yaml", "mine")


def problem(block):
    with pytest.raises(ScenarioError) as raised:
        load(block)
    (only,) = (each for each in raised.value.problems if not each.is_warning)
    return only


def test_ranges_are_read_in_the_units_of_what_they_vary():
    scenario = load(
        "sensitivity:\n  samples: 4\n  kpis: [cheat_share, slashes]\n  ranges:\n"
        "    protocol.spot_check_rate: [1%, 10%]\n"
        "    population.hosts.stake: [1000 MNFT, 4000 MNFT]\n"
        "    workload.domains[0].noise: [0, 4]\n"
    ).scenario

    assert [(each.path, each.low, each.high) for each in scenario.sensitivity.ranges] == [
        ("protocol.spot_check_rate", 10_000, 100_000),
        ("population.hosts.stake", 10**21, 4 * 10**21),
        ("workload.domains[0].noise", 0, 4),
    ]
    assert scenario.sensitivity.kpis == ("cheat_share", "slashes")
    assert scenario.discovery is None


def test_a_search_decides_nothing_in_a_single_run():
    assert load(SENSITIVITY).digest == load("").digest
    assert load(SENSITIVITY).rows == load("").rows


def test_every_number_of_the_schema_can_be_an_input_but_seed_and_searches():
    paths = number_paths()

    assert "population.hosts.cheating.gain" in paths
    assert number_at("workload.domains[2].rotation").kind.name == "degrees"
    assert not [path for path in paths if path.startswith(("seed", "sensitivity", "optimise"))]


FAILS = "fails: {kpi: cheat_share, comparison: '>', threshold: 5%}"
OBJECTIVE = "{kpi: cheat_share, direction: minimise}"


@pytest.mark.parametrize(
    ("block", "code", "text", "written"),
    [
        (
            "sensitivity: {samples: 4, ranges: {protocol.spot_check_rate: [9%, 1%]}, "
            "kpis: [slashes]}",
            "E105",
            "the range of `protocol.spot_check_rate` is 9% to 1%",
            "[9%, 1%]",
        ),
        (
            "sensitivity: {samples: 4, ranges: {chain.engine: [1, 2]}, kpis: [slashes]}",
            "E104",
            "`chain.engine` is no number",
            "chain.engine",
        ),
        (
            "sensitivity: {samples: 4, ranges: {seed: [1, 2]}, kpis: [slashes]}",
            "E104",
            "`seed` is no number",
            "seed",
        ),
        (
            "sensitivity: {samples: 4, ranges: {protocol.spot_chck_rate: [1%, 2%]}, "
            "kpis: [slashes]}",
            "E101",
            "names no value",
            "protocol.spot_chck_rate",
        ),
        (
            "sensitivity: {samples: 4, ranges: {protocol.spot_check_rate: [1, 2%]}, "
            "kpis: [slashes]}",
            "E102",
            "`1` has no unit",
            "1",
        ),
        (
            "sensitivity: {samples: 4, ranges: {protocol.spot_check_rate: [1%, 200%]}, "
            "kpis: [slashes]}",
            "E105",
            "is 200%",
            "200%",
        ),
        (
            "sensitivity: {samples: 4, ranges: {protocol.spot_check_rate: 1%}, kpis: [slashes]}",
            "E104",
            "is not a pair",
            "1%",
        ),
        ("sensitivity: {samples: 4, ranges: {}, kpis: [slashes]}", "E104", "is a mapping", "{}"),
        (f"sensitivity: {{samples: 4, {RANGES}, kpis: [slash]}}", "E108", "unknown KPI", "slash"),
        (f"sensitivity: {{samples: 4, {RANGES}, kpis: []}}", "E104", "is empty", "[]"),
        (
            f"sensitivity: {{samples: 0, {RANGES}, kpis: [slashes]}}",
            "E105",
            "`sensitivity.samples` is 0",
            "0",
        ),
        (
            f"sensitivity: {{method: sobol, samples: 12, {RANGES}, kpis: [slashes]}}",
            "E117",
            "a power of two, not 12",
            "12",
        ),
        (
            "optimise: {trials: 4, ranges: {'workload.domains[7].noise': [0, 4]}, "
            f"objectives: [{OBJECTIVE}]}}",
            "E117",
            "beyond the list, which has 3",
            "'workload.domains[7].noise'",
        ),
        (
            f"discovery: {{samples: 40, {RANGES}, fails: {{kpi: cheats, comparison: '>', "
            "threshold: 5%}}",
            "E108",
            "unknown KPI `cheats`",
            "cheats",
        ),
        (f"discovery: {{samples: 3, {RANGES}, {FAILS}}}", "E105", "`discovery.samples` is 3", "3"),
        (
            f"optimise: {{trials: 4, {RANGES}, objectives: [{{kpi: cheats, "
            "direction: minimise}]}",
            "E108",
            "unknown KPI `cheats`",
            "cheats",
        ),
        (
            f"optimise: {{trials: 4, {RANGES}, replicas: 2, pruning: median, "
            f"objectives: [{OBJECTIVE}, {OBJECTIVE}]}}",
            "E117",
            "several objectives cannot be pruned",
            "median",
        ),
        (
            f"optimise: {{trials: 4, {RANGES}, pruning: median, objectives: [{OBJECTIVE}]}}",
            "E117",
            "nothing to save",
            "median",
        ),
    ],
)
def test_a_bad_block_is_one_error_with_its_place(block, code, text, written):
    found = problem(block)

    assert found.code == code
    assert text in found.problem
    assert found.location.line == 2
    start = found.location.column - 1
    assert found.location.text[start : start + found.location.length] == written
