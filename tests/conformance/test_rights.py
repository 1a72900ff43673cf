"""Rights: the same on the model and on every engine."""

import pytest

from protocol.errors import AmountIsZero, NothingOwed, NotModelOwner
from protocol.money import BPS, MAX_UINT256
from protocol.openzeppelin import erc20, erc6909
from protocol.openzeppelin.errors import (
    OVERFLOW,
    ERC20InsufficientAllowance,
    ERC721NonexistentToken,
    ERC6909InsufficientAllowance,
    ERC6909InsufficientBalance,
    ERC6909InvalidReceiver,
    ERC6909InvalidSpender,
    Panic,
)
from protocol.parameters import BY_NAME, DAY
from protocol.prepaid_token import CostAboveMaximum
from protocol.rights_terms import (
    FINE_TUNE,
    INFERENCE,
    KINDS,
    NO_LISTING,
    NO_TERMS,
    REVENUE,
    WEIGHTS,
    IssueAboveMaximum,
    ListingOver,
    NoOwnersShare,
    NotSoMany,
    RightsPaid,
    RightTerms,
    RightTermsFixed,
    TermsAreFixed,
    TermsInvalid,
    UnitListing,
    UnitsIssued,
    UnitsListed,
    UnitsSold,
    UnknownRight,
)
from protocol.types import ZERO_ADDRESS
from tests.open_market import role
from tests.rights_market import UNIT_PRICE, UNITS, RightsMarket, terms_of


@pytest.fixture
def market(machine) -> RightsMarket:
    return RightsMarket(machine.executor, machine.deployment)


@pytest.mark.parametrize("kind", range(len(KINDS)), ids=KINDS)
def test_an_owner_mints_what_its_terms_allow(market, kind):
    model_id, owner, terms = market.model_id, market.creator.address, terms_of(kind)
    right_id = market.right(kind)
    assert right_id == 4 * model_id + kind

    fixed = market.call("rights", "fix_terms", model_id, kind, terms, sender=market.creator)
    assert market.events(fixed) == [RightTermsFixed(model_id, kind, terms)]
    some = terms.maximum_units - 1
    issued = market.call("rights", "mint", model_id, kind, some, sender=market.creator)
    assert market.events(issued) == [
        erc6909.Transfer(owner, ZERO_ADDRESS, owner, right_id, some),
        UnitsIssued(right_id, owner, some),
    ]
    refused = market.refusal("rights", "mint", model_id, kind, 2, sender=market.creator)
    assert refused == IssueAboveMaximum(right_id, some + 2, some + 1)
    market.must("rights", "mint", model_id, kind, 1, sender=market.creator)

    assert market.view("rights", "terms_of", right_id) == terms
    assert market.view("rights", "issued_of", right_id) == terms.maximum_units
    assert market.view("rights", "total_supply", right_id) == terms.maximum_units
    assert market.held(right_id, owner) == terms.maximum_units
    assert market.view("rights", "holds", model_id, kind, owner)
    assert not market.view("rights", "holds", model_id, kind, market.buyer.address)


def test_a_sale_pays_the_treasury_and_the_seller_and_moves_the_units(market):
    right_id = market.mint(WEIGHTS)
    rights, owner, buyer = (market.address("rights"), market.creator.address, market.buyer.address)
    listing = UnitListing(3, market.now + 10 * DAY, UNIT_PRICE)
    listed = market.list(right_id, 3)
    assert market.events(listed) == [
        UnitsListed(right_id, owner, 3, UNIT_PRICE, listing.expires_at)
    ]
    assert market.view("rights", "listing_of", right_id, owner) == listing
    assert market.held(right_id, owner) == 3

    amount = 2 * UNIT_PRICE
    fee = amount * BY_NAME["protocolFeeBps"].default // BPS
    market.wait(10 * DAY)
    assert market.events(market.buy(right_id, 2)) == [
        erc20.Transfer(buyer, rights, amount),
        erc6909.Transfer(buyer, owner, buyer, right_id, 2),
        UnitsSold(right_id, owner, buyer, 2, amount, fee),
    ]
    assert market.view("rights", "listing_of", right_id, owner) == listing._replace(units=1)
    assert market.view("rights", "holds", market.model_id, WEIGHTS, buyer)

    for account, due in ((market.address("timelock"), fee), (owner, amount - fee)):
        assert market.view("rights", "owed_to", account) == due
        paid = market.call("rights", "withdraw", account, sender=market.intruder)
        assert market.events(paid) == [
            RightsPaid(account, due),
            erc20.Transfer(rights, account, due),
        ]
    assert market.view("settlement_token", "balance_of", rights) == 0


