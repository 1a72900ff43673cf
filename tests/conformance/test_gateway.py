"""Gateway: the same on the model and on every engine."""

import pytest

from protocol.errors import BatchReleased, OnlyVerification, UnknownBatch
from protocol.gateway_errors import (
    BatchHeld,
    CloseTooEarly,
    InsufficientEscrow,
    NotSessionUser,
    PriceAboveMaximum,
    ReceiptReplayed,
    SessionClosed,
    SessionMaximumExceeded,
    UnknownSession,
)
from protocol.gateway_events import (
    BatchReleasedToRevenue,
    BatchSettled,
    Deposited,
    ReceiptsSettled,
    SessionClosedAndRefunded,
    SessionOpened,
    Withdrawn,
)
from protocol.hashing import keccak
from protocol.money import MAX_UINT256, WAD
from protocol.openzeppelin.errors import ERC20InsufficientBalance
from protocol.parameters import DAY
from protocol.revenue_events import Credited
from protocol.sessions import DOMAIN_NAME, DOMAIN_VERSION, session_id_of
from protocol.settlement_token import Transfer
from sim.workload.receipts import MerkleTree, ReceiptBuilder
from tests.open_market import CALL_PRICE, DEPOSIT, ROOT, OpenMarket

MAX_UINT64 = 2**64 - 1


@pytest.fixture
def market(machine) -> OpenMarket:
    return OpenMarket(machine.executor, machine.deployment)


def serve(market, session_id, count, **changes):
    """Return receipts of a session with their leaves, as its host builds them."""
    usual = {
        "session_id": session_id,
        "first_sequence": 1,
        "previous": bytes(32),
        "input_commitments": [keccak(bytes([number])) for number in range(count)],
        "output_hashes": [keccak(bytes([number, 1])) for number in range(count)],
        "input_tokens": [0] * count,
        "output_tokens": [0] * count,
        "micro_megapixels": 64,
        "served_at": market.now,
    }
    return ReceiptBuilder(market.deployment).chain(**usual | changes)


def test_a_session_from_deposit_to_payout(market):
    gateway, revenue = market.address("gateway"), market.address("revenue")
    user, host, model_id = market.user.address, market.host.address, market.model_id
    receipt = market.call("gateway", "deposit", 5, sender=market.user)
    assert market.events(receipt) == [Transfer(user, gateway, 5), Deposited(user, 5)]
    receipt = market.call("gateway", "withdraw", 5, sender=market.user)
    assert market.events(receipt) == [Withdrawn(user, 5), Transfer(gateway, user, 5)]

    session = market.session()
    session_id = session_id_of(session)
    receipt = market.call(
        "gateway", "open_session", session, market.sign(session), sender=market.intruder
    )
    opened = SessionOpened(session_id, user, host, model_id, 100 * WAD)
    assert (receipt.value, market.events(receipt)) == (session_id, [opened])

    entries = (market.entry(session_id, 1, 3),)
    receipt = market.call("gateway", "settle", model_id, ROOT, entries, sender=market.host)
    paid = 3 * CALL_PRICE
    assert receipt.value == 1
    assert market.events(receipt) == [
        ReceiptsSettled(session_id, 1, 3, 3, paid),
        BatchSettled(1, host, model_id, ROOT, 3, paid),
    ]
    assert market.view("gateway", "session_of", session_id) == (session, paid, 3, 0, False)
    settled = (host, model_id, ROOT, paid, 3, market.now, 0, False)
    assert market.view("gateway", "batch_of", 1) == settled
    assert market.view("gateway", "batch_count") == 1

    receipt = market.call("gateway", "close_session", session_id, sender=market.host)
    assert market.events(receipt) == [SessionClosedAndRefunded(session_id, 100 * WAD - paid)]
    assert market.view("gateway", "escrow_of", user) == (DEPOSIT - paid, 0)

    market.wait_for_release()
    receipt = market.call("gateway", "release", (1,), sender=market.intruder)
    fee, pool, host_fee = paid * 250 // 10_000, paid * 200 // 10_000, paid * 3_000 // 10_000
    accrued = paid - fee - pool - host_fee
    assert market.events(receipt) == [
        BatchReleasedToRevenue(1, paid),
        Transfer(gateway, revenue, paid),
        Credited(model_id, host, fee, pool, host_fee, 0, accrued),
    ]


