"""Real proofs, made or bent for another purpose: none but the right one answers a check."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from protocol.circuits import INPUT_COMMITTED, Circuit
from protocol.errors import InputMismatch, KeyMismatch
from protocol.hashing import keccak, words
from protocol.money import BPS
from protocol.parameters import BY_NAME
from protocol.sessions import InferenceReceipt
from protocol.types import Receipt
from protocol.verification_errors import CheckClosed, OutputMismatch, ProofRejected, WeightMismatch
from protocol.verification_events import CheckFailed, CheckPassed
from tests.checked_market import CREATOR, PRICE, SERVER, STAKE, CheckedMarket
from zk.cache import Cache
from zk.circuit import CircuitSettings
from zk.field import output_hash, point_hash
from zk.keys import Keys
from zk.proving import Proof, Prover, verify

INPUT, OTHER_INPUT = (1, 2, 3, 4, 5, 6), (6, 5, 4, 3, 2, 1)
SMALL = CircuitSettings(
    logrows=9, decomposition_base=128, decomposition_legs=2, ignore_range_check=True
)
WIDER = CircuitSettings(
    logrows=9, decomposition_base=64, decomposition_legs=3, ignore_range_check=True
)
POINT = 64


@dataclass(frozen=True)
class Proofs:
    """Two models of one shape, and what they prove."""

    keys: Keys
    sibling_keys: Keys
    other_circuit: Keys
    genuine: Proof
    of_sibling: Proof
    of_other_input: Proof
    of_other_circuit: Proof


def save_network(path: Path, seed: int) -> Path:
    """Write Gemm, Relu, Gemm with small whole numbers as weights."""
    draw = np.random.default_rng(seed).integers
    weights = {"W1": (6, 5), "b1": (5,), "W2": (5, 3), "b2": (3,)}
    graph = helper.make_graph(
        [
            helper.make_node("Gemm", ["x", "W1", "b1"], ["h"]),
            helper.make_node("Relu", ["h"], ["r"]),
            helper.make_node("Gemm", ["r", "W2", "b2"], ["y"]),
        ],
        "small",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 6])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 3])],
        [
            numpy_helper.from_array(draw(-3, 4, shape).astype(np.float32), name)
            for name, shape in weights.items()
        ],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    onnx.save(model, path)
    return path


@pytest.fixture(scope="session")
def proofs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proofs]:
    folder = tmp_path_factory.mktemp("forged")
    cache = Cache(folder / "cache")
    model = save_network(folder / "model.onnx", seed=1)
    sibling = save_network(folder / "sibling.onnx", seed=2)
    with Prover(workers=1, timeout_seconds=120) as prover:
        keys = prover.submit_prepare(model, SMALL, cache).result()
        sibling_keys = prover.submit_prepare(sibling, SMALL, cache).result()
        other_circuit = prover.submit_prepare(model, WIDER, cache).result()
        jobs = [
            prover.submit(keys, INPUT),
            prover.submit(sibling_keys, INPUT),
            prover.submit(keys, OTHER_INPUT),
            prover.submit(other_circuit, INPUT),
        ]
        yield Proofs(keys, sibling_keys, other_circuit, *(job.result() for job in jobs))


@pytest.fixture(scope="session")
def is_valid_proof(proofs: Proofs) -> Callable[..., bool]:
    """The model's oracle: ezkl itself; what follows a proof is ignored, as the contract does."""

    def is_valid(proof: bytes, instances: tuple[int, ...], vka: tuple[bytes, ...]) -> bool:
        for keys, made in (
            (proofs.keys, proofs.genuine),
            (proofs.other_circuit, proofs.of_other_circuit),
        ):
            if vka == keys.verifier_words:
                length = len(made.proof)
                whole_words = len(proof) >= length and len(proof) % 32 == 0
                return whole_words and verify(keys, proof[:length], instances)
        return False

    return is_valid


