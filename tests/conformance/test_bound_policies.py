"""Policies that bind derivatives: what a child's licence has to ask, on every machine."""

import pytest

from protocol.attestations import Kind
from protocol.errors import UnknownLicence
from protocol.licences import ALL_CLASSES, Terms
from protocol.lineage import LicenceAllowsMore, Parent
from protocol.lineage_errors import PolicyLoosened, RoyaltyBelowMinimum
from protocol.model_registry_terms import Registration
from protocol.policies import NO_POLICY, Policy
from protocol.types import ZERO_ADDRESS

TERMS = Terms(True, 2, 300, False, ALL_CLASSES, ALL_CLASSES)
PURPOSE, OTHER_PURPOSE = b"\x0e" * 32, b"\x0f" * 32
BOUND = Policy(1, 10, 6, True, 0b110, PURPOSE, 0b11)
OPEN = 1


class Family:
    """A parent whose policy binds, and whoever descends from it."""

    def __init__(self, machine, owner):
        self.machine, self.owner, self.born = machine, owner, 0
        for _ in range(2):
            self.must("attestations", "create_kind", Kind(owner, bytes(32)))
        assert self.must("licences", "create", TERMS) == OPEN
        self.bound = self.licence(BOUND)
        self.parent_id = self.must("model_registry", "register", self.registration(self.bound))

    def must(self, contract, function, *arguments):
        receipt = self.machine.call(contract, function, *arguments, sender=self.owner)
        assert receipt.ok, receipt.refusal
        return receipt.value

    def licence(self, policy, **terms):
        return self.must("policies", "create_licence", TERMS._replace(**terms), policy)

    def registration(self, licence_id):
        self.born += 1
        weights = self.born.to_bytes(32, "big")
        return Registration("m", weights, "u", "a", 1, licence_id, 0, (self.owner,), (10_000,))

    def fork(self, licence_id, parent_id=None, royalty_bps=300):
        parent = Parent(parent_id or self.parent_id, 1, royalty_bps)
        registration = self.registration(licence_id)
        return self.machine.call("lineage", "fork", parent, registration, sender=self.owner)

    def merge(self, licence_id, *parent_ids):
        parents = tuple(Parent(each, 1, 300) for each in parent_ids)
        registration = self.registration(licence_id)
        return self.machine.call("lineage", "merge", parents, registration, sender=self.owner)

    def publish(self, model_id, licence_id):
        self.born += 1
        weights = self.born.to_bytes(32, "big")
        version = (model_id, 1, weights, "u", "a", 1, licence_id)
        return self.machine.call("model_registry", "publish_version", *version, sender=self.owner)


@pytest.fixture
def family(machine, creator):
    return Family(machine, creator)


@pytest.mark.parametrize(
    ("policy", "reason"),
    [
        (BOUND, 0),
        (BOUND._replace(attested_territories=ALL_CLASSES, sensitive_use_cases=0b111), 0),
        (BOUND._replace(attestation_kind=2), 4),
        (BOUND._replace(attested_territories=0b100), 4),
        (BOUND._replace(attestation_kind=0, attested_territories=0), 4),
        (BOUND._replace(calls_per_period=11), 5),
        (BOUND._replace(calls_per_period=0, period_epochs=0), 5),
        # Two periods of three epochs fit into six; up to three periods of four meet them.
        (BOUND._replace(calls_per_period=5, period_epochs=3), 0),
        (BOUND._replace(calls_per_period=6, period_epochs=3), 5),
        (BOUND._replace(calls_per_period=10, period_epochs=12), 0),
        (BOUND._replace(calls_per_period=3, period_epochs=4), 0),
        (BOUND._replace(calls_per_period=4, period_epochs=4), 5),
        (BOUND._replace(calls_per_period=2**64 - 1, period_epochs=2**32 - 1), 5),
        (BOUND._replace(consent_purpose=OTHER_PURPOSE), 6),
        (BOUND._replace(sensitive_use_cases=0b1), 6),
        (BOUND._replace(consent_purpose=bytes(32), sensitive_use_cases=0), 6),
        (BOUND._replace(binds_derivatives=False), 8),
    ],
)
def test_a_fork_asks_for_no_less_than_a_parent_whose_policy_binds(family, policy, reason):
    licence_id = family.licence(policy)
    assert family.machine.view("policies", "loosens", licence_id, family.bound) == reason

    forked = family.fork(licence_id)
    refused = PolicyLoosened(family.parent_id, licence_id, reason)
    assert forked.refusal == (refused if reason else None)


