"""Passes are let to whom they are worth more, for a price between, and used by tenants alone."""

import numpy as np
import pytest

from protocol.money import WAD
from protocol.subscriptions import UpdateUser
from sim.agents.plans import PAY_PER_CALL, SUBSCRIBE, Terms, cheapest, expected_used

SCENARIO = """
question: Who lets a pass to whom?
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
    count: 1
    price_sigma: 0
    dynamic_pricing: 0%
    price_review: 0%
    new_version: 0%
    subscription: {calls: 60, discount: 33%}
  fine_tuners: {count: 0}
  hosts: {count: 1, settle_every: 7, outage: 0%, cheating: {share: 0%}}
  validators: {count: 1}
  users:
    count: 20
    activity: 1.2
    activity_sigma: 0.8
    budget: 600 MNFT
    budget_sigma: 0.3
    churn: 40%
    leasing: 100%
  holders: {count: 1}
"""


@pytest.fixture(scope="module")
def named():
    """Collects who was named the user of a pass by whom."""
    return []


@pytest.fixture(scope="module")
def market(open_market, named):
    market = open_market(SCENARIO)
    carry_out = market.carry_out

    def watched(actor, call):
        receipt = carry_out(actor, call)
        named.extend((actor, log.event) for log in receipt.events if type(log.event) is UpdateUser)
        return receipt

    market.carry_out = watched
    for _ in range(market.scenario.ticks):
        market.step()
    return market


def test_what_a_user_makes_of_calls_is_at_most_both_demand_and_calls():
    mean, deviation = np.array([0.1, 5.0, 80.0]), np.array([0.4, 3.0, 12.0])
    used = expected_used(40.0, mean, deviation)

    assert (used > 0).all()
    assert (used <= 40).all()
    assert used[1] == pytest.approx(5.0, rel=0.03)
    assert used[2] == pytest.approx(40.0, rel=0.01)
    assert expected_used(0.0, mean, deviation).tolist() == [0.0] * 3


def test_a_pass_that_can_be_let_is_bought_by_who_calls_less():
    terms = Terms(1.0, 40.0, 60.0, 30.0, np.inf, 0.0)
    activity = np.array([0.2, 1.0, 3.0])

    assert cheapest(activity, 0.02, terms).kind.tolist() == [PAY_PER_CALL, PAY_PER_CALL, SUBSCRIBE]
    let = cheapest(activity, 0.02, terms._replace(salvage=0.5))
    assert let.kind.tolist() == [PAY_PER_CALL, SUBSCRIBE, SUBSCRIBE]
    assert (let.ratio > 0).all()


def test_passes_are_let_by_their_owners_to_the_users_who_paid(market, named):
    assert len(market.leasing.let) >= 5
    owners = [(let.owner, let.tenant) for let in market.leasing.let]
    tenants = {user.address: user.name for user in market.users}
    assert [(actor, tenants[event.user]) for actor, event in named] == owners
    assert all(owner != tenant for owner, tenant in owners)


def test_a_rent_lies_below_what_the_calls_would_cost_singly(market):
    price = market.creators[0].offers[0].price
    for let in market.leasing.let:
        assert 0 < let.rent < let.calls * price
    salvage = market.leasing.salvage()
    assert 0 < salvage < price / WAD


def test_tenants_call_by_the_pass_and_the_books_agree(market):
    book, users = market.recorder, {user.name: user for user in market.users}
    subscribed = {users_name for (_, users_name, _) in book.access.by_user}
    assert any(users[let.tenant].address in subscribed for let in market.leasing.let)
    tenants_only = [
        let.tenant
        for let in market.leasing.let
        if users[let.tenant].row not in market.prepaying.subscribers
    ]
    assert tenants_only
    assert not book.faults
    refused = {(key.contract, key.function) for key in book.refusals}
    assert not refused & {("subscriptions", "set_user"), ("subscriptions", "renew")}


def test_without_leases_nobody_looks_for_a_tenant(open_market):
    market = open_market(SCENARIO.replace("leasing: 100%", "leasing: 0%"))
    for _ in range(10):
        market.step()

    assert market.leasing.let == []
    assert market.leasing.salvage() == 0.0
