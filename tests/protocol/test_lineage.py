import pytest

from protocol.errors import ModelNotActive, NotModelOwner, UnknownLicence, UnknownVersion
from protocol.licences import ALL_CLASSES, Terms
from protocol.lineage import (
    MAXIMUM_DEPTH,
    ChildApproved,
    DerivativesForbidden,
    Forked,
    LineageTooDeep,
    NotPending,
    Parent,
    RoyaltiesTooHigh,
    RoyaltyBelowMinimum,
    VersionIsDeprecated,
)
from protocol.model_registry_terms import (
    ModelRegistered,
    Registration,
    VersionPublished,
    WeightsTaken,
)
from protocol.openzeppelin.erc721 import Transfer
from protocol.types import ZERO_ADDRESS, Log, Receipt

pytestmark = pytest.mark.parametrize("machine", ["model"], indirect=True)

FORBIDDEN, WITH_APPROVAL, FREE = 1, 2, 3
MINIMUM_ROYALTY_BPS = 300


@pytest.fixture(autouse=True)
def licences(machine, creator):
    for derivatives in (0, 1, 2):
        terms = Terms(True, derivatives, MINIMUM_ROYALTY_BPS, False, ALL_CLASSES, ALL_CLASSES)
        assert machine.call("licences", "create", terms, sender=creator).ok


def registration(owner, weights, licence_id=FREE):
    return Registration(
        "meta", bytes([weights]) * 32, "u", "a", 1, licence_id, 0, (owner,), (10_000,)
    )


def register(machine, owner, weights=1, licence_id=FREE):
    model = registration(owner, weights, licence_id)
    return machine.call("model_registry", "register", model, sender=owner).value


def fork(machine, owner, parent, weights=2, licence_id=FREE):
    model = registration(owner, weights, licence_id)
    return machine.call("lineage", "fork", parent, model, sender=owner)


def view(machine, function, model_id):
    return machine.view("lineage", function, model_id)


def test_a_fork_is_registered_to_the_caller_then_announced(machine, creator, fine_tuner):
    root = register(machine, creator)

    receipt = fork(machine, fine_tuner, Parent(root, 1, 500))

    registry = (
        Transfer(ZERO_ADDRESS, fine_tuner, 2),
        ModelRegistered(2, fine_tuner, FREE, "meta"),
        VersionPublished(2, 1, 0, b"\x02" * 32, FREE),
    )
    assert receipt == Receipt(
        value=2,
        events=(
            *(Log("model_registry", event) for event in registry),
            Log("lineage", Forked(2, root, 1, 500, True)),
        ),
    )
    assert view(machine, "parents_of", 2) == (Parent(root, 1, 500),)
    assert view(machine, "ancestors_of", 2) == (root,)
    assert view(machine, "depth_of", 2) == 1
    assert view(machine, "is_active", 2) is True


def test_a_model_that_is_no_fork_has_no_family(machine, creator):
    root = register(machine, creator)

    for model_id, active in ((root, True), (2, False), (0, False)):
        assert view(machine, "parents_of", model_id) == ()
        assert view(machine, "ancestors_of", model_id) == ()
        assert view(machine, "depth_of", model_id) == 0
        assert view(machine, "is_active", model_id) is active


def test_only_versions_that_are_served_can_be_forked(machine, creator, fine_tuner):
    root = register(machine, creator)
    machine.call("model_registry", "deprecate_version", root, 1, sender=creator)

    def refusal(model_id, version):
        return fork(machine, fine_tuner, Parent(model_id, version, 500)).refusal

    assert refusal(root, 1) == VersionIsDeprecated(root, 1)
    assert refusal(root, 2) == UnknownVersion(root, 2)
    assert refusal(root, 0) == UnknownVersion(root, 0)
    assert refusal(9, 1) == UnknownVersion(9, 1)


def test_the_licence_of_the_forked_version_rules_not_the_models_first(machine, creator, fine_tuner):
    root = register(machine, creator, licence_id=FORBIDDEN)
    version = (root, 1, b"\x09" * 32, "u", "a", 1, FREE)
    assert machine.call("model_registry", "publish_version", *version, sender=creator).ok

    refused = fork(machine, fine_tuner, Parent(root, 1, 500))
    allowed = fork(machine, fine_tuner, Parent(root, 2, 500))

    assert refused.refusal == DerivativesForbidden(root)
    assert allowed.ok


