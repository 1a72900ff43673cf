import pytest

from protocol.licences import ALL_CLASSES, Terms
from protocol.model_registry_terms import (
    ModelRegistered,
    Registration,
    Version,
    VersionPublished,
    WeightsTaken,
)
from protocol.openzeppelin.erc721 import Transfer
from protocol.openzeppelin.errors import ERC721InsufficientApproval
from protocol.types import ZERO_ADDRESS, Log, Receipt

OPEN = Terms(True, 2, 0, False, ALL_CLASSES, ALL_CLASSES)


@pytest.fixture
def registration(machine, creator, fine_tuner) -> Registration:
    assert machine.call("licences", "create", OPEN, sender=creator).value == 1
    return Registration(
        metadata_uri='ipfs://"quoted", é, 模型',
        weights_hash=b"\xff" * 32,
        storage_uri="",
        architecture="mlp" * 20,
        parameter_count=2**64 - 1,
        licence_id=1,
        resale_royalty_bps=1_000,
        contributors=(creator, fine_tuner),
        shares_bps=(9_999, 1),
    )


def test_a_registered_model_is_the_same_on_every_machine(machine, creator, registration):
    receipt = machine.call("model_registry", "register", registration, sender=creator)

    events = (
        Transfer(ZERO_ADDRESS, creator, 1),
        ModelRegistered(1, creator, 1, registration.metadata_uri),
        VersionPublished(1, 1, 0, b"\xff" * 32, 1),
    )
    assert receipt == Receipt(
        value=1, events=tuple(Log("model_registry", event) for event in events)
    )
    assert machine.view("model_registry", "version_of", 1, 1) == Version(
        0, b"\xff" * 32, "", "mlp" * 20, 2**64 - 1, 1, machine.now, False
    )
    assert machine.view("model_registry", "contributors_of", 1) == (
        registration.contributors,
        registration.shares_bps,
    )
    assert machine.view("model_registry", "token_uri", 1) == registration.metadata_uri
    largest_price = 2**256 - 1
    assert machine.view("model_registry", "royalty_info", 1, largest_price) == (
        machine.addresses["revenue"],
        largest_price // 10,
    )


def test_weights_are_taken_on_every_machine(machine, creator, intruder, registration):
    machine.call("model_registry", "register", registration, sender=creator)

    stolen = machine.call("model_registry", "register", registration, sender=intruder)

    assert stolen == Receipt(refusal=WeightsTaken(b"\xff" * 32, 1, 1))
    assert machine.view("model_registry", "count") == 1


def test_nobody_moves_a_model_without_leave_on_any_machine(
    machine, creator, intruder, registration
):
    machine.call("model_registry", "register", registration, sender=creator)

    theft = machine.call("model_registry", "transfer_from", creator, intruder, 1, sender=intruder)

    assert theft == Receipt(refusal=ERC721InsufficientApproval(intruder, 1))
    assert machine.view("model_registry", "owner_of", 1) == creator
