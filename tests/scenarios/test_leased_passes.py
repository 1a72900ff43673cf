"""scenarios/leased-passes.yaml: more passes are sold, and users pay the models less in all."""

import pytest

from tests.scenarios.conftest import Play, Played

NAME = "leased-passes"
SMALL = {"ticks": "90", "population.users.count": "25"}
NO_LEASES = {**SMALL, "population.users.leasing": "0%"}
SEEDS = (1, 2, 3)


@pytest.fixture(scope="module")
def arms(play: Play) -> list[tuple[Played, Played]]:
    return [(play(NAME, seed, SMALL), play(NAME, seed, NO_LEASES)) for seed in SEEDS]


def test_models_lose_by_leases_though_they_sell_more_passes(arms):
    for leases, none in arms:
        assert leases.figures["leases"] > 0 == none.figures["leases"]
        assert leases.figures["subscriptions_sold"] > none.figures["subscriptions_sold"]
    paid, unlet = (sum(arm[at].figures["users_paid"] for arm in arms) for at in (0, 1))
    assert paid < 0.985 * unlet


def test_leases_reach_hardly_a_call_more(arms):
    for leases, none in arms:
        calls = pytest.approx(none.figures["calls_settled"], rel=0.02)
        assert leases.figures["calls_settled"] == calls
