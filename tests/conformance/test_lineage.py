import pytest

from protocol.errors import ModelNotActive, NotModelOwner
from protocol.licences import ALL_CLASSES, Terms
from protocol.lineage import (
    ChildApproved,
    DerivativesForbidden,
    Forked,
    LineageTooDeep,
    Parent,
    RoyaltiesTooHigh,
    RoyaltyBelowMinimum,
)
from protocol.model_registry_terms import ModelRegistered, Registration, VersionPublished
from protocol.openzeppelin.erc721 import Transfer
from protocol.types import ZERO_ADDRESS, Log, Receipt

FORBIDDEN, WITH_APPROVAL, FREE = 1, 2, 3


def registration(owner, weights, licence_id=FREE):
    weights_hash = bytes([weights]) * 32
    return Registration("m", weights_hash, "u", "a", 1, licence_id, 0, (owner,), (10_000,))


@pytest.fixture
def register(machine, creator):
    for derivatives in (0, 1, 2):
        terms = Terms(True, derivatives, 300, False, ALL_CLASSES, ALL_CLASSES)
        assert machine.call("licences", "create", terms, sender=creator).ok

    def registered(licence_id):
        model = registration(creator, 1, licence_id)
        return machine.call("model_registry", "register", model, sender=creator).value

    return registered


def fork(machine, owner, parent, weights=2):
    model = registration(owner, weights)
    return machine.call("lineage", "fork", parent, model, sender=owner)


def test_a_fork_waits_for_approval_on_every_machine(machine, creator, fine_tuner, register):
    root = register(WITH_APPROVAL)

    forked = fork(machine, fine_tuner, Parent(root, 1, 500))

    registry = (
        Transfer(ZERO_ADDRESS, fine_tuner, 2),
        ModelRegistered(2, fine_tuner, FREE, "m"),
        VersionPublished(2, 1, 0, b"\x02" * 32, FREE),
    )
    events = (
        *(Log("model_registry", event) for event in registry),
        Log("lineage", Forked(2, root, 1, 500, False)),
    )
    assert forked == Receipt(value=2, events=events)
    assert fork(machine, creator, Parent(2, 1, 500), 3) == Receipt(refusal=ModelNotActive(2))
    assert machine.call("lineage", "approve_child", 2, sender=fine_tuner) == Receipt(
        refusal=NotModelOwner(root, fine_tuner)
    )
    assert machine.call("lineage", "approve_child", 2, sender=creator) == Receipt(
        events=(Log("lineage", ChildApproved(2, root)),)
    )
    assert machine.view("lineage", "is_active", 2) is True
    assert machine.view("lineage", "parents_of", 2) == ((root, 1, 500),)


def test_a_fork_against_the_licence_is_refused_on_every_machine(machine, fine_tuner, register):
    root = register(FORBIDDEN)

    receipt = fork(machine, fine_tuner, Parent(root, 1, 500))

    assert receipt == Receipt(refusal=DerivativesForbidden(root))


@pytest.mark.parametrize(
    ("royalty_bps", "refusal"),
    [(299, RoyaltyBelowMinimum(1, 299, 300)), (5_001, RoyaltiesTooHigh(5_001, 5_000))],
)
def test_a_royalty_out_of_bounds_is_refused_on_every_machine(
    machine, fine_tuner, register, royalty_bps, refusal
):
    root = register(FREE)

    receipt = fork(machine, fine_tuner, Parent(root, 1, royalty_bps))

    assert receipt == Receipt(refusal=refusal)


def test_a_lineage_ends_at_sixteen_generations_on_every_machine(machine, fine_tuner, register):
    newest = register(FREE)
    for generation in range(1, 17):
        newest = fork(machine, fine_tuner, Parent(newest, 1, 300), 1 + generation).value

    too_deep = fork(machine, fine_tuner, Parent(newest, 1, 300), 99)

    assert too_deep == Receipt(refusal=LineageTooDeep(17, 16))
    assert machine.view("lineage", "depth_of", newest) == 16
    assert machine.view("lineage", "ancestors_of", newest) == tuple(range(16, 0, -1))