def test_the_royalty_lies_between_the_licences_least_and_governances_most(
    machine, creator, fine_tuner
):
    root = register(machine, creator)

    def refusal(royalty_bps, weights):
        return fork(machine, fine_tuner, Parent(root, 1, royalty_bps), weights).refusal

    assert refusal(299, 2) == RoyaltyBelowMinimum(root, 299, MINIMUM_ROYALTY_BPS)
    assert refusal(300, 2) is None
    assert refusal(5_000, 3) is None
    assert refusal(5_001, 4) == RoyaltiesTooHigh(5_001, 5_000)


def test_a_lineage_has_at_most_sixteen_generations(machine, creator, fine_tuner):
    newest = root = register(machine, creator)
    for generation in range(1, MAXIMUM_DEPTH + 1):
        newest = fork(machine, fine_tuner, Parent(newest, 1, 300), 1 + generation).value
        assert view(machine, "depth_of", newest) == generation
    before = machine.executor.digest()

    refused = fork(machine, fine_tuner, Parent(newest, 1, 300), 99)

    assert refused == Receipt(refusal=LineageTooDeep(17, 16))
    assert machine.executor.digest() == before
    assert view(machine, "ancestors_of", newest) == tuple(range(newest - 1, root - 1, -1))


def test_what_the_registry_refuses_comes_after_what_the_lineage_refuses(
    machine, creator, fine_tuner
):
    root = register(machine, creator)

    def refusal(royalty_bps, licence_id):
        return fork(machine, fine_tuner, Parent(root, 1, royalty_bps), 1, licence_id).refusal

    assert refusal(0, 9) == RoyaltyBelowMinimum(root, 0, MINIMUM_ROYALTY_BPS)
    assert refusal(300, 9) == UnknownLicence(9)
    assert refusal(300, FREE) == WeightsTaken(b"\x01" * 32, root, 1)


def test_a_fork_that_needs_approval_is_inactive_until_the_parents_owner_gives_it(
    machine, creator, fine_tuner, intruder
):
    root = register(machine, creator, licence_id=WITH_APPROVAL)

    def approve(sender, model_id=2):
        return machine.call("lineage", "approve_child", model_id, sender=sender)

    receipt = fork(machine, fine_tuner, Parent(root, 1, 500))

    assert receipt.events[-1] == Log("lineage", Forked(2, root, 1, 500, False))
    assert view(machine, "is_active", 2) is False
    grandchild = fork(machine, intruder, Parent(2, 1, 500), 3)
    assert grandchild.refusal == ModelNotActive(2)
    assert approve(fine_tuner).refusal == NotModelOwner(root, fine_tuner)
    assert approve(creator) == Receipt(events=(Log("lineage", ChildApproved(2, root)),))
    assert view(machine, "is_active", 2) is True
    assert approve(creator).refusal == NotPending(2)
    assert approve(creator, root).refusal == NotPending(root)
    assert fork(machine, intruder, Parent(2, 1, 500), 3).ok


def test_the_parents_owner_needs_no_approval_for_forks_of_their_own(machine, creator, fine_tuner):
    root = register(machine, creator, licence_id=WITH_APPROVAL)

    own = fork(machine, creator, Parent(root, 1, 500))
    machine.call("model_registry", "transfer_from", creator, fine_tuner, root, sender=creator)
    no_longer = fork(machine, creator, Parent(root, 1, 500), 3)

    assert own.events[-1] == Log("lineage", Forked(2, root, 1, 500, True))
    assert no_longer.events[-1] == Log("lineage", Forked(3, root, 1, 500, False))


def test_whoever_owns_the_parent_now_approves(machine, creator, fine_tuner, user):
    root = register(machine, creator, licence_id=WITH_APPROVAL)
    fork(machine, fine_tuner, Parent(root, 1, 500))
    machine.call("model_registry", "transfer_from", creator, user, root, sender=creator)

    seller = machine.call("lineage", "approve_child", 2, sender=creator)
    buyer = machine.call("lineage", "approve_child", 2, sender=user)

    assert seller.refusal == NotModelOwner(root, creator)
    assert buyer.ok
