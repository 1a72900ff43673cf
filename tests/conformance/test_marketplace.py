"""Marketplace: the same on the model and on every engine."""

import pytest

from protocol.errors import AmountIsZero, NothingOwed, NotModelOwner
from protocol.marketplace import (
    Listing,
    ListingCancelled,
    ListingExpired,
    ListingStale,
    MarketplaceNotApproved,
    ModelListed,
    ModelSold,
    NotListed,
    NotSeller,
    PriceChanged,
    ProceedsPaid,
    RoyaltyShareOutOfRange,
    SellerIsBuyer,
)
from protocol.money import BPS
from protocol.openzeppelin import erc20, erc721
from protocol.openzeppelin.errors import (
    ERC20InsufficientAllowance,
    ERC20InsufficientBalance,
    ERC721InsufficientApproval,
    ERC721NonexistentToken,
)
from protocol.parameters import BY_NAME, DAY
from protocol.revenue_events import Distributed, ModelPaid
from protocol.types import ZERO_ADDRESS
from tests.conftest import GENESIS
from tests.open_market import OpenMarket, role

PRICE = 1_000_003
HIGHEST = 2**128 - 1
ROYALTY_BPS = 500
PROTOCOL_FEE = PRICE * BY_NAME["protocolFeeBps"].default // BPS
ROYALTY = PRICE * ROYALTY_BPS // BPS
KEY = BY_NAME["resaleRoyaltyShareBps"].key
NOBODY = Listing(ZERO_ADDRESS, 0, 0, 0, 0)
UNTIL = GENESIS + 30 * DAY


@pytest.fixture
def market(machine) -> OpenMarket:
    opened = OpenMarket(machine.executor, machine.deployment)
    for buyer in (role("collector"), role("second collector")):
        opened.fund(buyer, "marketplace")
    opened.fund(opened.intruder, "revenue")
    return opened


def register(market, name, shares):
    registration = market.registration(name, shares)._replace(resale_royalty_bps=ROYALTY_BPS)
    return market.must("model_registry", "register", registration, sender=market.creator)


def govern(market, share):
    """Set the least share as a proposal would, which the timelock executes."""
    market.must("parameter_store", "set", KEY, share, sender=market.address("timelock"))


def offer(market, model_id, price=PRICE, share=BPS, seller=None):
    seller = seller or market.creator
    spender = market.address("marketplace")
    market.must("model_registry", "approve", spender, model_id, sender=seller)
    return market.call("marketplace", "list", model_id, price, share, UNTIL, sender=seller)


def test_a_sale_pays_the_treasury_the_makers_and_the_seller(market):
    model_id = register(market, "sold", {market.creator.address: BPS})
    marketplace, revenue = market.address("marketplace"), market.address("revenue")
    creator, collector = market.creator.address, role("collector").address

    listed = offer(market, model_id)
    assert market.events(listed) == [ModelListed(model_id, creator, PRICE, BPS, UNTIL)]
    listing = Listing(creator, BPS, UNTIL, PRICE, 0)
    assert market.view("marketplace", "listing_of", model_id) == listing
    assert market.view("model_registry", "owner_of", model_id) == creator

    bought = market.call("marketplace", "buy", model_id, PRICE, sender=role("collector"))
    assert market.events(bought) == [
        erc20.Transfer(collector, marketplace, PRICE),
        ModelSold(model_id, creator, collector, PRICE, PROTOCOL_FEE, ROYALTY, ROYALTY),
        erc20.Approval(marketplace, revenue, ROYALTY),
        erc20.Transfer(marketplace, revenue, ROYALTY),
        ModelPaid(model_id, marketplace, ROYALTY),
        erc721.Transfer(creator, collector, model_id),
    ]
    assert market.view("model_registry", "owner_of", model_id) == collector
    assert market.view("marketplace", "listing_of", model_id) == NOBODY
    assert market.view("revenue", "accrued_of", model_id) == ROYALTY

    treasury, rest = market.address("timelock"), PRICE - PROTOCOL_FEE - ROYALTY
    for account, amount in ((treasury, PROTOCOL_FEE), (creator, rest)):
        assert market.view("marketplace", "owed_to", account) == amount
        paid = market.call("marketplace", "withdraw", account, sender=market.intruder)
        assert market.events(paid) == [
            ProceedsPaid(account, amount),
            erc20.Transfer(marketplace, account, amount),
        ]
    assert market.view("settlement_token", "balance_of", marketplace) == 0


def test_where_royalties_are_optional_the_seller_says_how_much_of_one_it_pays(market):
    model_id = register(market, "sold", {market.creator.address: BPS})
    refused = offer(market, model_id, share=BPS - 1).refusal
    assert refused == RoyaltyShareOutOfRange(BPS - 1, BPS)
    govern(market, 0)

    for share, seller, buyer in (
        (3_333, market.creator, role("collector")),
        (0, role("collector"), role("second collector")),
    ):
        assert offer(market, model_id, share=share, seller=seller).ok
        bought = market.call("marketplace", "buy", model_id, PRICE, sender=buyer)
        paid = ROYALTY * share // BPS
        sale = ModelSold(
            model_id, seller.address, buyer.address, PRICE, PROTOCOL_FEE, paid, ROYALTY
        )
        assert sale in market.events(bought)
        left = PRICE - PROTOCOL_FEE - paid
        assert market.view("marketplace", "owed_to", seller.address) == left
    assert market.view("revenue", "earned_by", model_id) == ROYALTY * 3_333 // BPS


