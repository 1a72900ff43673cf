import json
from pathlib import Path

import pytest

from protocol.errors import NotModelOwner, UnknownLicence, UnknownModel, UnknownVersion
from protocol.licences import ALL_CLASSES, Terms
from protocol.model_registry_terms import (
    AlreadyDeprecated,
    ModelRegistered,
    OnlyLineage,
    Registration,
    ResaleRoyaltyTooHigh,
    Version,
    VersionDeprecated,
    VersionPublished,
    WeightsTaken,
)
from protocol.openzeppelin.erc721 import Approval, ApprovalForAll, Transfer
from protocol.openzeppelin.errors import (
    ERC721IncorrectOwner,
    ERC721InsufficientApproval,
    ERC721InvalidApprover,
    ERC721InvalidOperator,
    ERC721InvalidOwner,
    ERC721InvalidReceiver,
    ERC721NonexistentToken,
)
from protocol.shares import ContributorInvalid, ContributorsInvalid, ShareIsZero, SharesDoNotSum
from protocol.types import ZERO_ADDRESS, Address, Log, Receipt

pytestmark = pytest.mark.parametrize("machine", ["model"], indirect=True)

VECTORS = Path(__file__).parents[1] / "vectors"
WEIGHTS = b"\x11" * 32
OTHER_WEIGHTS = b"\x22" * 32
PARTNER = Address("0x" + "cc" * 20)
OPEN = Terms(True, 2, 0, False, ALL_CLASSES, ALL_CLASSES)


@pytest.fixture
def registration(machine, creator) -> Registration:
    assert machine.call("licences", "create", OPEN, sender=creator).ok
    return Registration(
        metadata_uri='ipfs://meta, "quoted"',
        weights_hash=WEIGHTS,
        storage_uri="ipfs://weights",
        architecture="mlp-64-32-10",
        parameter_count=2_410,
        licence_id=1,
        resale_royalty_bps=500,
        contributors=(creator, PARTNER),
        shares_bps=(7_500, 2_500),
    )


@pytest.fixture
def model_id(machine, creator, registration) -> int:
    return register(machine, creator, registration).value


def register(machine, sender, registration):
    return machine.call("model_registry", "register", registration, sender=sender)


def publish(machine, sender, model_id, *, parent=1, weights=OTHER_WEIGHTS, licence_id=1):
    arguments = (model_id, parent, weights, "ipfs://two", "mlp-64-16-10", 1_210, licence_id)
    return machine.call("model_registry", "publish_version", *arguments, sender=sender)


def view(machine, function, *arguments):
    return machine.view("model_registry", function, *arguments)


def test_registering_mints_a_model_with_its_first_version(machine, creator, registration):
    receipt = register(machine, creator, registration)

    events = (
        Transfer(ZERO_ADDRESS, creator, 1),
        ModelRegistered(1, creator, 1, registration.metadata_uri),
        VersionPublished(1, 1, 0, WEIGHTS, 1),
    )
    assert receipt == Receipt(
        value=1, events=tuple(Log("model_registry", event) for event in events)
    )
    assert view(machine, "owner_of", 1) == creator
    assert view(machine, "balance_of", creator) == 1
    assert view(machine, "count") == 1
    assert view(machine, "token_uri", 1) == registration.metadata_uri
    assert view(machine, "latest_version", 1) == 1
    assert view(machine, "contributors_of", 1) == ((creator, PARTNER), (7_500, 2_500))
    assert view(machine, "holder_of_weights", WEIGHTS) == (1, 1)
    assert view(machine, "licence_of", 1, 1) == 1
    assert view(machine, "version_of", 1, 1) == Version(
        0, WEIGHTS, "ipfs://weights", "mlp-64-32-10", 2_410, 1, machine.now, False
    )


