"""Access: the same on the model and on every engine; who is granted what, in which order."""

import pytest

from protocol.access_errors import (
    AccessRefused,
    AllowlistSizeInvalid,
    DiscountAboveWhole,
    NotManaged,
    OnlySellers,
    TokenRangeInvalid,
    UnknownCollection,
)
from protocol.access_events import (
    AccessUsed,
    AllowlistSet,
    Claimed,
    GrantsSet,
    StakeLocked,
    StakeReturned,
    StakeUnlocked,
)
from protocol.access_terms import (
    ALLOWLIST,
    CREDITS,
    NO_CLAIM,
    NO_GRANTS,
    NO_LOCK,
    NO_METER,
    NO_RIGHT,
    PAY_PER_CALL,
    REFUSED,
    STAKE_GATE,
    SUBSCRIPTION,
    TOKEN_GATE,
    UNLIMITED,
    USED_UP,
    Claim,
)
from protocol.credits import CreditsOffered
from protocol.errors import AmountIsZero, NotModelOwner, OnlyGateway
from protocol.gateway_events import BatchSettled, ReceiptsSettled
from protocol.money import WAD
from protocol.openzeppelin.errors import ERC721NonexistentToken
from protocol.parameters import DAY
from protocol.prepaid_token import CallsSpent
from protocol.settlement_token import Transfer
from protocol.staking import InsufficientStake, NothingUnbonding, StillUnbonding
from tests.managed_market import CREDIT_OFFER, PASS_OFFER, ManagedMarket
from tests.open_market import CALL_PRICE, DEPOSIT, ROOT


@pytest.fixture
def market(machine) -> ManagedMarket:
    return ManagedMarket(machine.executor, machine.deployment)


def test_a_model_without_a_grants_is_paid_per_call(market):
    assert market.view("access", "is_managed", market.model_id) is False
    assert market.view("access", "origin_of", market.model_id) == 0
    assert market.view("access", "grants_of", market.model_id) == NO_GRANTS
    assert market.authorized(market.user) == (PAY_PER_CALL, UNLIMITED)
    assert market.use(market.session_of(market.user), 3) == 3 * CALL_PRICE


def test_an_owner_sets_what_it_grants(market):
    grants = NO_GRANTS._replace(allowlist_discount_bps=2_500)
    receipt = market.call("access", "set_grants", market.model_id, grants, sender=market.creator)

    assert market.events(receipt) == [GrantsSet(market.model_id, grants)]
    assert market.view("access", "grants_of", market.model_id) == grants
    assert market.view("access", "is_managed", market.model_id) is True
    assert market.view("access", "origin_of", market.model_id) == market.epoch


def test_refused_grants(market):
    def refused(sender=market.creator, model_id=market.model_id, **changes):
        grants = NO_GRANTS._replace(**changes)
        return market.refusal("access", "set_grants", model_id, grants, sender=sender)

    intruder, registry = market.intruder.address, market.address("model_registry")
    assert refused(market.intruder) == NotModelOwner(market.model_id, intruder)
    assert refused(model_id=9) == ERC721NonexistentToken(9)
    for share in ("allowlist_discount_bps", "gate_discount_bps", "stake_discount_bps"):
        assert refused(**{share: 10_001}) == DiscountAboveWhole(10_001)
        assert refused(**{share: 10_000}) is None
    gateway = market.address("gateway")
    assert refused(collection=gateway) == UnknownCollection(gateway)
    for first, last in ((0, 1), (1, 2), (1, 0)):
        invalid = refused(collection=registry, first_token_id=first, last_token_id=last)
        assert invalid == TokenRangeInvalid(first, last, 1)
    assert refused(collection=market.address("credits")) == TokenRangeInvalid(0, 0, 0)
    assert refused(collection=registry, first_token_id=1, last_token_id=1) is None


def test_an_allowlist_is_the_owners(market):
    accounts = (market.user.address, market.intruder.address)
    listed = market.call(
        "access", "set_allowed", market.model_id, accounts, True, sender=market.creator
    )
    assert market.events(listed) == [
        AllowlistSet(market.model_id, account, True) for account in accounts
    ]
    assert market.view("access", "is_allowed", market.model_id, accounts[1]) is True

    def refused(names, sender=market.creator):
        return market.refusal("access", "set_allowed", market.model_id, names, True, sender=sender)

    assert refused(()) == AllowlistSizeInvalid(0, 64)
    assert refused(accounts[:1] * 65) == AllowlistSizeInvalid(65, 64)
    assert refused(accounts, market.user) == NotModelOwner(market.model_id, market.user.address)


