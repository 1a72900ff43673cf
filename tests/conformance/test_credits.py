"""Credits: the same on the model and on every engine; bought, used, lapsed, paid back."""

import pytest

from protocol.credits import (
    CreditOffer,
    CreditsBought,
    CreditsRefunded,
    NotCreditOwner,
    NotTransferable,
    StillServable,
)
from protocol.errors import AmountIsZero, NotModelOwner
from protocol.gateway_errors import VersionNotServable
from protocol.money import MAX_UINT256
from protocol.openzeppelin.erc721 import Transfer as Moved
from protocol.openzeppelin.errors import ERC20InsufficientAllowance, ERC721NonexistentToken
from protocol.parameters import DAY
from protocol.prepaid_token import (
    CallsLapsed,
    CostAboveMaximum,
    NoOffer,
    NothingLeft,
    OnlyAccess,
    Prepaid,
    StillValid,
)
from protocol.revenue_events import ModelPaid
from protocol.settlement_token import Transfer
from protocol.types import ZERO_ADDRESS
from tests.managed_market import CREDIT_OFFER, ManagedMarket
from tests.open_market import CALL_PRICE

PRICE = CREDIT_OFFER.call_price


@pytest.fixture
def market(machine) -> ManagedMarket:
    return ManagedMarket(machine.executor, machine.deployment)


def offer(market, **changes):
    terms = CREDIT_OFFER._replace(**changes)
    market.must("credits", "set_offer", market.model_id, terms, sender=market.creator)
    market.fund(market.user, "credits")


def buy(market, calls, maximum_cost=MAX_UINT256, sender=None):
    return market.call(
        "credits", "buy", market.model_id, calls, maximum_cost, sender=sender or market.user
    )


def test_credits_are_bought_at_the_owners_price(market):
    offer(market, transferable=False)
    receipt = buy(market, 7, 7 * PRICE)

    user, expires_at = market.user.address, market.now + 60 * DAY
    assert receipt.value == 1
    assert market.events(receipt) == [
        Transfer(user, market.address("credits"), 7 * PRICE),
        Moved(ZERO_ADDRESS, user, 1),
        CreditsBought(1, market.model_id, user, 7, 7 * PRICE, expires_at),
    ]
    bought = Prepaid(market.model_id, 7, expires_at, 0, False, PRICE)
    assert market.view("credits", "prepaid_of", 1) == bought
    assert market.view("credits", "count") == 1
    assert market.view("credits", "token_uri", 1) == ""
    assert market.view("credits", "prepaid_of", 2) == ERC721NonexistentToken(2)


def test_refused_offers_and_purchases(market):
    intruder, model_id = market.intruder, market.model_id
    assert buy(market, 1).refusal == NoOffer(model_id)
    refused = market.refusal("credits", "set_offer", model_id, CREDIT_OFFER, sender=intruder)
    assert refused == NotModelOwner(model_id, intruder.address)
    other = CREDIT_OFFER._replace(version=2)
    refused = market.refusal("credits", "set_offer", model_id, other, sender=market.creator)
    assert refused == VersionNotServable(model_id, 2)

    offer(market, version=1)
    assert buy(market, 0).refusal == AmountIsZero()
    assert buy(market, 2, 2 * PRICE - 1).refusal == CostAboveMaximum(2 * PRICE, 2 * PRICE - 1)
    unapproved = buy(market, 2, sender=intruder).refusal
    assert unapproved == ERC20InsufficientAllowance(market.address("credits"), 0, 2 * PRICE)
    market.must("model_registry", "deprecate_version", model_id, 1, sender=market.creator)
    assert buy(market, 1).refusal == VersionNotServable(model_id, 1)
    none = CreditOffer(0, 0, 0, True)
    market.must("credits", "set_offer", model_id, none, sender=market.creator)
    assert market.view("credits", "offer_of", model_id) == none
    assert buy(market, 1).refusal == NoOffer(model_id)


