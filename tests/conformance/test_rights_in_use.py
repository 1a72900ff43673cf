"""Rights that are used: forks, calls and revenue; the same on the model and on every engine."""

import pytest

from protocol.access_events import AccessUsed
from protocol.access_terms import CREDITS, INFERENCE_RIGHT, PAY_PER_CALL, REFUSED, UNLIMITED
from protocol.errors import AmountIsZero
from protocol.licences import Terms
from protocol.lineage import Forked, Parent
from protocol.lineage_errors import RoyaltyBelowMinimum
from protocol.model_registry_terms import OnlyLineage
from protocol.money import BPS, MAX_UINT256
from protocol.openzeppelin import erc20, erc6909
from protocol.openzeppelin.errors import ERC6909InsufficientBalance
from protocol.parameters import DAY
from protocol.revenue_events import Distributed
from protocol.rights_terms import (
    FINE_TUNE,
    INFERENCE,
    REVENUE,
    FineTuneUsed,
    NothingEarned,
    OnlyRevenue,
    UnitLock,
    UnitsCredited,
    UnitsEarned,
    UnitsLocked,
    UnitsUnlocked,
)
from protocol.staking import InsufficientStake, NothingUnbonding, StillUnbonding
from protocol.types import ZERO_ADDRESS
from tests.open_market import CALL_PRICE, role
from tests.rights_market import CALLS_PER_UNIT, DISCOUNT_BPS, RightsMarket

WITH_APPROVAL = Terms(True, 1, 300, False, MAX_UINT256, MAX_UINT256)
DISCOUNTED = CALL_PRICE * (BPS - DISCOUNT_BPS) // BPS


@pytest.fixture
def market(machine) -> RightsMarket:
    return RightsMarket(machine.executor, machine.deployment)


def guard(market, name="guarded"):
    """Make the market's model one whose licence asks for approval."""
    shares = {market.creator.address: 4_000, market.address("model_registry"): 6_000}
    market.model_id = market.register(name, shares, WITH_APPROVAL)
    return market.model_id


def fork(market, name, *, royalty_bps=300, sender=None):
    parent = Parent(market.model_id, 1, royalty_bps)
    registration = market.registration(name, {market.creator.address: BPS})
    return market.call("lineage", "fork", parent, registration, sender=sender or market.buyer)


def test_a_fine_tune_right_is_used_up_in_place_of_the_owners_approval(market):
    parent_id, buyer = guard(market), market.buyer.address
    right_id = market.sell(FINE_TUNE, 1)

    born = fork(market, "with a right")
    child_id = born.value
    lineage = market.address("lineage")
    assert market.events(born)[:2] == [
        erc6909.Transfer(lineage, buyer, ZERO_ADDRESS, right_id, 1),
        FineTuneUsed(right_id, buyer),
    ]
    assert market.events(born)[-1] == Forked(child_id, parent_id, 1, 300, True)
    assert market.view("lineage", "is_active", child_id)
    assert market.view("rights", "total_supply", right_id) == 4
    assert market.view("rights", "issued_of", right_id) == 5

    waiting = fork(market, "without one").value
    assert market.view("lineage", "awaiting_of", waiting) == (parent_id,)


def test_neither_an_owner_nor_a_free_licence_uses_a_right_up(market):
    guard(market)
    right_id = market.mint(FINE_TUNE)
    assert fork(market, "the owner's own", sender=market.creator).ok
    assert market.view("rights", "total_supply", right_id) == 5

    free_id = market.model_id = market.register(
        "free", {market.address("model_registry"): BPS}, WITH_APPROVAL._replace(derivatives=2)
    )
    free = market.sell(FINE_TUNE, 1)
    assert free == 4 * free_id
    assert fork(market, "of a free one").ok
    assert market.held(free, market.buyer) == 1


def test_a_fork_that_is_refused_uses_no_right_up(market):
    parent_id = guard(market)
    right_id = market.sell(FINE_TUNE, 1)
    refused = fork(market, "too cheap", royalty_bps=299).refusal
    assert refused == RoyaltyBelowMinimum(parent_id, 299, 300)
    parent = Parent(parent_id, 1, 300)
    taken = market.registration("guarded", {market.creator.address: BPS})
    assert not market.call("lineage", "fork", parent, taken, sender=market.buyer).ok
    assert market.held(right_id, market.buyer) == 1


