"""Users and hosts who pay past the settlement: who does, what is paid, and what it leaves."""

from collections import Counter

import pytest

from protocol.money import WAD
from protocol.payment_channels import COIN as NO_CONTRACT
from sim.agents.bargain import (
    CLAIM,
    COIN,
    CURRENCIES,
    ENTRY,
    MNFT,
    SESSION,
    STABLE,
    WITHDRAWAL,
)
from sim.agents.exchange import CONTRACTS
from sim.invariants import judge_all

NEVER = """
question: Who pays past the settlement?
ticks: 14
chain: {engine: none}
protocol: {spot_check_rate: 0%}
workload:
  domains: [{name: digits, demand: 100%}]
  hidden_units: [8]
  request_pool: 3
  input_commitment: hash
population:
  creators: {count: 1, price_sigma: 0, dynamic_pricing: 0%, price_review: 0%, new_version: 0%}
  fine_tuners: {count: 1, fork_cost: 1 MNFT, fork_cost_sigma: 0, review: 100%, forks_each: 1}
  hosts: {count: 2, outage: 0%, cheating: {share: 0%}}
  validators: {count: 1}
  users:
    {count: 20, activity: 1, activity_sigma: 0.8, budget: 200 MNFT, budget_sigma: 0.3, session: 6d,
     churn: 20%, malformed: 0%}
  holders: {count: 1}
channels: {gas_price: 1 MNFT, expected_wrong: 4%}
"""
SOME = NEVER.replace("channels: {", "channels: {used: when_it_pays, ")
ALL = SOME.replace("expected_wrong: 4%", "expected_wrong: 0%")
SHOCKS = """
shocks:
  - {name: token, target: token_price, process: gbm, volatility: 2}
  - {name: coin, target: coin_price, process: gbm, volatility: 1}
"""


def play(market):
    for _ in range(market.scenario.ticks):
        market.step()
    return market


@pytest.fixture(scope="module")
def some(open_market):
    return play(open_market(SOME))


@pytest.fixture(scope="module")
def everybody(open_market):
    return play(open_market(ALL + SHOCKS))


def every(market):
    return [*market.channelling.closed, *market.channelling.running.values()]


def called(market, function):
    return market.recorder.calls["payment_channels", function]


def settled(market):
    return market.recorder.total["calls_settled"]


def test_those_who_trust_leave_and_the_others_stay(some):
    by_channel = {channel.user for channel in every(some)}
    distrust = some.channelling.distrust
    settling = {
        row for row, served in enumerate(some.demand.served) if served and row not in by_channel
    }

    assert by_channel
    assert settling
    # 10 a w = 0.5 ln 2 at an accuracy of nearly 0.9, and gas that a channel saves.
    assert max(distrust[row] for row in by_channel) < 0.05
    assert min(distrust[row] for row in settling) > 0.03


def test_where_none_is_used_nothing_of_it_happens(open_market, some):
    market = play(open_market(NEVER))

    assert not every(market)
    assert not [name for name in market.recorder.calls if name[0] in ("payment_channels",
                "stable_token")]  # fmt: skip
    assert market.demand.asked > 0
    # The same people meet in both, and ask for as much.
    assert market.tally.totals["asked"] == some.tally.totals["asked"]


def test_the_lineage_loses_what_settlement_would_have_brought(open_market, everybody):
    market = open_market(ALL)
    lost = Counter()
    for _ in range(market.scenario.ticks):
        market.step()
        lost += market.channelling.tick
    fork_share = 0.1

    assert settled(market) == 0
    assert market.tally.totals["served_unchecked"] == market.tally.totals["served"] > 0
    price = market.shelf.price_of(1) / WAD
    # 100 % less 2.5 % of fee, 2 % for checkers, 50 % for the host and 5 % for data.
    expected = 0.405 * price * market.tally.totals["served"]
    assert lost["revenue_lost"] / WAD == pytest.approx(expected, rel=0.2)
    assert lost["royalties_lost"] <= fork_share * lost["revenue_lost"]


