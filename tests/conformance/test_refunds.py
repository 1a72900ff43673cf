"""What failed receipts give back of calls that were paid now, ahead, or not: on every machine."""

import pytest

from protocol.gateway_errors import UnknownSession
from protocol.gateway_events import ReceiptRefunded
from protocol.sessions import InferenceReceipt
from tests.managed_market import CREDIT_OFFER, PASS_OFFER, ManagedMarket
from tests.open_market import CALL_PRICE


@pytest.fixture
def market(machine) -> ManagedMarket:
    return ManagedMarket(machine.executor, machine.deployment)


def refundable(market, session_id):
    receipt = InferenceReceipt(session_id, 1, bytes(32), bytes(32), 0, 0, 0, 0, 0, bytes(32))
    return market.view("gateway", "refundable_of", receipt)


def fail(market, batch_id, session_id):
    """Let the check of a receipt end badly; return what the user was refunded."""
    refund, verification = refundable(market, session_id), market.address("verification")
    market.must("gateway", "hold", batch_id, sender=verification)
    ended = market.call(
        "gateway", "settle_check", batch_id, session_id, refund, sender=verification
    )
    assert ended.ok
    told = [ReceiptRefunded(batch_id, session_id, ended.value)] if ended.value else []
    assert market.events(ended) == told
    return ended.value


def balances(market):
    who = market.user.address
    escrow = market.view("gateway", "escrow_of", who)
    return sum(escrow), market.view("settlement_token", "balance_of", market.address("gateway"))


def test_a_call_that_credits_paid_for_gives_back_what_it_had_cost(market):
    market.credits(market.user, 5)
    session_id = market.session_of(market.user)
    batch_id = market.settle(market.entry(session_id, 1, 4))
    paid_ahead = 4 * CREDIT_OFFER.call_price
    before, held = balances(market)

    assert fail(market, batch_id, session_id) == CREDIT_OFFER.call_price
    assert balances(market) == (before + CREDIT_OFFER.call_price, held)
    left = paid_ahead - CREDIT_OFFER.call_price
    assert market.view("gateway", "batch_of", batch_id)[3] == left
    assert market.view("gateway", "refunds_of", session_id) == (
        paid_ahead,
        CREDIT_OFFER.call_price,
    )


def test_a_session_that_paid_in_two_ways_gives_back_the_mean_rounded_down(market):
    market.subscribe(market.user, calls=1, call_price=CALL_PRICE + 1)
    session_id = market.session_of(market.user)
    batch_id = market.settle(market.entry(session_id, 1, 2))

    assert market.view("gateway", "refunds_of", session_id) == (CALL_PRICE + 1, 0)
    assert fail(market, batch_id, session_id) == CALL_PRICE


def test_a_pass_is_paid_back_by_the_call(market):
    market.subscribe(market.user)
    session_id = market.session_of(market.user)
    batch_id = market.settle(market.entry(session_id, 1, 10))
    assert fail(market, batch_id, session_id) == PASS_OFFER.call_price


@pytest.mark.parametrize(("discount_bps", "paid"), [(10_000, 0), (4_000, CALL_PRICE * 6 // 10)])
def test_a_granted_call_gives_back_what_was_left_of_its_price(market, discount_bps, paid):
    market.gate(gate_discount_bps=discount_bps)
    holder = market.creator
    market.fund(holder, "gateway")
    market.must("gateway", "deposit", 10 * CALL_PRICE, sender=holder)
    market.claim(holder, gate=1)
    session_id = market.session_of(holder, 10 * CALL_PRICE)
    batch_id = market.settle(market.entry(session_id, 1, 2))
    assert fail(market, batch_id, session_id) == paid


def test_refunds_together_are_at_most_what_was_paid_however_cheap_later_calls_are(market):
    market.set_grants()
    session_id = market.session_of(market.user)
    dear = market.settle(market.entry(session_id, 1, 2))
    assert [fail(market, dear, session_id) for _ in range(2)] == [CALL_PRICE] * 2

    # Free calls from now on, in a batch that holds what another user paid.
    market.must(
        "access",
        "set_allowed",
        market.model_id,
        (market.user.address,),
        True,
        sender=market.creator,
    )
    market.set_grants(allowlist_discount_bps=10_000)
    other = market.session_of(market.guest("guest"))
    cheap = market.settle(market.entry(session_id, 3, 4), market.entry(other, 1, 2))
    assert refundable(market, session_id) == CALL_PRICE // 2
    assert fail(market, cheap, session_id) == 0
    assert market.view("gateway", "batch_of", cheap)[3] == 2 * CALL_PRICE
    assert fail(market, cheap, other) == CALL_PRICE


def test_refunds_are_of_sessions_that_are(market):
    assert market.view("gateway", "refunds_of", bytes(32)) == UnknownSession(bytes(32))
