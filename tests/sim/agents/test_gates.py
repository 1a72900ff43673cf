"""Users lock stake where the discount exceeds what it costs; owners grant what elasticity pays."""

import numpy as np
import pytest

from protocol.money import WAD
from sim.agents.gates import Gate, Habits, carry, held, income

GATE = Gate(stake=20.0, calls=30, discount=0.4)
NOBODY = np.zeros(4, dtype=np.int64)
MANY = np.full(4, 50)
ACTIVITY = np.array([0.02, 0.5, 1.0, 6.0])
HABITS = Habits(ACTIVITY, 0.01, carry(0.05, 0.8))
SCENARIO = """
question: Who locks stake?
ticks: 60
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
    gate: {owners: 2, stake: 20 MNFT, calls: 30, review: 100%}
  fine_tuners: {count: 0}
  hosts: {count: 1, settle_every: 7, outage: 0%, cheating: {share: 0%}}
  validators: {count: 1}
  users:
    count: 20
    activity: 1
    activity_sigma: 1
    budget: 600 MNFT
    budget_sigma: 0.3
    price_coefficient: 5
    quality_coefficient: 2
    outside_utility: -1
    rechoice: 10%
    churn: 40%
  holders: {count: 1}
"""


def test_holding_costs_the_return_forgone_and_half_the_variance_of_the_price():
    assert carry(0.05, 0.8) == pytest.approx(0.37)


def test_who_calls_more_holds_more_and_who_calls_rarely_holds_nothing():
    holding = held(HABITS, 1.0, GATE, NOBODY, MANY)

    assert holding.units[0] == 0
    assert holding.ratio[0] == 1
    assert (np.diff(holding.units) >= 0).all()
    assert holding.units[-1] >= 4
    assert ((holding.ratio > 1 - GATE.discount) & (holding.ratio <= 1)).all()
    assert (holding.forgone <= GATE.discount).all()


def test_the_number_held_is_the_best_of_all_numbers():
    best = held(HABITS, 1.0, GATE, NOBODY, MANY)
    for most in range(8):
        fewer = held(HABITS, 1.0, GATE, NOBODY, np.full(4, most))
        assert (fewer.ratio >= best.ratio).all()
        assert (fewer.units == np.minimum(best.units, most)).all()


def test_a_token_dear_to_hold_is_not_held():
    dear = HABITS._replace(carry=10.0)

    assert held(dear, 1.0, GATE, NOBODY, MANY).units.tolist() == [0, 0, 0, 0]


def test_who_has_locked_stays_where_nobody_would_join():
    # Between the cost of staying and that of joining, which has the month of waiting as well.
    costly = HABITS._replace(carry=4.0)
    joins = held(costly, 1.0, GATE, NOBODY, MANY).units
    stays = held(costly, 1.0, GATE, np.full(4, 3), MANY).units

    assert (stays >= joins).all()
    assert (stays > joins).any()


@pytest.mark.parametrize(("others", "pays"), [(2.0, False), (30.0, True)])
def test_a_discount_pays_an_owner_while_its_share_is_elastic(others, pays):
    # Elasticity b (1 - s) with b = 1.5: 1 where the share is a third.
    users, none = np.ones(4), held(HABITS, 1.0, GATE._replace(discount=0.0), NOBODY, MANY)
    all_of_it = none._replace(ratio=np.full(4, 0.9), forgone=np.full(4, 0.1))
    rest = np.full(4, others)

    before = income(users, np.full(4, 1.5), rest, 1.5, none)
    after = income(users, np.full(4, 1.5), rest, 1.5, all_of_it)

    assert (after > before) is pays


@pytest.fixture(scope="module")
def market(open_market):
    market = open_market(SCENARIO)
    for _ in range(market.scenario.ticks):
        market.step()
    return market


def test_owners_grant_what_leaves_hosts_their_cost(market):
    assert market.gating.granted
    for granted in market.gating.granted:
        owner = next(each for each in market.creators if each.name == granted.owner)
        price = owner.offers[0].price * (1 - granted.discount)
        assert owner.least_price() <= price
        assert granted.discount <= 0.5


def test_users_pay_less_behind_a_gate_and_the_books_agree(market):
    book = market.recorder
    assert book.total["calls_by_stake_gate"] > 0
    assert not book.faults
    # All prices are 1 MNFT per typical call, and what was taken off is what the rest would be.
    singly = book.total["calls_settled"] - book.total["calls_by_stake_gate"]
    assert 0 < book.total["discounts"] < book.total["calls_by_stake_gate"] * WAD
    assert book.total["revenue"] > singly * WAD // 2


def test_at_the_calibrated_elasticity_no_owner_opens_a_gate(open_market):
    market = open_market(SCENARIO.replace("price_coefficient: 5", "price_coefficient: 0.5"))
    for _ in range(5):
        market.step()

    assert market.gating.granted == []
    assert market.demand.asked > 0


def test_who_leaves_gets_the_stake_back_after_a_window(market):
    withdrawn = market.recorder.calls["access", "withdraw"]
    assert withdrawn > 0
    here = {user.address for user in market.users if market.population.is_here[user.row]}
    staked = {account for (_, account), amount in market.recorder.access.staked.items() if amount}
    assert staked <= here