def test_a_call_costs_the_user_less_and_brings_the_host_more_than_settled(some):
    gas = WAD // 10**6
    first = [channel for channel in every(some) if channel.opened_tick == 1]
    assert first
    for channel in first:
        price = some.shelf.price_of(channel.listing.model_id)
        paid = some.channelling.exchange.convert(channel.price, channel.currency, MNFT)
        calls = max(1.0, 6 * some.users[channel.user].calls_per_day)
        by_settlement = calls * price / 2 - (SESSION + 6 * ENTRY) * gas
        by_channel = paid * calls - (CLAIM + WITHDRAWAL[channel.currency]) * gas
        assert by_channel > by_settlement
        assert paid < price


def test_each_currency_has_those_who_choose_it(some, everybody):
    chosen = [{channel.currency for channel in every(market)} for market in (some, everybody)]

    assert chosen[0] | chosen[1] == set(CURRENCIES)
    assert MNFT not in chosen[1]


@pytest.mark.parametrize("name", ["some", "everybody"])
def test_hosts_are_paid_what_the_vouchers_say_and_users_get_back_the_rest(name, request):
    market = request.getfixturevalue(name)
    promised = Counter()
    for channel in market.channelling.closed:
        promised[channel.host, channel.currency] += channel.spent
    # Where some calls are settled, hosts hold MNFT from there, too.
    alone = (STABLE, COIN) if settled(market) else CURRENCIES
    for host in market.hosts:
        for currency in alone:
            held = market.channelling.exchange.held(host.address, currency)
            assert held == promised[host.address, currency]
    for currency in CURRENCIES:
        address = NO_CONTRACT if currency == COIN else market.world.addresses[CONTRACTS[currency]]
        left = sum(each.deposit for each in market.channelling.running.values()
                   if each.currency == currency)  # fmt: skip
        assert market.view("payment_channels", "held_of", address) == left
    assert min(market.channelling.exchange.coin.values()) >= 0
    found = {invariant.number: finding.state for invariant, finding in
             judge_all(market.world, market.recorder)}  # fmt: skip
    assert found["18"] == found["2"] == found["1"] == "held"


def test_who_goes_on_with_a_host_keeps_the_channel(some):
    assert called(some, "extend") > 0
    assert called(some, "add_funds") > 0
    assert called(some, "open") < sum(some.demand.served)


def test_a_user_who_never_called_takes_the_deposit_back(open_market):
    market = open_market(ALL)
    market.step()
    market.step()
    channel = next(iter(market.channelling.running.values()))
    user = market.users[channel.user]
    channel.spent, channel.voucher = 0, b""
    market.population.is_here[:] = False
    while channel.closed_tick < 0 and not market.is_last_tick:
        market.step()

    assert called(market, "reclaim") == 1
    assert market.channelling.exchange.held(user.address, channel.currency) >= channel.deposit


def test_other_money_becomes_mnft_again_for_a_fee(everybody):
    exchange = everybody.channelling.exchange
    user = next(each for each in everybody.users if exchange.held(each.address, STABLE))
    brought, before = exchange.held(user.address, STABLE), exchange.held(user.address, MNFT)
    worth = exchange.convert(brought, STABLE, MNFT)

    everybody.perform(user, exchange.cash(user))

    assert exchange.held(user.address, STABLE) == 0
    assert exchange.held(user.address, MNFT) - before >= worth * 997 // 1_000


def test_a_model_that_asks_for_more_than_payment_is_settled(open_market):
    market = play(open_market(ALL.replace("new_version: 0%}", "new_version: 0%, credits: "
                                          "{valid: 10d, discount: 5%}}")))  # fmt: skip

    assert settled(market) > 0
    managed = {channel.listing.model_id for channel in every(market)
               if market.view("access", "is_managed", channel.listing.model_id)}  # fmt: skip
    assert not managed
