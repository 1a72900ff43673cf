"""A host hides leaves of its own making in a tree: to dodge a check, or to drain a batch by one."""

import pytest

from protocol.sessions import InferenceReceipt, gateway_separator, receipt_digest
from sim.workload.receipts import MerkleTree
from tests.open_market import CALL_PRICE, OpenMarket, role

MAX_UINT64 = 2**64 - 1


@pytest.fixture
def market(machine) -> OpenMarket:
    return OpenMarket(machine.executor, machine.deployment)


def leaf_of(market, receipt):
    return receipt_digest(gateway_separator(market.deployment), receipt)


@pytest.mark.parametrize("served_at", [0, 1, MAX_UINT64])
def test_an_impossible_time_does_not_keep_a_receipt_from_being_refunded(market, served_at):
    session_id = market.open()
    receipt = InferenceReceipt(
        *(session_id, 1, bytes(32), bytes(32), 0, 0, 0, 0, served_at, bytes(32))
    )
    market.settle(market.entry(session_id), root=leaf_of(market, receipt))

    assert market.view("gateway", "is_in_batch", 1, receipt, ())
    assert market.view("gateway", "refundable_of", receipt) == CALL_PRICE


def test_an_inflated_usage_refunds_no_more_than_the_session_paid_per_call(market):
    session_id = market.open()
    receipt = InferenceReceipt(
        session_id,
        1,
        bytes(32),
        bytes(32),
        *[MAX_UINT64] * 4,
        market.now,
        bytes(32),
    )
    market.settle(market.entry(session_id, 1, 4), root=leaf_of(market, receipt))

    assert market.view("gateway", "refundable_of", receipt) == CALL_PRICE


def test_a_strangers_receipt_in_the_tree_is_not_in_the_batch(market):
    session_id = market.open()
    accomplice = role("accomplice")
    market.fund(accomplice, "gateway")
    market.must("gateway", "deposit", CALL_PRICE, sender=accomplice)
    idle = market.open(
        market.session(user=accomplice.address, maximum_total=CALL_PRICE), accomplice
    )
    honest = InferenceReceipt(
        *(session_id, 1, bytes(32), bytes(32), 0, 0, 0, 0, market.now, bytes(32))
    )
    # A session that settled nothing, and a receipt after the last one settled.
    planted = [honest._replace(session_id=idle), honest._replace(sequence=2)]
    tree = MerkleTree([leaf_of(market, receipt) for receipt in (honest, *planted)])
    market.settle(market.entry(session_id), root=tree.root)

    assert market.view("gateway", "is_in_batch", 1, honest, tree.proof(0))
    for position, receipt in enumerate(planted, start=1):
        assert not market.view("gateway", "is_in_batch", 1, receipt, tree.proof(position))


def test_a_node_of_the_tree_does_not_pass_for_a_leaf(market):
    session_id = market.open()
    receipts = [
        InferenceReceipt(
            *(session_id, number, bytes(32), bytes(32), 0, 0, 0, 0, market.now, bytes(32))
        )
        for number in (1, 2, 3, 4)
    ]
    tree = MerkleTree([leaf_of(market, receipt) for receipt in receipts])
    market.settle(market.entry(session_id, 1, 4), root=tree.root)

    for position, receipt in enumerate(receipts):
        proof = tree.proof(position)
        assert market.view("gateway", "is_in_batch", 1, receipt, proof)
        assert not market.view("gateway", "is_in_batch", 1, receipt, proof[1:])
        assert not market.view("gateway", "is_in_batch", 1, receipt, (*proof, tree.root))
