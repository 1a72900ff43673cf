"""The numbers that governance may change, each within bounds fixed at deployment."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from protocol.contract import Contract, Observed
from protocol.deployment import Deployment
from protocol.errors import OnlyTimelock
from protocol.parameters import GOVERNED
from protocol.types import Context, Event, ProtocolError

if TYPE_CHECKING:
    from protocol.world import World


@dataclass(frozen=True, slots=True)
class ParameterSet(Event):
    """A parameter has a new value."""

    key: bytes
    previous: int
    value: int


@dataclass(eq=False)
class UnknownParameter(ProtocolError):
    """No parameter has this name."""

    key: bytes


@dataclass(eq=False)
class ParameterOutOfBounds(ProtocolError):
    """A value lies outside of what the deployment allows."""

    key: bytes
    value: int
    lower: int
    upper: int


class Bounds(NamedTuple):
    """What a parameter's value may be, both ends included."""

    lower: int
    upper: int


class ParameterStore(Contract):
    """Values by name (bytes32: ASCII, right-padded)."""

    NAME = "parameter_store"
    SOLIDITY = "ParameterStore"
    EVENTS = (ParameterSet,)
    ERRORS = (OnlyTimelock, ParameterOutOfBounds, UnknownParameter)
    OBSERVED = (Observed("get", "_values"), Observed("bounds", "_bounds"))

    def __init__(self, world: "World") -> None:
        super().__init__(world)
        self._values = self.table()
        self._bounds = self.table()
        _, keys, values, lowers, uppers = self.constructor_arguments(world.deployment)
        for key, value, lower, upper in zip(keys, values, lowers, uppers, strict=True):
            _require_within(key, value, Bounds(lower, upper))
            self._values[key] = value
            self._bounds[key] = Bounds(lower, upper)

    @classmethod
    def constructor_arguments(cls, deployment: Deployment) -> tuple[Any, ...]:
        """Return the timelock, and the governed parameters' names, values and bounds."""
        return (
            deployment.addresses["timelock"],
            tuple(parameter.key for parameter in GOVERNED),
            tuple(deployment.values[parameter.name] for parameter in GOVERNED),
            tuple(parameter.lower for parameter in GOVERNED),
            tuple(parameter.upper for parameter in GOVERNED),
        )

    def set(self, ctx: Context, key: bytes, value: int) -> None:
        """
        Change a value; only the timelock may.

        Raises:
            OnlyTimelock: The caller is somebody else.
            UnknownParameter: No parameter has this name.
            ParameterOutOfBounds: The deployment does not allow the value.
        """
        if ctx.sender != self._world.timelock.address:
            raise OnlyTimelock(ctx.sender)
        _require_within(key, value, self.bounds(ctx, key))

        previous = self._values[key]
        self._values[key] = value
        self.emit(ParameterSet(key, previous, value))

    def get(self, ctx: Context, key: bytes) -> int:
        """Return a parameter's current value in its unit, or raise `UnknownParameter`."""
        del ctx
        if key not in self._values:
            raise UnknownParameter(key)
        value: int = self._values[key]
        return value

    def bounds(self, ctx: Context, key: bytes) -> Bounds:
        """Return what a parameter's value may be, or raise `UnknownParameter`."""
        del ctx
        if key not in self._bounds:
            raise UnknownParameter(key)
        bounds: Bounds = self._bounds[key]
        return bounds


def _require_within(key: bytes, value: int, bounds: Bounds) -> None:
    if not bounds.lower <= value <= bounds.upper:
        raise ParameterOutOfBounds(key, value, *bounds)
