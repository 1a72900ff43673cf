"""scenarios/contributor-badges.yaml: badges bind who helped; owners and hosts pay for it."""

import pytest

from tests.scenarios.conftest import Play, Played

NAME = "contributor-badges"
SMALL = {"ticks": "60", "population.users.count": "40"}
NOTHING = {**SMALL, "population.creators.contributors.largest_discount": "0%"}
SEEDS = (1, 2)


@pytest.fixture(scope="module")
def arms(play: Play) -> list[tuple[Played, Played]]:
    return [(play(NAME, seed, SMALL), play(NAME, seed, NOTHING)) for seed in SEEDS]


def test_contributors_call_what_they_helped_to_make(arms):
    for badges, nothing in arms:
        assert badges.figures["badges"] > 5
        assert nothing.figures["badges"] == 0
        assert badges.figures["calls_of_helped"] > 1.2 * nothing.figures["calls_of_helped"]


def test_owners_and_hosts_bear_the_discounts_for_not_a_call_more(arms):
    for badges, nothing in arms:
        calls = pytest.approx(nothing.figures["calls_settled"], rel=0.01)
        assert badges.figures["calls_settled"] == calls
        lost = nothing.figures["revenue_total"] - badges.figures["revenue_total"]
        assert lost == pytest.approx(badges.figures["discounts"], rel=0.05)
        hosts = nothing.figures["host_revenue"] - badges.figures["host_revenue"]
        assert 0.3 * lost < hosts < 0.5 * lost
