"""Credits and passes as tokens: approved, moved and lapsed alike, on every machine."""

import pytest

from protocol.openzeppelin.erc721 import Approval, ApprovalForAll
from protocol.openzeppelin.errors import (
    ERC721IncorrectOwner,
    ERC721InsufficientApproval,
    ERC721InvalidApprover,
    ERC721InvalidOperator,
    ERC721InvalidReceiver,
)
from protocol.parameters import DAY
from protocol.prepaid_token import NoOffer, NothingLeft, Prepaid, StillValid
from protocol.types import ZERO_ADDRESS
from tests.managed_market import PASS_OFFER, ManagedMarket


@pytest.fixture
def market(machine) -> ManagedMarket:
    return ManagedMarket(machine.executor, machine.deployment)


def token_of(market, contract):
    """Sell the user a token with some calls, and return it."""
    return (
        market.credits(market.user, 5) if contract == "credits" else market.subscribe(market.user)
    )


@pytest.mark.parametrize("contract", ["credits", "subscriptions"])
def test_only_the_owner_approves_and_only_the_approved_move(market, contract):
    token = token_of(market, contract)
    owner, intruder = market.user.address, market.intruder.address
    host, creator = market.host.address, market.creator.address

    def refused(function, *arguments, sender):
        return market.refusal(contract, function, *arguments, sender=sender)

    assert refused("approve", intruder, token, sender=intruder) == ERC721InvalidApprover(intruder)
    nobody = refused("set_approval_for_all", ZERO_ADDRESS, True, sender=owner)
    assert nobody == ERC721InvalidOperator(ZERO_ADDRESS)
    move = ("transfer_from", owner, creator, token)
    assert refused(*move, sender=intruder) == ERC721InsufficientApproval(intruder, token)
    wrong = refused("transfer_from", host, creator, token, sender=owner)
    assert wrong == ERC721IncorrectOwner(host, token, owner)
    lost = refused("transfer_from", owner, ZERO_ADDRESS, token, sender=owner)
    assert lost == ERC721InvalidReceiver(ZERO_ADDRESS)

    approved = market.call(contract, "approve", host, token, sender=owner)
    assert market.events(approved) == [Approval(owner, host, token)]
    allowed = market.call(contract, "set_approval_for_all", intruder, True, sender=owner)
    assert market.events(allowed) == [ApprovalForAll(owner, intruder, True)]
    assert market.call(contract, *move, sender=host).ok
    assert market.view(contract, "owner_of", token) == creator
    assert market.view(contract, "get_approved", token) == ZERO_ADDRESS


def test_a_pass_lapses_once_when_nothing_settles_any_more(market):
    pass_id = market.subscribe(market.user)
    expires_at = market.now + 30 * DAY

    def refused():
        return market.refusal("subscriptions", "lapse", pass_id, sender=market.intruder)

    market.now = expires_at + DAY // 2
    early = refused()
    assert isinstance(early, StillValid)
    market.now = early.arguments()[1]
    assert refused() == early
    market.wait(1)
    assert market.call("subscriptions", "lapse", pass_id, sender=market.intruder).ok
    assert Prepaid(*market.view("subscriptions", "prepaid_of", pass_id)).calls_left == 0
    assert refused() == NothingLeft(pass_id)


def test_a_pass_is_not_renewed_where_none_is_sold_any_more(market):
    pass_id = market.subscribe(market.user)
    ended = PASS_OFFER._replace(calls=0)
    market.must("subscriptions", "set_offer", market.model_id, ended, sender=market.creator)

    refused = market.refusal("subscriptions", "renew", pass_id, 10**30, sender=market.user)

    assert refused == NoOffer(market.model_id)
