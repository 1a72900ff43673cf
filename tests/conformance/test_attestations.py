"""Attestations: the same on the model and on every engine."""

import pytest

from protocol.attestations import (
    AttestationRevoked,
    Attested,
    Commitment,
    DataCommitted,
    Kind,
    KindCreated,
)
from protocol.attestations_errors import (
    AlreadyOver,
    AttesterIsZero,
    NeedsNoProof,
    NeedsProof,
    NotAttested,
    NotAttester,
    NothingCommitted,
)
from protocol.errors import UnknownKind
from protocol.types import ZERO_ADDRESS, Log, Receipt
from tests.conftest import GENESIS

STATEMENT = b"\x18" * 32


@pytest.fixture
def kind(validator):
    """A kind whose attester is the validator."""
    return Kind(validator, STATEMENT)


def test_a_kind_is_created_by_anyone_and_has_an_attester(machine, creator, validator, kind):
    created = machine.call("attestations", "create_kind", kind, sender=creator)

    assert created == Receipt(
        value=1, events=(Log("attestations", KindCreated(1, validator, kind)),)
    )
    assert machine.view("attestations", "kind_of", 1) == kind
    assert machine.view("attestations", "kind_of", 2) == UnknownKind(2)
    nobodys = kind._replace(attester=ZERO_ADDRESS)
    refused = machine.call("attestations", "create_kind", nobodys, sender=creator)
    assert refused == Receipt(refusal=AttesterIsZero())
    assert machine.view("attestations", "kind_count") == 1


def test_an_attestation_holds_until_its_end_or_its_revocation(machine, user, validator, kind):
    machine.call("attestations", "create_kind", kind, sender=validator)

    def is_attested(second):
        return machine.view("attestations", "is_attested", 1, user, GENESIS + second)

    made = machine.call("attestations", "attest", 1, user, GENESIS + 100, sender=validator)
    assert made == Receipt(events=(Log("attestations", Attested(1, user, GENESIS + 100)),))
    assert machine.view("attestations", "attestation_of", 1, user) == (GENESIS, GENESIS + 100)
    assert [is_attested(second) for second in (-1, 0, 99, 100)] == [False, True, True, False]

    machine.wait(50)
    machine.call("attestations", "attest", 1, user, GENESIS + 500, sender=validator)
    machine.wait(150)
    ended = machine.call("attestations", "revoke", 1, user, sender=validator)
    assert ended == Receipt(events=(Log("attestations", AttestationRevoked(1, user)),))
    assert [is_attested(second) for second in (49, 100, 199, 200)] == [True, True, True, False]

    def was_attested(first, last):
        first, last = GENESIS + first, GENESIS + last
        return machine.view("attestations", "was_attested", 1, user, first, last)

    assert was_attested(150, 250)
    assert was_attested(200, 250)
    assert not was_attested(201, 250)


def test_refusals_carry_the_same_arguments(machine, user, validator, intruder, kind):
    machine.call("attestations", "create_kind", kind, sender=validator)

    def refusal(function, *arguments, sender):
        return machine.call("attestations", function, *arguments, sender=sender).refusal

    assert refusal("attest", 2, user, GENESIS + 9, sender=validator) == UnknownKind(2)
    assert refusal("attest", 1, user, GENESIS + 9, sender=intruder) == NotAttester(1, intruder)
    assert refusal("attest", 1, user, GENESIS, sender=validator) == AlreadyOver(GENESIS)
    assert refusal("revoke", 2, user, sender=validator) == UnknownKind(2)
    assert refusal("revoke", 1, user, sender=intruder) == NotAttester(1, intruder)
    assert refusal("revoke", 1, user, sender=validator) == NotAttested(1, user)


def test_an_attester_stands_for_data_that_a_proof_is_about(machine, user, validator, kind):
    proven = kind._replace(key_digest=b"\x4b" * 32)
    machine.call("attestations", "create_kind", kind, sender=validator)
    machine.call("attestations", "create_kind", proven, sender=validator)
    until = GENESIS + 100

    def call(function, *arguments):
        return machine.call("attestations", function, *arguments, sender=validator)

    def prove(kind_id):
        return call("prove", kind_id, user, bytes(128), (1,), (bytes(32),)).refusal

    assert call("attest", 2, user, until).refusal == NeedsProof(2)
    assert call("commit_data", 1, user, STATEMENT, until).refusal == NeedsNoProof(1)
    assert call("commit_data", 2, user, STATEMENT, GENESIS).refusal == AlreadyOver(GENESIS)
    assert prove(3) == UnknownKind(3)
    assert prove(2) == NothingCommitted(2, user)
    committed = call("commit_data", 2, user, STATEMENT, until)
    data = DataCommitted(2, user, STATEMENT, until)
    assert committed == Receipt(events=(Log("attestations", data),))
    assert machine.view("attestations", "commitment_of", 2, user) == Commitment(STATEMENT, until)
    assert not machine.view("attestations", "is_attested", 2, user, GENESIS)

    revoked = call("revoke", 2, user)
    assert revoked == Receipt(events=(Log("attestations", AttestationRevoked(2, user)),))
    assert machine.view("attestations", "commitment_of", 2, user) == Commitment(bytes(32), 0)
    assert call("revoke", 2, user).refusal == NotAttested(2, user)
