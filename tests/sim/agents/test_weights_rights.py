"""Rights to sealed weights: who sells them, who sells them on, and what opens without one."""

import pytest

from protocol.money import BPS, WAD
from protocol.rights_terms import WEIGHTS
from sim.agents.reading_rights import ask_for_weights
from sim.invariants import judge_all
from sim.metrics import measure

SCENARIO = """
question: Who sells the right to a model's weights on?
ticks: 20
chain: {engine: none}
protocol: {spot_check_rate: 0%, challenge_window: 3d}
workload:
  domains:
    - {name: digits, demand: 50%}
    - {name: turned, demand: 50%, rotation: 35 deg}
  hidden_units: [8]
  request_pool: 3
  input_commitment: hash
  weights: sealed
population:
  creators:
    count: 1
    new_version: 0%
    dynamic_pricing: 0%
    rights: {weights_rights: 5, review: 80%}
  fine_tuners:
    {count: 2, review: 40%, forks_each: 1, fork_cost: 1 MNFT, fork_cost_sigma: 0.3, evasion: 0%,
     budget: 9000 MNFT}
  copiers: {count: 2, copies_each: 1, copy_cost: 1 MNFT, review: 40%, budget: 9000 MNFT}
  hosts: {count: 1, cheating: {share: 0%}}
  validators: {count: 1}
  users: {count: 20, activity: 2, activity_sigma: 0.5, budget: 400 MNFT, rechoice: 20%}
  holders: {count: 1}
"""


@pytest.fixture(scope="module")
def played(open_market):
    """Return a function: from a text to its market at the end."""

    def to_the_end(text):
        market = open_market(text, 1)
        for _ in range(market.scenario.ticks):
            market.step()
        return market

    return to_the_end


@pytest.fixture(scope="module")
def sold_on(played):
    return played(SCENARIO)


def test_no_key_is_had_without_a_right(sold_on):
    asked = {(each.asker, each.listing.model_id) for each in sold_on.keys.requests}
    bought = {(sale.buyer, sale.model_id) for sale in sold_on.units.sales}
    assert asked
    assert asked == bought
    assert "KeyRefused" not in {refused.reason for refused in sold_on.recorder.refusals}


def test_who_has_the_key_sells_the_right_on_for_more_than_it_loses(sold_on):
    second = [sale for sale in sold_on.units.sales if not sold_on.units.is_makers(sale)]
    assert second
    kept = 1 - sold_on.parameter("protocolFeeBps") / BPS
    for sale in second:
        assert sale.own_worth < kept * sale.amount
        before = [each for each in sold_on.units.sales if each.tick < sale.tick]
        assert (sale.seller, sale.model_id) in {(each.buyer, each.model_id) for each in before}
    assert sold_on.weights_rights.resold_for() > 0


def test_makers_are_paid_for_what_they_sell_alone(sold_on):
    sales = [sale for sale in sold_on.units.sales if sale.model_id == 1]
    own = sum(sale.amount for sale in sales if sale.seller == "creator-1")
    fee = sold_on.parameter("protocolFeeBps")
    proceeds = sold_on.weights_rights.makers_proceeds(1)
    assert own * (BPS - fee) // BPS - len(sales) <= proceeds <= own
    assert measure(sold_on, sold_on.recorder)["originals_earned"] >= proceeds / WAD


def test_the_books_agree(sold_on):
    broken = [
        (invariant.number, finding.detail)
        for invariant, finding in judge_all(sold_on.world, sold_on.recorder)
        if finding.state == "violated"
    ]
    assert broken == []


def test_an_ask_stays_below_a_rivals_and_is_worth_more_to_who_can_sell_on(open_market):
    market = open_market(SCENARIO)
    market.step()
    (maker,) = market.creators
    (offer,) = maker.offers

    alone, lost = ask_for_weights(market, offer.listing, maker, 0.0, None)
    beside, _ = ask_for_weights(market, offer.listing, maker, 0.0, alone.price / 2)
    appropriated, _ = ask_for_weights(market, offer.listing, maker, 50.0, None)

    assert alone.price > lost
    assert alone.gain > beside.gain > 0
    assert beside.price < alone.price / 2
    assert appropriated.price == pytest.approx(alone.price + 50.0, rel=0.1)


def test_where_nobody_sells_on_makers_sell_every_right(played):
    market = played(SCENARIO.replace("weights_rights: 5", "weights_rights: 5, resale: never"))
    assert market.units.sales
    assert all(market.units.is_makers(sale) for sale in market.units.sales)
    assert market.weights_rights.resold_for() == 0


def test_without_rights_to_weights_nobody_asks_for_one(played):
    market = played(SCENARIO.replace("weights_rights: 5", "weights_rights: 0"))
    assert market.keys.requests
    assert not any(contract == "rights" for contract, _ in market.recorder.calls)
    sealing = market.view("key_releases", "sealing_of", 1, 1)
    assert not sealing.rights_only
    assert market.units.cheapest(1, WEIGHTS) is None