def test_nobody_but_the_sellers_and_the_gateway_may(market):
    user = market.user.address
    assert market.refusal("access", "manage", 1, sender=market.user) == OnlySellers(user)
    refused = market.refusal("access", "consume", 1, 1, user, 1, 1, sender=market.user)
    assert refused == OnlyGateway(user)
    refused = market.refusal("access", "present", 1, NO_CLAIM, sender=market.user)
    assert refused == NotManaged(1)
    assert market.refusal("access", "lock", 1, 1, sender=market.user) == NotManaged(1)


def test_offers_make_a_model_managed(market):
    offered = market.call(
        "credits", "set_offer", market.model_id, CREDIT_OFFER, sender=market.creator
    )
    assert market.events(offered) == [CreditsOffered(market.model_id, CREDIT_OFFER)]
    assert market.view("access", "is_managed", market.model_id) is True


def test_the_modes_are_used_in_their_order_and_each_call_once(market):
    """Two left of each: nine calls go to pass, gate, stake, credits, and one is paid for."""
    user = market.user
    pass_id = market.subscribe(user, calls=2)
    credit_id = market.credits(user, 2)
    market.register("owned", {user.address: 10_000})
    market.must(
        "model_registry",
        "transfer_from",
        market.creator.address,
        user.address,
        2,
        sender=market.creator,
    )
    market.gate(
        gate_calls=2,
        gate_discount_bps=5_000,
        stake_unit=10 * WAD,
        calls_per_unit=1,
        stake_discount_bps=2_500,
    )
    market.fund(user, "access")
    market.must("access", "lock", market.model_id, 29 * WAD, sender=user)
    market.claim(user, pass_id=pass_id, gate=2, credit=credit_id)
    session_id = market.session_of(user)
    assert market.authorized(user) == (SUBSCRIPTION, 2)

    entry = market.entry(session_id, 1, 9)
    receipt = market.call("gateway", "settle", market.model_id, ROOT, (entry,), sender=market.host)

    model_id, address = market.model_id, user.address
    paid_ahead = 2 * PASS_OFFER.call_price, 2 * CREDIT_OFFER.call_price
    # Two calls at half the price, two at three quarters, one at the whole.
    due = CALL_PRICE * (2 * 5_000 + 2 * 7_500 + 10_000) // 10_000
    gateway = market.address("gateway")
    assert market.events(receipt) == [
        CallsSpent(pass_id, model_id, 2, paid_ahead[0]),
        Transfer(market.address("subscriptions"), gateway, paid_ahead[0]),
        AccessUsed(model_id, address, SUBSCRIPTION, 2, 10_000, paid_ahead[0]),
        AccessUsed(model_id, address, TOKEN_GATE, 2, 5_000, 0),
        AccessUsed(model_id, address, STAKE_GATE, 2, 2_500, 0),
        CallsSpent(credit_id, model_id, 2, paid_ahead[1]),
        Transfer(market.address("credits"), gateway, paid_ahead[1]),
        AccessUsed(model_id, address, CREDITS, 2, 10_000, paid_ahead[1]),
        ReceiptsSettled(session_id, 1, 9, 9, due),
        BatchSettled(1, market.host.address, model_id, ROOT, 9, due + sum(paid_ahead)),
    ]
    assert market.view("gateway", "batch_of", 1)[3] == due + sum(paid_ahead)
    assert market.view("settlement_token", "balance_of", gateway) == DEPOSIT + sum(paid_ahead)
    assert market.authorized(user) == (PAY_PER_CALL, UNLIMITED)


def test_a_price_after_a_discount_rounds_up(market):
    cheap = market.tariff._replace(per_call=1)
    market.must("pricing", "set_tariff", market.model_id, cheap, sender=market.creator)
    market.wait(DAY)
    market.set_grants(allowlist_discount_bps=9_999)
    accounts = (market.user.address,)
    market.must("access", "set_allowed", market.model_id, accounts, True, sender=market.creator)

    assert market.authorized(market.user) == (ALLOWLIST, UNLIMITED)
    assert market.use(market.session_of(market.user), 3) == 1


def test_free_calls_need_a_session_but_no_money(market):
    market.set_grants(allowlist_discount_bps=10_000)
    stranger = market.intruder
    session_id = market.session_of(stranger, maximum_total=0)
    market.must(
        "access", "set_allowed", market.model_id, (stranger.address,), True, sender=market.creator
    )

    assert market.use(session_id, 50) == 0
    # Free calls are usage all the same.
    assert market.view("gateway", "batch_of", 1)[3:5] == (0, 50)


def test_a_closed_model_refuses_whom_no_mode_admits(market):
    market.set_grants(is_closed=True)
    session_id = market.session_of(market.user)
    assert market.authorized(market.user) == (REFUSED, NO_RIGHT)
    refused = market.refused_settle(market.entry(session_id, 1, 4))
    assert refused == AccessRefused(market.model_id, market.user.address, 4)

    # The allowlist admits it, at the whole price.
    market.must(
        "access",
        "set_allowed",
        market.model_id,
        (market.user.address,),
        True,
        sender=market.creator,
    )
    assert market.use(session_id, 4) == 4 * CALL_PRICE


