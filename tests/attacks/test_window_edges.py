"""Somebody wants more calls of a gate than its window has: at the edge, or through other hands."""

import pytest

from protocol.access_terms import PAY_PER_CALL, STAKE_GATE, TOKEN_GATE, UNLIMITED
from protocol.money import WAD
from protocol.parameters import DAY
from tests.managed_market import ManagedMarket
from tests.open_market import CALL_PRICE

LIMIT = 30
"""A call a day: the share of a window that a day has is whole."""
WINDOW = 30 * DAY


@pytest.fixture
def market(lockstep) -> ManagedMarket:
    market = ManagedMarket(lockstep.executor, lockstep.deployment)
    market.gate(gate_calls=LIMIT)
    return market


def holder(market, name):
    """Return somebody with a session, who names the gate's token as theirs."""
    guest = market.guest(name)
    market.claim(guest, gate=1)
    return guest, market.session_of(guest)


def hand_over(market, sender, receiver):
    market.must(
        "model_registry", "transfer_from", sender.address, receiver.address, 1, sender=sender
    )


def test_nobody_doubles_up_at_the_windows_edge(market):
    guest, session_id = holder(market, "guest")
    hand_over(market, market.creator, guest)
    market.wait(WINDOW - DAY)
    assert market.use(session_id, LIMIT) == 0

    # The new window has begun, and all but its first day's share still counts.
    market.wait(DAY)
    assert market.authorized(guest) == (TOKEN_GATE, 1)
    assert market.use(session_id, LIMIT) == (LIMIT - 1) * CALL_PRICE

    # Each further day gives a further day's share, and a whole window gives the whole limit.
    market.wait(9 * DAY)
    assert market.authorized(guest) == (TOKEN_GATE, 9)
    market.wait(2 * WINDOW)
    assert market.authorized(guest) == (TOKEN_GATE, LIMIT)


def test_a_host_that_settles_the_newer_calls_first_wins_nothing(market):
    guest, session_id = holder(market, "guest")
    hand_over(market, market.creator, guest)
    market.wait(WINDOW)
    newer = market.epoch

    assert market.use(session_id, LIMIT, epoch=newer) == 0
    # The last day of the window before is unused, but a meter never runs back.
    assert market.use(session_id, LIMIT, epoch=newer - 1) == LIMIT * CALL_PRICE


def test_a_gates_token_brings_its_count_along(market):
    first, second, third = (holder(market, name) for name in ("first", "second", "third"))
    hand_over(market, market.creator, first[0])
    assert market.use(first[1], 20) == 0
    hand_over(market, first[0], second[0])
    assert market.use(second[1], 20) == 10 * CALL_PRICE
    hand_over(market, second[0], third[0])
    assert market.use(third[1], 20) == 20 * CALL_PRICE

    # Who gave it away has no right any more, even in a window of its own.
    market.wait(2 * WINDOW)
    assert market.authorized(first[0]) == (PAY_PER_CALL, UNLIMITED)
    assert market.authorized(third[0]) == (TOKEN_GATE, LIMIT)


def test_a_token_handed_around_within_one_batch_counts_for_who_holds_it_then(market):
    first, second = holder(market, "first"), holder(market, "second")
    hand_over(market, market.creator, first[0])
    entries = (market.entry(first[1], 1, LIMIT), market.entry(second[1], 1, LIMIT))
    market.settle(*entries)

    spent = [market.view("gateway", "session_of", each)[1] for _, each in (first, second)]
    assert spent == [0, LIMIT * CALL_PRICE]


def test_a_new_token_of_the_collection_opens_no_gate(market):
    guest, _ = holder(market, "guest")
    minted = market.register("another", {guest.address: 10_000})
    market.must(
        "model_registry",
        "transfer_from",
        market.creator.address,
        guest.address,
        minted,
        sender=market.creator,
    )
    market.claim(guest, gate=minted)
    assert market.authorized(guest) == (PAY_PER_CALL, UNLIMITED)


def test_the_same_stake_gives_nobody_else_calls_within_a_window(market):
    market.set_grants(stake_unit=WAD, calls_per_unit=LIMIT, stake_discount_bps=10_000)
    first, second = market.guest("first"), market.guest("second")
    market.fund(first, "access", WAD)
    market.must("access", "lock", market.model_id, WAD, sender=first)
    assert market.use(market.session_of(first), LIMIT) == 0
    market.must("access", "unlock", market.model_id, WAD, sender=first)

    market.wait(WINDOW - 1)
    assert not market.call("access", "withdraw", market.model_id, sender=first).ok
    market.wait(1)
    market.must("access", "withdraw", market.model_id, sender=first)
    # A window later it gives its calls anew, to whoever locks it.
    market.fund(second, "access")
    market.must("access", "lock", market.model_id, WAD, sender=second)
    assert market.authorized(second) == (STAKE_GATE, LIMIT)
    assert market.authorized(first) == (PAY_PER_CALL, UNLIMITED)
