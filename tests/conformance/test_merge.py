"""Merges: several parents, their owners' approval, and what is refused, on every machine."""

import pytest

from protocol.errors import ModelNotActive, NotModelOwner, UnknownLicence
from protocol.licences import ALL_CLASSES, Terms
from protocol.lineage import (
    ChildApproved,
    DuplicateParent,
    LicenceAllowsMore,
    LineageTooDeep,
    Merged,
    NotPending,
    Parent,
    ParentCountInvalid,
    ParentMerged,
    RoyaltiesTooHigh,
    RoyaltyBelowMinimum,
    TooManyAncestors,
    VersionIsDeprecated,
)
from protocol.model_registry_terms import ModelRegistered, Registration, VersionPublished
from protocol.openzeppelin.erc721 import Transfer
from protocol.types import ZERO_ADDRESS, Log, Receipt

FREE, WITH_APPROVAL, STRICT = 1, 2, 3
EUROPE = 1 << 7


class Family:
    """Models on any machine, each with weights of its own."""

    def __init__(self, machine):
        self.machine = machine
        self.born = 0

    def licence(self, **changes):
        terms = Terms(True, 2, 300, False, ALL_CLASSES, ALL_CLASSES)._replace(**changes)
        return self.machine.call("licences", "create", terms, sender=ZERO_ADDRESS).value

    def registration(self, owner, licence_id):
        self.born += 1
        weights = self.born.to_bytes(32, "big")
        return Registration("m", weights, "u", "a", 1, licence_id, 0, (owner,), (10_000,))

    def register(self, owner, licence_id=FREE):
        model = self.registration(owner, licence_id)
        return self.machine.call("model_registry", "register", model, sender=owner).value

    def fork(self, owner, parent_id, licence_id=FREE):
        model = self.registration(owner, licence_id)
        parent = Parent(parent_id, 1, 300)
        return self.machine.call("lineage", "fork", parent, model, sender=owner).value

    def merge(self, owner, parent_ids, licence_id=FREE, royalty_bps=300):
        parents = tuple(Parent(each, 1, royalty_bps) for each in parent_ids)
        model = self.registration(owner, licence_id)
        return self.machine.call("lineage", "merge", parents, model, sender=owner)

    def approve(self, owner, child_id):
        return self.machine.call("lineage", "approve_child", child_id, sender=owner)

    def view(self, function, model_id):
        return self.machine.view("lineage", function, model_id)


@pytest.fixture
def family(machine):
    started = Family(machine)
    assert started.licence() == FREE
    assert started.licence(derivatives=1) == WITH_APPROVAL
    strict = {"commercial_use": False, "derivatives": 1, "attribution": True}
    assert started.licence(territories=EUROPE, use_cases=1, **strict) == STRICT
    return started


def test_a_merge_waits_for_every_owner_who_has_to_approve(family, creator, fine_tuner, user):
    open_model = family.register(creator)
    mine, theirs, own = (
        family.register(owner, WITH_APPROVAL) for owner in (creator, user, fine_tuner)
    )
    parents = (theirs, open_model, mine, own)

    merged = family.merge(fine_tuner, parents, WITH_APPROVAL)

    weights = family.born.to_bytes(32, "big")
    registry = (
        Transfer(ZERO_ADDRESS, fine_tuner, 5),
        ModelRegistered(5, fine_tuner, WITH_APPROVAL, "m"),
        VersionPublished(5, 1, 0, weights, WITH_APPROVAL),
    )
    named = [
        ParentMerged(5, each, 1, 300, approved)
        for each, approved in zip(parents, (False, True, False, True), strict=True)
    ]
    assert merged == Receipt(
        value=5,
        events=(
            *(Log("model_registry", event) for event in registry),
            *(Log("lineage", event) for event in (*named, Merged(5, 4))),
        ),
    )
    assert family.view("parents_of", 5) == tuple(Parent(each, 1, 300) for each in parents)
    assert family.view("ancestors_of", 5) == (4, 3, 2, 1)
    assert family.view("royalties_of", 5) == (parents, (300,) * 4)
    assert family.view("awaiting_of", 5) == (theirs, mine)
    assert family.view("depth_of", 5) == 1
    assert family.approve(fine_tuner, 5).refusal == NotModelOwner(theirs, fine_tuner)

    first = family.approve(creator, 5)
    assert first.events == (Log("lineage", ChildApproved(5, mine)),)
    assert family.view("is_active", 5) is False
    assert family.approve(creator, 5).refusal == NotModelOwner(theirs, creator)
    assert family.merge(creator, (5, open_model)).refusal == ModelNotActive(5)
    last = family.approve(user, 5)
    assert last.events == (Log("lineage", ChildApproved(5, theirs)),)
    assert family.view("is_active", 5) is True
    assert family.approve(user, 5).refusal == NotPending(5)


