"""A user tries to take back what a host has earned, or a host to settle what is no longer due."""

import pytest

from protocol.gateway_errors import (
    CloseTooEarly,
    InsufficientEscrow,
    SessionClosed,
    SessionMaximumExceeded,
)
from protocol.money import WAD
from protocol.parameters import DAY
from tests.open_market import CALL_PRICE, DEPOSIT, OpenMarket

CLOSE_DELAY = 7 * DAY


@pytest.fixture
def market(machine) -> OpenMarket:
    return OpenMarket(machine.executor, machine.deployment)


def test_locked_escrow_can_be_neither_withdrawn_nor_locked_again(market):
    user = market.user.address
    market.open(market.session(maximum_total=DEPOSIT))

    refused = market.refusal("gateway", "withdraw", 1, sender=market.user)
    assert refused == InsufficientEscrow(user, 0, 1)
    second = market.session(nonce=2, maximum_total=1)
    refused = market.refusal(
        "gateway", "open_session", second, market.sign(second), sender=market.user
    )
    assert refused == InsufficientEscrow(user, 0, 1)


def test_a_forced_close_leaves_the_host_time_to_settle_all_it_served(market):
    session_id = market.open()
    market.must("gateway", "request_close", session_id, sender=market.user)
    closable_at = market.now + CLOSE_DELAY
    market.now = closable_at - 1
    refused = market.refusal("gateway", "close_session", session_id, sender=market.user)
    assert refused == CloseTooEarly(session_id, closable_at)

    # Receipts of the day of the notice are at the edge of the settlement window, and settle.
    market.settle(market.entry(session_id, 1, 5, epoch=closable_at // DAY - 7))

    market.now = closable_at
    market.must("gateway", "close_session", session_id, sender=market.user)
    assert market.view("gateway", "escrow_of", market.user.address)[0] == DEPOSIT - 5 * CALL_PRICE


def test_a_host_settles_nothing_after_a_forced_close(market):
    session_id = market.open()
    market.must("gateway", "request_close", session_id, sender=market.user)
    market.wait(CLOSE_DELAY)
    market.must("gateway", "close_session", session_id, sender=market.user)
    market.must("gateway", "withdraw", DEPOSIT, sender=market.user)

    assert market.refused_settle(market.entry(session_id)) == SessionClosed(session_id)


def test_a_host_cannot_take_more_than_the_session_from_the_rest_of_the_escrow(market):
    session_id = market.open(market.session(maximum_total=CALL_PRICE, maximum_price=WAD))
    market.settle(market.entry(session_id))
    refused = market.refused_settle(market.entry(session_id, 2, 2))
    assert refused == SessionMaximumExceeded(session_id, 2 * CALL_PRICE, CALL_PRICE)
    assert market.view("gateway", "escrow_of", market.user.address) == (DEPOSIT - CALL_PRICE, 0)
