"""scenarios/rights-to-call.yaml: rights pay makers ahead, cost hosts, and used ones compete."""

import pytest

SMALL = {"ticks": "120", "population.users.count": "30"}
RIGHTS = "population.creators.rights"
SEEDS = (1, 2)


@pytest.fixture(scope="module")
def arms(play):
    """Figures of each arm, seed by seed."""
    changes = {
        "calls alone": {f"{RIGHTS}.inference_calls": "0"},
        "rights": {f"{RIGHTS}.resale": "never"},
        "sold on": {},
    }
    return {
        name: [play("rights-to-call", seed, SMALL | change).figures for seed in SEEDS]
        for name, change in changes.items()
    }


def test_rights_bring_makers_money_forward_and_cost_hosts(arms):
    for calls, rights in zip(arms["calls alone"], arms["rights"], strict=True):
        assert rights["calls_by_right"] > 0.1 * rights["calls_settled"]
        assert rights["calls_settled"] == pytest.approx(calls["calls_settled"], rel=0.05)
        assert rights["makers_earned"] > calls["makers_earned"]
        assert rights["host_revenue"] < 0.95 * calls["host_revenue"]


def test_used_units_bring_more_calls_by_right_and_their_maker_less(arms):
    for rights, sold_on in zip(arms["rights"], arms["sold on"], strict=True):
        assert rights["rights_sold_on"] == 0 < sold_on["rights_sold_on"]
        assert sold_on["calls_by_right"] > rights["calls_by_right"]
        assert 0.95 * rights["makers_earned"] < sold_on["makers_earned"] < rights["makers_earned"]
