"""Models change owners where that pays; what sellers honour of a royalty depends on the rules."""

import math
from collections import Counter
from statistics import mean

import pytest

from protocol.money import BPS
from sim.agents.valuation import best_ask, lognormal_quantiles, worth

SCENARIO = """
question: Who owns what, and who is paid?
ticks: 60
chain: {engine: none}
protocol: {spot_check_rate: 0%, resale_royalty_share: 0%}
workload:
  domains: [{name: digits, demand: 100%}]
  hidden_units: [8]
  request_pool: 3
  input_commitment: hash
population:
  creators:
    count: 3
    models_each: 2
    price_sigma: 0.5
    dynamic_pricing: 0%
    price_review: 0%
    new_version: 0%
    resale_royalty: 10%
    owner_share: 40%
  fine_tuners: {count: 0}
  hosts: {count: 1, settle_every: 7, cheating: {share: 0%}}
  validators: {count: 1}
  users:
    {count: 6, activity: 2, activity_sigma: 0.5, budget: 600 MNFT, session: 90d, churn: 0%}
  holders: {count: 1}
  collectors: {count: 8, budget: 2000 MNFT, discount_change: 10%, review: 50%, evasion: 3%,
               imitation: 20%}
"""
ENFORCED = SCENARIO.replace("resale_royalty_share: 0%", "resale_royalty_share: 100%")
SEEDS = (1, 2)
YEAR = 365 * 86_400


@pytest.fixture(scope="module")
def played(open_market):
    """Return the markets of both arms, seed by seed, at their end."""

    def play(text, seed):
        market = open_market(text, seed)
        for _ in range(market.scenario.ticks):
            market.step()
        return market

    return [(play(SCENARIO, seed), play(ENFORCED, seed)) for seed in SEEDS]


def royalties(sales):
    return sum(sale.royalty for sale in sales)


def honoured(sales):
    return royalties(sales) / sum(sale.royalty_due for sale in sales)


def test_a_steady_income_is_worth_its_discounted_sum():
    assert worth(2.0, 0.0, YEAR) == 730
    by_day = sum(2 * math.exp(-0.5 * (day + 0.5) / 365) for day in range(365))
    assert worth(2.0, 0.5, YEAR) == pytest.approx(by_day, rel=1e-6)


def test_a_seller_asks_the_price_that_promises_most():
    values = [worth(1.0, rate, YEAR) for rate in lognormal_quantiles(0.3, 0.5)]
    patient, impatient = values[0], values[-1]

    ask = best_ask(impatient, 0.9, values, 5)
    asked = values.index(ask.price)
    chance = (asked + 1) / 100
    assert ask.gain == pytest.approx((0.9 * ask.price - impatient) * (1 - (1 - chance) ** 5))
    assert ask.price > best_ask(impatient, 0.9, values, 1).price
    assert best_ask(impatient, 0.975, values, 5).gain > ask.gain
    assert best_ask(patient, 0.9, values, 5).gain <= 0
    assert best_ask(impatient, 0.9, values, 0).gain == 0


def test_where_royalties_are_optional_the_habit_to_pay_fades(played):
    sales = [sale for optional, _ in played for sale in optional.resale.sales]
    early, late = (
        honoured([sale for sale in sales if first <= sale.tick < last])
        for first, last in ((0, 15), (40, 60))
    )
    assert late < early <= 1
    assert honoured(sales) < 0.5
    assert all(honoured(enforced.resale.sales) == 1 for _, enforced in played)


def test_enforced_royalties_pay_makers_more_and_cost_sales(played):
    sold = [tuple(len(arm.resale.sales) for arm in arms) for arms in played]
    paid = [tuple(royalties(arm.resale.sales) for arm in arms) for arms in played]
    assert all(optional > enforced for optional, enforced in sold)
    assert mean(enforced for _, enforced in sold) < 0.75 * mean(optional for optional, _ in sold)
    assert mean(enforced for _, enforced in paid) > 1.5 * mean(optional for optional, _ in paid)


def test_what_is_sold_is_run_and_distributed_by_its_new_owner(played):
    market, _ = played[0]
    owners = {
        offer.listing.model_id: collector
        for collector in market.resale.collectors
        for offer in collector.offers
    }
    assert owners
    for model_id, collector in owners.items():
        assert market.view("model_registry", "owner_of", model_id) == collector.address
        assert market.view("pricing", "tariff_of", model_id).capacity
    paid = {each.name: market.tally.withdrawn[each.address] for each in market.resale.collectors}
    buyers = {sale.buyer for sale in market.resale.sales}
    assert all(amount == 0 for name, amount in paid.items() if name not in buyers)
    assert sum(paid.values()) > 0