def test_a_merge_uses_a_right_of_each_parent_and_waits_for_the_others(market):
    first_id = guard(market, "first parent")
    first = market.sell(FINE_TUNE, 1)
    second_id = guard(market, "second parent")
    parents = (Parent(first_id, 1, 300), Parent(second_id, 1, 300))
    registration = market.registration("merged", {market.creator.address: BPS}, WITH_APPROVAL)
    child = market.must("lineage", "merge", parents, registration, sender=market.buyer)
    assert market.view("lineage", "awaiting_of", child) == (second_id,)
    assert market.held(first, market.buyer) == 0


def test_only_the_lineage_and_revenue_use_rights(market):
    market.mint(FINE_TUNE)
    use = ("rights", "use_fine_tune", market.model_id, market.creator.address)
    assert market.refusal(*use, sender=market.creator) == OnlyLineage(market.creator.address)
    refused = market.refusal("rights", "credit", market.model_id, 5, sender=market.creator)
    assert refused == OnlyRevenue(market.creator.address)


def test_locked_inference_units_give_discounted_calls_a_window(market):
    guest = market.guest("heavy user")
    market.fund(guest, "rights")
    right_id = market.sell(INFERENCE, 3, to=guest)
    assert market.authorized(guest) == (PAY_PER_CALL, UNLIMITED)

    locked = market.call("rights", "lock", market.model_id, 2, sender=guest)
    rights = market.address("rights")
    assert market.events(locked) == [
        erc6909.Transfer(guest.address, guest.address, rights, right_id, 2),
        UnitsLocked(right_id, guest.address, 2),
    ]
    limit = 2 * CALLS_PER_UNIT
    inference = market.view("rights", "inference_of", market.model_id, guest.address)
    assert inference == (limit, DISCOUNT_BPS)
    assert market.authorized(guest) == (INFERENCE_RIGHT, limit)

    session_id = market.session_of(guest)
    assert market.use(session_id, limit - 1) == (limit - 1) * DISCOUNTED
    assert market.use(session_id, 2) == DISCOUNTED + CALL_PRICE
    assert market.authorized(guest) == (PAY_PER_CALL, UNLIMITED)
    meter = market.view("access", "meter_of", market.model_id, 2**224 | int(guest.address, 16))
    assert meter[1] == limit


def test_an_inference_right_is_asked_before_credits(market):
    guest = market.guest("heavy user")
    market.fund(guest, "rights")
    market.credits(guest, 10)
    market.sell(INFERENCE, 1, to=guest)
    market.must("rights", "lock", market.model_id, 1, sender=guest)
    session_id = market.session_of(guest)
    entry = market.entry(session_id, 1, CALLS_PER_UNIT + 5)
    settled = market.call(
        "gateway", "settle", market.model_id, bytes(32), (entry,), sender=market.host
    )
    used = [each for each in market.events(settled) if isinstance(each, AccessUsed)]
    assert [(each.mode, each.calls) for each in used] == [
        (INFERENCE_RIGHT, CALLS_PER_UNIT),
        (CREDITS, 5),
    ]


def test_a_closed_model_admits_by_an_inference_right(market):
    guest = market.guest("heavy user")
    market.fund(guest, "rights")
    market.sell(INFERENCE, 1, to=guest)
    market.set_grants(is_closed=True)
    assert market.authorized(guest) == (REFUSED, 1)
    market.must("rights", "lock", market.model_id, 1, sender=guest)
    session_id = market.session_of(guest)
    assert market.use(session_id, CALLS_PER_UNIT) == CALLS_PER_UNIT * DISCOUNTED
    assert market.authorized(guest) == (REFUSED, 2)


