"""scenarios/poached-holders.yaml: passes that all can see cost their seller; users gain by it."""

import pytest

from tests.scenarios.conftest import Play, Played

NAME = "poached-holders"
SMALL = {
    "ticks": "30",
    "population.users.count": "30",
    "population.users.activity": "2",
    "population.users.activity_sigma": "0.5",
    "population.creators.poaching.review": "100%",
}
SEEDS = (1, 2, 3)


@pytest.fixture(scope="module")
def arms(play: Play) -> list[tuple[Played, Played]]:
    """Return the gate, and no gate, by seeds."""
    nothing = {"population.creators.poaching.owners": "0"}
    return [(play(NAME, seed, SMALL), play(NAME, seed, SMALL | nothing)) for seed in SEEDS]


def test_who_sells_passes_loses_by_being_seen(arms):
    for gate, unseen in arms:
        assert unseen.figures["calls_by_token_gate"] == 0 < gate.figures["calls_by_token_gate"]
        assert gate.figures["loyal_share"] < unseen.figures["loyal_share"]
        assert gate.figures["first_model_earned"] < unseen.figures["first_model_earned"]
    seen, hidden = (sum(arm[at].figures["first_model_earned"] for arm in arms) for at in (0, 1))
    assert seen < 0.95 * hidden


def test_users_save_what_both_owners_and_hosts_lose_for_not_a_call_more(arms):
    for gate, unseen in arms:
        assert gate.figures["users_paid"] < 0.97 * unseen.figures["users_paid"]
        assert gate.figures["makers_earned"] < unseen.figures["makers_earned"]
        assert gate.figures["host_revenue"] < unseen.figures["host_revenue"]
        calls = pytest.approx(unseen.figures["calls_settled"], rel=0.01)
        assert gate.figures["calls_settled"] == calls