def people(count: int) -> tuple[Address, ...]:
    return tuple(Address(f"0x{number:040x}") for number in range(1, count + 1))


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"licence_id": 0}, UnknownLicence(0)),
        ({"licence_id": 2}, UnknownLicence(2)),
        ({"contributors": (), "shares_bps": ()}, ContributorsInvalid(0, 0)),
        ({"contributors": (PARTNER,)}, ContributorsInvalid(1, 2)),
        ({"contributors": people(33), "shares_bps": (1,) * 33}, ContributorsInvalid(33, 33)),
        ({"contributors": (PARTNER, PARTNER)}, ContributorInvalid(PARTNER)),
        ({"contributors": (PARTNER, ZERO_ADDRESS)}, ContributorInvalid(ZERO_ADDRESS)),
        (
            {"contributors": (PARTNER, ZERO_ADDRESS), "shares_bps": (0, 10_000)},
            ShareIsZero(PARTNER),
        ),
        ({"shares_bps": (10_000, 0)}, ShareIsZero(PARTNER)),
        ({"shares_bps": (7_500, 2_499)}, SharesDoNotSum(9_999)),
        ({"shares_bps": (7_500, 2_501)}, SharesDoNotSum(10_001)),
        ({"shares_bps": (65_535, 65_535)}, SharesDoNotSum(131_070)),
        ({"resale_royalty_bps": 1_001}, ResaleRoyaltyTooHigh(1_001, 1_000)),
    ],
)
def test_a_refused_registration_says_why_and_changes_nothing(
    machine, creator, registration, changes, refusal
):
    before = machine.executor.digest()

    receipt = register(machine, creator, registration._replace(**changes))

    assert receipt == Receipt(refusal=refusal)
    assert machine.executor.digest() == before


def test_thirty_two_contributors_and_the_highest_royalty_are_allowed(
    machine, creator, registration
):
    crowd = registration._replace(
        contributors=people(32),
        shares_bps=(10_000 - 31, *(1,) * 31),
        resale_royalty_bps=1_000,
    )

    assert register(machine, creator, crowd).ok


def test_refusals_come_in_the_order_of_the_specification(machine, creator, registration, model_id):
    wrong = registration._replace(
        licence_id=9, contributors=(), shares_bps=(), resale_royalty_bps=2_000
    )
    repairs = [
        (UnknownLicence(9), {"licence_id": 1}),
        (ContributorsInvalid(0, 0), {"contributors": (PARTNER,), "shares_bps": (1,)}),
        (SharesDoNotSum(1), {"shares_bps": (10_000,)}),
        (ResaleRoyaltyTooHigh(2_000, 1_000), {"resale_royalty_bps": 1_000}),
        (WeightsTaken(WEIGHTS, model_id, 1), {"weights_hash": OTHER_WEIGHTS}),
    ]
    for refusal, repair in repairs:
        assert register(machine, creator, wrong).refusal == refusal
        wrong = wrong._replace(**repair)
    assert register(machine, creator, wrong).ok


def test_weights_are_registered_once_and_the_refusal_names_their_holder(
    machine, creator, intruder, registration, model_id
):
    assert publish(machine, creator, model_id).value == 2

    stolen = registration._replace(weights_hash=OTHER_WEIGHTS)
    taken = WeightsTaken(OTHER_WEIGHTS, model_id, 2)
    assert register(machine, intruder, stolen).refusal == taken
    assert publish(machine, creator, model_id).refusal == taken
    assert view(machine, "holder_of_weights", b"\x33" * 32) == (0, 0)


def test_only_lineage_registers_for_others(machine, creator, intruder, registration):
    refused = machine.call("model_registry", "register_for", creator, registration, sender=intruder)
    done = machine.call(
        "model_registry",
        "register_for",
        creator,
        registration,
        sender=machine.addresses["lineage"],
    )

    assert refused.refusal == OnlyLineage(intruder)
    assert done.value == 1
    assert view(machine, "owner_of", 1) == creator


