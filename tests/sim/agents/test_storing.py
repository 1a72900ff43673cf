"""Storage that has a price: who pays for it, what is let go, and who can still load it."""

from dataclasses import replace

import pytest

from protocol.deployment import DEPLOYER
from protocol.money import WAD
from protocol.types import Call
from sim.agents.storage_choice import StorageChoice
from sim.metrics import measure
from sim.storing import LET_GO, MONTH, PAID, SHORT
from sim.workload.deltas import size_of
from sim.workload.publishing import DeltaTrial
from sim.workload.store import Cid

SCENARIO = """
question: Who pays for storage?
ticks: 34
chain: {engine: none}
protocol: {spot_check_rate: 0%}
workload:
  domains:
    - {name: digits, demand: 70%}
    - {name: turned, demand: 30%, rotation: 12 deg}
  hidden_units: [8]
  storage_price: 1 MNFT
  request_pool: 3
  input_commitment: hash
population:
  creators: {count: 1, new_version: 0%, budget: 20 MNFT, dynamic_pricing: 0%}
  fine_tuners:
    {count: 2, review: 60%, forks_each: 1, fork_cost: 1 MNFT, fork_cost_sigma: 0, evasion: 0%,
     budget: 20 MNFT, stored: delta, delta_loss: 100%}
  hosts: {count: 1, cheating: {share: 0%}}
  validators: {count: 1}
  users: {count: 8, activity: 1, activity_sigma: 0.5, budget: 200 MNFT, rechoice: 20%}
  holders: {count: 1}
"""
UNSOLD = SCENARIO.replace("activity: 1,", "activity: 0,").replace("delta,", "when_it_pays,")


def after(market, ticks):
    for _ in range(ticks):
        market.step()
    return market


def balance(market, agent):
    return market.view("settlement_token", "balance_of", agent.address)


@pytest.fixture(scope="module")
def market(open_market):
    return after(open_market(SCENARIO, 1), 34)


@pytest.fixture(scope="module")
def idle(open_market):
    """Return a market without calls in which storage was just paid for."""
    return after(open_market(UNSOLD, 1), 2)


def test_a_month_is_paid_ahead_for_exactly_the_bytes_that_lie_in_the_store(idle):
    (held,) = idle.storing.pinned.values()
    stored = held.listing.published.stored
    size = len(idle.workshop.store.get(Cid(stored.cid)))
    stream = idle.view("streams", "stream_of", 1)
    assert stored.size_bytes == size
    assert stream.deposit == held.paid == -(-WAD * size // 1_024)
    assert stream.recipient == idle.storing.pinner.address
    assert stream.stop - stream.start == MONTH
    assert balance(idle, idle.creators[0]) == 20 * WAD - held.paid
    assert measure(idle, idle.recorder)["bytes_stored"] == size


def test_what_was_paid_is_the_pinners_by_the_second(market):
    paid = sum(held.paid for held in market.storing.pinned.values())
    streamed = sum(
        market.view("streams", "streamed_of", number)
        for number in range(1, market.view("streams", "count") + 1)
    )
    assert len(market.storing.pinned) == 3
    assert {each.listing.published.stored.form for each in market.storing.pinned.values()} == {
        "whole",
        "delta",
    }
    assert balance(market, market.storing.pinner) == streamed
    assert 0 < streamed < paid


def test_a_file_whose_model_earns_its_storage_is_paid_for_again(market):
    root = market.storing.pinned[1, 1]
    assert root.state == PAID
    assert root.until > market.now
    month = market.storing.cost(root.listing.published.size_bytes, MONTH)
    assert root.paid == 2 * month


def test_a_file_that_nobody_calls_is_let_go_after_a_month_and_forked_by_nobody(open_market):
    # Published in tick 0 and paid for in tick 1, it is there up to tick 30.
    market = after(open_market(UNSOLD, 1), 31)
    (listing,) = market.catalogue.newest()
    assert market.storing.can_read(listing)
    assert market.shelf.forkable() == [listing]
    after(market, 1)
    held = market.storing.pinned[1, 1]
    assert held.state == LET_GO
    assert not market.storing.can_read(listing)
    assert market.shelf.forkable() == []
    after(market, 2)
    assert held.paid == market.storing.cost(listing.published.size_bytes, MONTH)


def test_who_cannot_pay_is_not_served_until_it_can(open_market):
    poor = SCENARIO.replace("budget: 20 MNFT, dynamic", "budget: 1 MNFT, dynamic")
    market = after(open_market(poor, 1), 4)
    creator, held = market.creators[0], market.storing.pinned[1, 1]
    assert held.state == SHORT
    assert market.tally.totals["served"] == 0
    gift = (creator.address, 10 * WAD)
    market.carry_out("deployer", Call("settlement_token", "transfer", gift, DEPLOYER, market.now))
    after(market, 2)
    assert held.state == PAID
    assert market.tally.totals["served"] > 0


def test_a_delta_takes_its_parents_file_and_a_host_keeps_what_it_has_loaded(market):
    storing, host = market.storing, market.hosts[0].address
    (small, *_) = (
        each.listing
        for each in storing.pinned.values()
        if each.listing.published.stored.form == "delta"
    )
    parent = market.catalogue.made_of(small.log.parents[0])
    held = storing.pinned[parent.model_id, parent.version]
    assert storing.can_read(small)
    until, held.until = held.until, market.now
    try:
        assert not storing.can_read(small)
        assert not storing.can_read(parent)
        assert storing.can_read(parent, host)
        assert storing.can_read(small, host)
    finally:
        held.until = until


def test_without_a_price_nobody_pays_and_everything_is_kept(open_market):
    free = SCENARIO.replace("storage_price: 1 MNFT", "storage_price: 0 MNFT")
    market = after(open_market(free, 1), 4)
    assert market.storing.pinned == {}
    assert market.view("streams", "count") == 0
    assert all(market.storing.can_read(each) for each in market.catalogue.newest())


def test_a_fork_is_a_delta_where_storage_saves_more_than_lost_accuracy_costs(idle):
    chosen, trial = StorageChoice(idle), DeltaTrial(1_024, accuracy=0.90, whole_accuracy=0.95)

    def worth(point):
        return lambda accuracy: 100 * accuracy * point * WAD

    # The delta saves 4 KiB for three months, 12 MNFT, and loses five points of accuracy.
    assert chosen.takes_delta(trial, 5 * 1_024, worth(2.3))
    assert not chosen.takes_delta(trial, 5 * 1_024, worth(2.5))


def test_half_of_what_training_gains_is_expected_of_a_delta_until_one_was_measured(idle):
    chosen, published = StorageChoice(idle), idle.catalogue.newest()[0].published

    expected = chosen.expected(published, 0.75, lambda accuracy: accuracy)
    assert expected.revenue == pytest.approx(0.85)
    assert expected.storage == idle.storing.expected_cost(size_of(published.parameter_count))

    chosen.learn(replace(published, accuracy=0.75, delta=DeltaTrial(307, 0.75, 0.95)), 0.75)
    after_one = chosen.expected(published, 0.75, lambda accuracy: accuracy)
    assert after_one.revenue == pytest.approx(0.80)
