"""Badges: minted once per recorded contributor, and staying there, on every machine."""

import json
from pathlib import Path

import pytest

from protocol.badges import (
    Badge,
    BadgeAwarded,
    BadgeIsSoulbound,
    BadgeKnown,
    Locked,
    NotContributor,
)
from protocol.errors import UnknownModel
from protocol.licences import ALL_CLASSES, Terms
from protocol.model_registry_terms import Registration
from protocol.openzeppelin.erc721 import Transfer
from protocol.openzeppelin.errors import (
    ERC721InvalidApprover,
    ERC721InvalidOperator,
    ERC721InvalidOwner,
    ERC721InvalidReceiver,
    ERC721NonexistentToken,
)
from protocol.types import ZERO_ADDRESS, Log, Receipt

IDS = {
    each["name"]: bytes.fromhex(each["published"][2:])
    for each in json.loads(
        (Path(__file__).parents[1] / "vectors" / "erc_interface_ids.json").read_text("utf-8")
    )["ids"]
}


@pytest.fixture
def model(machine, creator, fine_tuner):
    """A model of two contributors, 70 % and 30 %."""
    terms = Terms(True, 2, 0, False, ALL_CLASSES, ALL_CLASSES)
    assert machine.call("licences", "create", terms, sender=creator).ok
    shares = ((creator, fine_tuner), (7_000, 3_000))
    registration = Registration("ipfs://document", b"\1" * 32, "", "mlp", 9, 1, 0, *shares)
    registered = machine.call("model_registry", "register", registration, sender=creator)
    assert registered.ok, registered
    return registered.value


def test_anyone_mints_a_contributors_badge_to_the_contributor(machine, model, fine_tuner, intruder):
    receipt = machine.call("badges", "award", model, fine_tuner, sender=intruder)

    events = (
        Transfer(ZERO_ADDRESS, fine_tuner, 1),
        Locked(1),
        BadgeAwarded(1, model, fine_tuner, 3_000),
    )
    assert receipt == Receipt(value=1, events=tuple(Log("badges", event) for event in events))
    assert machine.view("badges", "owner_of", 1) == fine_tuner
    assert machine.view("badges", "locked", 1) is True
    assert machine.view("badges", "badge_of", 1) == Badge(model, fine_tuner, 3_000, machine.now)
    assert machine.view("badges", "badge_id_of", model, fine_tuner) == 1
    assert machine.view("badges", "token_uri", 1) == "ipfs://document"
    assert machine.view("badges", "count") == 1


def test_a_badge_is_minted_once(machine, model, creator, fine_tuner):
    assert machine.call("badges", "award", model, creator, sender=creator).value == 1

    again = machine.call("badges", "award", model, creator, sender=fine_tuner)

    assert again == Receipt(refusal=BadgeKnown(1))
    assert machine.call("badges", "award", model, fine_tuner, sender=creator).value == 2


@pytest.mark.parametrize("stranger", ["intruder", "nobody"])
def test_only_a_contributor_gets_a_badge(machine, model, intruder, stranger):
    account = intruder if stranger == "intruder" else ZERO_ADDRESS

    refused = machine.call("badges", "award", model, account, sender=intruder)

    assert refused == Receipt(refusal=NotContributor(model, account))


def test_there_is_no_badge_of_an_unknown_model(machine, model, creator):
    refused = machine.call("badges", "award", model + 1, creator, sender=creator)

    assert refused == Receipt(refusal=UnknownModel(model + 1))


def test_not_even_its_holder_or_an_approved_account_moves_a_badge(
    machine, model, creator, fine_tuner, intruder
):
    assert machine.call("badges", "award", model, creator, sender=creator).ok
    assert machine.call("badges", "approve", intruder, 1, sender=creator).ok
    operator = ("badges", "set_approval_for_all", fine_tuner, True)
    assert machine.call(*operator, sender=creator).ok
    nobody = ("badges", "set_approval_for_all", ZERO_ADDRESS, True)
    refused = machine.call(*nobody, sender=creator)
    assert refused == Receipt(refusal=ERC721InvalidOperator(ZERO_ADDRESS))
    strange = machine.call("badges", "approve", intruder, 1, sender=intruder)
    assert strange == Receipt(refusal=ERC721InvalidApprover(intruder))

    moves = [
        machine.call("badges", "transfer_from", creator, intruder, 1, sender=sender)
        for sender in (creator, intruder, fine_tuner)
    ]

    assert moves == [Receipt(refusal=BadgeIsSoulbound(1))] * 3
    assert machine.view("badges", "owner_of", 1) == creator
    assert machine.view("badges", "balance_of", creator) == 1


def test_a_sold_model_leaves_its_badges_where_they_are(machine, model, creator, intruder):
    assert machine.call("badges", "award", model, creator, sender=creator).ok
    sale = ("model_registry", "transfer_from", creator, intruder, model)
    assert machine.call(*sale, sender=creator).ok

    assert machine.view("badges", "owner_of", 1) == creator
    refused = machine.call("badges", "award", model, intruder, sender=intruder)
    assert refused == Receipt(refusal=NotContributor(model, intruder))


def test_asking_for_a_badge_that_does_not_exist_is_refused(machine, creator, intruder):
    nothing = ERC721NonexistentToken(1)

    for view in ("locked", "badge_of", "token_uri", "owner_of"):
        assert machine.view("badges", view, 1) == nothing
    moved = machine.call("badges", "transfer_from", creator, intruder, 1, sender=creator)
    assert moved == Receipt(refusal=nothing)
    lost = machine.call("badges", "transfer_from", creator, ZERO_ADDRESS, 1, sender=creator)
    assert lost == Receipt(refusal=ERC721InvalidReceiver(ZERO_ADDRESS))
    assert machine.view("badges", "balance_of", ZERO_ADDRESS) == ERC721InvalidOwner(ZERO_ADDRESS)


def test_badges_say_which_standards_they_keep(machine):
    kept = {name for name in IDS if machine.view("badges", "supports_interface", IDS[name])}

    assert kept == {"ERC165", "ERC721", "ERC721Metadata", "ERC5192"}