def test_a_closed_model_refuses_the_calls_beyond_a_gates_limit(market):
    market.gate(is_closed=True, gate_calls=3)
    owner = market.creator
    market.fund(owner, "gateway")
    market.must("gateway", "deposit", DEPOSIT, sender=owner)
    market.claim(owner, gate=1)
    session_id = market.session_of(owner)

    refused = market.refused_settle(market.entry(session_id, 1, 4))
    assert refused == AccessRefused(market.model_id, owner.address, 1)
    assert market.use(session_id, 3) == 0
    assert market.authorized(owner) == (REFUSED, USED_UP)


def test_a_gate_over_badges_counts_those_of_the_models_own_contributors(market):
    guest, badges = market.guest("guest"), market.address("badges")
    model_id = market.register("helped", {market.creator.address: 9_000, guest.address: 1_000})
    first, market.model_id = market.model_id, model_id
    market.must("pricing", "set_tariff", model_id, market.tariff, sender=market.creator)
    # No badge has to be there yet.
    market.set_grants(collection=badges, gate_calls=3, gate_discount_bps=10_000)
    other = market.must("badges", "award", first, market.creator.address, sender=guest)
    badge_id = market.must("badges", "award", model_id, guest.address, sender=guest)
    session_id = market.session_of(guest)

    for not_ones_own in (0, other, badge_id + 1):
        market.claim(guest, gate=not_ones_own)
        assert market.authorized(guest) == (PAY_PER_CALL, UNLIMITED)
        assert market.use(session_id, 1) == CALL_PRICE
    market.claim(market.user, gate=badge_id)
    assert market.authorized(market.user) == (PAY_PER_CALL, UNLIMITED)
    market.claim(guest, gate=badge_id)
    assert market.authorized(guest) == (TOKEN_GATE, 3)
    assert market.use(session_id, 5) == 2 * CALL_PRICE


def test_a_worthless_mode_takes_no_calls(market):
    market.gate(gate_discount_bps=0)
    market.claim(market.creator, gate=1)
    assert market.authorized(market.creator) == (PAY_PER_CALL, UNLIMITED)


def test_stake_is_locked_counts_and_comes_back_after_a_window(market):
    user, model_id = market.user, market.model_id
    market.set_grants(stake_unit=WAD, calls_per_unit=5, stake_discount_bps=10_000)
    market.fund(user, "access")
    locked = market.call("access", "lock", model_id, 2 * WAD, sender=user)
    assert market.events(locked)[1:] == [StakeLocked(model_id, user.address, 2 * WAD)]
    assert market.authorized(user) == (STAKE_GATE, 10)
    assert market.use(market.session_of(user), 4) == 0
    assert market.view("access", "meter_of", model_id, int(user.address, 16))[1] == 4

    too_much = market.refusal("access", "unlock", model_id, 3 * WAD, sender=user)
    assert too_much == InsufficientStake(user.address, 2 * WAD, 3 * WAD)
    unlocked = market.call("access", "unlock", model_id, WAD, sender=user)
    until = market.now + 30 * DAY
    assert market.events(unlocked) == [StakeUnlocked(model_id, user.address, WAD, until)]
    assert market.authorized(user) == (STAKE_GATE, 1)
    assert market.view("access", "lock_of", model_id, user.address) == (WAD, WAD, until)

    market.wait(30 * DAY - 1)
    early = market.refusal("access", "withdraw", model_id, sender=user)
    assert early == StillUnbonding(user.address, until)
    market.wait(1)
    returned = market.call("access", "withdraw", model_id, sender=user)
    assert market.events(returned)[0] == StakeReturned(model_id, user.address, WAD)
    nothing = market.refusal("access", "withdraw", model_id, sender=user)
    assert nothing == NothingUnbonding(user.address)
    for function in ("lock", "unlock"):
        assert market.refusal("access", function, model_id, 0, sender=user) == AmountIsZero()


def test_a_claim_is_kept_as_it_is_and_unknown_things_are_zero(market):
    market.set_grants()
    claim = Claim(2**64 - 1, 3, 4)
    presented = market.call("access", "present", market.model_id, claim, sender=market.user)
    user = market.user.address
    assert market.events(presented) == [Claimed(market.model_id, user, claim)]
    assert market.view("access", "claim_of", market.model_id, user) == claim
    assert market.view("access", "claim_of", 7, user) == NO_CLAIM
    assert market.view("access", "lock_of", 7, user) == NO_LOCK
    assert market.view("access", "meter_of", 7, 7) == NO_METER
    # What nobody owns grants nothing.
    assert market.authorized(market.user) == (PAY_PER_CALL, UNLIMITED)
