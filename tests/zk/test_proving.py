"""Proofs: what they say, what they bind, and what is refused."""

from pathlib import Path
from typing import Any

import numpy.typing as npt
import pytest

from zk.cache import Cache
from zk.circuit import CircuitSettings
from zk.errors import ZkError
from zk.field import check_bounds, elements_hash, input_hash, output_hash, to_field
from zk.keys import Keys
from zk.proving import Proof, Prover, binds, commit_input, verify

Array = npt.NDArray[Any]


def test_a_proof_says_what_integer_arithmetic_says(proof: Proof, integer_logits: Array) -> None:
    assert proof.outputs == tuple(integer_logits[0])
    assert proof.instances == tuple(to_field(value) for value in proof.outputs)
    assert output_hash(proof.outputs) == output_hash(tuple(integer_logits[0]))


def test_a_proof_verifies_and_binds_its_input_and_its_weights(
    keys: Keys, proof: Proof, images: Array, cache: Cache
) -> None:
    assert verify(keys, proof.proof, proof.instances)
    assert commit_input(keys, images[0], cache) == proof.input_point
    assert binds(proof.proof, proof.input_point, keys.weight_point)


def test_a_wrong_output_does_not_verify(keys: Keys, proof: Proof) -> None:
    wrong = (proof.instances[0] + 1, *proof.instances[1:])

    assert not verify(keys, proof.proof, wrong)
    assert not verify(keys, proof.proof, proof.instances[:-1])
    assert not verify(keys, proof.proof, (-1, *proof.instances[1:]))


def test_the_key_accepts_another_models_proof_and_the_weight_point_rejects_it(
    keys: Keys, sibling_keys: Keys, proof: Proof, sibling_proof: Proof
) -> None:
    assert sibling_proof.instances != proof.instances
    assert sibling_keys.key_digest == keys.key_digest

    assert verify(keys, sibling_proof.proof, sibling_proof.instances)
    assert not binds(sibling_proof.proof, proof.input_point, keys.weight_point)
    assert binds(sibling_proof.proof, proof.input_point, sibling_keys.weight_point)


def test_another_models_proof_with_the_registered_point_put_in_does_not_verify(
    keys: Keys, sibling_proof: Proof
) -> None:
    spliced = sibling_proof.proof[:64] + keys.weight_point + sibling_proof.proof[128:]

    assert not verify(keys, spliced, sibling_proof.instances)


def test_another_inputs_point_is_not_bound(
    keys: Keys, proof: Proof, images: Array, cache: Cache
) -> None:
    other_point = commit_input(keys, images[1], cache)

    assert not binds(proof.proof, other_point, keys.weight_point)


@pytest.mark.parametrize("position", [5, 70, 1_000, -5])
def test_a_tampered_proof_does_not_verify(keys: Keys, proof: Proof, position: int) -> None:
    tampered = bytearray(proof.proof)
    tampered[position] ^= 1

    assert not verify(keys, bytes(tampered), proof.instances)


@pytest.mark.parametrize("change", [lambda p: p + bytes(32), lambda p: p[:-32], lambda _: b""])
def test_a_proof_has_one_length(keys: Keys, proof: Proof, change: object) -> None:
    assert callable(change)

    assert not verify(keys, change(proof.proof), proof.instances)


def test_a_proof_may_open_its_input(
    integer_model: Path, cache: Cache, prover: Prover, images: Array, integer_logits: Array
) -> None:
    settings = CircuitSettings(
        logrows=12,
        input_visibility="opened",
        decomposition_base=256,
        decomposition_legs=2,
        ignore_range_check=True,
    )
    keys = prover.submit_prepare(integer_model, settings, cache).result()
    proof = prover.submit(keys, images[0]).result()

    assert proof.input_point is None
    assert elements_hash(proof.instances[:64]) == input_hash(images[0])
    assert proof.outputs == tuple(integer_logits[0])
    assert binds(proof.proof, None, keys.weight_point)
    with pytest.raises(ZkError, match="the circuit has none to offer"):
        commit_input(keys, images[0], cache)


def test_points_of_a_wrong_length_bind_nothing(keys: Keys, proof: Proof) -> None:
    assert not binds(proof.proof, proof.input_point, b"")
    assert not binds(proof.proof, proof.proof[:32], proof.proof[32:96])


def test_an_unprovable_input_fails_its_own_future_and_no_other(
    keys: Keys, images: Array, integer_logits: Array, prover: Prover
) -> None:
    unprovable = prover.submit(keys, images[0] * 1_000)
    honest = prover.submit(keys, images[2])

    with pytest.raises(ZkError) as refusal:
        unprovable.result()
    assert refusal.value.place == "witness"
    assert "range" in refusal.value.problem
    assert honest.result().outputs == tuple(integer_logits[2])


def test_an_input_out_of_bounds_is_refused_before_it_costs_anything(images: Array) -> None:
    check_bounds(images[0], 0, 16)
    with pytest.raises(ZkError) as refusal:
        check_bounds([0, 16, 17], 0, 16)
    assert str(refusal.value) == (
        "input value 2: 17 is out of bounds; allowed: numbers from 0 to 16"
    )
    with pytest.raises(ZkError, match="nan"):
        check_bounds([float("nan")], 0, 16)


def test_an_input_of_another_length_or_kind_is_refused(keys: Keys, prover: Prover) -> None:
    with pytest.raises(ZkError, match=r"exactly \[64\]"):
        prover.submit(keys, [1.0, 2.0])
    with pytest.raises(ZkError, match="is not made of numbers"):
        prover.submit(keys, ["one"] * 64)
    with pytest.raises(ZkError, match="NaN or infinite"):
        prover.submit(keys, [float("nan")] * 64)


def test_a_prover_that_is_closed_takes_no_job(keys: Keys, images: Array) -> None:
    with Prover(workers=1) as pool:
        pending = pool.submit(keys, images[0])
    with pytest.raises(ZkError):
        pending.result(timeout=30)
    with pytest.raises(ZkError, match="closed"):
        pool.submit(keys, images[0])


def test_a_commitment_is_read_back_and_a_damaged_one_is_made_again(
    keys: Keys, images: Array, tmp_path: Path
) -> None:
    point = commit_input(keys, images[3], Cache(tmp_path))
    (stored,) = [path for path in tmp_path.rglob("*") if path.is_file()]
    before = stored.stat().st_mtime_ns

    assert commit_input(keys, images[3], Cache(tmp_path)) == point
    assert stored.stat().st_mtime_ns == before
    stored.write_bytes(b"damaged" * 20)
    assert commit_input(keys, images[3], Cache(tmp_path)) == point
