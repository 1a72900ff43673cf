"""Owners grant discounts to who bought a rival's pass, where that wins more than it costs."""

import numpy as np
import pytest

from protocol.access_terms import TOKEN_GATE
from sim.agents.gates import by_token, income, preferred
from sim.errors import ScenarioError
from sim.scenario.loading import parse_scenario

SCENARIO = """
question: Who is poached?
ticks: 40
chain: {engine: none}
protocol: {spot_check_rate: 0%}
workload:
  domains: [{name: digits, demand: 100%}]
  hidden_units: [8]
  request_pool: 3
  input_commitment: hash
population:
  creators:
    count: 2
    price_sigma: 0
    dynamic_pricing: 0%
    price_review: 0%
    new_version: 0%
    subscription: {sellers: 1, calls: 10, discount: 20%, period: 10d}
    poaching: {owners: 1, calls: 100, review: 50%}
  fine_tuners: {count: 0}
  hosts: {count: 1, settle_every: 3, outage: 0%, cheating: {share: 0%}}
  validators: {count: 1}
  users:
    count: 16
    activity: 2
    activity_sigma: 0.5
    budget: 600 MNFT
    budget_sigma: 0.3
    price_coefficient: 3
    outside_utility: 0
    rechoice: 10%
  holders: {count: 1}
"""


def best_discount(rest: float, price_coefficient: float) -> int:
    calls, ones = np.full(4, 3.0), np.ones(4)
    incomes = {
        discount: income(
            calls, ones, rest * ones, price_coefficient, by_token(calls, 0.1, 1000, discount / 100)
        )
        for discount in range(0, 51, 5)
    }
    return preferred(incomes, 0) or 0


def test_a_discount_pays_for_a_rivals_subscribers_where_it_pays_nothing_for_all():
    # Two models alike: half of all calls, elasticity 2 (1 - 1/2) = 1. A pass at three quarters of
    # the price leaves 0.36 of its holders' calls, elasticity 1.28: the best answer is its discount.
    assert best_discount(1.0, 2.0) == 0
    assert best_discount(0.75**-2, 2.0) == 25
    # The cheaper the pass, the deeper the answer.
    assert best_discount(0.6**-2, 2.0) > 25


def test_hardly_more_than_today_is_not_worth_a_transaction():
    assert preferred({0: 1.0, 5: 1.005}, 0) is None
    assert preferred({0: 1.0, 5: 1.2, 10: 1.1}, 0) == 5
    assert preferred({0: 1.0, 5: 1.2}, 5) is None


@pytest.fixture(scope="module")
def market(open_market):
    market = open_market(SCENARIO)
    for _ in range(market.scenario.ticks):
        market.step()
    return market


def test_only_the_first_sells_passes_and_only_the_last_opens_a_gate_over_them(market):
    leader, rival = (creator.offers[0].listing.model_id for creator in market.creators)
    assert market.view("subscriptions", "offer_of", leader).calls == 10
    assert market.view("subscriptions", "offer_of", rival).calls == 0
    assert {granted.model_id for granted in market.gating.granted} == {rival}
    assert market.view("access", "grants_of", leader).gate_discount_bps == 0
    grants = market.view("access", "grants_of", rival)
    assert grants.collection == market.world.addresses["subscriptions"]
    assert 0 < grants.gate_discount_bps <= 5_000
    # The gate is opened further as passes are sold.
    first = market.gating.granted[0]
    bought = {row for row, (pass_id, _) in market.prepaying.bought.items() if pass_id}
    assert len(bought) > 3
    assert len(bought) - 3 <= grants.last_token_id <= market.view("subscriptions", "count")
    assert first.expected > 1


def test_only_who_bought_a_pass_pays_less_also_once_it_has_lapsed(market):
    book, rival = market.recorder, market.creators[1].offers[0].listing.model_id
    assert book.total["calls_by_token_gate"] > 0
    assert not book.faults
    named = {user.address: user.row for user in market.users}
    poached = {named[user] for model, user, mode in book.access.by_user if mode == TOKEN_GATE}
    assert {model for model, _, mode in book.access.by_user if mode == TOKEN_GATE} == {rival}
    assert poached <= set(market.prepaying.bought)
    lapsed = [
        market.view("subscriptions", "prepaid_of", market.prepaying.bought[row][0]).expires_at
        < market.now
        for row in poached
    ]
    assert any(lapsed)
    assert 0 < market.poaching.calls["loyal"] < market.poaching.calls["all"]


def test_two_kinds_of_token_gates_in_one_scenario_are_refused():
    badges = "contributors: {count: 1, largest_discount: 50%}\n    poaching:"
    with pytest.raises(ScenarioError, match="gates over badges and over rivals' passes"):
        parse_scenario(SCENARIO.replace("poaching:", badges), "here", "here")
