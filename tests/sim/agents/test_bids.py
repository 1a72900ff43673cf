"""Hosts that ask for less where they have room, and owners that let them bid."""

import pytest

from protocol.money import BPS

SCENARIO = """
question: What is left to hosts?
ticks: 6
chain: {{engine: none}}
protocol: {{spot_check_rate: 0%, minimum_host_fee: {least}}}
workload: {{domains: [{{name: digits, demand: 100%}}], hidden_units: [8], request_pool: 2}}
population:
  creators:
    count: 1
    price_sigma: 0
    dynamic_pricing: {dynamic}
    price_review: 0%
    host_bids: {bids}
    hosts_wanted: 2
  fine_tuners: {{count: 0}}
  hosts: {{count: 3, capacity: {capacity}, outage: 0%, margin: 200%, undercut: {undercut}}}
  validators: {{count: 1}}
  users: {{count: 20, activity: 1, activity_sigma: 0, malformed: 0%}}
  holders: {{count: 1}}
"""


@pytest.fixture
def market(open_market):
    def after(bids="100%", least="0%", capacity=400, undercut="20%", dynamic="0%", ticks=6):
        text = SCENARIO.format(
            bids=bids, least=least, capacity=capacity, undercut=undercut, dynamic=dynamic
        )
        opened = open_market(text)
        for _ in range(ticks):
            opened.step()
        return opened

    return after


def host_fee(market):
    return market.view("pricing", "tariff_of", 1).host_fee_bps


@pytest.mark.parametrize("dynamic", ["0%", "100%"])
def test_an_owner_leaves_hosts_what_the_second_cheapest_asked(market, dynamic):
    opened = market(dynamic=dynamic, ticks=3)
    price = min(opened.creators[0].offers[0].price, opened.shelf.price_of(1))
    asks = sorted(host.ask for host in opened.hosts)

    opened.perform(opened.creators[0], opened.creators[0].let_hosts_bid())
    left = opened.creators[0].offers[0].host_fee

    assert price * left >= asks[1] * BPS > price * (left - 1)
    assert [host.serves(price, left) for host in sorted(opened.hosts, key=lambda each: each.ask)][
        :2
    ] == [True, True]


def test_hosts_with_room_give_up_margin_and_never_serve_below_cost(market):
    opened = market()

    assert all(0 <= host.margin < 20_000 for host in opened.hosts)
    assert all(host.ask >= host.compute_cost for host in opened.hosts)
    assert host_fee(opened) < 5_000


def test_hosts_that_are_busy_keep_their_margin(market):
    opened, seen = market(capacity=10, ticks=2), set()
    for _ in range(4):
        before = [host.margin for host in opened.hosts]
        opened.step()
        for host, margin in zip(opened.hosts, before, strict=True):
            is_busy = 2 * host.record.asked >= 10
            assert (host.margin == margin) is is_busy
            seen.add(is_busy)
    assert seen == {True, False}


def test_without_bids_an_owner_leaves_the_share_that_it_named(market):
    assert host_fee(market(bids="0%")) == 5_000


def test_no_bid_goes_below_the_least_share_of_the_rules(market):
    assert host_fee(market(least="45%")) == 4_500


def test_an_owner_never_names_less_than_the_rules_ask_for(market):
    assert host_fee(market(bids="0%", least="55%", ticks=2)) == 5_500
