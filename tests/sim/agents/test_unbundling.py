"""Rights are sold where seller and buyer gain; where none are sold nothing is different."""

from statistics import mean

import pytest

from protocol.money import BPS
from protocol.rights_terms import FINE_TUNE, REVENUE
from sim.agents.fork_rights import ask_for_a_fork
from sim.invariants import judge_all

SCENARIO = """
question: Who sells which right to whom?
ticks: 30
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
    price_sigma: 0.3
    dynamic_pricing: 0%
    price_review: 0%
    new_version: 0%
    derivatives: approval
    owner_share: 50%
    rights: {fine_tune: sold, revenue_units: 4000, fork_rights: 2, review: 60%}
  fine_tuners:
    {count: 4, budget: 2000 MNFT, fork_cost: 5 MNFT, fork_cost_sigma: 0.5, review: 40%,
     forks_each: 1, evasion: 0%}
  hosts: {count: 1, settle_every: 3, cheating: {share: 0%}}
  validators: {count: 1}
  users: {count: 8, activity: 2, activity_sigma: 0.5, budget: 600 MNFT, churn: 0%, rechoice: 10%}
  holders: {count: 1}
  investors: {count: 3, review: 50%}
"""
SEEDS = (1, 2)


@pytest.fixture(scope="module")
def played(open_market):
    """Return the markets at their end."""

    def play(seed):
        market = open_market(SCENARIO, seed)
        for _ in range(market.scenario.ticks):
            market.step()
        return market

    return [play(seed) for seed in SEEDS]


def sales(market, kind):
    return [sale for sale in market.units.sales if sale.kind == kind]


def test_every_sale_pays_its_seller_more_than_what_it_gave_away(played):
    for market in played:
        kept = 1 - market.parameter("protocolFeeBps") / BPS
        assert {sale.kind for sale in market.units.sales} == {"fine-tune", "revenue"}
        assert all(sale.own_worth < kept * sale.amount for sale in market.units.sales)


def test_a_creators_models_are_forked_by_right_alone(played):
    for market in played:
        creators = {creator.name for creator in market.creators}
        forks = [each for each in market.catalogue.newest() if each.owner not in creators]
        bought = {(sale.buyer, sale.model_id) for sale in sales(market, "fine-tune")}
        of_creators = set()
        for fork in forks:
            (parent,) = market.view("lineage", "parents_of", fork.model_id)
            if parent.model_id <= len(creators):
                of_creators.add((fork.owner, parent.model_id))
                assert market.view("lineage", "is_active", fork.model_id)
        assert of_creators == bought
        for model_id in range(1, len(creators) + 1):
            right_id = market.view("rights", "id_of", model_id, FINE_TUNE)
            used = sum(model == model_id for _, model in bought)
            issued = market.view("rights", "issued_of", right_id)
            assert market.view("rights", "total_supply", right_id) == issued - used


def test_investors_pay_no_more_than_shares_are_worth_to_them_and_are_paid(played):
    for market in played:
        investors = {each.name: each for each in market.unbundling.investors}
        for sale in sales(market, "revenue"):
            holder = investors[sale.buyer]
            right_id = market.view("rights", "id_of", sale.model_id, REVENUE)
            assert market.view("rights", "balance_of", holder.address, right_id) >= sale.units
        paid = [
            market.view("settlement_token", "balance_of", each.address)
            - market.tally.granted[each.address]
            + sum(sale.amount for sale in sales(market, "revenue") if sale.buyer == name)
            for name, each in investors.items()
        ]
        assert max(paid) > 0
        assert min(paid) >= 0


def test_impatient_creators_sell_to_patient_investors(played):
    market = played[0]
    model_id = market.creators[0].offers[0].listing.model_id
    worth = market.unbundling.worth_of_unit
    assert worth(model_id, 0.1) > worth(model_id, 0.6) > worth(model_id, 5.0) > 0


def test_the_price_of_a_right_leaves_a_fine_tuner_its_hurdle_and_its_owner_a_gain(open_market):
    market = open_market(SCENARIO)
    market.step()
    for creator in market.creators:
        ask, lost = ask_for_a_fork(market, creator.offers[0])
        assert ask.gain > 0
        assert ask.price > lost
    plans = [tuner.plan() for tuner in market.fine_tuners]
    assert plans == [None] * len(plans)  # Nothing is for sale yet, and nobody forks without.


def test_where_no_right_is_sold_nobody_asks_for_one(open_market):
    text = SCENARIO.replace("fine_tune: sold, revenue_units: 4000", "fine_tune: approved")
    market = open_market(text)
    for _ in range(10):
        market.step()
    called = {contract for contract, _ in market.recorder.calls}
    functions = {function for contract, function in market.recorder.calls if contract == "rights"}
    assert "lineage" in called
    assert functions == set()
    assert market.units.sales == []


def test_the_books_agree_after_every_sale(played):
    for market in played:
        broken = [
            (invariant.number, finding.detail)
            for invariant, finding in judge_all(market.world, market.recorder)
            if finding.state == "violated"
        ]
        assert broken == []
    assert mean(len(market.units.sales) for market in played) >= 3