def test_a_holder_sells_on_and_hands_on(market):
    right_id = market.mint(FINE_TUNE)
    second = role("second investor")
    market.fund(second, "rights")
    assert market.list(right_id, 5).ok
    assert market.buy(right_id, 3).ok
    assert market.list(right_id, 2, seller=market.buyer).ok
    assert market.buy(right_id, 2, seller=market.buyer, buyer=second).ok

    moved = market.call("rights", "transfer", second.address, right_id, 1, sender=market.buyer)
    buyer = market.buyer.address
    assert market.events(moved) == [erc6909.Transfer(buyer, buyer, second.address, right_id, 1)]
    assert [market.held(right_id, who) for who in (market.creator, market.buyer, second)] == [
        2,
        0,
        3,
    ]
    assert not market.view("rights", "holds", market.model_id, FINE_TUNE, buyer)


def test_units_that_went_elsewhere_are_not_sold(market):
    right_id, owner = market.mint(WEIGHTS), market.creator
    assert market.list(right_id, 3).ok
    market.must("rights", "transfer", market.intruder.address, right_id, 2, sender=owner)
    refused = market.buy(right_id, 2).refusal
    assert refused == ERC6909InsufficientBalance(owner.address, 1, 2, right_id)
    assert market.buy(right_id, 1).ok
    assert market.list(right_id, 0).ok
    assert market.buy(right_id, 1).refusal == NotSoMany(right_id, owner.address, 0, 1)


def test_an_allowance_and_an_operator_may_move_units(market):
    right_id, owner, friend = (market.mint(INFERENCE), market.creator.address, role("friend"))
    market.must("rights", "approve", friend.address, right_id, 7, sender=market.creator)
    move = ("rights", "transfer_from", owner, friend.address, right_id)
    assert market.refusal(*move, 8, sender=friend) == ERC6909InsufficientAllowance(
        friend.address, 7, 8, right_id
    )
    market.must(*move, 5, sender=friend)
    assert market.view("rights", "allowance", owner, friend.address, right_id) == 2

    market.must("rights", "set_operator", friend.address, True, sender=market.creator)
    assert market.view("rights", "is_operator", owner, friend.address)
    market.must(*move, 20, sender=friend)
    market.must("rights", "set_operator", friend.address, False, sender=market.creator)
    market.must("rights", "approve", friend.address, right_id, MAX_UINT256, sender=market.creator)
    market.must(*move, 3, sender=friend)
    assert market.view("rights", "allowance", owner, friend.address, right_id) == MAX_UINT256
    assert market.held(right_id, friend) == 28


def test_refusals_of_the_owner_carry_the_same_arguments(market):
    model_id, creator, intruder = market.model_id, market.creator, market.intruder

    def refusal(function, *arguments, sender=creator):
        return market.refusal("rights", function, *arguments, sender=sender)

    weights = terms_of(WEIGHTS)
    assert refusal("fix_terms", 9, WEIGHTS, weights) == ERC721NonexistentToken(9)
    refused = refusal("fix_terms", model_id, WEIGHTS, weights, sender=intruder)
    assert refused == NotModelOwner(model_id, intruder.address)
    assert refusal("fix_terms", model_id, 4, weights) == UnknownRight(4)
    assert refusal("mint", model_id, 255, 1) == UnknownRight(255)
    for kind, terms in (
        (WEIGHTS, RightTerms(0, 0, 0)),
        (WEIGHTS, RightTerms(1, 1, 0)),
        (FINE_TUNE, RightTerms(1, 0, 1)),
        (INFERENCE, RightTerms(1, 1, 0)),
        (INFERENCE, RightTerms(1, 0, 1)),
        (INFERENCE, RightTerms(1, 1, BPS + 1)),
        (REVENUE, RightTerms(BPS + 1, 0, 0)),
    ):
        assert refusal("fix_terms", model_id, kind, terms) == TermsInvalid(kind)
    unshared = market.register("unshared", {creator.address: BPS})
    assert refusal("fix_terms", unshared, REVENUE, terms_of(REVENUE)) == NoOwnersShare(unshared)

    right_id = market.mint(WEIGHTS)
    assert refusal("fix_terms", model_id, WEIGHTS, weights) == TermsAreFixed(right_id)
    assert refusal("mint", model_id, WEIGHTS, 0) == AmountIsZero()
    refused = refusal("mint", model_id, FINE_TUNE, 1)
    assert refused == IssueAboveMaximum(market.right(FINE_TUNE), 1, 0)


