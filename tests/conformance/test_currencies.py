"""Models in a currency of their own: the same on the model and on every engine."""

import pytest

from protocol.access_errors import CurrencyNotPrepaid
from protocol.access_terms import NO_GRANTS
from protocol.credits import CreditOffer
from protocol.errors import AmountIsZero, NothingOwed, NotModelOwner, OnlyVerification
from protocol.gateway_errors import InsufficientEscrow
from protocol.gateway_events import (
    BatchReleasedToRevenue,
    BatchSettled,
    DepositedIn,
    ReceiptsSettled,
    WithdrawnIn,
)
from protocol.parameters import DAY
from protocol.payment_channels_errors import FeeOnTransfer, UnknownCurrency
from protocol.pricing import CurrencyIsFixed, CurrencySet, NoTariff
from protocol.revenue_events import Credited, Distributed, Paid, RoyaltyPaid
from protocol.rights_terms import (
    REVENUE,
    RightsPaidIn,
    RightTerms,
    UnitsCreditedIn,
    UnitsEarnedIn,
)
from protocol.settlement_token import Transfer
from protocol.stable_token import UNIT
from protocol.subscriptions import SubscriptionOffer
from protocol.types import ZERO_ADDRESS
from tests.open_market import DEPOSIT, ROOT
from tests.stable_market import STABLE_DEPOSIT, STABLE_PRICE, StableMarket


@pytest.fixture
def market(machine) -> StableMarket:
    return StableMarket(machine.executor, machine.deployment)


def test_a_model_is_called_and_paid_in_its_own_currency(market):
    gateway, revenue = market.address("gateway"), market.address("stable_revenue")
    user, host, model_id = market.user.address, market.host.address, market.model_id
    receipt = market.call("gateway", "deposit_in", market.stable, 5, sender=market.user)
    expected = [Transfer(user, gateway, 5), DepositedIn(user, market.stable, 5)]
    assert market.events(receipt) == expected
    assert receipt.events[0].contract == "stable_token"
    receipt = market.call("gateway", "withdraw_in", market.stable, 5, sender=market.user)
    expected = [WithdrawnIn(user, market.stable, 5), Transfer(gateway, user, 5)]
    assert market.events(receipt) == expected

    session_id = market.open(market.stable_session())
    left = STABLE_DEPOSIT - 100 * STABLE_PRICE
    assert market.view("gateway", "escrow_in", user, market.stable) == (left, 100 * STABLE_PRICE)
    assert market.view("gateway", "escrow_of", user) == (DEPOSIT, 0)
    assert market.view("gateway", "escrow_in", user, market.mnft) == (DEPOSIT, 0)
    entries = (market.entry(session_id, 1, 3),)
    receipt = market.call("gateway", "settle", model_id, ROOT, entries, sender=market.host)
    paid = 3 * STABLE_PRICE
    assert market.events(receipt) == [
        ReceiptsSettled(session_id, 1, 3, 3, paid),
        BatchSettled(1, host, model_id, ROOT, 3, paid),
    ]
    market.must("gateway", "close_session", session_id, sender=market.host)
    assert market.view("gateway", "escrow_in", user, market.stable) == (STABLE_DEPOSIT - paid, 0)

    market.wait_for_release()
    receipt = market.call("gateway", "release", (1,), sender=market.intruder)
    # Nobody is paid for checks here: the pool's share is the treasury's.
    fee, host_fee = paid * 250 // 10_000 + paid * 200 // 10_000, paid * 3_000 // 10_000
    accrued = paid - fee - host_fee
    assert market.events(receipt) == [
        BatchReleasedToRevenue(1, paid),
        Transfer(gateway, revenue, paid),
        Credited(model_id, host, fee, 0, host_fee, 0, accrued),
    ]
    assert [log.contract for log in receipt.events][1:] == ["stable_token", "stable_revenue"]
    assert market.view("stable_revenue", "owed_to", market.address("timelock")) == fee
    assert market.view("stable_revenue", "pool") == market.view("revenue", "pool") == 0
    assert market.view("revenue", "owed_to", host) == 0
    receipt = market.call("stable_revenue", "withdraw", host, sender=market.user)
    assert market.events(receipt) == [Paid(host, host_fee), Transfer(revenue, host, host_fee)]
    checker = market.intruder.address
    refused = market.refusal("stable_revenue", "pay_checker", checker, 1, sender=market.intruder)
    assert refused == OnlyVerification(checker)


