"""Somebody wants more of a right than it gives: through other hands, at an edge, or twice."""

import pytest

from protocol.access_terms import INFERENCE_RIGHT, PAY_PER_CALL, UNLIMITED
from protocol.licences import Terms
from protocol.lineage import Parent
from protocol.money import BPS, MAX_UINT256
from protocol.openzeppelin.errors import ERC6909InsufficientBalance
from protocol.parameters import DAY
from protocol.rights_terms import FINE_TUNE, INFERENCE, REVENUE
from protocol.staking import StillUnbonding
from tests.open_market import CALL_PRICE, role
from tests.rights_market import RightsMarket

LIMIT, WINDOW = 30, 30 * DAY
FREE = {"calls_per_unit": LIMIT, "discount_bps": BPS}


@pytest.fixture
def market(lockstep) -> RightsMarket:
    return RightsMarket(lockstep.executor, lockstep.deployment)


def holder(market, units=1):
    """Return somebody with locked inference units and a session."""
    guest = market.guest("first")
    market.fund(guest, "rights")
    right_id = market.sell(INFERENCE, units, to=guest, **FREE)
    market.must("rights", "lock", market.model_id, units, sender=guest)
    return guest, market.session_of(guest), right_id


def test_units_that_gave_calls_give_nobody_else_any_within_a_window(market):
    first, session_id, right_id = holder(market)
    second = market.guest("second")
    assert market.use(session_id, LIMIT) == 0

    hand_on = ("rights", "transfer", second.address, right_id, 1)
    refused = market.refusal(*hand_on, sender=first)
    assert refused == ERC6909InsufficientBalance(first.address, 0, 1, right_id)
    market.must("rights", "unlock", market.model_id, 1, sender=first)
    market.wait(WINDOW - 1)
    refused = market.refusal("rights", "reclaim", market.model_id, sender=first)
    assert refused == StillUnbonding(first.address, market.now + 1)
    assert market.authorized(first) == (PAY_PER_CALL, UNLIMITED)

    market.wait(1)
    market.must("rights", "reclaim", market.model_id, sender=first)
    market.must(*hand_on, sender=first)
    market.must("rights", "lock", market.model_id, 1, sender=second)
    assert market.authorized(second) == (INFERENCE_RIGHT, LIMIT)


def test_unlocking_a_little_more_restarts_the_wait_of_all(market):
    first, session_id, _ = holder(market, units=2)
    assert market.use(session_id, 2 * LIMIT) == 0
    market.must("rights", "unlock", market.model_id, 1, sender=first)
    market.wait(WINDOW - 1)
    market.must("rights", "unlock", market.model_id, 1, sender=first)
    market.wait(1)
    assert not market.call("rights", "reclaim", market.model_id, sender=first).ok


def test_nobody_doubles_up_at_the_windows_edge(market):
    first, session_id, _ = holder(market)
    market.wait(WINDOW - DAY)
    assert market.use(session_id, LIMIT) == 0
    market.wait(DAY)
    assert market.authorized(first) == (INFERENCE_RIGHT, 1)
    assert market.use(session_id, LIMIT) == (LIMIT - 1) * CALL_PRICE


def test_unlocking_and_locking_again_gives_no_second_helping(market):
    first, session_id, _ = holder(market, units=2)
    assert market.use(session_id, LIMIT) == 0
    market.must("rights", "unlock", market.model_id, 1, sender=first)
    assert market.authorized(first) == (PAY_PER_CALL, UNLIMITED)
    market.wait(WINDOW - DAY)
    assert market.use(session_id, 1) == CALL_PRICE


def test_one_fine_tune_right_makes_one_fork(market):
    terms = Terms(True, 1, 0, False, MAX_UINT256, MAX_UINT256)
    market.model_id = market.register("guarded", {market.creator.address: BPS}, terms)
    market.sell(FINE_TUNE, 1)

    def fork(name):
        registration = market.registration(name, {market.buyer.address: BPS})
        parent = Parent(market.model_id, 1, 100)
        return market.must("lineage", "fork", parent, registration, sender=market.buyer)

    assert [market.view("lineage", "is_active", fork(name)) for name in ("one", "two")] == [
        True,
        False,
    ]


def test_units_that_are_bought_after_revenue_was_shared_get_none_of_it(market):
    right_id = market.mint(REVENUE)
    late = role("latecomer")
    market.fund(late, "rights")
    market.earn(50_000)
    assert market.list(right_id, 9_000).ok
    assert market.buy(right_id, 9_000, buyer=late).ok

    assert market.view("rights", "earned_of", right_id, late.address) == 0
    assert not market.call("rights", "settle", market.model_id, late.address, sender=late).ok


def test_sending_units_round_in_a_circle_earns_once(market):
    right_id = market.mint(REVENUE)
    friend = role("friend")
    market.earn(50_000)
    for sender, receiver in ((market.creator, friend), (friend, market.creator)) * 3:
        market.must("rights", "transfer", receiver.address, right_id, BPS, sender=sender)
    market.must("rights", "transfer", market.creator.address, right_id, 5, sender=market.creator)
    owed = [market.view("rights", "owed_to", who.address) for who in (market.creator, friend)]
    assert owed == [30_000, 0]