@dataclass
class Checked:
    """An open check of a receipt for `INPUT`, and the ways to answer it."""

    machine: Any
    market: CheckedMarket
    proofs: Proofs
    receipt: InferenceReceipt
    check_id: int

    def answer(
        self,
        proof: bytes | None = None,
        instances: tuple[int, ...] | None = None,
        vka: tuple[bytes, ...] | None = None,
    ) -> Receipt:
        receipt: Receipt = self.machine.call(
            "verification",
            "answer_check",
            self.check_id,
            self.proofs.genuine.proof if proof is None else proof,
            self.proofs.genuine.instances if instances is None else instances,
            self.proofs.keys.verifier_words if vka is None else vka,
            sender=SERVER,
        )
        return receipt


def circuit_of(keys: Keys) -> Circuit:
    return Circuit(
        key_digest=keys.key_digest,
        settings_hash=keys.settings_hash,
        weight_point_x=keys.weight_point[:32],
        weight_point_y=keys.weight_point[32:],
        input_mode=INPUT_COMMITTED,
        input_length=len(INPUT),
        output_length=3,
        input_bound=16,
        logrows=keys.logrows,
        srs_id=keys.srs_id,
    )


@pytest.fixture
def market(machine: Any, proofs: Proofs) -> CheckedMarket:
    opened = CheckedMarket(machine)
    opened.open()
    opened.do("verification", "register_circuit", 1, 1, circuit_of(proofs.keys), sender=CREATOR)
    return opened


def open_check(
    market: CheckedMarket, machine: Any, proofs: Proofs, receipt: InferenceReceipt
) -> Checked:
    check_id = market.open_check(market.settle_and_pick(receipt), receipt)
    return Checked(machine, market, proofs, receipt, check_id)


def committed(proof: Proof) -> bytes:
    assert proof.input_point is not None
    return point_hash(proof.input_point)


@pytest.fixture
def check(market: CheckedMarket, machine: Any, proofs: Proofs) -> Checked:
    served = proofs.genuine
    receipt = market.receipt(1, committed(served), output_hash(served.outputs))
    return open_check(market, machine, proofs, receipt)


def test_the_genuine_proof_answers_and_cannot_be_replayed(check: Checked) -> None:
    answered = check.answer()
    replayed = check.answer()

    assert answered.ok
    assert answered.events[-1].event == CheckPassed(check.check_id, SERVER, 0)
    assert replayed.refusal == CheckClosed(check.check_id)


def test_a_proof_of_another_model_under_the_same_key_is_rejected(check: Checked) -> None:
    foreign = check.proofs.of_sibling
    assert check.proofs.sibling_keys.verifier_words == check.proofs.keys.verifier_words
    assert verify(check.proofs.keys, foreign.proof, foreign.instances), "the key alone accepts it"

    as_it_is = check.answer(foreign.proof, foreign.instances)
    spliced = foreign.proof[:POINT] + check.proofs.keys.weight_point + foreign.proof[2 * POINT :]
    claimed = check.answer(spliced)

    assert as_it_is.refusal == WeightMismatch(1, 1)
    assert claimed.refusal == ProofRejected(check.check_id)


def test_a_proof_of_another_input_is_rejected(check: Checked) -> None:
    genuine, other = check.proofs.genuine, check.proofs.of_other_input

    as_it_is = check.answer(other.proof, other.instances)
    spliced = check.answer(genuine.proof[:POINT] + other.proof[POINT:])

    assert as_it_is.refusal == InputMismatch(committed(genuine), committed(other))
    assert spliced.refusal == ProofRejected(check.check_id)


def test_an_answer_to_one_check_does_not_answer_another(check: Checked, machine: Any) -> None:
    market, proofs = check.market, check.proofs
    assert check.answer().ok
    other = proofs.of_other_input
    receipt = market.receipt(2, committed(other), output_hash(other.outputs))
    second = open_check(market, machine, proofs, receipt)

    replayed = second.answer()

    assert replayed.refusal == InputMismatch(committed(other), committed(proofs.genuine))
    assert second.answer(other.proof, other.instances).ok