def test_credits_are_used_before_paying_and_the_host_is_paid_from_them(market):
    credit_id = market.credits(market.user, 5)
    session_id = market.session_of(market.user)

    assert market.use(session_id, 3) == 0
    assert market.view("gateway", "batch_of", 1)[3] == 3 * PRICE
    assert market.use(session_id, 3) == CALL_PRICE
    assert market.view("credits", "prepaid_of", credit_id)[1] == 0
    assert market.view("settlement_token", "balance_of", market.address("credits")) == 0

    market.wait_for_release()
    market.must("gateway", "release", (1,), sender=market.intruder)
    host_fee = 3 * PRICE * 3_000 // 10_000
    assert market.view("revenue", "owed_to", market.host.address) == host_fee


def test_credits_of_a_version_are_for_that_version_alone(market):
    credit_id = market.credits(market.user, 5, version=1)
    args = (market.model_id, market.user.address)

    def calls_for(version):
        return market.view("credits", "calls_for", credit_id, args[0], version, args[1], market.now)

    assert (calls_for(1), calls_for(2)) == (5, 0)
    refused = market.refusal(
        "credits", "spend", credit_id, args[0], 1, args[1], 1, market.now, sender=market.user
    )
    assert refused == OnlyAccess(market.user.address)


def test_a_credit_counts_to_its_last_second_and_lapses_when_nothing_settles_any_more(market):
    credit_id = market.credits(market.user, 5)
    expires_at = market.view("credits", "prepaid_of", credit_id)[2]
    args = (credit_id, market.model_id, 1, market.user.address)
    for at, calls in ((expires_at - 1, 5), (expires_at, 5), (expires_at + 1, 0)):
        assert market.view("credits", "calls_for", *args, at) == calls

    until = (expires_at // DAY + 8) * DAY - 1
    market.now = until
    refused = market.refusal("credits", "lapse", credit_id, sender=market.intruder)
    assert refused == StillValid(credit_id, until)
    market.now += 1
    lapsed = market.call("credits", "lapse", credit_id, sender=market.intruder)
    model_id, seller = market.model_id, market.address("credits")
    assert market.events(lapsed)[0] == CallsLapsed(credit_id, model_id, 5, 5 * PRICE)
    assert market.events(lapsed)[-1] == ModelPaid(model_id, seller, 5 * PRICE)
    assert market.view("revenue", "accrued_of", model_id) == 5 * PRICE
    refused = market.refusal("credits", "lapse", credit_id, sender=market.intruder)
    assert refused == NothingLeft(credit_id)
    refused = market.refusal("credits", "lapse", 9, sender=market.intruder)
    assert refused == ERC721NonexistentToken(9)


def test_who_may_not_give_credits_away_cannot(market):
    credit_id = market.credits(market.user, 5, transferable=False)
    user, other = market.user.address, market.intruder.address
    moved = (user, other, credit_id)
    for sender in (market.user, market.intruder):
        refused = market.refusal("credits", "transfer_from", *moved, sender=sender)
        assert refused == NotTransferable(credit_id)
    free = market.credits(market.user, 5)
    market.must("credits", "transfer_from", user, other, free, sender=market.user)
    assert market.view("credits", "owner_of", free) == other


def test_credits_of_a_deprecated_version_are_paid_back(market):
    credit_id = market.credits(market.user, 5, version=1)
    user = market.user.address

    def refund(sender=market.user):
        return market.call("credits", "refund", credit_id, sender=sender)

    assert refund(market.intruder).refusal == NotCreditOwner(credit_id, market.intruder.address)
    assert refund().refusal == StillServable(credit_id)
    market.must("model_registry", "deprecate_version", market.model_id, 1, sender=market.creator)
    assert market.events(refund()) == [
        CreditsRefunded(credit_id, user, 5, 5 * PRICE),
        Transfer(market.address("credits"), user, 5 * PRICE),
    ]
    assert refund().refusal == NothingLeft(credit_id)
    floating = market.credits(market.user, 5)
    refused = market.refusal("credits", "refund", floating, sender=market.user)
    assert refused == StillServable(floating)