def test_a_currency_is_chosen_before_the_first_tariff_and_for_life(market):
    shares, creator = {market.creator.address: 10_000}, market.creator
    young = market.register("young", shares)
    granting = market.register("granting", shares)

    def set_currency(model_id, currency, sender=creator):
        return market.call("pricing", "set_currency", model_id, currency, sender=sender)

    assert market.view("pricing", "currency_of", young) == market.mnft
    for currency in (market.stable, market.mnft, market.stable):
        assert market.events(set_currency(young, currency)) == [CurrencySet(young, currency)]
        assert market.view("pricing", "currency_of", young) == currency
    assert market.view("pricing", "fixed_currency_of", young) == NoTariff(young)
    refused = set_currency(young, market.stable, market.user).refusal
    assert refused == NotModelOwner(young, market.user.address)
    for currency in (ZERO_ADDRESS, market.address("taxed_token"), market.user.address):
        assert set_currency(young, currency).refusal == UnknownCurrency(currency)
        assert market.view("gateway", "revenue_of", currency) == ZERO_ADDRESS
    for model_id in (market.in_mnft, market.model_id):
        assert set_currency(model_id, market.mnft).refusal == CurrencyIsFixed(model_id)
    market.must("access", "set_grants", granting, NO_GRANTS, sender=creator)
    assert set_currency(granting, market.stable).refusal == CurrencyIsFixed(granting)
    # A session is for a model whose currency never changes again.
    session = market.stable_session(model_id=young)
    signature = market.sign(session)
    opening = ("gateway", "open_session", session, signature)
    assert market.refusal(*opening, sender=market.host) == NoTariff(young)


def test_refusals_of_escrows_carry_the_same_arguments(market):
    user, stable, taxed = market.user, market.stable, market.address("taxed_token")
    market.give("taxed_token", user, 10_000, "gateway")

    def refusal(function, currency, amount):
        return market.refusal("gateway", function, currency, amount, sender=user)

    for function in ("deposit_in", "withdraw_in"):
        assert refusal(function, stable, 0) == AmountIsZero()
        assert refusal(function, ZERO_ADDRESS, 1) == UnknownCurrency(ZERO_ADDRESS)
    assert refusal("deposit_in", taxed, 1_000) == FeeOnTransfer(taxed, 1_000, 990)
    shortage = InsufficientEscrow(user.address, STABLE_DEPOSIT, STABLE_DEPOSIT + 1)
    assert refusal("withdraw_in", stable, STABLE_DEPOSIT + 1) == shortage
    # Nobody has escrow in a token that nobody lists.
    assert market.view("gateway", "escrow_in", user.address, ZERO_ADDRESS) == (0, 0)


def test_what_is_paid_ahead_is_in_mnft_and_discounts_are_in_any_currency(market):
    model_id, creator = market.model_id, market.creator
    refused = CurrencyNotPrepaid(model_id, market.stable)
    offers = (("credits", CreditOffer(1, 60 * DAY, 0, True)),)
    offers += (("subscriptions", SubscriptionOffer(1, 20, 30 * DAY)),)
    for seller, offer in offers:
        assert market.refusal(seller, "set_offer", model_id, offer, sender=creator) == refused
    terms = (model_id, 1, RightTerms(100, 20, 5_000))
    assert market.refusal("rights", "fix_terms", *terms, sender=creator) == refused

    accounts = (market.user.address,)
    market.must("access", "set_allowed", model_id, accounts, True, sender=creator)
    grants = NO_GRANTS._replace(allowlist_discount_bps=4_000)
    market.must("access", "set_grants", model_id, grants, sender=creator)
    batch_id = market.settle(market.entry(market.open(market.stable_session()), 1, 2))
    assert market.view("gateway", "batch_of", batch_id)[3] == 2 * STABLE_PRICE * 6 // 10


