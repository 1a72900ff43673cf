"""A proof about an account's hidden data attests that account, once, and no other."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from protocol.attestations import Attested, Kind
from protocol.attestations_errors import NothingCommitted, NotProven, NotShown, OtherWeights
from protocol.errors import InputMismatch, InstancesInvalid, KeyMismatch, ProofTooShort
from protocol.halo2_verifier import key_digest
from sim.workload.credentials import SETTINGS, WITHIN, Credential, issue, range_model
from zk.cache import Cache
from zk.field import point_hash
from zk.keys import Keys
from zk.proving import Proof, Prover, commit_input, verify

POINT = 64
VALIDITY = 1_000


@dataclass(frozen=True)
class Issued:
    """A circuit for ages from 18 to 120, one of another range, and proofs about two people."""

    keys: Keys
    other_range: Keys
    cache: Cache
    adult: Credential
    child: Credential
    of_adult: Proof
    of_child: Proof
    of_child_in_other_range: Proof

    def kind(self, attester: str) -> Kind:
        point = self.keys.weight_point
        digest = self.keys.key_digest
        return Kind(attester, b"\x18" * 32, digest, point[:32], point[32:], WITHIN)

    def commitment(self, credential: Credential) -> bytes:
        return point_hash(commit_input(self.keys, list(credential.inputs), self.cache))


@pytest.fixture(scope="session")
def issued(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Issued]:
    folder = tmp_path_factory.mktemp("credentials")
    cache = Cache(folder / "cache")
    (folder / "adults.onnx").write_bytes(range_model(18, 120))
    (folder / "children.onnx").write_bytes(range_model(0, 17))
    rng = np.random.default_rng(1)
    adult, child = issue(18, rng), issue(17, rng)
    with Prover(workers=1, timeout_seconds=120) as prover:
        keys = prover.submit_prepare(folder / "adults.onnx", SETTINGS, cache).result()
        other = prover.submit_prepare(folder / "children.onnx", SETTINGS, cache).result()
        jobs = [
            prover.submit(keys, adult.inputs),
            prover.submit(keys, child.inputs),
            prover.submit(other, child.inputs),
        ]
        yield Issued(keys, other, cache, adult, child, *(job.result() for job in jobs))


@pytest.fixture(scope="session")
def is_valid_proof(issued: Issued) -> Callable[..., bool]:
    """The model's oracle: ezkl itself."""

    def is_valid(proof: bytes, instances: tuple[int, ...], vka: tuple[bytes, ...]) -> bool:
        assert vka == issued.keys.verifier_words
        return len(proof) == len(issued.of_adult.proof) and verify(issued.keys, proof, instances)

    return is_valid


@dataclass
class Office:
    """An attester, and who brings proofs to it."""

    machine: Any
    issued: Issued
    attester: str

    def commit(self, account: str, credential: Credential) -> None:
        until = self.machine.now + VALIDITY
        digest = self.issued.commitment(credential)
        arguments = (1, account, digest, until)
        sent = self.machine.call("attestations", "commit_data", *arguments, sender=self.attester)
        assert sent.ok, sent.refusal

    def prove(
        self,
        account: str,
        proof: bytes | None = None,
        instances: tuple[int, ...] = (WITHIN,),
        vka: tuple[bytes, ...] | None = None,
    ) -> Any:
        proof = self.issued.of_adult.proof if proof is None else proof
        vka = self.issued.keys.verifier_words if vka is None else vka
        arguments = (1, account, proof, instances, vka)
        return self.machine.call("attestations", "prove", *arguments, sender=account)

    def holds(self, account: str) -> bool:
        now = self.machine.now
        return bool(self.machine.view("attestations", "is_attested", 1, account, now))


@pytest.fixture
def office(machine: Any, issued: Issued, validator: str) -> Office:
    kind = issued.kind(validator)
    assert machine.call("attestations", "create_kind", kind, sender=validator).ok
    return Office(machine, issued, validator)


def test_a_value_in_the_range_is_shown_without_the_value(office: Office, user: str) -> None:
    office.commit(user, office.issued.adult)
    proven = office.prove(user)

    until = office.machine.now + VALIDITY
    assert proven.ok, proven.refusal
    assert proven.events[-1].event == Attested(1, user, until)
    assert office.holds(user)
    # All that anyone sees: the answer, and points that hide what they commit to.
    assert office.issued.of_adult.instances == (WITHIN,)
    office.machine.wait(VALIDITY)
    assert not office.holds(user)


def test_a_copied_proof_attests_nobody_else(office: Office, user: str, intruder: str) -> None:
    issued = office.issued
    office.commit(user, issued.adult)

    unknown = office.prove(intruder)
    assert unknown.refusal == NothingCommitted(1, intruder)
    office.commit(intruder, issued.child)
    copied = office.prove(intruder)
    mine, theirs = issued.commitment(issued.child), issued.commitment(issued.adult)
    assert copied.refusal == InputMismatch(mine, theirs)
    assert office.prove(user).ok, "a copy that came first takes nothing away"
    assert not office.holds(intruder)


def test_a_proof_brought_again_lasts_no_longer(office: Office, user: str) -> None:
    office.commit(user, office.issued.adult)
    assert office.prove(user).ok
    end = office.machine.now + VALIDITY
    office.machine.wait(VALIDITY - 1)
    assert office.prove(user).ok
    assert office.machine.view("attestations", "attestation_of", 1, user)[1] == end
    office.machine.wait(1)
    assert office.prove(user).refusal == NothingCommitted(1, user)


def test_a_revoked_credential_proves_nothing_any_more(office: Office, user: str) -> None:
    office.commit(user, office.issued.adult)
    assert office.prove(user).ok
    assert office.machine.call("attestations", "revoke", 1, user, sender=office.attester).ok

    assert not office.holds(user)
    assert office.prove(user).refusal == NothingCommitted(1, user)


def test_a_value_out_of_the_range_cannot_be_shown_to_be_in_it(office: Office, user: str) -> None:
    issued = office.issued
    office.commit(user, issued.child)

    honest = office.prove(user, issued.of_child.proof, issued.of_child.instances)
    claimed = office.prove(user, issued.of_child.proof)
    assert honest.refusal == NotShown(1, 0)
    assert claimed.refusal == NotProven(1)


def test_a_proof_of_another_range_under_the_same_key_is_refused(office: Office, user: str) -> None:
    issued = office.issued
    foreign = issued.of_child_in_other_range
    assert issued.other_range.verifier_words == issued.keys.verifier_words
    assert foreign.instances == (WITHIN,)
    office.commit(user, issued.child)

    as_it_is = office.prove(user, foreign.proof)
    spliced = foreign.proof[:POINT] + issued.keys.weight_point + foreign.proof[2 * POINT :]
    assert as_it_is.refusal == OtherWeights(1)
    assert office.prove(user, spliced).refusal == NotProven(1)


def test_what_is_no_proof_of_this_kind_is_refused_alike(office: Office, user: str) -> None:
    issued = office.issued
    office.commit(user, issued.adult)
    proof, words = issued.of_adult.proof, issued.keys.verifier_words

    assert office.prove(user, proof[:127]).refusal == ProofTooShort(127)
    other_words = (*words[:-1], bytes(32))
    mismatch = KeyMismatch(issued.keys.key_digest, key_digest(other_words))
    assert office.prove(user, vka=other_words).refusal == mismatch
    assert office.prove(user, instances=(1, 1)).refusal == InstancesInvalid(2)
    bent = proof[:-1] + bytes([proof[-1] ^ 1])
    assert office.prove(user, bent).refusal == NotProven(1)