def test_collectors_pay_for_all_they_own_and_are_paid_for_all_they_sold(played):
    for arms in played:
        for market in arms:
            for sale in market.resale.sales:
                assert sale.royalty + sale.protocol_fee < sale.price
            treasury = market.world.addresses["timelock"]
            fees = sum(sale.protocol_fee for sale in market.resale.sales)
            assert market.view("marketplace", "owed_to", treasury) == fees


def test_without_a_share_that_moves_with_the_token_a_model_is_worth_nothing(open_market):
    market = open_market(SCENARIO.replace("owner_share: 40%", "owner_share: 0%"))
    for _ in range(10):
        market.step()
    shares = {
        market.view("model_registry", "contributors_of", listing.model_id)[1]
        for listing in market.catalogue.newest()
    }
    assert shares == {(BPS,)}
    assert not market.resale.sales


def test_an_offer_that_its_owner_forgot_is_no_longer_on_sale(open_market):
    text = SCENARIO.replace("review: 50%", "review: 20%, listing: 1d")
    market, lapsed = open_market(text), 0
    visitor = market.resale.collectors[0]
    for _ in range(25):
        market.step()
        on_sale = dict(market.resale.on_sale(visitor))
        for model_id in range(1, market.view("model_registry", "count") + 1):
            listing = market.view("marketplace", "listing_of", model_id)
            lapsed += 0 < listing.expires_at < market.now
            if model_id in on_sale:
                assert (listing.price, listing.expires_at >= market.now) == (
                    on_sale[model_id],
                    True,
                )
    assert lapsed


WRAPPED = ENFORCED.replace("ticks: 60", "ticks: 40").replace(
    "evasion: 3%,", "evasion: 3%, wrapping: when_it_pays, emptying: 25%, names_state: never,"
)
CAREFUL = WRAPPED.replace("names_state: never", "names_state: always")


@pytest.fixture(scope="module")
def wrapped(open_market):
    """Return the markets of careless and of careful buyers, seed by seed, at their end."""

    def play(text, seed):
        market = open_market(text, seed)
        for _ in range(market.scenario.ticks):
            market.step()
        return market

    return [(play(WRAPPED, seed), play(CAREFUL, seed)) for seed in SEEDS[:2]]


def outcomes(market):
    return Counter(attempt.outcome for attempt in market.resale.wrapping.attempts)


def test_accounts_of_tokens_undo_an_enforced_royalty(wrapped, played):
    for (careless, careful), (_, enforced) in zip(wrapped, played, strict=False):
        for market in (careless, careful):
            total = market.recorder.total
            assert outcomes(market)["sold"] > 0
            assert total["resale_royalties"] < enforced.recorder.total["resale_royalties"] / 2
    avoided = [each.avoided for one, _ in wrapped for each in one.resale.wrapping.attempts]
    assert sum(avoided) > 0


def test_careless_buyers_pay_for_emptied_accounts_and_careful_ones_do_not(wrapped):
    lost = Counter()
    for careless, careful in wrapped:
        lost += outcomes(careless)
        assert outcomes(careful)["emptied"] == 0
        assert outcomes(careful)["refused"] == careful.recorder.total["refused"]
    assert lost["emptied"] > 0
    assert lost["refused"] == 0


def test_nobody_is_robbed_by_the_same_seller_twice(wrapped):
    for careless, _ in wrapped:
        attempts = careless.resale.wrapping.attempts
        robbers = Counter(each.seller for each in attempts if each.outcome == "emptied")
        assert not robbers or max(robbers.values()) == 1


def test_what_a_wrapped_model_earns_reaches_who_owns_the_account(wrapped):
    for careless, careful in wrapped:
        for market in (careless, careful):
            inside = market.resale.wrapping.inside
            acts = market.recorder.calls["token_bound_accounts", "act"]
            assert acts > outcomes(market)["emptied"] + outcomes(market)["refused"]
            for model_id, each in inside.items():
                assert market.view("model_registry", "owner_of", model_id) == each.account
                holder = market.view("model_registry", "owner_of", each.shell_id)
                assert holder == each.owner.address
