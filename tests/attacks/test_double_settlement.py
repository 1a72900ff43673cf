"""A host tries to be paid twice for one receipt: in a batch, across batches, across sessions."""

import pytest

from protocol.errors import BatchReleased
from protocol.gateway_errors import ReceiptReplayed, SessionKnown
from protocol.sessions import session_id_of
from tests.open_market import CALL_PRICE, DEPOSIT, OpenMarket


@pytest.fixture
def market(machine) -> OpenMarket:
    return OpenMarket(machine.executor, machine.deployment)


def paid(market) -> int:
    available, locked = market.view("gateway", "escrow_of", market.user.address)
    return DEPOSIT - available - locked


def test_a_receipt_settles_once_within_a_batch_and_across_batches(market):
    session_id = market.open()
    entry = market.entry(session_id, 1, 3)
    assert market.refused_settle(entry, entry) == ReceiptReplayed(session_id, 3, 1)
    assert paid(market) == 0

    market.settle(entry)
    assert market.refused_settle(entry) == ReceiptReplayed(session_id, 3, 1)
    overlapping = market.entry(session_id, 3, 4)
    assert market.refused_settle(overlapping) == ReceiptReplayed(session_id, 3, 3)
    assert paid(market) == 3 * CALL_PRICE


def test_closing_and_opening_a_session_again_does_not_start_its_count_anew(market):
    session = market.session()
    session_id = market.open(session)
    market.settle(market.entry(session_id, 1, 3))
    market.must("gateway", "close_session", session_id, sender=market.host)

    refused = market.refusal(
        "gateway", "open_session", session, market.sign(session), sender=market.host
    )
    assert refused == SessionKnown(session_id_of(session))
    assert paid(market) == 3 * CALL_PRICE


def test_a_batch_pays_once_even_when_named_twice_in_one_call(market):
    session_id = market.open()
    first = market.settle(market.entry(session_id, 1, 1))
    market.settle(market.entry(session_id, 2, 2))
    market.wait_for_release()

    refused = market.refusal("gateway", "release", (first, first), sender=market.host)
    assert refused == BatchReleased(first)
    market.must("gateway", "release", (first,), sender=market.host)

    gateway, revenue = market.address("gateway"), market.address("revenue")
    assert market.view("settlement_token", "balance_of", revenue) == CALL_PRICE
    assert market.view("settlement_token", "balance_of", gateway) == DEPOSIT - CALL_PRICE
