"""Subscriptions: the same on the model and on every engine; passes and their leases."""

import pytest

from protocol.access_terms import SUBSCRIPTION
from protocol.errors import NotModelOwner
from protocol.money import MAX_UINT256
from protocol.openzeppelin.erc721 import Transfer as Moved
from protocol.openzeppelin.errors import ERC721InsufficientApproval, ERC721NonexistentToken
from protocol.parameters import DAY
from protocol.prepaid_token import CallsLapsed, CostAboveMaximum, NoOffer, Prepaid
from protocol.settlement_token import Transfer
from protocol.subscriptions import (
    LeaseRunning,
    NotPassHolder,
    Subscribed,
    SubscriptionOffer,
    SubscriptionOffered,
    UpdateUser,
)
from protocol.types import ZERO_ADDRESS
from tests.managed_market import PASS_OFFER, ManagedMarket

COST = PASS_OFFER.calls * PASS_OFFER.call_price


@pytest.fixture
def market(machine) -> ManagedMarket:
    return ManagedMarket(machine.executor, machine.deployment)


def test_a_period_is_sold_used_and_renewed(market):
    model_id, user = market.model_id, market.user.address
    offered = market.call("subscriptions", "set_offer", model_id, PASS_OFFER, sender=market.creator)
    assert market.events(offered) == [SubscriptionOffered(model_id, PASS_OFFER)]
    assert market.view("subscriptions", "offer_of", model_id) == PASS_OFFER

    market.fund(market.user, "subscriptions")
    bought = market.call("subscriptions", "subscribe", model_id, COST, sender=market.user)
    seller, expires_at = market.address("subscriptions"), market.now + 30 * DAY
    assert bought.value == 1
    assert market.events(bought) == [
        Transfer(user, seller, COST),
        Moved(ZERO_ADDRESS, user, 1),
        Subscribed(1, model_id, user, 20, COST, expires_at),
    ]
    market.claim(market.user, pass_id=1)
    assert market.use(market.session_of(market.user), 15) == 0
    left = Prepaid(model_id, 5, expires_at, 0, True, PASS_OFFER.call_price)
    assert market.view("subscriptions", "prepaid_of", 1) == left

    market.wait(DAY)
    renewed = market.call("subscriptions", "renew", 1, COST, sender=market.user)
    events = market.events(renewed)
    assert events[0] == CallsLapsed(1, model_id, 5, 5 * PASS_OFFER.call_price)
    assert events[-1] == Subscribed(1, model_id, user, 20, COST, expires_at + DAY)
    assert market.view("settlement_token", "balance_of", seller) == COST
    assert market.authorized(market.user) == (SUBSCRIPTION, 20)


def test_refused_sales(market):
    model_id = market.model_id

    def refused(function, *arguments, sender=market.user):
        return market.refusal("subscriptions", function, *arguments, sender=sender)

    intruder = market.intruder.address
    not_owner = NotModelOwner(model_id, intruder)
    assert refused("set_offer", model_id, PASS_OFFER, sender=market.intruder) == not_owner
    for nothing in (SubscriptionOffer(1, 0, 1), SubscriptionOffer(1, 1, 0)):
        market.must("subscriptions", "set_offer", model_id, nothing, sender=market.creator)
        assert refused("subscribe", model_id, MAX_UINT256) == NoOffer(model_id)
    pass_id = market.subscribe(market.user)
    assert refused("subscribe", model_id, COST - 1) == CostAboveMaximum(COST, COST - 1)
    assert refused("renew", pass_id, COST - 1) == CostAboveMaximum(COST, COST - 1)
    assert refused("renew", 9, COST) == ERC721NonexistentToken(9)
    stranger = refused("renew", pass_id, COST, sender=market.intruder)
    assert stranger == NotPassHolder(pass_id, intruder)


def test_a_lease_gives_the_use_to_the_tenant_until_its_last_second(market):
    owner, tenant = market.user, market.guest("tenant")
    pass_id = market.subscribe(owner)
    expires = market.now + 3 * DAY
    leased = market.call(
        "subscriptions", "set_user", pass_id, tenant.address, expires, sender=owner
    )

    assert market.events(leased) == [UpdateUser(pass_id, tenant.address, expires)]
    assert market.view("subscriptions", "user_expires", pass_id) == expires
    args = (pass_id, market.model_id, 1)

    def calls_for(who, at):
        return market.view("subscriptions", "calls_for", *args, who.address, at)

    for at, used in ((expires - 1, (20, 0)), (expires, (20, 0)), (expires + 1, (0, 20))):
        assert (calls_for(tenant, at), calls_for(owner, at)) == used
    market.now = expires
    assert market.view("subscriptions", "user_of", pass_id) == tenant.address
    market.now += 1
    assert market.view("subscriptions", "user_of", pass_id) == ZERO_ADDRESS


def test_a_running_lease_ends_by_its_tenant_alone(market):
    owner, tenant = market.user, market.guest("tenant")
    pass_id, expires = market.subscribe(owner), market.now + 3 * DAY

    def set_user(user, sender):
        return market.refusal("subscriptions", "set_user", pass_id, user, expires, sender=sender)

    not_theirs = ERC721InsufficientApproval(tenant.address, pass_id)
    assert set_user(tenant.address, tenant) == not_theirs
    assert set_user(tenant.address, owner) is None
    for user in (ZERO_ADDRESS, owner.address):
        assert set_user(user, owner) == LeaseRunning(pass_id, tenant.address, expires)
    assert set_user(ZERO_ADDRESS, tenant) is None
    assert market.view("subscriptions", "user_of", pass_id) == ZERO_ADDRESS
    assert set_user(market.intruder.address, owner) is None


def test_a_tenant_may_renew(market):
    owner, tenant = market.user, market.guest("tenant")
    pass_id = market.subscribe(owner)
    lease = (pass_id, tenant.address, market.now + 90 * DAY)
    market.must("subscriptions", "set_user", *lease, sender=owner)
    market.fund(tenant, "subscriptions")

    renewed = market.call("subscriptions", "renew", pass_id, COST, sender=tenant)
    bought = market.events(renewed)[-1]
    assert (bought.buyer, bought.expires_at) == (tenant.address, market.now + 30 * DAY)
    assert market.view("subscriptions", "owner_of", pass_id) == owner.address
