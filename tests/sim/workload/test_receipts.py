import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.deployment import Deployment
from protocol.hashing import keccak, merkle_root
from protocol.parameters import resolve
from protocol.sessions import InferenceReceipt, gateway_separator, receipt_digest
from sim.workload.receipts import MerkleTree, ReceiptBuilder

DEPLOYMENT = Deployment(values=resolve({}), genesis_timestamp=0)
SESSION_ID = b"\x5e" * 32
COUNTS = st.integers(0, 2**64 - 1)


def chain(**changes):
    usual = {
        "session_id": SESSION_ID,
        "first_sequence": 1,
        "previous": bytes(32),
        "input_commitments": [keccak(b"a"), keccak(b"b"), keccak(b"c")],
        "output_hashes": [keccak(b"x"), keccak(b"y"), keccak(b"z")],
        "input_tokens": [1, 2, 3],
        "output_tokens": [4, 5, 6],
        "micro_megapixels": 64,
        "served_at": 1_700_000_000,
    }
    return ReceiptBuilder(DEPLOYMENT).chain(**usual | changes)


@given(st.integers(1, 2**64 - 3), st.tuples(COUNTS, COUNTS, COUNTS, COUNTS, COUNTS))
def test_a_leaf_is_the_digest_that_the_gateway_computes(first, usage):
    tokens_in, tokens_out, pixels, steps, served_at = usage
    built = chain(
        first_sequence=first,
        input_tokens=[tokens_in] * 3,
        output_tokens=[tokens_out] * 3,
        micro_megapixels=pixels,
        steps=steps,
        served_at=served_at,
    )
    separator = gateway_separator(DEPLOYMENT)
    assert [leaf for _, leaf in built] == [receipt_digest(separator, each) for each, _ in built]


def test_each_receipt_names_the_one_before():
    earlier = keccak(b"the receipt before")
    built = chain(first_sequence=7, previous=earlier)

    receipts, leaves = zip(*built, strict=True)
    assert [each.sequence for each in receipts] == [7, 8, 9]
    assert [each.previous_receipt_hash for each in receipts] == [earlier, *leaves[:2]]
    assert receipts[0] == InferenceReceipt(
        *(SESSION_ID, 7, keccak(b"a"), keccak(b"x"), 1, 4, 64, 0, 1_700_000_000, earlier)
    )


def test_a_chain_built_in_two_parts_is_the_same():
    whole = chain()
    second_part = chain(
        first_sequence=2,
        previous=whole[0][1],
        input_commitments=[keccak(b"b"), keccak(b"c")],
        output_hashes=[keccak(b"y"), keccak(b"z")],
        input_tokens=[2, 3],
        output_tokens=[5, 6],
    )
    assert second_part == whole[1:]


def test_every_call_needs_all_its_values():
    with pytest.raises(ValueError, match="shorter"):
        chain(input_tokens=[1, 2])


@given(st.integers(1, 70), st.data())
def test_a_proof_leads_from_its_leaf_and_from_no_other_to_the_root(count, data):
    leaves = [keccak(bytes([number])) for number in range(count)]
    position = data.draw(st.integers(0, count - 1))
    tree = MerkleTree(leaves)

    proof = tree.proof(position)

    reached = [merkle_root(leaf, proof) == tree.root for leaf in leaves]
    assert [place for place, found in enumerate(reached) if found] == [position]
    assert len(proof) <= (count - 1).bit_length()


def test_the_tree_of_one_leaf_is_the_leaf():
    tree = MerkleTree([keccak(b"only")])
    assert tree.root == keccak(b"only")
    assert tree.proof(0) == ()


def test_there_is_no_tree_without_leaves_and_no_proof_of_a_missing_leaf():
    with pytest.raises(ValueError, match="at least one leaf"):
        MerkleTree([])
    with pytest.raises(IndexError, match="no leaf 2 in a tree of 2"):
        MerkleTree([keccak(b"a"), keccak(b"b")]).proof(2)
