"""What the rulebook says can happen: complete, and true of what does happen."""

import pytest

from protocol.deployment import ORDER
from protocol.lineage import Lineage
from protocol.openzeppelin.erc20 import Transfer
from protocol.openzeppelin.errors import ERC20InsufficientBalance, ERC721NonexistentToken
from protocol.staking import BelowMinimum, Staked, Staking
from protocol.types import Event, ProtocolError
from sim.chain.deployment import contract_class
from sim.rulebook import functions
from sim.rulebook.reach import outcomes


@pytest.mark.parametrize("name", ORDER)
def test_every_refusal_and_event_that_a_contract_declares_can_be_reached(name):
    model = contract_class(name)
    ours = [each for each in functions() if each.contract == name]

    refusals: set[type[ProtocolError]] = {error for each in ours for error in each.refusals}
    events: set[type[Event]] = {event for each in ours for event in each.events}

    # The shares of a fixed supply are minted by the constructor alone.
    assert set(model.ERRORS) <= refusals
    assert set(model.EVENTS) <= events


def test_what_other_contracts_refuse_and_announce_is_reached_through_them():
    reached = outcomes(Staking, "stake")

    assert {BelowMinimum, ERC20InsufficientBalance} <= reached.refusals
    assert {Staked, Transfer} <= reached.events


def test_a_method_of_a_base_class_is_followed_as_the_contract_finds_it():
    assert ERC721NonexistentToken in outcomes(contract_class("model_registry"), "owner_of").refusals


def test_an_unknown_function_is_refused():
    with pytest.raises(KeyError, match="Lineage has no function undo"):
        outcomes(Lineage, "undo")


def test_documented_refusals_can_all_be_reached():
    for each in functions():
        method = getattr(contract_class(each.contract), each.name)
        _, _, listed = (method.__doc__ or "").partition("Raises:")
        promised = {
            name
            for line in listed.splitlines()
            if line.startswith(" " * 12) and line[12:13].isupper()
            for name in line.strip().partition(":")[0].split(", ")
        }

        assert promised == {error.__name__ for error, when in each.refusals.items() if when}
