"""Contracts and model have the same functions, structs, errors and events, by one naming rule."""

import inspect
import typing
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from typing import Any

import pytest

import contracts
from protocol.contract import Contract
from protocol.deployment import ORDER
from sim.chain.deployment import contract_class
from sim.chain.names import python_name

CLASSES = [contract_class(name) for name in ORDER]
every_contract = pytest.mark.parametrize("model", CLASSES, ids=lambda model: model.SOLIDITY)


def entries(model: type[Contract], kind: str) -> dict[str, Mapping[str, Any]]:
    """Return the ABI's entries by name; of overloads the longest, the first among equals."""
    found: dict[str, Mapping[str, Any]] = {}
    for entry in contracts.load(model.SOLIDITY).abi:
        if entry["type"] != kind or entry["name"] in model.UNMODELLED:
            continue
        known = found.get(entry["name"])
        if known is None or len(known["inputs"]) < len(entry["inputs"]):
            found[entry["name"]] = entry
    return found


def external_functions(model: type[Contract]) -> dict[str, Any]:
    """Return the public methods that take a context first."""
    methods = inspect.getmembers(model, inspect.isfunction)
    return {
        name: method
        for name, method in methods
        if not name.startswith("_")
        and not hasattr(Contract, name)
        and list(inspect.signature(method).parameters)[1:2] == ["ctx"]
    }


def spelled(name: str) -> str:
    return python_name(name.lstrip("_"))


def hinted_structs(hint: Any) -> Iterator[type]:
    """Yield the NamedTuple classes that a type hint mentions, and those inside them."""
    if isinstance(hint, type) and hasattr(hint, "_fields"):
        yield hint
        for member in typing.get_type_hints(hint).values():
            yield from hinted_structs(member)
    for argument in typing.get_args(hint):
        yield from hinted_structs(argument)


def assert_struct(entry: Mapping[str, Any], hint: Any, place: str) -> None:
    """Where the ABI has a struct, the model has a NamedTuple of its name, with its fields."""
    if not entry["type"].startswith("tuple"):
        return
    name = entry["internalType"].removeprefix("struct ").split("[")[0].split(".")[-1]
    structs = [each for each in hinted_structs(hint) if each.__name__ == name]
    assert structs, f"{place}: no struct {name} in {hint}"
    members = tuple(spelled(component["name"]) for component in entry["components"])
    assert structs[0]._fields == members, place
    hints = typing.get_type_hints(structs[0])
    for component, field in zip(entry["components"], members, strict=True):
        assert_struct(component, hints[field], f"{place}.{field}")


def assert_same_fields(kind: type, inputs: Sequence[Mapping[str, Any]]) -> None:
    assert [each.name for each in fields(kind)] == [spelled(each["name"]) for each in inputs]
    hints = typing.get_type_hints(kind)
    for each in inputs:
        assert_struct(each, hints[spelled(each["name"])], kind.__name__)


@every_contract
def test_the_model_has_the_contracts_functions_and_no_others(model):
    on_chain = {python_name(name) for name in entries(model, "function")}

    assert set(external_functions(model)) == on_chain


@every_contract
def test_a_function_takes_the_same_arguments_in_the_same_order(model):
    methods = external_functions(model)
    for name, entry in entries(model, "function").items():
        method = methods[python_name(name)]
        arguments = list(inspect.signature(method).parameters)[2:]
        hints = typing.get_type_hints(method)

        assert len(arguments) == len(entry["inputs"]), name
        for argument, each in zip(arguments, entry["inputs"], strict=True):
            assert argument == (spelled(each["name"]) or argument), name
            assert_struct(each, hints[argument], f"{name}({argument})")


@every_contract
def test_a_function_returns_the_same_structs(model):
    methods = external_functions(model)
    for name, entry in entries(model, "function").items():
        hint = typing.get_type_hints(methods[python_name(name)])["return"]

        assert bool(entry["outputs"]) == (hint is not type(None)), name
        for each in entry["outputs"]:
            assert_struct(each, hint, name)


@every_contract
def test_the_model_knows_which_functions_take_coin(model):
    payable = {
        python_name(name)
        for name, entry in entries(model, "function").items()
        if entry["stateMutability"] == "payable"
    }

    assert payable == model.PAYABLE


@every_contract
def test_the_model_has_the_contracts_events_with_their_fields(model):
    on_chain = entries(model, "event")

    assert {each.__name__ for each in model.EVENTS} == set(on_chain)
    for each in model.EVENTS:
        assert_same_fields(each, on_chain[each.__name__]["inputs"])


@every_contract
def test_the_model_has_the_contracts_errors_with_their_arguments(model):
    on_chain = entries(model, "error")

    assert {each.__name__ for each in model.ERRORS} == set(on_chain)
    for each in model.ERRORS:
        assert_same_fields(each, on_chain[each.__name__]["inputs"])


@every_contract
def test_what_the_model_does_without_is_on_the_contract_and_not_in_the_model(model):
    on_chain = {entry.get("name") for entry in contracts.load(model.SOLIDITY).abi}
    modelled = set(external_functions(model))
    modelled |= {each.__name__ for each in (*model.EVENTS, *model.ERRORS)}

    assert on_chain >= model.UNMODELLED
    assert not {python_name(name) for name in model.UNMODELLED} & modelled
    assert not model.UNMODELLED & modelled


@every_contract
def test_the_constructor_takes_what_the_model_says(model, deployment):
    constructor = [e for e in contracts.load(model.SOLIDITY).abi if e["type"] == "constructor"]
    expected = len(constructor[0]["inputs"]) if constructor else 0

    assert len(model.constructor_arguments(deployment)) == expected


@every_contract
def test_a_compared_view_exists_and_takes_its_tables_keys(model, world):
    contract = getattr(world, model.NAME)
    methods = external_functions(model)
    for function, table, _ in model.OBSERVED:
        assert function in methods
        assert table is None or table in vars(contract), f"{model.NAME}: no table {table}"


def test_two_contracts_never_spell_one_error_differently():
    declared: dict[str, type] = {}
    for model in CLASSES:
        for each in model.ERRORS:
            assert declared.setdefault(each.__name__, each) is each, each.__name__


@pytest.mark.parametrize(
    ("solidity", "python"),
    [
        ("tokenURI", "token_uri"),
        ("modelId", "model_id"),
        ("eip712Domain", "eip712_domain"),
        ("DOMAIN_SEPARATOR", "domain_separator"),
        ("CLOCK_MODE", "clock_mode"),
        ("from", "from_"),
        ("setApprovalForAll", "set_approval_for_all"),
    ],
)
def test_a_contracts_name_has_one_spelling_in_the_model(solidity, python):
    assert python_name(solidity) == python
