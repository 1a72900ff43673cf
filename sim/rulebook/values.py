"""
Values for calls that nobody planned: seen before, at an edge, or close to one that was seen.

A value that was seen under a name (an argument's, a struct's or an event's field) is offered
wherever that name is asked for again. Values that were seen together, in one call, are offered
together: so a session is closed by its user now and then, and not by chance alone.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import fields
from typing import Any, Protocol

from protocol.types import ZERO_ADDRESS, Call, Receipt
from sim.chain.names import python_name

_KEPT = 64
"""How many values of a name are remembered: the last ones."""


class Chooser(Protocol):
    """Whoever decides: hypothesis in a test, a stream in a soak."""

    def below(self, count: int) -> int:
        """Return a whole number from 0 to count - 1; smaller ones are simpler."""


class Scene:
    """What was seen together: the values of one call and of what came of it, and who was named."""

    def __init__(self) -> None:
        self._values: dict[tuple[str, str], list[Any]] = {}
        self.accounts: dict[str, None] = {}

    def of(self, name: str, kind: str) -> Sequence[Any]:
        """Return the values of a name."""
        return self._values.get((name, kind), ())

    def add(self, name: str, value: Any) -> None:
        """Take a value in; lists are of no use."""
        if not isinstance(value, tuple):
            self._values.setdefault((name, type(value).__name__), []).append(value)

    def __iter__(self) -> Iterator[tuple[str, Any]]:
        return ((name, each) for (name, _), values in self._values.items() for each in values)


class Pools:
    """The values that were seen, by the name and the kind that they were seen under."""

    def __init__(self) -> None:
        self._seen: dict[tuple[str, str], dict[Any, None]] = {}
        self._accounts: dict[str, None] = {}

    @property
    def accounts(self) -> Sequence[str]:
        """Everybody who called, and everybody who was named."""
        return list(self._accounts)

    def learn(self, call: Call, receipt: Receipt, inputs: Sequence[Mapping[str, Any]]) -> Scene:
        """Remember what a call said and what came of it, and return it as a scene."""
        scene = Scene()
        scene.accounts[call.sender] = None
        for entry, value in zip(inputs, call.arguments, strict=True):
            _read(scene, entry, value)
        if receipt.value is not None:
            scene.add("", receipt.value)
        for log in receipt.events:
            for each in fields(log.event):
                scene.add(each.name, getattr(log.event, each.name))
        for name, value in scene:
            if isinstance(value, str) and _fits("address", value):
                scene.accounts[value] = None
            self._add(name, value)
        self._accounts |= scene.accounts
        return scene

    def of(self, name: str, kind: str) -> Sequence[Any]:
        """Return the values of a name, or of the kind where the name is new; none perhaps."""
        return list(self._seen.get((name, kind)) or self._seen.get(("", kind)) or ())

    def _add(self, name: str, value: Any) -> None:
        kind = type(value).__name__
        for key in ((name, kind), ("", kind)):
            seen = self._seen.setdefault(key, {})
            seen.pop(value, None)
            seen[value] = None
            if len(seen) > _KEPT:
                del seen[next(iter(seen))]


def _read(scene: Scene, entry: Mapping[str, Any], value: Any) -> None:
    """Take an argument in, a struct by its fields, a list by its items."""
    if entry["type"].endswith("]"):
        for item in value:
            _read(scene, {**entry, "type": entry["type"][: entry["type"].rindex("[")]}, item)
    elif entry["type"] == "tuple":
        for inner, each in zip(entry["components"], value, strict=True):
            _read(scene, inner, each)
    else:
        scene.add(python_name(entry["name"]), value)


class Maker:
    """Makes arguments of any ABI type, and changes ones that were used."""

    def __init__(self, pools: Pools, chooser: Chooser) -> None:
        self._pools, self._chooser = pools, chooser
        self.scene = Scene()
        """What values are taken from first."""

    def one(self, options: Sequence[Any]) -> Any:
        """Return one of some options."""
        return options[self._chooser.below(len(options))]

    def make(self, entry: Mapping[str, Any]) -> Any:
        """Return a value for an ABI entry."""
        kind, name = str(entry["type"]), python_name(entry["name"])
        if kind.endswith("]"):
            item = {**entry, "type": kind[: kind.rindex("[")]}
            return tuple(self.make(item) for _ in range(self._length(kind)))
        if kind == "tuple":
            return tuple(self.make(each) for each in entry["components"])
        fitting = [each for each in self._together(name, kind) if _fits(kind, each)]
        if fitting and self._chooser.below(4):
            return self.one(fitting)
        seen = self._pools.of(name, _python_kind(kind))
        options = [*(each for each in seen if _fits(kind, each)), *_edges(kind)]
        if kind == "address":
            options += self._pools.accounts
        return self.one(options)

    def _together(self, name: str, kind: str) -> Sequence[Any]:
        """Return the scene's values of a name; an address may be anybody's who was there."""
        named = self.scene.of(name, _python_kind(kind))
        return [*named, *self.scene.accounts] if kind == "address" else named

    def change(self, entry: Mapping[str, Any], value: Any) -> Any:
        """Return a value that differs in one place, mostly."""
        kind = str(entry["type"])
        if kind.endswith("]"):
            return self._change_list(entry, value)
        if kind == "tuple":
            place = self._chooser.below(len(value))
            items = list(value)
            items[place] = self.change(entry["components"][place], items[place])
            return type(value)(*items) if hasattr(value, "_fields") else tuple(items)
        near = [each for each in _near(value) if _fits(kind, each)]
        return self.one(near) if near and self._chooser.below(2) else self.make(entry)

    def change_one(self, inputs: Sequence[Mapping[str, Any]], given: Sequence[Any]) -> Any:
        """Return arguments of which one is changed."""
        changed = list(given)
        if changed:
            place = self._chooser.below(len(changed))
            changed[place] = self.change(inputs[place], changed[place])
        return tuple(changed)

    def _length(self, kind: str) -> int:
        written = kind[kind.rindex("[") + 1 : -1]
        return int(written) if written else int(self.one((1, 0, 2, 3, 33)))

    def _change_list(self, entry: Mapping[str, Any], value: Any) -> Any:
        item = {**entry, "type": entry["type"][: entry["type"].rindex("[")]}
        changes: list[Callable[[], Any]] = [lambda: (*value, self.make(item))]
        if value:
            place = self._chooser.below(len(value))
            changes += [
                lambda: (*value[:place], self.change(item, value[place]), *value[place + 1 :]),
                lambda: value[:-1],
                lambda: (*value, value[place]),
                lambda: value[::-1],
            ]
        if not entry["type"].endswith("[]"):
            changes = changes[1:2]
        return self.one(changes)()


def _python_kind(kind: str) -> str:
    if kind.startswith(("uint", "int")):
        return "int"
    if kind.startswith("bytes"):
        return "bytes"
    return {"bool": "bool", "address": "str", "string": "str"}[kind]


def _bits(kind: str) -> int:
    return int(kind.removeprefix("u").removeprefix("int"))


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
        return len(value) == len(ZERO_ADDRESS) and str(value).startswith("0x")
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
        yield bytes([value[0] ^ 1]) + value[1:]
        yield value[:-1] + bytes([value[-1] ^ 0x80])
        yield value + bytes(32)
