"""
What was seen: values by the name that they had, and together with what.

A value that was seen under a name (an argument's, a struct's or an event's field) is offered
wherever that name is asked for again. Values that were seen together, in one call, are offered
together: so a session is closed by its user now and then, and not by chance alone.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from typing import Any

from protocol.types import ZERO_ADDRESS, Call, ProtocolError, Receipt
from sim.chain.names import python_name
from sim.rulebook.functions import abi_type

_KEPT = 64
"""How many values of a name are remembered: the last ones."""


class Scene:
    """What was seen together: the values of one call and of what came of it, and who was named."""

    def __init__(self) -> None:
        self._values: dict[tuple[str, str], list[Any]] = {}
        self.accounts: dict[str, None] = {}

    def of(self, name: str, kind: str) -> Sequence[Any]:
        """Return the values of a name."""
        return self._values.get((name, kind), ())

    def add(self, name: str, kind: str, value: Any) -> None:
        """Take a value in."""
        self._values.setdefault((name, kind), []).append(value)
        if kind == "str" and is_address(value):
            self.accounts[value] = None

    def __iter__(self) -> Iterator[tuple[str, str, Any]]:
        return ((name, kind, each) for (name, kind), held in self._values.items() for each in held)


class Pools:
    """
    The values that were seen, by the name and the kind that they were seen under.

    A kind is a Python type's name, or the ABI's type of a whole list or struct.
    """

    def __init__(self, accounts: Sequence[str]) -> None:
        self._seen: dict[tuple[str, str], dict[Any, None]] = {}
        self._accounts: dict[str, None] = {}
        self._contracts = accounts

    @property
    def accounts(self) -> Sequence[str]:
        """Everybody who called, and everybody who was named."""
        return list(self._accounts)

    @property
    def contracts(self) -> Sequence[str]:
        """The contracts, which may be named though nobody has named them."""
        return self._contracts

    def times(self, now: int, until: int) -> Sequence[int]:
        """Return the numbers that could be times between two."""
        return [each for each in self._seen.get(("", "int"), ()) if now < each < until]

    def learn(self, call: Call, receipt: Receipt, inputs: Sequence[Mapping[str, Any]]) -> Scene:
        """Remember what an accepted call said and what came of it, and return it as a scene."""
        scene = Scene()
        scene.accounts[call.sender] = None
        for entry, value in zip(inputs, call.arguments, strict=True):
            _read(scene, entry, value)
        _tell(scene, "", receipt.value)
        for log in receipt.events:
            for each in fields(log.event):
                _tell(scene, each.name, getattr(log.event, each.name))
        for name, kind, value in scene:
            self._add(name, kind, value)
        self._accounts |= scene.accounts
        return scene

    def hear(self, refusal: ProtocolError) -> None:
        """Remember what a refusal said: often what would have been right."""
        scene = Scene()
        for each in fields(refusal):
            _tell(scene, each.name, getattr(refusal, each.name))
        for name, kind, value in scene:
            self._add(name, kind, value)

    def of(self, name: str, kind: str) -> Sequence[Any]:
        """Return the values of a name, or of the kind where the name is new; none perhaps."""
        return list(self._seen.get((name, kind)) or self._seen.get(("", kind)) or ())

    def _add(self, name: str, kind: str, value: Any) -> None:
        for key in ((name, kind), ("", kind)):
            seen = self._seen.setdefault(key, {})
            seen.pop(value, None)
            seen[value] = None
            if len(seen) > _KEPT:
                del seen[next(iter(seen))]


def is_address(value: str) -> bool:
    """Whether a text is an address."""
    return len(value) == len(ZERO_ADDRESS) and value.startswith("0x")


def _read(scene: Scene, entry: Mapping[str, Any], value: Any) -> None:
    """Take an argument in, a list or struct as a whole and by its parts."""
    name = python_name(entry["name"])
    if entry["type"].endswith("]"):
        scene.add(name, abi_type(entry), value)
        for item in value:
            _read(scene, {**entry, "type": entry["type"][: entry["type"].rindex("[")]}, item)
    elif entry["type"] == "tuple":
        scene.add(name, abi_type(entry), value)
        for inner, each in zip(entry["components"], value, strict=True):
            _read(scene, inner, each)
    else:
        scene.add(name, type(value).__name__, value)


def _tell(scene: Scene, name: str, value: Any) -> None:
    """Take in what a contract says; its lists and structs have no type to go by."""
    if value is not None and not isinstance(value, tuple):
        scene.add(name, type(value).__name__, value)
