"""Values that the model, the chains and the agents exchange."""

from dataclasses import dataclass, field, fields
from typing import Any, NamedTuple, NewType

Address = NewType("Address", str)
"""An account address: 0x and 40 lower-case hexadecimal digits."""

ZERO_ADDRESS = Address("0x" + "00" * 20)
ZERO_HASH = bytes(32)


class Context(NamedTuple):
    """Who calls, with how much coin, and when (Unix seconds)."""

    sender: Address
    value: int
    timestamp: int

    def by(self, sender: Address) -> "Context":
        """Return the context of a call that a contract makes itself, without coin."""
        return Context(sender, 0, self.timestamp)


@dataclass(frozen=True, slots=True)
class Call:
    """
    One transaction as data.

    `contract` and `function` are the model's spellings (`gateway`, `open_session`).
    `arguments` are in the contract's order: int, bool, str, bytes, tuples for arrays, NamedTuples
    for structs.
    """

    contract: str
    function: str
    arguments: tuple[Any, ...]
    sender: Address
    timestamp: int
    value: int = 0


@dataclass(frozen=True, slots=True)
class Event:
    """Something that a contract announced."""


def event_values(event: Event) -> tuple[Any, ...]:
    """Return an event's fields, in the order of the contract's event."""
    return tuple([getattr(event, name) for name in event.__dataclass_fields__])


class Log(NamedTuple):
    """An event and the contract (the model's spelling) that announced it."""

    contract: str
    event: Event


@dataclass(eq=False)
class ProtocolError(Exception):
    """
    A call that the rules refuse.

    Two refusals are equal when their type and arguments are, as on chain.
    """

    def arguments(self) -> tuple[Any, ...]:
        """Return the arguments, in the order of the contract's error."""
        return tuple(getattr(self, each.name) for each in fields(self))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, ProtocolError):
            return NotImplemented
        return type(self) is type(other) and self.arguments() == other.arguments()

    def __hash__(self) -> int:
        return hash((type(self), self.arguments()))

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), self.arguments()

    def __str__(self) -> str:
        named = (f"{each.name}={getattr(self, each.name)!r}" for each in fields(self))
        return f"{type(self).__name__}({', '.join(named)})"


@dataclass(frozen=True, slots=True)
class Receipt:
    """
    What a call did: the refusal or none, the value returned, the events, the gas.

    Gas takes no part in comparisons: the model has none.
    """

    refusal: ProtocolError | None = None
    value: Any = None
    events: tuple[Log, ...] = ()
    gas: int | None = field(default=None, compare=False)

    @property
    def ok(self) -> bool:
        """Whether the call was carried out."""
        return self.refusal is None
