"""Rights to cheaper calls: bought where they pay, used, given up, and sold on."""

import numpy as np
import pytest

from protocol.access_terms import MODES
from protocol.money import BPS, WAD
from protocol.rights_terms import INFERENCE
from sim.agents.calling_rights import (
    Callers,
    Unit,
    ask_for_calls,
    paid_share,
    worth_of_one_more,
)
from sim.invariants import judge_all

SCENARIO = """
question: Who sells a right to calls to whom?
ticks: 120
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
    rights: {inference_calls: 40, review: 60%}
  fine_tuners: {count: 0}
  hosts: {count: 1, settle_every: 7, outage: 0%, cheating: {share: 0%}}
  validators: {count: 1}
  users:
    {count: 24, activity: 1.2, activity_sigma: 0.8, budget: 900 MNFT, budget_sigma: 0.3,
     churn: 10%, rechoice: 2%}
  holders: {count: 1}
"""
UNIT, STAY = Unit(60, 0.5), (0.01, 180.0)
TERMS = (1.0, 0.4, 1.0)


@pytest.fixture(scope="module")
def market(open_market):
    market = open_market(SCENARIO)
    for _ in range(market.scenario.ticks):
        market.step()
    return market


def callers(activity, units=0.0):
    every = np.ones(len(activity))
    return Callers(np.array(activity), units * every, every, every)


def test_a_unit_saves_who_calls_more_more_and_a_second_one_less():
    activity = np.array([0.1, 1.0, 4.0])
    first = worth_of_one_more(UNIT, activity, np.zeros(3), STAY, 1.0)
    second = worth_of_one_more(UNIT, activity, np.ones(3), STAY, 1.0)

    assert (np.diff(first) > 0).all()
    assert (second < first).all()
    assert second[2] > 0.5 * first[2]
    assert paid_share(UNIT, activity, np.zeros(3), 0.01).tolist() == [1.0] * 3
    assert (paid_share(UNIT, activity, np.full(3, 50.0), 0.01) > 0.499).all()


def test_a_maker_asks_more_than_it_loses_and_less_beside_used_units():
    crowd = callers([0.3, 0.6, 1.0, 2.0, 3.0])
    alone = ask_for_calls(UNIT, crowd, STAY, TERMS, (0.95, 0.0, None))
    beside = ask_for_calls(UNIT, crowd, STAY, TERMS, (0.95, 0.0, alone.price / 2))

    assert 0.95 * alone.price > alone.lost
    assert alone.gain > beside.gain
    assert beside.price < alone.price / 2


def test_who_may_sell_on_pays_what_resale_brings_ahead():
    crowd = callers([1.0])
    kept = ask_for_calls(UNIT, crowd, STAY, TERMS, (0.95, 0.0, None))
    sold_on = ask_for_calls(UNIT, crowd, STAY, TERMS, (0.95, 7.0, None))

    assert sold_on.price == pytest.approx(kept.price + 7.0)


def test_a_maker_binds_itself_and_users_call_by_what_they_bought(market):
    own = [sale for sale in market.units.sales if market.units.is_makers(sale)]
    assert own
    for model_id in {sale.model_id for sale in own}:
        right_id = market.view("rights", "id_of", model_id, INFERENCE)
        terms = market.view("rights", "terms_of", right_id)
        sold = sum(sale.units for sale in own if sale.model_id == model_id)
        assert sold <= terms.maximum_units
        assert 0 < terms.discount_bps <= BPS // 2
    by_right = {
        user
        for (_, user, mode), calls in market.recorder.access.by_user.items()
        if MODES[mode] == "inference right" and calls
    }
    buyers = {user.address for user in market.users if user.name in {
        sale.buyer for sale in market.units.sales}}  # fmt: skip
    assert by_right
    assert by_right <= buyers


def test_who_leaves_gives_its_units_up_and_sells_them_a_window_later(market):
    second = [sale for sale in market.units.sales if not market.units.is_makers(sale)]
    assert second
    for sale in second:
        bought = [each.tick for each in market.units.sales if each.buyer == sale.seller]
        assert sale.tick >= min(bought) + 30
        assert sale.own_worth == 0
    sellers = {sale.seller for sale in second}
    paid = [user for user in market.users if user.name in sellers]
    assert all(market.view("rights", "owed_to", user.address) == 0 for user in paid)


def test_nothing_is_refused_and_the_books_agree(market):
    assert not [key for key in market.recorder.refusals if key.contract == "rights"]
    broken = [
        (invariant.number, finding.detail)
        for invariant, finding in judge_all(market.world, market.recorder)
        if finding.state == "violated"
    ]
    assert broken == []
    cheapest = market.units.cheapest(1, INFERENCE)
    assert cheapest is None or cheapest.price < 200 * WAD


def test_where_none_are_sold_models_are_not_managed(open_market):
    market = open_market(SCENARIO.replace("inference_calls: 40", "inference_calls: 0"))
    for _ in range(6):
        market.step()
    assert not any(contract == "rights" for contract, _ in market.recorder.calls)
    assert not market.view("access", "is_managed", 1)
