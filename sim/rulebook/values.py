"""Values for calls that nobody planned: seen before, at an edge, or close to one that was seen."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any, Protocol

from protocol.types import ZERO_ADDRESS
from sim.chain.names import python_name
from sim.rulebook.functions import abi_type
from sim.rulebook.pools import Pools, Scene, is_address

_MANY = 65
"""More than any list may have."""


class Chooser(Protocol):
    """Whoever decides: hypothesis in a test, a stream in a soak."""

    def below(self, count: int) -> int:
        """Return a whole number from 0 to count - 1; smaller ones are simpler."""


class Maker:
    """Makes arguments of any ABI type, and changes ones that were used."""

    def __init__(self, pools: Pools, chooser: Chooser) -> None:
        self._pools, self._chooser = pools, chooser
        self.scene = Scene()
        """What values are taken from first."""
        self.keeps_to_scene = False
        """Whether they are taken from nowhere else, where the scene has some."""

    def one(self, options: Sequence[Any]) -> Any:
        """Return one of some options."""
        return options[self._chooser.below(len(options))]

    def make(self, entry: Mapping[str, Any]) -> Any:
        """Return a value for an ABI entry."""
        kind, name = str(entry["type"]), python_name(entry["name"])
        if kind.endswith("]") or kind == "tuple":
            whole = self.scene.of(name, abi_type(entry)) or self._pools.of(name, abi_type(entry))
            if whole and (self.keeps_to_scene or self._chooser.below(4)):
                return self.one(whole)
        if kind.endswith("]"):
            item = {**entry, "type": kind[: kind.rindex("[")]}
            return tuple(self.make(item) for _ in range(self._length(kind)))
        if kind == "tuple":
            return tuple(self.make(each) for each in entry["components"])
        fitting = [each for each in self._together(name, kind) if _fits(kind, each)]
        if fitting and (self.keeps_to_scene or self._chooser.below(4)):
            return self.one(fitting)
        if not self._chooser.below(4):
            return self.one(_edges(kind))
        seen = self._pools.of(name, _python_kind(kind))
        options = [*(each for each in seen if _fits(kind, each)), *_edges(kind)]
        if kind == "address":
            options += [*self._pools.accounts, *self._pools.contracts]
        return self.one(options)

    def _together(self, name: str, kind: str) -> Sequence[Any]:
        """
        Return the scene's values of a name; an address may be anybody's who was there, and what
        goes by one name here may go by another there.
        """
        named = self.scene.of(name, _python_kind(kind))
        if kind == "address":
            return [*named, *self.scene.accounts]
        if named and self._chooser.below(6):
            return named
        return [each for _, other, each in self.scene if other == _python_kind(kind)]

    def change(self, entry: Mapping[str, Any], value: Any) -> Any:
        """Return a value that differs in one place, mostly."""
        kind = str(entry["type"])
        if kind.endswith("]"):
            return self._change_list(entry, value)
        if kind == "tuple":
            items = self.change_one(entry["components"], value)
            return type(value)(*items) if hasattr(value, "_fields") else items
        near = [each for each in (*_near(value), *self._flipped(value)) if _fits(kind, each)]
        return self.one(near) if near and self._chooser.below(2) else self.make(entry)

    def change_one(self, inputs: Sequence[Mapping[str, Any]], given: Sequence[Any]) -> Any:
        """Return arguments of which one is changed, each number in them as likely as another."""
        changed = list(given)
        if changed:
            places = [
                place
                for place, (entry, value) in enumerate(zip(inputs, given, strict=True))
                for _ in range(_leaves(entry, value))
            ]
            place = self.one(places)
            changed[place] = self.change(inputs[place], changed[place])
        return tuple(changed)

    def _flipped(self, value: Any) -> Iterator[Any]:
        """Yield bytes with one changed, anywhere."""
        if isinstance(value, bytes) and value:
            place = self._chooser.below(len(value))
            yield value[:place] + bytes([value[place] ^ 1]) + value[place + 1 :]

    def _length(self, kind: str) -> int:
        written = kind[kind.rindex("[") + 1 : -1]
        return int(written) if written else int(self.one((1, 0, 2, 3, 33)))

    def _change_list(self, entry: Mapping[str, Any], value: Any) -> Any:
        item = {**entry, "type": entry["type"][: entry["type"].rindex("[")]}
        if value and self._chooser.below(3):
            place = self._chooser.below(len(value))
            return (*value[:place], self.change(item, value[place]), *value[place + 1 :])
        if not entry["type"].endswith("[]"):
            return value[::-1]
        changes: list[Callable[[], Any]] = [
            lambda: (*value, self.make(item)),
            lambda: value[:-1],
            lambda: (*value, *value[-1:]),
            lambda: value[::-1],
            lambda: (),
            lambda: (value * _MANY)[:_MANY],
        ]
        return self.one(changes)()


def _leaves(entry: Mapping[str, Any], value: Any) -> int:
    """Return how many values there are in a value, a list counting for one more."""
    if entry["type"].endswith("]"):
        item = {**entry, "type": entry["type"][: entry["type"].rindex("[")]}
        # A long list is not worth more than a short one.
        return 1 + sum(_leaves(item, each) for each in value[:2])
    if entry["type"] == "tuple":
        return sum(map(_leaves, entry["components"], value))
    return 1


def _python_kind(kind: str) -> str:
    if kind.startswith(("uint", "int")):
        return "int"
    if kind.startswith("bytes"):
        return "bytes"
    return {"bool": "bool", "address": "str", "string": "str"}[kind]


@cache
def _bits(kind: str) -> int:
    return int(kind.removeprefix("u").removeprefix("int"))


@cache
def _size(kind: str) -> int | None:
    return int(kind.removeprefix("bytes")) if kind != "bytes" else None


def _fits(kind: str, value: Any) -> bool:
    """Whether a value of the right Python type is one of the ABI's type."""
    if kind.startswith("uint"):
        return 0 <= int(value) < 1 << _bits(kind)
    if kind.startswith("int"):
        half = 1 << (_bits(kind) - 1)
        return -half <= int(value) < half
    if kind.startswith("bytes"):
        return _size(kind) in (None, len(value))
    if kind == "address":
        return is_address(str(value))
    return True


def _edges(kind: str) -> list[Any]:
    if kind.startswith("uint"):
        largest = (1 << _bits(kind)) - 1
        return [each for each in (0, 1, 2, 10_000, 10**18, 10**24) if each <= largest] + [largest]
    if kind.startswith("int"):
        half = 1 << (_bits(kind) - 1)
        return [0, 1, -1, half - 1, -half]
    if kind.startswith("bytes"):
        size = _size(kind)
        return [bytes(size), b"\xff" * size] if size is not None else [b"", b"\x01", bytes(64)]
    if kind == "string":
        return ["", 'a "b", é\n']
    return [False, True] if kind == "bool" else [ZERO_ADDRESS]


def _near(value: Any) -> Iterator[Any]:
    """Yield values that a careless check would take for the given one."""
    if isinstance(value, bool):
        yield not value
    elif isinstance(value, int):
        yield from (value + 1, value - 1, value * 2, value // 2)
    elif isinstance(value, bytes) and value:
        yield value[:-1] + bytes([value[-1] ^ 0x80])
        yield value + bytes(32)
        yield value[:-32]