def test_refusals_of_a_sale_carry_the_same_arguments(market):
    creator, buyer, intruder = market.creator, market.buyer, market.intruder
    right_id, expires_at = market.mint(WEIGHTS), market.now + DAY

    def refusal(function, *arguments, sender=creator):
        return market.refusal("rights", function, *arguments, sender=sender)

    assert refusal("list", right_id, 1, 0, expires_at) == AmountIsZero()
    assert refusal("list", right_id, 1, 1, market.now - 1) == ListingOver(right_id, market.now - 1)
    refused = refusal("list", right_id, 4, 1, expires_at)
    assert refused == ERC6909InsufficientBalance(creator.address, 3, 4, right_id)
    market.must("rights", "list", right_id, 3, UNIT_PRICE, expires_at, sender=creator)

    buy = ("buy", right_id, creator.address)
    assert refusal(*buy, 0, MAX_UINT256, sender=buyer) == AmountIsZero()
    refused = refusal(*buy, MAX_UINT256, MAX_UINT256, sender=buyer)
    assert refused == NotSoMany(right_id, creator.address, 3, MAX_UINT256)
    refused = refusal(*buy, 1, UNIT_PRICE - 1, sender=buyer)
    assert refused == CostAboveMaximum(UNIT_PRICE, UNIT_PRICE - 1)
    refused = refusal(*buy, 1, UNIT_PRICE, sender=intruder)
    assert refused == ERC20InsufficientAllowance(market.address("rights"), 0, UNIT_PRICE)
    market.wait(DAY + 1)
    assert refusal(*buy, 1, UNIT_PRICE, sender=buyer) == ListingOver(right_id, expires_at)

    assert refusal("withdraw", creator.address) == NothingOwed(creator.address)
    assert refusal("transfer", ZERO_ADDRESS, right_id, 1) == ERC6909InvalidReceiver(ZERO_ADDRESS)
    assert refusal("approve", ZERO_ADDRESS, right_id, 1) == ERC6909InvalidSpender(ZERO_ADDRESS)
    refused = refusal("set_operator", ZERO_ADDRESS, True)
    assert refused == ERC6909InvalidSpender(ZERO_ADDRESS)
    refused = refusal("transfer", buyer.address, right_id, 4)
    assert refused == ERC6909InsufficientBalance(creator.address, 3, 4, right_id)


def test_views_answer_for_what_does_not_exist(market):
    nobody = market.intruder.address
    assert market.view("rights", "terms_of", 99) == NO_TERMS
    assert market.view("rights", "listing_of", 99, nobody) == NO_LISTING
    assert market.view("rights", "issued_of", 99) == 0
    assert market.view("rights", "holds", 99, WEIGHTS, nobody) is False
    assert market.view("rights", "holds", 1, 4, nobody) == UnknownRight(4)
    assert market.view("rights", "id_of", 2**254, 0) == Panic(OVERFLOW)
    assert market.view("rights", "id_of", 2**254 - 1, 3) == MAX_UINT256
    for interface, expected in (("0f632fb3", True), ("01ffc9a7", True), ("80ac58cd", False)):
        answer = market.view("rights", "supports_interface", bytes.fromhex(interface))
        assert answer is expected


def test_all_units_are_somebodys(market):
    for kind, units in UNITS.items():
        right_id = market.mint(kind)
        assert market.list(right_id, units).ok
        assert market.buy(right_id, units - 1).ok
        assert market.held(right_id, market.buyer) == units - 1
        assert market.held(right_id, market.creator) == 1
        assert market.view("rights", "total_supply", right_id) == units