def test_a_policy_that_binds_nobody_is_left_behind(family):
    asked = family.licence(BOUND._replace(binds_derivatives=False))
    family.parent_id = family.must("model_registry", "register", family.registration(asked))
    assert family.fork(OPEN).ok
    assert family.machine.view("policies", "loosens", OPEN, OPEN) == 0


def test_what_a_parent_does_not_ask_is_free(family):
    limited = NO_POLICY._replace(calls_per_period=3, period_epochs=1, binds_derivatives=True)
    family.parent_id = family.must(
        "model_registry", "register", family.registration(family.licence(limited))
    )
    assert family.fork(family.licence(limited._replace(calls_per_period=2))).ok
    assert family.fork(family.licence(BOUND._replace(calls_per_period=1))).ok


def test_every_parent_of_a_merge_is_asked_after_its_terms(family):
    free_id = family.must("model_registry", "register", family.registration(OPEN))
    refused = family.merge(OPEN, free_id, family.parent_id).refusal
    assert refused == PolicyLoosened(family.parent_id, OPEN, 4)
    strict = family.licence(BOUND, commercial_use=False)
    family.parent_id = family.must("model_registry", "register", family.registration(strict))
    refused = family.merge(OPEN, free_id, family.parent_id).refusal
    assert refused == LicenceAllowsMore(family.parent_id, OPEN, 1)
    assert family.merge(strict, free_id, family.parent_id).ok


def test_royalty_comes_before_the_policy_and_the_policy_before_an_unknown_licence(family):
    assert family.fork(OPEN, royalty_bps=299).refusal == RoyaltyBelowMinimum(1, 299, 300)
    assert family.fork(99).refusal == PolicyLoosened(1, 99, 4)
    free_id = family.must("model_registry", "register", family.registration(OPEN))
    assert family.fork(99, free_id).refusal == UnknownLicence(99)


def test_later_versions_are_held_to_what_the_birth_was(family):
    fork_id = family.fork(family.bound).value
    assert family.publish(fork_id, OPEN).refusal == PolicyLoosened(family.parent_id, OPEN, 4)
    assert family.publish(fork_id, 99).refusal == UnknownLicence(99)
    assert family.publish(fork_id, family.licence(BOUND)).ok

    strict = family.licence(BOUND, commercial_use=False)
    strict_id = family.must("model_registry", "register", family.registration(strict))
    merged_id = family.merge(strict, family.parent_id, strict_id).value
    refused = family.publish(merged_id, family.bound).refusal
    assert refused == LicenceAllowsMore(strict_id, family.bound, 1)
    assert family.publish(merged_id, strict).ok

    # Who made the first of them is bound by nobody.
    assert family.publish(family.parent_id, OPEN).ok


def test_a_licence_for_later_versions_can_be_asked_for(family):
    view = family.machine.view
    fork_id = family.fork(family.bound).value
    assert view("lineage", "require_licence", fork_id, family.bound) is None
    refused = view("lineage", "require_licence", fork_id, OPEN)
    assert refused == PolicyLoosened(family.parent_id, OPEN, 4)
    assert view("lineage", "require_licence", family.parent_id, OPEN) is None
    assert family.machine.call("licences", "count", sender=ZERO_ADDRESS).value == 2