def test_unlocked_units_come_back_after_a_window(market):
    guest = role("heavy user")
    market.fund(guest, "rights")
    right_id = market.sell(INFERENCE, 3, to=guest)
    market.must("rights", "lock", market.model_id, 3, sender=guest)
    unlocked = market.call("rights", "unlock", market.model_id, 2, sender=guest)
    until = market.now + 30 * DAY
    assert market.events(unlocked) == [UnitsUnlocked(right_id, guest.address, 2, until)]
    lock = market.view("rights", "lock_of", market.model_id, guest.address)
    assert lock == UnitLock(1, 2, until)
    calls, _ = market.view("rights", "inference_of", market.model_id, guest.address)
    assert calls == CALLS_PER_UNIT
    market.wait(30 * DAY - 1)
    refused = market.refusal("rights", "reclaim", market.model_id, sender=guest)
    assert refused == StillUnbonding(guest.address, until)
    market.wait(1)
    returned = market.call("rights", "reclaim", market.model_id, sender=guest)
    assert market.events(returned) == [
        erc6909.Transfer(guest.address, market.address("rights"), guest.address, right_id, 2)
    ]
    assert market.view("rights", "holds", market.model_id, INFERENCE, guest.address)


def test_refusals_of_locks_carry_the_same_arguments(market):
    right_id, owner = market.mint(INFERENCE), market.creator

    def refusal(function, *arguments):
        return market.refusal("rights", function, market.model_id, *arguments, sender=owner)

    assert refusal("lock", 0) == AmountIsZero()
    assert refusal("lock", 101) == ERC6909InsufficientBalance(owner.address, 100, 101, right_id)
    assert refusal("unlock", 0) == AmountIsZero()
    assert refusal("unlock", 1) == InsufficientStake(owner.address, 0, 1)
    assert refusal("reclaim") == NothingUnbonding(owner.address)
    market.must("rights", "lock", market.model_id, 100, sender=owner)
    assert market.view("rights", "holds", market.model_id, INFERENCE, owner.address)


def test_revenue_units_share_the_owners_share(market):
    right_id = market.mint(REVENUE, maximum_units=2_500)
    assert market.list(right_id, 1_000).ok
    assert market.buy(right_id, 1_000).ok
    market.fund(market.intruder, "revenue", 100_003)
    market.must("revenue", "pay_model", market.model_id, 100_003, sender=market.intruder)

    done = market.call("revenue", "distribute", market.model_id, sender=market.user)
    rights, revenue = market.address("rights"), market.address("revenue")
    # The owner has 60 % of what was paid, its units a quarter of that: 15,000 for 2,500.
    assert market.events(done) == [
        erc20.Transfer(revenue, rights, 15_000),
        UnitsCredited(right_id, 15_000, 6),
        Distributed(market.model_id, 0, 100_002, 1),
    ]
    assert market.view("rights", "revenue_units", market.model_id) == 2_500
    assert market.view("revenue", "owed_to", market.creator.address) == 40_001 + 45_001
    assert market.view("rights", "per_unit_of", right_id) == 6
    assert market.view("rights", "earned_of", right_id, market.buyer.address) == 6_000

    buyer = market.buyer.address
    before = market.view("rights", "owed_to", buyer)
    settled = market.call("rights", "settle", market.model_id, buyer, sender=market.user)
    assert market.events(settled) == [UnitsEarned(right_id, buyer, 6_000)]
    assert market.view("rights", "owed_to", buyer) == before + 6_000
    refused = market.refusal("rights", "settle", market.model_id, buyer, sender=market.user)
    assert refused == NothingEarned(right_id, buyer)


def test_a_transfer_settles_both_sides_and_keeps_the_remainder(market):
    right_id = market.mint(REVENUE)
    second = role("second investor")
    for who, units in ((market.buyer, 6_000), (second, 1_000)):
        market.must("rights", "transfer", who.address, right_id, units, sender=market.creator)
    market.earn(50_000)
    assert market.view("rights", "per_unit_of", right_id) == 3

    moved = market.call("rights", "transfer", second.address, right_id, 4_000, sender=market.buyer)
    assert market.events(moved) == [
        UnitsEarned(right_id, market.buyer.address, 18_000),
        UnitsEarned(right_id, second.address, 3_000),
        erc6909.Transfer(
            market.buyer.address, market.buyer.address, second.address, right_id, 4_000
        ),
    ]
    # A payment that leaves a remainder, and one that brings it to a whole.
    market.earn(25_000)
    market.earn(25_000)
    assert market.view("rights", "per_unit_of", right_id) == 6
    earned = [
        market.view("rights", "earned_of", right_id, who.address)
        for who in (market.creator, market.buyer, second)
    ]
    assert earned == [3_000 * 6, 2_000 * 3, 5_000 * 3]
