"""The contract that ezkl generates, and proofs on chain."""

import json
from collections.abc import Callable, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from eth_abi.abi import encode
from eth_hash.auto import keccak

from zk.keys import Keys
from zk.proving import Proof
from zk.verifier import SOURCE_SHA256, generate_source

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "contracts" / "src" / "ezkl" / "Halo2VerifierReusable.sol"
ARTIFACT = ROOT / "contracts" / "artifacts" / "Halo2VerifierReusable.json"
DEPLOYER = "0x" + "11" * 20

Call = Callable[[bytes], bytes]


def encode_calldata(proof: bytes, instances: Sequence[int], words: Sequence[bytes]) -> bytes:
    arguments = encode(["bytes", "uint256[]", "bytes32[]"], [proof, list(instances), list(words)])
    return keccak(b"verifyProof(bytes,uint256[],bytes32[])")[:4] + arguments


def encode_registration(words: Sequence[bytes]) -> bytes:
    return keccak(b"registerVka(bytes32[])")[:4] + encode(["bytes32[]"], [list(words)])


def test_the_committed_source_is_what_ezkl_generates(
    keys: Keys, monkeypatch: pytest.MonkeyPatch
) -> None:
    # ezkl looks for a compiler after it has written the file; it shall not find a network.
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")

    assert generate_source(keys) == SOURCE.read_text()
    assert sha256(SOURCE.read_bytes()).hexdigest() == SOURCE_SHA256


def test_the_artifact_has_the_size_that_every_circuit_shares() -> None:
    deployed = json.loads(ARTIFACT.read_text())["deployedBytecode"].removeprefix("0x")

    assert len(bytes.fromhex(deployed)) == 10_899


@pytest.fixture(scope="module")
def verifier(keys: Keys) -> tuple[Call, Any]:
    """Deploy the committed artifact and register the classifier's words."""
    pyrevm = pytest.importorskip("pyrevm")
    artifact = json.loads(ARTIFACT.read_text())
    engine = pyrevm.EVM(gas_limit=30_000_000)
    engine.set_balance(DEPLOYER, 10**20)
    address = engine.deploy(DEPLOYER, bytes.fromhex(artifact["bytecode"].removeprefix("0x")))

    def call(calldata: bytes) -> bytes:
        return bytes(engine.message_call(DEPLOYER, address, calldata=calldata))

    assert call(encode_registration(keys.verifier_words)) == keys.key_digest
    return call, engine


def test_a_proof_is_accepted_on_chain_for_less_than_600000_gas(
    verifier: tuple[Call, Any], keys: Keys, proof: Proof
) -> None:
    call, engine = verifier
    answer = call(encode_calldata(proof.proof, proof.instances, keys.verifier_words))

    assert int.from_bytes(answer[:32], "big") == 1
    assert answer[32:64] == keys.key_digest
    assert engine.result.gas_used < 600_000


def test_wrong_outputs_and_tampered_proofs_are_refused_on_chain(
    verifier: tuple[Call, Any], keys: Keys, proof: Proof
) -> None:
    call, _ = verifier
    wrong = (proof.instances[0] + 1, *proof.instances[1:])
    tampered = proof.proof[:-1] + bytes([proof.proof[-1] ^ 1])
    for content, instances in ((proof.proof, wrong), (tampered, proof.instances)):
        with pytest.raises(RuntimeError, match="Revert"):
            call(encode_calldata(content, instances, keys.verifier_words))


def test_words_that_are_not_registered_are_refused_on_chain(
    verifier: tuple[Call, Any], keys: Keys, proof: Proof
) -> None:
    call, _ = verifier
    with pytest.raises(RuntimeError, match="Revert"):
        call(encode_calldata(proof.proof, proof.instances, keys.verifier_words[::-1]))


def test_on_chain_too_only_the_weight_point_tells_models_of_one_shape_apart(
    verifier: tuple[Call, Any], keys: Keys, sibling_proof: Proof
) -> None:
    call, _ = verifier
    answer = call(
        encode_calldata(sibling_proof.proof, sibling_proof.instances, keys.verifier_words)
    )

    assert int.from_bytes(answer[:32], "big") == 1
    assert sibling_proof.proof[64:128] != keys.weight_point
