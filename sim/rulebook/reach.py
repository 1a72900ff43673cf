"""
Which refusals a function can end in and which events it can announce, read from the model's source.

The source is followed through private methods, other contracts, the parts taken from OpenZeppelin
and plain functions. What is found is an upper bound: a refusal that an earlier check makes
impossible is still listed.
"""

import ast
import inspect
import textwrap
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from types import FunctionType, ModuleType
from typing import Any, NamedTuple

from protocol.contract import Contract
from protocol.deployment import ORDER
from protocol.types import Event, ProtocolError
from sim.chain.deployment import contract_class


class Outcomes(NamedTuple):
    """The refusals and the events that a function can reach."""

    refusals: frozenset[type[ProtocolError]]
    events: frozenset[type[Event]]


_NOTHING = Outcomes(frozenset(), frozenset())


class _World:
    """Stands for `self._world`: its attributes are the contracts."""


class _Bound(NamedTuple):
    """A method and the class that it is looked up from, for `super()`."""

    code: FunctionType
    owner: type
    defined_in: type


def outcomes(contract: type[Contract], function: str) -> Outcomes:
    """Return what an external function of the model can end in; KeyError for an unknown one."""
    bound = _method(contract, function)
    if bound is None:
        raise KeyError(f"{contract.__name__} has no function {function}")
    refusals: set[type[ProtocolError]] = set()
    events: set[type[Event]] = set()
    seen: set[tuple[object, type]] = set()
    open_calls: list[_Bound] = [bound]
    while open_calls:
        each = open_calls.pop()
        # As an object: to a type checker a class's function is a method of an instance.
        place: tuple[object, type] = (each.code, each.owner)
        if place in seen:
            continue
        seen.add(place)
        found = _read(each)
        refusals |= found.refusals
        events |= found.events
        open_calls += found.calls
    return Outcomes(frozenset(refusals), frozenset(events))


def _method(owner: type, name: str, after: type | None = None) -> _Bound | None:
    """Return a method as `owner` would find it, after a class of its MRO where `super()` asks."""
    order = owner.__mro__
    start = order.index(after) + 1 if after is not None else 0
    for base in order[start:]:
        held = vars(base).get(name)
        held = held.fget if isinstance(held, property) else held
        held = held.__func__ if isinstance(held, classmethod | staticmethod) else held
        if isinstance(held, FunctionType):
            return _Bound(held, owner, base)
    return None


class _Reader:
    """What one function raises, emits and calls."""

    def __init__(self, bound: _Bound) -> None:
        self.refusals: set[type[ProtocolError]] = set()
        self.events: set[type[Event]] = set()
        self.calls: list[_Bound] = []
        self._bound = bound
        self._names: dict[str, Any] = {}
        code: Any = bound.code
        self._globals: Mapping[str, Any] = code.__globals__
        tree = _tree(code)
        if bound.owner is not object:
            self._names["self"] = self._names["cls"] = bound.owner
        for node in ast.walk(tree):
            if isinstance(node, ast.Assign):
                self._assign(node)
        for node in ast.walk(tree):
            self._read(node)

    def _assign(self, node: ast.Assign) -> None:
        (target, *_), value = node.targets, node.value
        pairs = [(target, value)]
        if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
            pairs = list(zip(target.elts, value.elts, strict=False))
        for name, given in pairs:
            meaning = self._meaning(given) if isinstance(name, ast.Name) else None
            if isinstance(name, ast.Name) and meaning is not None:
                self._names[name.id] = meaning

    def _read(self, node: ast.AST) -> None:
        if isinstance(node, ast.Raise) and node.exc is not None:
            self._raised(self._meaning(node.exc))
        elif isinstance(node, ast.Call):
            self._called(self._meaning(node.func))
        elif isinstance(node, ast.Attribute):
            meaning = self._meaning(node)
            if isinstance(meaning, _Bound):
                # Methods that are handed on, and properties.
                self.calls.append(meaning)

    def _raised(self, meaning: Any) -> None:
        if isinstance(meaning, type) and issubclass(meaning, ProtocolError):
            self.refusals.add(meaning)

    def _called(self, meaning: Any) -> None:
        if isinstance(meaning, FunctionType):
            self.calls.append(_Bound(meaning, object, object))
        elif isinstance(meaning, type) and issubclass(meaning, Event):
            self.events.add(meaning)
        elif isinstance(meaning, type) and issubclass(meaning, ProtocolError):
            # A function that makes the refusal for its caller to raise.
            self.refusals.add(meaning)

    def _meaning(self, node: ast.AST) -> Any:
        """Return the class, function, method or contract that an expression stands for, or None."""
        if isinstance(node, ast.Call):
            return self._returned(node)
        if isinstance(node, ast.Name):
            return self._names.get(node.id, self._globals.get(node.id))
        if isinstance(node, ast.Attribute):
            return self._attribute(self._meaning(node.value), node.attr)
        return None

    def _returned(self, node: ast.Call) -> Any:
        if isinstance(node.func, ast.Name) and node.func.id == "super":
            return super
        called = self._meaning(node.func)
        # Creating an object: what follows is called on an instance of that class.
        return called if isinstance(called, type) else None

    def _attribute(self, owner: Any, name: str) -> Any:
        if owner is super:
            return _method(self._bound.owner, name, after=self._bound.defined_in)
        if owner is _World:
            return contract_class(name) if name in ORDER else None
        if isinstance(owner, ModuleType):
            return getattr(owner, name, None)
        if not isinstance(owner, type):
            return None
        if name == "_world":
            return _World
        return _method(owner, name) or _parts(owner).get(name)


@cache
def _read(bound: _Bound) -> _Reader:
    """Return what a function's source says; one is part of many others."""
    return _Reader(bound)


@cache
def _parts(owner: type) -> Mapping[str, type]:
    """Return the classes of the objects that a class makes for itself in `__init__`."""
    found: dict[str, type] = {}
    for base in reversed(owner.__mro__):
        code = vars(base).get("__init__")
        if not isinstance(code, FunctionType):
            continue
        for name, called in _made(_tree(code)):
            made = code.__globals__.get(called)
            if isinstance(made, type):
                found[name] = made
    return found


def _made(tree: ast.AST) -> Iterator[tuple[str, str]]:
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Assign)
            and isinstance(node.targets[0], ast.Attribute)
            and isinstance(node.value, ast.Call)
            and isinstance(node.value.func, ast.Name)
        ):
            yield node.targets[0].attr, node.value.func.id


@cache
def _tree(code: Callable[..., Any]) -> ast.AST:
    return ast.parse(textwrap.dedent(inspect.getsource(code)))
