"""Somebody waits for an old price: of a listing that was cancelled, left behind, or forgotten."""

import pytest

from protocol.marketplace import ListingExpired, ListingStale, NotListed
from protocol.money import BPS
from protocol.parameters import DAY
from tests.open_market import OpenMarket, role

PRICE = 1_000_003


@pytest.fixture
def market(lockstep) -> OpenMarket:
    """The seller trusts the marketplace with all models, so no approval stops a sale."""
    opened = OpenMarket(lockstep.executor, lockstep.deployment)
    opened.fund(opened.intruder, "marketplace", PRICE)
    spender = opened.address("marketplace")
    opened.must("model_registry", "set_approval_for_all", spender, True, sender=opened.creator)
    return opened


def offer(market, until):
    market.must("marketplace", "list", market.model_id, PRICE, BPS, until, sender=market.creator)


def move(market, sender, receiver):
    moved = (sender.address, receiver.address, market.model_id)
    market.must("model_registry", "transfer_from", *moved, sender=sender)


def bought(market):
    return market.refusal("marketplace", "buy", market.model_id, PRICE, sender=market.intruder)


def test_a_listing_does_not_come_back_with_the_model(market):
    offer(market, market.now + 30 * DAY)
    move(market, market.creator, role("friend"))
    assert bought(market) == ListingStale(market.model_id, 0, 1)
    move(market, role("friend"), market.creator)
    assert bought(market) == ListingStale(market.model_id, 0, 2)

    offer(market, market.now + 30 * DAY)
    move(market, market.creator, market.creator)
    assert bought(market) == ListingStale(market.model_id, 2, 3)


def test_a_cancelled_listing_does_not_come_back_with_the_model(market):
    offer(market, market.now + 30 * DAY)
    market.must("marketplace", "cancel", market.model_id, sender=market.creator)
    assert bought(market) == NotListed(market.model_id)
    move(market, market.creator, role("friend"))
    move(market, role("friend"), market.creator)
    assert bought(market) == NotListed(market.model_id)


def test_a_forgotten_listing_sells_nothing_at_its_old_price(market):
    until = market.now + DAY
    offer(market, until)
    market.now = until + 1
    assert bought(market) == ListingExpired(market.model_id, until)


def test_a_sale_leaves_nothing_for_the_next_owner_to_sell(market):
    spender = market.address("marketplace")
    offer(market, market.now + 30 * DAY)
    assert bought(market) is None
    buyer = market.intruder
    market.must("model_registry", "set_approval_for_all", spender, True, sender=buyer)
    refused = market.refusal(
        "marketplace", "buy", market.model_id, PRICE, sender=role("second collector")
    )
    assert refused == NotListed(market.model_id)
