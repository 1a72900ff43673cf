"""Users pay ahead where that is cheaper; what it does to what they pay; where credits leak."""

import numpy as np
import pytest

from protocol.credits import NotTransferable
from protocol.money import WAD
from sim.agents.plans import BUY_CREDITS, PAY_PER_CALL, SUBSCRIBE, Terms, cheapest

SCENARIO = """
question: Who pays ahead?
ticks: 75
chain: {engine: none}
protocol: {spot_check_rate: 0%}
workload:
  domains: [{name: digits, demand: 100%}]
  hidden_units: [8]
  request_pool: 3
  input_commitment: hash
population:
  creators: {count: 1, price_sigma: 0, dynamic_pricing: 0%, price_review: 0%, new_version: 0%}
  fine_tuners: {count: 0}
  hosts: {count: 1, settle_every: 7, cheating: {share: 0%}}
  validators: {count: 1}
  users: {count: 20, activity: 1, activity_sigma: 1.2, budget: 600 MNFT, budget_sigma: 0.3}
  holders: {count: 1}
"""
NO_REVIEW = "new_version: 0%}"
SUBSCRIPTION = SCENARIO.replace(
    NO_REVIEW, "new_version: 0%, subscription: {calls: 60, discount: 33%}}"
)
CREDITS = SCENARIO.replace(
    "budget_sigma: 0.3", "budget_sigma: 0.3, churn: 40%, handing_on: 100%, session: 60d"
)
BOUND = CREDITS.replace(NO_REVIEW, "new_version: 0%, credits: {valid: 50d, discount: 25%}}")
LEAKING = BOUND.replace("valid: 50d,", "valid: 50d, kept: by anyone,")
SEEDS = (1, 2)
OFFERS = Terms(1.0, 40.0, 60.0, 30.0, 0.75, 60.0)
NONE = Terms(1.0, np.inf, 0.0, 0.0, np.inf, 0.0)


def play(open_market, text, seed):
    market = open_market(text, seed)
    for _ in range(market.scenario.ticks):
        market.step()
    return market


def total(market, name):
    return market.recorder.total[name]


def paid(market):
    """What users paid: for settled calls and ahead, in MNFT."""
    ahead = total(market, "subscriptions_sold") + total(market, "credits_sold")
    return (total(market, "revenue") - total(market, "prepaid_used") + ahead) / WAD


@pytest.fixture(scope="module")
def subscribed(open_market):
    return [
        (play(open_market, SUBSCRIPTION, seed), play(open_market, SCENARIO, seed)) for seed in SEEDS
    ]


@pytest.fixture(scope="module")
def leaked(open_market):
    return [(play(open_market, LEAKING, seed), play(open_market, BOUND, seed)) for seed in SEEDS]


def test_without_an_offer_everybody_pays_per_call():
    plans = cheapest(np.array([0.01, 1.0, 100.0]), 0.01, NONE)

    assert plans.kind.tolist() == [PAY_PER_CALL] * 3
    assert plans.ratio.tolist() == [1.0] * 3


def test_a_steady_user_subscribes_from_the_break_even_on():
    subscription = OFFERS._replace(credit_price=np.inf)
    activity = np.array([1.0, 1.2, 1.6, 3.0])
    plans = cheapest(activity, 0.0, subscription)
    assert plans.kind.tolist() == [PAY_PER_CALL, PAY_PER_CALL, SUBSCRIBE, SUBSCRIBE]
    assert np.all(plans.ratio <= 1)

    # Whoever may leave counts on fewer calls, and subscribes later.
    assert cheapest(activity, 0.05, subscription).kind.tolist() == [PAY_PER_CALL] * 3 + [SUBSCRIBE]


def test_credits_are_bought_as_a_newsvendor_orders():
    terms = OFFERS._replace(period_cost=np.inf)
    plans = cheapest(np.array([2.0]), 0.0, terms)
    assert plans.kind.tolist() == [BUY_CREDITS]

    # Of many draws of demand, the quantity bought is the cheapest to within a call or two.
    mean, deviation = 120.0, np.sqrt(120.0 * (1 + 2.0 * (1.2**2 - 1)))
    demand = np.random.default_rng(1).normal(mean, deviation, 200_000)
    tried = np.arange(60, 180)
    costs = [0.75 * k + np.maximum(demand - k, 0).mean() for k in tried]
    assert abs(plans.credits[0] - tried[int(np.argmin(costs))]) <= 2
    assert plans.ratio[0] == pytest.approx(min(costs) / mean, rel=0.01)


def test_heavy_users_subscribe_and_light_ones_do_not(subscribed):
    for market, _ in subscribed:
        subscribers = market.prepaying.subscribers
        activity = market.population.activity
        assert subscribers
        assert min(activity[row] for row in subscribers) > 40 / 30
        others = set(range(market.population.count)) - subscribers
        heavy = [row for row in others if activity[row] > 3]
        assert len(heavy) <= len(subscribers) / 2


def test_a_subscription_costs_the_model_more_than_it_brings(subscribed):
    for market, singly in subscribed:
        assert total(market, "calls_settled") >= total(singly, "calls_settled")
        assert paid(market) < paid(singly)
        assert total(market, "breakage") > 0


def test_what_a_pass_pays_for_is_settled_without_a_charge_and_the_host_is_paid(subscribed):
    market, _ = subscribed[0]
    used = total(market, "prepaid_used")
    assert 0 < used < total(market, "subscriptions_sold")
    assert total(market, "host_fee") > 0
    assert not market.recorder.faults


def test_credits_that_may_be_handed_on_leak_and_the_model_earns_less(leaked):
    for leaking, bound in leaked:
        assert total(leaking, "breakage") < total(bound, "breakage")
        assert total(leaking, "calls_by_credits") >= total(bound, "calls_by_credits")
        refused = {key.reason for key in bound.recorder.refusals}
        assert NotTransferable.__name__ in refused
    # A credit may leak to somebody who then leaves as well.
    assert sum(paid(leaking) - paid(bound) for leaking, bound in leaked) < 0