def test_a_proof_of_another_circuit_is_rejected(check: Checked) -> None:
    other, keys = check.proofs.of_other_circuit, check.proofs.other_circuit

    foreign_key = check.answer(other.proof, other.instances, keys.verifier_words)
    our_key = check.answer(other.proof, other.instances)

    expected = KeyMismatch(check.proofs.keys.key_digest, keys.key_digest)
    assert foreign_key.refusal == expected
    assert not our_key.ok


def test_a_tampered_proof_is_rejected_wherever_it_is_bent(check: Checked) -> None:
    proof = check.proofs.genuine.proof
    for place in (2 * POINT, len(proof) // 2, len(proof) - 1):
        bent = proof[:place] + bytes([proof[place] ^ 1]) + proof[place + 1 :]
        assert check.answer(bent).refusal == ProofRejected(check.check_id), place
    for cut in (proof[: 2 * POINT], proof[:-32], proof[:-1], proof + b"\0"):
        assert check.answer(cut).refusal == ProofRejected(check.check_id), len(cut)
    assert check.answer().ok


def test_words_after_a_proof_say_nothing_new(check: Checked) -> None:
    # The verifier ignores them: a proof's hash is no identity, and nothing here uses it as one.
    assert check.answer(check.proofs.genuine.proof + bytes(64)).ok


def test_a_wrong_output_cannot_be_proven_and_costs_the_host(
    market: CheckedMarket, machine: Any, proofs: Proofs
) -> None:
    genuine = proofs.genuine
    wrong = (genuine.instances[0] + 1, *genuine.instances[1:])
    receipt = market.receipt(1, committed(genuine), keccak(words(*wrong)))
    check = open_check(market, machine, proofs, receipt)

    honest = check.answer()
    forged = check.answer(instances=wrong)
    machine.wait(BY_NAME["answerWindowSeconds"].default + 1)
    expired = machine.call("verification", "expire_check", check.check_id, sender=SERVER)

    assert honest.refusal == OutputMismatch(receipt.output_hash, keccak(words(*genuine.instances)))
    assert forged.refusal == ProofRejected(check.check_id)
    penalty = STAKE * BY_NAME["wrongOutputSlashBps"].default // BPS
    assert expired.events[-1].event == CheckFailed(check.check_id, SERVER, penalty, PRICE)


def test_an_output_outside_of_the_field_is_no_second_spelling(
    market: CheckedMarket, machine: Any, proofs: Proofs
) -> None:
    modulus = 21888242871839275222246405745257275088548364400416034343698204186575808495617
    genuine = proofs.genuine
    respelled = (genuine.instances[0] + modulus, *genuine.instances[1:])
    receipt = market.receipt(1, committed(genuine), keccak(words(*respelled)))
    check = open_check(market, machine, proofs, receipt)

    assert check.answer(instances=respelled).refusal == ProofRejected(check.check_id)


def test_a_real_answer_runs_in_lockstep(lockstep: Any, proofs: Proofs) -> None:
    market = CheckedMarket(lockstep)
    market.open()
    market.do("verification", "register_circuit", 1, 1, circuit_of(proofs.keys), sender=CREATOR)
    genuine = proofs.genuine
    receipt = market.receipt(1, committed(genuine), output_hash(genuine.outputs))
    check = open_check(market, lockstep, proofs, receipt)
    lockstep.executor.end_tick(lockstep.now)

    assert not check.answer(proofs.of_sibling.proof, proofs.of_sibling.instances).ok
    answered = check.answer()
    lockstep.executor.end_tick(lockstep.now, full=True)

    assert answered.ok
    assert answered.gas is not None
    assert answered.gas < 1_000_000
