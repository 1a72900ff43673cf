"""Every function is called by its model's method, with arguments that the ABI takes."""

import pytest

from protocol.badges import Badges
from protocol.contract import Observation
from protocol.governor import Governor
from protocol.model_registry import ModelRegistry
from protocol.money import WAD
from protocol.settlement_token import SettlementToken
from protocol.staking import HOST, Staking
from protocol.types import Address, Call
from sim.chain.abi import ArgumentError
from sim.chain.deployment import contract_class
from sim.rulebook import call, functions

SENDER = Address("0x" + "a1" * 20)


def test_a_call_says_who_when_and_what():
    staked = call(Staking.stake, HOST, amount=5 * WAD).by(SENDER, 1_000)

    assert staked == Call("staking", "stake", (HOST, 5 * WAD), SENDER, 1_000)


def test_a_view_is_asked_the_same_way():
    asked = call(Staking.position_of, SENDER, HOST).question()

    assert asked == Observation("staking", "position_of", (SENDER, HOST))


def test_a_method_of_a_base_belongs_to_the_contract_that_has_it():
    assert call(SettlementToken.transfer, SENDER, 1).contract == "settlement_token"


def test_a_base_of_two_contracts_belongs_to_the_one_that_is_named():
    sold = call(ModelRegistry.transfer_from, SENDER, SENDER, 1)
    moved = call(Badges.transfer_from, SENDER, SENDER, 1)

    assert (sold.contract, moved.contract) == ("model_registry", "badges")


def test_an_overload_is_chosen_by_what_is_given():
    assert call(Governor.quorum_numerator).arguments == ()
    assert call(Governor.quorum_numerator, 7).arguments == (7,)


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [((HOST, -1), "staking.stake"), ((HOST, 2**256), "staking.stake"), ((300, 1), "staking.stake")],
)
def test_an_argument_that_the_abi_does_not_take_is_refused_with_its_place(arguments, problem):
    with pytest.raises(ArgumentError, match=problem):
        call(Staking.stake, *arguments)


def test_missing_and_unknown_arguments_are_refused():
    with pytest.raises(TypeError, match="missing a required argument: 'amount'"):
        call(Staking.stake, HOST)
    with pytest.raises(TypeError, match="stak"):
        call(Staking.stake, HOST, 1, stak=2)


def test_what_is_no_function_of_a_contract_is_refused():
    with pytest.raises(TypeError, match="is not a function of one contract"):
        call(print)
    with pytest.raises(TypeError, match="is not external"):
        call(Staking._minimum)


def zero_of(solidity_type):
    """A value of a type: zero, or an empty list."""
    if solidity_type.endswith("]"):
        return ()
    if solidity_type.startswith("("):
        return tuple(zero_of(each) for each in members(solidity_type[1:-1]))
    if solidity_type.startswith("bytes"):
        return bytes(int(solidity_type[5:] or 0))
    values = {"address": SENDER, "bool": False, "string": ""}
    return values.get(solidity_type, 0)


def members(text):
    """Split a struct's types at its own commas."""
    found, depth, start = [], 0, 0
    for at, letter in enumerate(text):
        depth += (letter == "(") - (letter == ")")
        if letter == "," and depth == 0:
            found.append(text[start:at])
            start = at + 1
    return [*found, text[start:]]


@pytest.mark.parametrize("function", functions(), ids=lambda each: each.key)
def test_every_function_can_be_called(function):
    method = getattr(contract_class(function.contract), function.name)
    given = [zero_of(each.solidity_type) for each in function.arguments]

    unsent = call(method, *given)

    assert (unsent.contract, unsent.function) == (function.contract, function.name)
    assert unsent.arguments == tuple(given)