def test_the_owner_publishes_versions_that_form_a_tree(machine, creator, model_id):
    machine.wait(60)
    receipt = publish(machine, creator, model_id, parent=1)
    third = publish(machine, creator, model_id, parent=1, weights=b"\x33" * 32)

    assert receipt == Receipt(
        value=2,
        events=(Log("model_registry", VersionPublished(model_id, 2, 1, OTHER_WEIGHTS, 1)),),
    )
    assert third.value == 3
    assert view(machine, "latest_version", model_id) == 3
    assert view(machine, "version_of", model_id, 2) == Version(
        1, OTHER_WEIGHTS, "ipfs://two", "mlp-64-16-10", 1_210, 1, machine.now, False
    )


def test_publishing_is_refused_to_all_but_the_owner_even_if_approved(
    machine, creator, intruder, model_id
):
    machine.call("model_registry", "approve", intruder, model_id, sender=creator)
    machine.call("model_registry", "set_approval_for_all", intruder, True, sender=creator)

    refused = publish(machine, intruder, model_id)

    assert refused.refusal == NotModelOwner(model_id, intruder)
    assert publish(machine, creator, 7).refusal == ERC721NonexistentToken(7)


def test_publishing_checks_parent_then_licence_then_weights(machine, creator, model_id):
    def refusal(parent, licence_id, weights):
        version = {"parent": parent, "weights": weights, "licence_id": licence_id}
        return publish(machine, creator, model_id, **version).refusal

    assert refusal(0, 9, WEIGHTS) == UnknownVersion(model_id, 0)
    assert refusal(2, 9, WEIGHTS) == UnknownVersion(model_id, 2)
    assert refusal(1, 9, WEIGHTS) == UnknownLicence(9)
    assert refusal(1, 1, WEIGHTS) == WeightsTaken(WEIGHTS, model_id, 1)
    assert refusal(1, 1, OTHER_WEIGHTS) is None


def test_a_deprecated_version_is_known_but_not_servable(machine, creator, intruder, model_id):
    def deprecate(sender, version=1):
        arguments = (model_id, version)
        return machine.call("model_registry", "deprecate_version", *arguments, sender=sender)

    assert view(machine, "is_servable", model_id, 1)
    assert deprecate(intruder).refusal == NotModelOwner(model_id, intruder)
    assert deprecate(creator, 0).refusal == UnknownVersion(model_id, 0)
    assert deprecate(creator, 2).refusal == UnknownVersion(model_id, 2)
    assert deprecate(creator) == Receipt(
        events=(Log("model_registry", VersionDeprecated(model_id, 1)),)
    )
    assert deprecate(creator).refusal == AlreadyDeprecated(model_id, 1)
    assert not view(machine, "is_servable", model_id, 1)
    assert view(machine, "version_of", model_id, 1).deprecated


def test_views_of_what_does_not_exist_refuse_or_are_zero(machine, model_id):
    assert view(machine, "version_of", model_id, 2) == UnknownVersion(model_id, 2)
    assert view(machine, "licence_of", 9, 1) == UnknownVersion(9, 1)
    assert view(machine, "latest_version", 9) == 0
    assert view(machine, "is_servable", model_id, 0) is False
    assert view(machine, "contributors_of", 9) == UnknownModel(9)
    assert view(machine, "royalty_info", 9, 100) == UnknownModel(9)
    assert view(machine, "token_uri", 9) == ERC721NonexistentToken(9)


def test_a_transfer_clears_the_approval_and_keeps_the_contributors(
    machine, creator, user, model_id
):
    machine.call("model_registry", "approve", PARTNER, model_id, sender=creator)

    receipt = machine.call(
        "model_registry", "transfer_from", creator, user, model_id, sender=PARTNER
    )

    assert receipt == Receipt(events=(Log("model_registry", Transfer(creator, user, model_id)),))
    assert view(machine, "owner_of", model_id) == user
    assert view(machine, "balance_of", creator) == 0
    assert view(machine, "balance_of", user) == 1
    assert view(machine, "get_approved", model_id) == ZERO_ADDRESS
    assert view(machine, "contributors_of", model_id)[0] == (creator, PARTNER)
    again = machine.call("model_registry", "transfer_from", user, PARTNER, 1, sender=PARTNER)
    assert again.refusal == ERC721InsufficientApproval(PARTNER, model_id)


