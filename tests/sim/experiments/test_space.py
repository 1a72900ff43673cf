"""Places between two bounds as a scenario file writes them, and back again."""

import pytest

from sim.errors import UserError
from sim.experiments.space import (
    Dimension,
    changes_at,
    dimensions_of,
    require_valid,
    yaml_of,
)
from sim.scenario.loading import parse_scenario
from sim.scenario.searching import Range
from sim.scenario.units import COUNT, MONEY, PPM_SHARE, SHARE

RATE = Dimension("protocol.spot_check_rate", PPM_SHARE, 10_000, 100_000)
STAKE = Dimension("population.hosts.stake", MONEY, 10**21, 4 * 10**21)


@pytest.mark.parametrize(
    ("dimension", "place", "text"),
    [
        (RATE, 0.0, "1%"),
        (RATE, 1.0, "10%"),
        (RATE, 1 / 3, "4%"),
        (STAKE, 0.123456789, "1370.37 MNFT"),
        (Dimension("population.hosts.count", COUNT, 2, 5), 0.55, "4"),
        (Dimension("population.users.churn", SHARE, 0.0, 1.0), 0.123456789, "12.3457%"),
    ],
)
def test_a_place_is_written_with_few_digits(dimension, place, text):
    assert dimension.text(place) == text
    assert dimension.low <= dimension.number(place) <= dimension.high


def test_changes_put_a_scenario_where_the_point_is():
    changes = changes_at((RATE, STAKE), (0.5, 1.0))

    scenario = parse_scenario("question: q?", "f", "n", changes).scenario
    assert scenario.protocol.spot_check_rate == 55_000
    assert scenario.population.hosts.stake == 4 * 10**21


def test_yaml_of_changes_is_a_part_of_a_scenario():
    text = yaml_of({**changes_at((RATE, STAKE), (0.0, 0.0)), "workload.domains[0].noise": "3"})

    assert text.endswith("# workload.domains[0].noise: 3")
    assert parse_scenario(f"question: q?\n{text}", "f", "n").scenario == (
        parse_scenario("question: q?", "f", "n", changes_at((RATE, STAKE), (0.0, 0.0))).scenario
    )


def test_inputs_know_the_unit_of_their_number():
    (found,) = dimensions_of([Range(path="protocol.spot_check_rate", low=10_000.0, high=1e5)])

    assert found == RATE


def test_a_point_that_the_rules_refuse_is_named_before_anything_runs():
    low = {"population.hosts.stake": "10 MNFT"}

    with pytest.raises(UserError, match=r"at population.hosts.stake: 10 MNFT: hosts stake 10"):
        require_valid("question: q?", "mine.yaml", "mine", [{}, low], "sensitivity")
