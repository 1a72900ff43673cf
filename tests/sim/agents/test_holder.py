"""Holders vote for what pays them, and say what they weighed."""

import pytest

from protocol.gateway_events import BatchSettled
from protocol.money import WAD
from sim.agents.holder import ABSTAIN, AGAINST, FOR, Motion
from sim.tally import Tally

SCENARIO = """
question: Who votes for what?
ticks: 3
chain: {engine: none}
protocol: {spot_check_rate: 1%, minimum_host_stake: 100 MNFT}
workload: {hidden_units: [8], request_pool: 3, input_commitment: hash}
population:
  creators: {count: 2}
  fine_tuners: {count: 0}
  hosts: {count: 1, stake: 1000 MNFT, cheating: {share: 100%, gain: 10 MNFT}}
  validators: {count: 1}
  users: {count: 1, activity: 0}
  holders: {count: 4}
"""
VOLUME, DAYS = 600, 1


@pytest.fixture(scope="module")
def launched(open_market):
    market = open_market(SCENARIO)
    market.step()
    return market


@pytest.fixture
def market(launched):
    """One day old; all that users paid went to the first creator's models."""
    (offer,) = launched.creators[0].offers
    tally = launched.tally = Tally(launched.scenario)
    tally.begin_tick(launched.now)
    tally.note(BatchSettled(1, "", offer.listing.model_id, b"", 1_000, VOLUME * WAD))
    return launched


def motion(market, parameter, value):
    previous = market.parameter(parameter)
    return Motion(9, parameter, previous, value, "", "", b"", 0)


def fee_rise(market, by_bps=100):
    return motion(market, "protocolFeeBps", market.parameter("protocolFeeBps") + by_bps)


def test_a_fee_is_worth_a_share_of_the_volume_and_costs_a_share_of_the_business(market):
    holder = market.holders[0]
    claim = holder.endowment / market.scenario.protocol.initial_supply

    stance = holder.stance(fee_rise(market))

    assert stance.gain == pytest.approx(0.01 * VOLUME * 365 / DAYS * claim)
    assert stance.loss == pytest.approx(0.01 * VOLUME * 365 / DAYS * holder.business_share)
    assert stance.reason == "treasury income against the own business's fees"


def test_a_holder_without_a_business_that_earns_votes_for_the_fee(market):
    # The second holder has a share in the second creator, whose models earned nothing.
    stance = market.holders[1].stance(fee_rise(market))

    assert (stance.support, stance.loss) == (FOR, 0)
    assert stance.gain > 0


def test_a_holder_whose_business_pays_more_than_its_tokens_get_votes_against(market, monkeypatch):
    holder = market.holders[0]
    monkeypatch.setattr(holder, "endowment", 0)

    assert holder.stance(fee_rise(market)).support == AGAINST
    assert holder.stance(fee_rise(market, by_bps=-100)).support == FOR


def test_a_change_that_is_worth_nothing_gets_an_abstention(market):
    unchanged = market.holders[0].stance(fee_rise(market, by_bps=0))
    foreign = market.holders[0].stance(motion(market, "priceStepBps", 500))

    assert (unchanged.support, foreign.support) == (ABSTAIN, ABSTAIN)
    assert foreign.reason.startswith("no stake in: ")


def test_more_checks_are_wanted_where_they_would_stop_cheats_that_were_found(market):
    # D = p s S / ((1 - p) G) = 20 p / (1 - p) reaches 1 at p = 1 / 21.
    market.tally.checks_passed, market.tally.checks_failed = 1, 3
    holder = market.holders[0]
    claim = holder.endowment / market.scenario.protocol.initial_supply

    enough = holder.stance(motion(market, "spotCheckRatePpm", 47_620))
    too_few = holder.stance(motion(market, "spotCheckRatePpm", 47_610))
    fewer = holder.stance(motion(market, "spotCheckRatePpm", 9_000))

    assert enough.gain == pytest.approx(VOLUME * 365 * 0.75 * claim)
    assert enough.support == FOR
    assert (too_few.gain, too_few.support) == (0, AGAINST)
    assert (fewer.gain, fewer.loss, fewer.support) == (0, 0, ABSTAIN)


def test_a_larger_slash_is_worth_nothing_where_cheating_already_does_not_pay(market):
    market.tally.checks_passed, market.tally.checks_failed = 1, 3
    # At p = 1 % and S = 1,000 deterrence reaches 1 at s = 99 %.
    to_the_point = motion(market, "wrongOutputSlashBps", 9_900)
    beyond = to_the_point._replace(previous=9_900, value=10_000)

    stances = [market.holders[0].stance(each).support for each in (to_the_point, beyond)]

    assert stances == [FOR, ABSTAIN]


def test_without_cheats_found_more_checks_only_cost(market):
    market.tally.checks_passed = 5

    assert market.holders[0].stance(motion(market, "spotCheckRatePpm", 200_000)).support == AGAINST
