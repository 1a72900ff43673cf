"""Somebody wants prepaid calls twice, too late, or of others: credits, passes, leases."""

import pytest

from protocol.access_terms import CREDITS, PAY_PER_CALL, SUBSCRIPTION, UNLIMITED
from protocol.openzeppelin.errors import ERC721InsufficientApproval
from protocol.parameters import DAY
from protocol.subscriptions import LeaseRunning
from protocol.types import ZERO_ADDRESS
from tests.managed_market import CREDIT_OFFER, PASS_OFFER, ManagedMarket
from tests.open_market import CALL_PRICE


@pytest.fixture
def market(lockstep) -> ManagedMarket:
    return ManagedMarket(lockstep.executor, lockstep.deployment)


def nothing(market, who):
    return market.authorized(who) == (PAY_PER_CALL, UNLIMITED)


def test_a_credit_is_spent_once_even_in_one_batch(market):
    market.credits(market.user, 5)
    one = market.session_of(market.user)
    other = market.open(market.session(nonce=2))
    batch_id = market.settle(market.entry(one, 1, 4), market.entry(other, 1, 4))

    spent = [market.view("gateway", "session_of", each)[1] for each in (one, other)]
    assert spent == [0, 3 * CALL_PRICE]
    held = market.view("gateway", "batch_of", batch_id)[3]
    assert held == 5 * CREDIT_OFFER.call_price + 3 * CALL_PRICE
    assert market.view("settlement_token", "balance_of", market.address("credits")) == 0


def test_a_credit_that_was_given_away_serves_its_new_owner_alone(market):
    thief = market.guest("thief")
    credit_id = market.credits(market.user, 5)
    # Naming somebody's credit is no right to it.
    market.claim(thief, credit=credit_id)
    assert nothing(market, thief)

    moved = (market.user.address, thief.address, credit_id)
    market.must("credits", "transfer_from", *moved, sender=market.user)
    assert nothing(market, market.user)
    assert market.authorized(thief) == (CREDITS, 5)


def test_a_credit_of_another_model_pays_for_nothing(market):
    other = market.register("other", {market.creator.address: 10_000})
    market.must("credits", "set_offer", other, CREDIT_OFFER, sender=market.creator)
    market.fund(market.user, "credits")
    credit_id = market.must("credits", "buy", other, 5, 10**30, sender=market.user)
    market.set_grants()
    market.claim(market.user, credit=credit_id)
    assert nothing(market, market.user)


def test_an_expired_pass_pays_for_no_later_call_but_for_those_made_in_time(market):
    market.subscribe(market.user)
    session_id = market.session_of(market.user)
    market.wait(31 * DAY)
    assert nothing(market, market.user)

    assert market.use(session_id, 2) == 2 * CALL_PRICE
    assert market.use(session_id, 2, epoch=market.epoch - 1) == 0


def test_a_pass_that_was_sold_serves_its_buyer_alone(market):
    buyer = market.guest("buyer")
    pass_id = market.subscribe(market.user)
    moved = (market.user.address, buyer.address, pass_id)
    market.must("subscriptions", "transfer_from", *moved, sender=market.user)
    market.claim(buyer, pass_id=pass_id)

    assert nothing(market, market.user)
    assert market.authorized(buyer) == (SUBSCRIPTION, PASS_OFFER.calls)
    assert market.use(market.session_of(market.user), 3) == 3 * CALL_PRICE


def test_a_leased_pass_is_neither_handed_on_nor_taken_back(market):
    owner, tenant, other = market.user, market.guest("tenant"), market.guest("other")
    pass_id, expires = market.subscribe(owner), market.now + 9 * DAY
    market.must("subscriptions", "set_user", pass_id, tenant.address, expires, sender=owner)
    for user in (tenant, other):
        market.claim(user, pass_id=pass_id)

    def refused(user, sender):
        return market.refusal("subscriptions", "set_user", pass_id, user, expires, sender=sender)

    assert refused(other.address, tenant) == ERC721InsufficientApproval(tenant.address, pass_id)
    assert refused(ZERO_ADDRESS, owner) == LeaseRunning(pass_id, tenant.address, expires)
    # Nor does a sale end it: the buyer has no use of the pass before the lease is over.
    moved = (owner.address, other.address, pass_id)
    market.must("subscriptions", "transfer_from", *moved, sender=owner)
    assert nothing(market, owner)
    assert nothing(market, other)
    assert market.authorized(tenant) == (SUBSCRIPTION, PASS_OFFER.calls)
    market.wait(10 * DAY)
    assert nothing(market, tenant)
    assert market.authorized(other) == (SUBSCRIPTION, PASS_OFFER.calls)


def test_owner_and_tenant_share_one_count(market):
    owner, tenant = market.user, market.guest("tenant")
    pass_id = market.subscribe(owner, calls=5)
    assert market.use(market.session_of(owner), 3) == 0
    lease = (pass_id, tenant.address, market.now + 9 * DAY)
    market.must("subscriptions", "set_user", *lease, sender=owner)
    market.claim(tenant, pass_id=pass_id)

    assert market.use(market.session_of(tenant), 3) == CALL_PRICE