def test_an_owner_approves_for_all_parents_that_are_theirs_at_once(family, creator, fine_tuner):
    parents = tuple(family.register(creator, WITH_APPROVAL) for _ in range(2))
    child = family.merge(fine_tuner, parents, WITH_APPROVAL).value

    approved = family.approve(creator, child)

    assert approved.events == tuple(
        Log("lineage", ChildApproved(child, parent)) for parent in parents
    )
    assert family.view("is_active", child) is True


def test_a_diamond_names_each_ancestor_once_the_youngest_first(family, creator, fine_tuner):
    base = family.register(creator)
    left, right = (family.fork(fine_tuner, base) for _ in range(2))
    merged = family.merge(fine_tuner, (left, right)).value
    # A model may be merged with an ancestor: averaging a child with its base is common practice.
    again = family.merge(fine_tuner, (base, merged)).value

    assert family.view("ancestors_of", merged) == (right, left, base)
    assert family.view("depth_of", merged) == 2
    assert family.view("ancestors_of", again) == (merged, right, left, base)
    assert family.view("depth_of", again) == 3


def test_parents_are_two_to_eight_different_models(family, creator):
    models = [family.register(creator) for _ in range(9)]

    assert family.merge(creator, ()).refusal == ParentCountInvalid(0, 2, 8)
    assert family.merge(creator, models[:1]).refusal == ParentCountInvalid(1, 2, 8)
    assert family.merge(creator, models).refusal == ParentCountInvalid(9, 2, 8)
    assert family.merge(creator, (1, 2, 1)).refusal == DuplicateParent(1)
    assert family.merge(creator, models[:8]).ok


def test_royalties_are_each_high_enough_and_not_too_high_together(family, creator):
    models = [family.register(creator) for _ in range(3)]

    def refusal(royalty_bps):
        return family.merge(creator, models, royalty_bps=royalty_bps).refusal

    assert refusal(299) == RoyaltyBelowMinimum(1, 299, 300)
    assert refusal(1_667) == RoyaltiesTooHigh(5_001, 5_000)
    assert refusal(65_535) == RoyaltiesTooHigh(3 * 65_535, 5_000)
    assert refusal(1_666) is None


def test_a_deprecated_version_is_merged_no_more(family, machine, creator):
    models = [family.register(creator) for _ in range(2)]
    machine.call("model_registry", "deprecate_version", 2, 1, sender=creator)

    assert family.merge(creator, models).refusal == VersionIsDeprecated(2, 1)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"commercial_use": True}, 1),
        ({"territories": EUROPE | 1}, 2),
        ({"use_cases": 3}, 3),
        ({"derivatives": 2}, 4),
        ({"attribution": False}, 5),
        ({"derivatives": 0, "territories": 0, "minimum_royalty_bps": 0}, 0),
    ],
)
def test_a_merged_models_licence_allows_no_more_than_each_parents(family, creator, changes, reason):
    parents = family.register(creator), family.register(creator, STRICT)
    strict = {"commercial_use": False, "derivatives": 1, "attribution": True}
    licence_id = family.licence(**{**strict, "territories": EUROPE, "use_cases": 1, **changes})

    refused = family.merge(creator, parents, licence_id)
    unknown = family.merge(creator, parents, 99)

    expected = LicenceAllowsMore(2, licence_id, reason) if reason else None
    assert refused.refusal == expected
    assert family.machine.view("licences", "exceeds", licence_id, STRICT) == reason
    assert unknown.refusal == UnknownLicence(99)


def test_a_model_descends_from_at_most_sixty_four_others(family, creator):
    merged = []
    for _ in range(7):
        roots = [family.register(creator) for _ in range(8)]
        merged.append(family.merge(creator, roots).value)
    # Seven merges of eight roots each: 63 ancestors, and one more is the last.
    last, too_many = family.register(creator), family.register(creator)
    allowed = family.merge(creator, (*merged, last))
    refused = family.merge(creator, (allowed.value, too_many))

    assert len(family.view("ancestors_of", allowed.value)) == 64
    assert refused.refusal == TooManyAncestors(66, 64)
    fork = (Parent(allowed.value, 1, 300), family.registration(creator, FREE))
    forked = family.machine.call("lineage", "fork", *fork, sender=creator)
    assert forked.refusal == TooManyAncestors(65, 64)


def test_a_merge_lies_one_level_below_its_deepest_parent(family, creator):
    deepest = root = family.register(creator)
    for _ in range(15):
        deepest = family.fork(creator, deepest)
    merged = family.merge(creator, (root, deepest)).value

    assert family.view("depth_of", merged) == 16
    assert family.view("ancestors_of", merged) == tuple(range(16, 0, -1))
    assert family.merge(creator, (merged, root)).refusal == LineageTooDeep(17, 16)
