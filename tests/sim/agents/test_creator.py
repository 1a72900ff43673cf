"""Creators climb to the price that earns most, and publish only what measured better."""

import pytest

from protocol.money import WAD

SCENARIO = """
question: Where do prices go?
ticks: 30
chain: {engine: none}
workload: {hidden_units: [8], request_pool: 3, input_commitment: hash}
population:
  creators:
    count: 1
    price_per_call: 5 MNFT
    price_review: 100%
    price_rise: 100%
    price_change: 10%
    new_version: 100%
    dynamic_pricing: 0%
  fine_tuners: {count: 0}
  hosts: {count: 1}
  validators: {count: 1}
  users: {count: 1, activity: 0}
  holders: {count: 1}
"""


@pytest.fixture
def market(open_market):
    launched = open_market(SCENARIO)
    launched.step()
    return launched


def review(market, revenue):
    """Let a tick pass in which users paid so much; return the price that the review sets."""
    (creator,) = market.creators
    (offer,) = creator.offers
    market.tick += 1
    market.tally.paid_by_model[offer.listing.model_id] += revenue
    (call,) = list(creator.review_prices())
    assert (call.contract, call.function) == ("pricing", "set_tariff")
    assert call.arguments[1].per_call == offer.price // 2
    return offer.price


def test_a_price_goes_on_while_it_earns_more_and_back_where_it_earned_less(market):
    start = market.creators[0].offers[0].price
    prices = [review(market, revenue) for revenue in (100, 120, 90, 95, 40)]

    changes = [after > before for before, after in zip([start, *prices], prices, strict=False)]
    # The first move is a rise; 120 beats 100: on; 90: back; 95 beats 90: on down; 40: back up.
    assert changes == [True, True, False, False, True]
    assert prices[0] == start * 11_000 // 10_000
    assert prices[2] == prices[1] * 9_000 // 10_000


def test_revenue_is_compared_per_tick_not_per_review(market):
    (creator,) = market.creators
    review(market, 100)
    risen = review(market, 120)
    market.tick += 9

    # 900 in ten ticks are 90 per tick: less than 120.
    assert review(market, 900) < risen
    assert creator.offers[0].direction == -1


def test_no_price_falls_below_what_hosts_ask_for(market):
    (creator,) = market.creators
    for revenue in range(60, 0, -1):
        creator.offers[0].direction = -1
        creator.offers[0].revenue_before = 0.0
        lowest = review(market, revenue)

    cost, fee = 0.155, 0.5
    assert lowest == creator.least_price()
    assert lowest / WAD == pytest.approx(cost / fee, rel=1e-5)
    assert market.hosts[0].serves(lowest, 5_000)


def test_a_version_is_published_only_where_it_measured_better(market):
    (creator,) = market.creators
    (offer,) = creator.offers
    for _ in range(4):
        before = offer.listing
        market.tick += 1
        market.everyone([creator], "improve")
        after = offer.listing
        if after is not before:
            assert after.published.accuracy > before.published.accuracy
            assert after.version == before.version + 1
            assert market.catalogue.newest() == [after]
    versions = market.view("model_registry", "latest_version", offer.listing.model_id)
    assert versions == offer.listing.version
