"""Endowments that are streamed: nobody votes before the cliff, and a quorum waits for its day."""

import pytest

from protocol.parameters import DAY

SCENARIO = """
question: From when on can this protocol decide?
ticks: 60
chain: {engine: none}
protocol: {spot_check_rate: 0%}
workload:
  domains: [{name: digits, demand: 100%}]
  hidden_units: [8]
  request_pool: 3
  input_commitment: hash
population:
  creators: {count: 2, price_sigma: 0, dynamic_pricing: 0%, price_review: 0%, new_version: 0%}
  fine_tuners: {count: 0}
  hosts: {count: 1, settle_every: 7, cheating: {share: 0%}}
  validators: {count: 1}
  users: {count: 4, activity: 2, activity_sigma: 0, budget: 600 MNFT, churn: 0%}
  holders: {count: 40, endowment_sigma: 0.5, delegated: 30%, vesting: 80d, cliff: 14d}
governance:
  proposals:
    - {tick: 8, parameter: protocol_fee, value: 3%}
    - {tick: 16, parameter: protocol_fee, value: 3.5%}
    - {tick: 50, parameter: protocol_fee, value: 4%}
"""
AT_ONCE = SCENARIO.replace(", vesting: 80d, cliff: 14d", "")
SEEDS = (1, 2, 3)


@pytest.fixture(scope="module")
def played(open_market):
    """Return the markets of both arms, seed by seed, at their end."""

    def play(text, seed):
        market = open_market(text, seed)
        for _ in range(market.scenario.ticks):
            market.step()
        return market

    return [(play(SCENARIO, seed), play(AT_ONCE, seed)) for seed in SEEDS]


def outcomes(market):
    politics = market.politics
    return {motion.proposed_at: politics.outcome(motion).outcome for motion in politics.motions}


def test_before_its_quorum_has_vested_a_protocol_decides_nothing(played):
    # All in favour, the quorum of 4 % is met after 80 d * 4 % / (90 % * 30 % * 60 %) = 20 d.
    for vested, at_once in played:
        assert outcomes(vested) == {16: "defeated", 50: "executed"}
        assert outcomes(at_once) == {8: "executed", 16: "executed", 50: "executed"}


def test_what_holders_have_and_streams_hold_is_what_was_endowed(played):
    market, _ = played[0]
    streams = market.world.addresses["streams"]
    held = market.view("settlement_token", "balance_of", streams)
    elapsed = market.scenario.ticks * DAY
    for holder in market.holders:
        stream = market.view("streams", "stream_of", holder.stream_id)
        assert stream.recipient == holder.address
        assert stream.deposit == holder.votes
        streamed = market.view("streams", "streamed_of", holder.stream_id)
        assert streamed == holder.votes * elapsed // (80 * DAY)
        balance = market.view("settlement_token", "balance_of", holder.address)
        assert balance == stream.withdrawn <= streamed
        held += balance
    total = sum(market.view("streams", "stream_of", each).deposit for each in range(1, 81))
    assert held == total
