"""scenarios/members-club.yaml: a club pays its owner, hosts and protocol pay for it, not users."""

import pytest

from tests.scenarios.conftest import Play, Played

NAME = "members-club"
SMALL = {
    "ticks": "40",
    "population.users.count": "30",
    "population.creators.club.review": "100%",
}
OWNERS = "population.creators.club.owners"
SEEDS = (1, 2)


@pytest.fixture(scope="module")
def arms(play: Play) -> list[tuple[Played, ...]]:
    """Return nobody, one owner, all owners and distrust, by seeds."""
    changes = ({OWNERS: "0"}, {}, {OWNERS: "3"}, {"population.users.trust": "50%"})
    return [tuple(play(NAME, seed, SMALL | change) for change in changes) for seed in SEEDS]


def test_the_first_club_earns_its_owner_half_as_much_again_and_calls_rise(arms):
    for nobody, one, _, _ in arms:
        assert nobody.figures["joining_fees"] == nobody.figures["members"] == 0
        earned = one.figures["first_model_earned"]
        assert earned > 1.4 * nobody.figures["first_model_earned"]
        assert one.figures["calls_settled"] > 1.03 * nobody.figures["calls_settled"]


def test_who_calls_much_pays_less_and_who_calls_little_no_more(arms):
    for nobody, one, everybody, _ in arms:
        heavy, light = "heavy_paid_per_call", "light_paid_per_call"
        assert everybody.figures[heavy] < one.figures[heavy] < nobody.figures[heavy]
        assert everybody.figures[heavy] < 0.95 * nobody.figures[heavy]
        assert one.figures[light] < 1.02 * nobody.figures[light]


def test_hosts_and_the_protocol_lose_what_fees_move_past_them(arms):
    for nobody, one, everybody, _ in arms:
        assert everybody.figures["makers_earned"] > 1.3 * nobody.figures["makers_earned"]
        for kpi in ("host_revenue", "protocol_fees"):
            assert everybody.figures[kpi] < 0.8 * nobody.figures[kpi]
            assert one.figures[kpi] < 0.95 * nobody.figures[kpi]
        paid = pytest.approx(nobody.figures["users_paid"], rel=0.05)
        assert one.figures["users_paid"] == paid


def test_distrust_costs_an_owner_that_keeps_its_word_most_of_the_gain(arms):
    for nobody, one, _, distrust in arms:
        alone, gained, left = (run.figures["first_model_earned"] for run in (nobody, one, distrust))
        assert left - alone < 0.5 * (gained - alone)