def test_refusals_carry_the_same_arguments(market):
    user, host = market.user.address, market.host.address
    session_id = market.open(market.session(maximum_total=2 * CALL_PRICE, expires_at=MAX_UINT64))
    cheap = market.open(market.session(maximum_price=1))
    batch_id = market.settle(market.entry(session_id))
    unknown = b"\x99" * 32

    assert market.refused_settle(market.entry(unknown)) == UnknownSession(unknown)
    assert market.refused_settle(market.entry(session_id)) == ReceiptReplayed(session_id, 1, 1)
    refused = market.refused_settle(market.entry(session_id, 2, 3))
    assert refused == SessionMaximumExceeded(session_id, 3 * CALL_PRICE, 2 * CALL_PRICE)
    refused = market.refused_settle(market.entry(cheap))
    assert refused == PriceAboveMaximum(cheap, CALL_PRICE, 1)
    refused = market.refusal("gateway", "close_session", session_id, sender=market.user)
    assert refused == CloseTooEarly(session_id, MAX_UINT64)
    refused = market.refusal("gateway", "request_close", session_id, sender=market.host)
    assert refused == NotSessionUser(session_id, host)
    refused = market.refusal("gateway", "release", (batch_id,), sender=market.host)
    assert refused == BatchHeld(batch_id, market.now + 3 * DAY, 0)
    refused = market.refusal("gateway", "release", (7,), sender=market.host)
    assert refused == UnknownBatch(7)
    refused = market.refusal("gateway", "hold", batch_id, sender=market.host)
    assert refused == OnlyVerification(host)
    available = DEPOSIT - 2 * CALL_PRICE - 100 * WAD
    refused = market.refusal("gateway", "withdraw", MAX_UINT256, sender=market.user)
    assert refused == InsufficientEscrow(user, available, MAX_UINT256)
    balance = market.view("settlement_token", "balance_of", user)
    refused = market.refusal("gateway", "deposit", MAX_UINT256, sender=market.user)
    assert refused == ERC20InsufficientBalance(user, balance, MAX_UINT256)
    market.must("gateway", "close_session", session_id, sender=market.host)
    refused = market.refused_settle(market.entry(session_id, 2, 2))
    assert refused == SessionClosed(session_id)
    market.wait_for_release()
    market.must("gateway", "release", (batch_id,), sender=market.host)
    refused = market.refusal("gateway", "release", (batch_id,), sender=market.host)
    assert refused == BatchReleased(batch_id)


def test_a_price_beyond_all_limits_is_refused_not_wrapped(market):
    dear = market.tariff._replace(per_call=2**128 - 1)
    market.must("pricing", "set_tariff", market.model_id, dear, sender=market.creator)
    market.wait(DAY)
    session_id = market.open(market.session(maximum_price=MAX_UINT256))

    refused = market.refused_settle(market.entry(session_id, 1, MAX_UINT64))
    price = (2**128 - 1) * MAX_UINT64
    assert refused == SessionMaximumExceeded(session_id, price, 100 * WAD)


def test_a_settled_receipt_is_proven_against_its_batch(market):
    session_id, other = market.open(), market.open(market.session(nonce=2))
    served = serve(market, session_id, 5) + serve(market, other, 2)
    tree = MerkleTree([leaf for _, leaf in served])
    entries = (market.entry(session_id, 1, 5), market.entry(other, 1, 2))
    batch_id = market.settle(*entries, root=tree.root)

    def is_in_batch(receipt, proof, batch=batch_id):
        return market.view("gateway", "is_in_batch", batch, receipt, proof)

    for position, (receipt, leaf) in enumerate(served):
        assert market.view("gateway", "receipt_digest", receipt) == leaf
        assert is_in_batch(receipt, tree.proof(position))
    receipt = served[0][0]
    assert not is_in_batch(receipt, tree.proof(1))
    assert not is_in_batch(receipt, tree.proof(0), batch=2)
    assert not is_in_batch(receipt._replace(output_hash=bytes(32)), tree.proof(0))
    assert not is_in_batch(receipt._replace(session_id=other), tree.proof(0))
    assert not is_in_batch(receipt._replace(session_id=bytes(32)), tree.proof(0))


def test_a_refund_is_the_mean_price_of_the_sessions_calls_rounded_down(market):
    tokens = market.tariff._replace(per_input_token=1)
    market.must("pricing", "set_tariff", market.model_id, tokens, sender=market.creator)
    market.wait(DAY)
    session_id = market.open(market.session(maximum_price=MAX_UINT256))
    ((receipt, _),) = serve(market, session_id, 1)
    assert market.view("gateway", "refundable_of", receipt) == 0

    market.settle(market.entry(session_id, 1, 3, input_tokens=5))
    assert market.view("gateway", "refundable_of", receipt) == CALL_PRICE + 1
    unknown = receipt._replace(session_id=bytes(32))
    assert market.view("gateway", "refundable_of", unknown) == UnknownSession(bytes(32))


def test_the_signing_domain_is_published(market):
    assert market.view("gateway", "eip712_domain") == (
        b"\x0f",
        DOMAIN_NAME,
        DOMAIN_VERSION,
        market.deployment.chain_id,
        market.address("gateway"),
        bytes(32),
        (),
    )


def test_a_full_batch_costs_at_most_40_000_gas_per_session(market):
    sessions = [market.open(market.session(nonce=n, maximum_total=WAD)) for n in range(64)]
    market.settle(*(market.entry(session_id) for session_id in sessions))
    entries = tuple(market.entry(session_id, 2, 2) for session_id in sessions)

    receipt = market.call("gateway", "settle", market.model_id, ROOT, entries, sender=market.host)

    assert receipt.ok
    assert receipt.gas is None or receipt.gas <= 64 * 40_000