def test_an_operator_approves_and_moves_all_tokens_of_the_owner(machine, creator, user, model_id):
    assert machine.call(
        "model_registry", "set_approval_for_all", user, True, sender=creator
    ) == Receipt(events=(Log("model_registry", ApprovalForAll(creator, user, True)),))
    assert view(machine, "is_approved_for_all", creator, user) is True

    approval = machine.call("model_registry", "approve", PARTNER, model_id, sender=user)
    moved = machine.call("model_registry", "transfer_from", creator, user, 1, sender=user)

    event = Approval(creator, PARTNER, model_id)
    assert approval == Receipt(events=(Log("model_registry", event),))
    assert moved.ok


def test_refusals_of_the_token_are_openzeppelins(machine, creator, intruder, model_id):
    def call(function, *arguments, sender=intruder):
        return machine.call("model_registry", function, *arguments, sender=sender).refusal

    assert call("approve", intruder, model_id) == ERC721InvalidApprover(intruder)
    assert call("approve", intruder, 9) == ERC721NonexistentToken(9)
    assert call("set_approval_for_all", ZERO_ADDRESS, True) == ERC721InvalidOperator(ZERO_ADDRESS)
    assert call("transfer_from", creator, ZERO_ADDRESS, model_id) == ERC721InvalidReceiver(
        ZERO_ADDRESS
    )
    assert call("transfer_from", creator, intruder, 9) == ERC721NonexistentToken(9)
    assert call("transfer_from", creator, intruder, model_id) == ERC721InsufficientApproval(
        intruder, model_id
    )
    assert call("transfer_from", PARTNER, PARTNER, 1, sender=creator) == ERC721IncorrectOwner(
        PARTNER, model_id, creator
    )
    assert view(machine, "balance_of", ZERO_ADDRESS) == ERC721InvalidOwner(ZERO_ADDRESS)
    assert view(machine, "get_approved", 9) == ERC721NonexistentToken(9)
    assert view(machine, "owner_of", 9) == ERC721NonexistentToken(9)


def test_the_interfaces_are_those_of_the_published_ids(machine):
    for name, supported in {
        "01ffc9a7": True,  # ERC-165
        "80ac58cd": True,  # ERC-721
        "5b5e139f": True,  # ERC-721 metadata
        "2a55205a": True,  # ERC-2981
        "780e9d63": False,  # ERC-721 enumerable
        "ffffffff": False,
    }.items():
        assert view(machine, "supports_interface", bytes.fromhex(name)) is supported
    assert view(machine, "name") == "Model NFT"
    assert view(machine, "symbol") == "MODEL"


def test_resale_royalties_round_as_erc2981_examples_do(machine, creator, registration):
    # The registry allows at most 1,000 basis points: the two rows above are out of its range.
    rows = json.loads((VECTORS / "erc2981.json").read_text())["numeric"]
    within = [row for row in rows if row["bps"] <= 1_000]
    assert len(within) == 7

    for number, row in enumerate(within, start=1):
        model = registration._replace(
            weights_hash=bytes([number]) * 32, resale_royalty_bps=row["bps"]
        )
        model_id = register(machine, creator, model).value

        expected = (machine.addresses["revenue"], row["expected"])
        assert view(machine, "royalty_info", model_id, row["price"]) == expected


def test_a_royalty_of_the_largest_price_does_not_overflow(machine, model_id):
    price = 2**256 - 1

    assert view(machine, "royalty_info", model_id, price)[1] == price * 500 // 10_000
