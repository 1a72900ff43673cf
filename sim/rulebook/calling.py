"""
Typed calls: any function of any contract, its arguments checked by name and type before it is sent.

    call(Staking.stake, HOST, 1_000 * WAD).by(sender, timestamp)

A type checker sees the arguments of the model's method; at run time they are held against the ABI.
"""

import inspect
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, Concatenate, NamedTuple, ParamSpec

import contracts
from protocol.contract import Observation
from protocol.deployment import ORDER
from protocol.types import Address, Call, Context
from sim.chain.abi import ArgumentError, TupleType, compile_list
from sim.chain.deployment import contract_class
from sim.chain.names import python_name

P = ParamSpec("P")


class Unsent(NamedTuple):
    """A call that nobody has sent yet."""

    contract: str
    function: str
    arguments: tuple[Any, ...]

    def by(self, sender: Address, timestamp: int, value: int = 0) -> Call:
        """Return the call as a transaction of somebody's, at a time (Unix seconds), with coin."""
        return Call(self.contract, self.function, self.arguments, sender, timestamp, value)

    def question(self) -> Observation:
        """Return the call as a question that a view answers."""
        return Observation(self.contract, self.function, self.arguments)


def call(
    method: Callable[Concatenate[Any, Context, P], object], /, *args: P.args, **kwargs: P.kwargs
) -> Unsent:
    """
    Return a call of a contract's function, given as the method of the model's class.

    Raises:
        TypeError: The method is no contract's, or an argument is missing or unknown.
        sim.chain.abi.ArgumentError: An argument is not what the ABI asks for.
    """
    contract, function, codecs = _place(method)
    bound = inspect.signature(method).bind(None, None, *args, **kwargs)
    bound.apply_defaults()
    arguments = bound.args[2:]
    while arguments and arguments[-1] is None:
        # Only an overload's longer form has it.
        arguments = arguments[:-1]
    try:
        codecs[len(arguments)].encode(arguments)
    except ArgumentError as error:
        raise error.inside(f"{contract}.{function}") from None
    return Unsent(contract, function, arguments)


@cache
def _place(method: Callable[..., object]) -> tuple[str, str, Mapping[int, TupleType]]:
    name = method.__name__
    owners = [each for each in ORDER if getattr(contract_class(each), name, None) is method]
    if len(owners) != 1:
        raise TypeError(f"{method.__qualname__} is not a function of one contract")
    model = contract_class(owners[0])
    forms = [
        entry["inputs"]
        for entry in contracts.load(model.SOLIDITY).abi
        if entry["type"] == "function" and python_name(entry["name"]) == name
    ]
    if not forms:
        raise TypeError(f"{method.__qualname__} is not external")
    return owners[0], name, {len(inputs): compile_list(inputs) for inputs in forms}
