"""Every external function of every contract: its names, types, text, refusals and events."""

import inspect
import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, NamedTuple, get_args

import contracts
from protocol.contract import Contract
from protocol.deployment import ORDER
from protocol.types import Event, ProtocolError
from sim.chain.deployment import contract_class
from sim.chain.names import python_name
from sim.rulebook.reach import outcomes

_MODULE = re.compile(r"\b(?:\w+\.)+(?=\w)")
_RAISES = re.compile(r"^Raises:\n((?:    .*(?:\n|$))+)", re.MULTILINE)
_REFUSAL = re.compile(r"^    (\w+(?:, \w+)*): (.*(?:\n     +.*)*)", re.MULTILINE)


class Argument(NamedTuple):
    """
    An argument: the model's name, the ABI's type, the model's type as written, and what the
    contract's NatSpec says of it, units included.
    """

    name: str
    solidity_type: str
    python_type: str
    text: str


class Function(NamedTuple):
    """
    One external function.

    `refusals` maps each reason that can be reached to when it is given, empty where only a part
    that is called says so; `is_view` marks functions that change nothing.
    """

    contract: str
    name: str
    signature: str
    is_view: bool
    is_payable: bool
    arguments: tuple[Argument, ...]
    returns: str
    text: str
    refusals: Mapping[type[ProtocolError], str]
    events: tuple[type[Event], ...]

    @property
    def key(self) -> str:
        """How tables name it: `contract.function`."""
        return f"{self.contract}.{self.name}"


@cache
def functions() -> tuple[Function, ...]:
    """Return every function that the model has, contract by contract, in the model's order."""
    return tuple(
        function for name in ORDER for function in _functions_of(name, contract_class(name))
    )


def _functions_of(name: str, model: type[Contract]) -> Iterator[Function]:
    # Of overloads the model has the longest form, with defaults.
    by_length = sorted(
        contracts.load(model.SOLIDITY).abi, key=lambda each: len(each.get("inputs", ()))
    )
    entries = {
        python_name(entry["name"]): entry
        for entry in by_length
        if entry["type"] == "function" and entry["name"] not in model.UNMODELLED
    }
    for function in _in_order_of_declaration(model, tuple(entries)):
        yield _function(name, model, function, entries[function])


def _in_order_of_declaration(model: type[Contract], names: tuple[str, ...]) -> list[str]:
    declared = [name for base in model.__mro__ for name in vars(base)]
    return sorted(names, key=declared.index)


def _function(
    name: str, model: type[Contract], function: str, entry: Mapping[str, Any]
) -> Function:
    method = getattr(model, function)
    signature = inspect.signature(method)
    typed = [each for each in signature.parameters.values() if each.name not in ("self", "ctx")]
    reached = outcomes(model, function)
    text, said = _parts(inspect.getdoc(method) or "")
    abi_signature = f"{entry['name']}({','.join(abi_type(each) for each in entry['inputs'])})"
    notes = contracts.load(model.SOLIDITY).parameters.get(abi_signature, {})
    return Function(
        contract=name,
        name=function,
        signature=abi_signature,
        is_view=entry["stateMutability"] in ("view", "pure"),
        is_payable=entry["stateMutability"] == "payable",
        arguments=tuple(
            Argument(
                parameter.name,
                abi_type(given),
                _written(parameter.annotation),
                notes.get(given["name"], ""),
            )
            for parameter, given in zip(typed, entry["inputs"], strict=True)
        ),
        returns=_written(signature.return_annotation),
        text=text,
        refusals={
            error: said.get(error.__name__, "")
            for error in sorted(reached.refusals, key=lambda each: each.__name__)
        },
        events=tuple(sorted(reached.events, key=lambda each: each.__name__)),
    )


def abi_type(given: Mapping[str, Any]) -> str:
    """Return a type as selectors are made from it: a struct is the list of its fields."""
    kind = str(given["type"])
    if not kind.startswith("tuple"):
        return kind
    fields = ",".join(abi_type(each) for each in given["components"])
    return f"({fields}){kind.removeprefix('tuple')}"


def _written(annotation: Any) -> str:
    if annotation is None or annotation is inspect.Signature.empty:
        return "None"
    if isinstance(annotation, str):
        return annotation
    if isinstance(annotation, type) and not get_args(annotation):
        return annotation.__name__
    # A generic such as Sequence[bytes], or a NewType, without its module.
    return _MODULE.sub("", str(annotation))


def _parts(doc: str) -> tuple[str, Mapping[str, str]]:
    """Return a docstring's text without its list of refusals, and the refusals with their text."""
    found = _RAISES.search(doc)
    if found is None:
        return " ".join(doc.split()), {}
    said = {
        name: " ".join(when.split())
        for names, when in _REFUSAL.findall(found[1])
        for name in names.split(", ")
    }
    return " ".join(doc[: found.start()].split()), said
