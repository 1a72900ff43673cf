"""Attestations: the same on the model and on every engine."""

import pytest

from protocol.attestations import (
    AlreadyOver,
    AttestationRevoked,
    Attested,
    AttesterIsZero,
    Kind,
    KindCreated,
    NotAttested,
    NotAttester,
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