def test_a_listing_below_a_share_that_was_raised_since_does_not_sell(market):
    govern(market, 0)
    assert offer(market, market.model_id, share=2_400).ok
    govern(market, 2_401)
    refused = market.refusal("marketplace", "buy", market.model_id, PRICE, sender=role("collector"))
    assert refused == RoyaltyShareOutOfRange(2_400, 2_401)


def test_an_owners_share_goes_to_whoever_owned_the_model_when_it_was_earned(market):
    creator, buyer = market.creator.address, role("collector")
    registry = market.address("model_registry")
    model_id = register(market, "shared", {creator: 6_000, registry: 4_000})
    market.must("revenue", "pay_model", model_id, 1_000, sender=market.intruder)
    assert offer(market, model_id).ok

    bought = market.call("marketplace", "buy", model_id, PRICE, sender=buyer)
    assert Distributed(model_id, 0, 1_000, 0) in market.events(bought)
    assert market.view("revenue", "owed_to", creator) == 1_000
    assert market.view("revenue", "owed_to", buyer.address) == 0

    market.must("revenue", "distribute", model_id, sender=market.user)
    assert market.view("revenue", "owed_to", creator) == 1_000 + ROYALTY * 6_000 // BPS
    assert market.view("revenue", "owed_to", buyer.address) == ROYALTY * 4_000 // BPS


def test_a_listing_ends_with_its_sellers_ownership(market):
    model_id, creator, collector = market.model_id, market.creator, role("collector")
    second = role("second collector")
    assert offer(market, model_id).ok
    market.must(
        "model_registry",
        "transfer_from",
        creator.address,
        collector.address,
        model_id,
        sender=creator,
    )
    refused = market.refusal("marketplace", "buy", model_id, PRICE, sender=second)
    assert refused == ListingStale(model_id, 0, 1)

    cancelled = market.call("marketplace", "cancel", model_id, sender=collector)
    assert market.events(cancelled) == [ListingCancelled(model_id, creator.address)]
    refused = market.refusal("marketplace", "buy", model_id, PRICE, sender=second)
    assert refused == NotListed(model_id)


def test_a_listing_holds_to_its_last_second_and_no_longer(market):
    model_id, creator = market.model_id, market.creator
    assert offer(market, model_id).ok
    market.now = UNTIL + 1
    refused = market.refusal("marketplace", "buy", model_id, PRICE, sender=role("collector"))
    assert refused == ListingExpired(model_id, UNTIL)

    again = ("list", model_id, PRICE, BPS, UNTIL + DAY)
    market.must("marketplace", *again, sender=creator)
    market.now = UNTIL + DAY
    bought = market.call("marketplace", "buy", model_id, PRICE, sender=role("collector"))
    assert bought.ok
    assert market.view("model_registry", "transfers_of", model_id) == 1


def test_refusals_carry_the_same_arguments(market):
    model_id, creator, intruder = market.model_id, market.creator, market.intruder
    collector = role("collector")

    def refusal(function, *arguments, sender=creator):
        return market.refusal("marketplace", function, *arguments, sender=sender)

    assert refusal("list", 9, PRICE, BPS, UNTIL) == ERC721NonexistentToken(9)
    refused = refusal("list", model_id, PRICE, BPS, UNTIL, sender=intruder)
    assert refused == NotModelOwner(model_id, intruder.address)
    assert refusal("list", model_id, 0, BPS, UNTIL) == AmountIsZero()
    refused = refusal("list", model_id, PRICE, BPS + 1, UNTIL)
    assert refused == RoyaltyShareOutOfRange(BPS + 1, BPS)
    refused = refusal("list", model_id, PRICE, BPS, GENESIS - 1)
    assert refused == ListingExpired(model_id, GENESIS - 1)
    assert refusal("list", model_id, PRICE, BPS, UNTIL) == MarketplaceNotApproved(model_id)
    assert refusal("cancel", model_id) == NotListed(model_id)
    assert refusal("buy", model_id, PRICE) == NotListed(model_id)
    assert refusal("withdraw", creator.address) == NothingOwed(creator.address)

    operator = market.address("marketplace")
    market.must("model_registry", "set_approval_for_all", operator, True, sender=creator)
    market.must("marketplace", "list", model_id, PRICE, BPS, UNTIL, sender=creator)
    refused = refusal("cancel", model_id, sender=intruder)
    assert refused == NotSeller(model_id, intruder.address)
    assert refusal("buy", model_id, PRICE) == SellerIsBuyer(model_id)
    refused = refusal("buy", model_id, PRICE - 1, sender=collector)
    assert refused == PriceChanged(model_id, PRICE - 1, PRICE)
    refused = refusal("buy", model_id, PRICE, sender=intruder)
    assert refused == ERC20InsufficientAllowance(operator, 0, PRICE)

    market.must("model_registry", "set_approval_for_all", operator, False, sender=creator)
    refused = refusal("buy", model_id, PRICE, sender=collector)
    assert refused == ERC721InsufficientApproval(operator, model_id)
    market.must("model_registry", "set_approval_for_all", operator, True, sender=creator)
    market.must("marketplace", "list", model_id, HIGHEST, BPS, UNTIL, sender=creator)
    refused = refusal("buy", model_id, HIGHEST, sender=collector)
    held = market.view("settlement_token", "balance_of", collector.address)
    assert refused == ERC20InsufficientBalance(collector.address, held, HIGHEST)