def test_royalties_and_revenue_units_earn_what_was_paid(market):
    creator, buyer, stable = market.creator, market.user.address, market.stable
    terms = RightTerms(5_000, 0, 0)
    market.must("rights", "fix_terms", market.model_id, REVENUE, terms, sender=creator)
    market.must("rights", "mint", market.model_id, REVENUE, 5_000, sender=creator)
    right_id = market.view("rights", "id_of", market.model_id, REVENUE)
    market.must("rights", "transfer", buyer, right_id, 1_000, sender=creator)
    market.fund_stable(market.intruder, "stable_revenue")
    child = market.fork("child", market.model_id, 1_000, {creator.address: 10_000})
    market.must("stable_revenue", "pay_model", child, 100_000, sender=market.intruder)

    rights, revenue = market.address("rights"), market.address("stable_revenue")
    receipt = market.call("stable_revenue", "distribute", child, sender=market.host)
    paid = [RoyaltyPaid(child, market.model_id, 10_000), Distributed(child, 10_000, 90_000, 0)]
    assert market.events(receipt) == paid
    receipt = market.call("stable_revenue", "distribute", market.model_id, sender=market.host)
    # Half of what arrived is the owner's, and half of that its units'.
    assert market.events(receipt) == [
        Transfer(revenue, rights, 2_500),
        UnitsCreditedIn(right_id, stable, 2_500, 0),
        Distributed(market.model_id, 0, 10_000, 0),
    ]
    market.must("stable_revenue", "pay_model", market.model_id, 30_000, sender=market.intruder)
    market.must("stable_revenue", "distribute", market.model_id, sender=market.host)
    assert market.view("rights", "per_unit_in", stable, right_id) == 2
    assert market.view("rights", "per_unit_of", right_id) == 0
    assert market.view("rights", "earned_in", stable, right_id, buyer) == 2_000

    receipt = market.call("rights", "settle", market.model_id, buyer, sender=market.host)
    assert market.events(receipt) == [UnitsEarnedIn(right_id, buyer, stable, 2_000)]
    assert market.view("rights", "owed_in", stable, buyer) == 2_000
    assert market.view("rights", "owed_to", buyer) == 0
    receipt = market.call("rights", "withdraw_in", stable, buyer, sender=market.host)
    assert market.events(receipt) == [
        RightsPaidIn(buyer, stable, 2_000),
        Transfer(rights, buyer, 2_000),
    ]
    for currency in (stable, market.mnft):
        refused = market.refusal("rights", "withdraw_in", currency, buyer, sender=market.host)
        assert refused == NothingOwed(buyer)


def test_a_sale_leaves_the_seller_what_was_earned_in_every_currency(market):
    creator, model_id, price = market.creator, market.model_id, 1_000
    market.fund_stable(market.intruder, "stable_revenue")
    market.must("stable_revenue", "pay_model", model_id, 10 * UNIT, sender=market.intruder)
    market.fund(market.user, "marketplace")
    marketplace = market.address("marketplace")
    market.must("model_registry", "approve", marketplace, model_id, sender=creator)
    until = market.now + DAY
    market.must("marketplace", "list", model_id, price, 10_000, until, sender=creator)
    market.must("marketplace", "buy", model_id, price, sender=market.user)
    assert market.view("stable_revenue", "owed_to", creator.address) == 10 * UNIT
    assert market.view("stable_revenue", "accrued_of", model_id) == 0
