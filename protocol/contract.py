"""What every contract of the model is: an address, state under the undo journal, events, views."""

from collections.abc import Iterator, Mapping
from functools import update_wrapper
from types import FunctionType
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, cast

from protocol.deployment import Deployment
from protocol.journal import Cell, Table
from protocol.types import Context, Event, Log, ProtocolError

if TYPE_CHECKING:
    from protocol.world import World


class Observed(NamedTuple):
    """
    A view that lockstep compares with the contract's.

    With a table (an attribute's name) it is asked for each key of the table, a tuple key giving
    several arguments;
    without one it takes no arguments.
    `timed` marks a view whose answer moves with the clock alone.
    """

    function: str
    table: str | None = None
    timed: bool = False


class Observation(NamedTuple):
    """One view call to compare."""

    contract: str
    function: str
    arguments: tuple[Any, ...]


class Contract:
    """
    Base of the model's contracts.

    Public methods are the contract's external functions, in the contract's order, each taking a
    `Context` first.
    A method checks, computes, writes, announces; it never catches and never cleans up: the world
    undoes.
    """

    NAME: ClassVar[str]
    SOLIDITY: ClassVar[str]
    EVENTS: ClassVar[tuple[type[Event], ...]] = ()
    ERRORS: ClassVar[tuple[type[ProtocolError], ...]] = ()
    OBSERVED: ClassVar[tuple[Observed, ...]] = ()
    PAYABLE: ClassVar[frozenset[str]] = frozenset()
    """Functions that take coin; all others refuse a call that carries some."""
    UNMODELLED: ClassVar[frozenset[str]] = frozenset()
    """Names of the contract's ABI that the model does without."""

    def __init_subclass__(cls) -> None:
        """
        Give a contract external functions of its own where it inherits them: two tokens share
        OpenZeppelin's code, and `ModelRegistry.transfer_from` says whose transfer is meant.
        """
        super().__init_subclass__()
        if "NAME" in vars(cls):
            for name, held in [each for base in cls.__mro__[1:] for each in vars(base).items()]:
                is_inherited = not (name.startswith("_") or name in vars(cls))
                if is_inherited and isinstance(held, FunctionType) and not hasattr(Contract, name):
                    setattr(cls, name, _copy(held))

    def __init__(self, world: "World") -> None:
        self._world = world
        self.address = world.deployment.addresses[self.NAME]

    @classmethod
    def constructor_arguments(cls, deployment: Deployment) -> tuple[Any, ...]:
        """
        Return what the Solidity constructor takes: nothing, unless the contract says otherwise.
        """
        del deployment
        return ()

    def table(self) -> Table[Any, Any]:
        """Return a new mapping of this contract's state."""
        return Table(self._world.journal)

    def cell(self, initial: Any) -> Cell[Any]:
        """Return a new variable of this contract's state."""
        return Cell(self._world.journal, initial)

    def emit(self, event: Event) -> None:
        """Announce an event; it is taken back if the call is refused."""
        self._world.journal.logs.append(Log(self.NAME, event))

    def as_caller(self, ctx: Context) -> Context:
        """Return the context of a call that this contract makes."""
        return ctx.by(self.address)

    def tables(self) -> Iterator[tuple[str, Table[Any, Any]]]:
        """Yield every table of the contract's state with its name, in declaration order."""
        for name, held in vars(self).items():
            if isinstance(held, Table):
                yield name, held
            elif isinstance(held, Cell):
                yield name, held.table

    def observations(
        self, touched: Mapping[tuple[int, Any], None] | None = None
    ) -> Iterator[Observation]:
        """
        Yield the views to compare: all of them, or those whose key was touched, and the timed and
        scalar ones.
        """
        for function, table_name, timed in self.OBSERVED:
            if table_name is None:
                yield Observation(self.NAME, function, ())
                continue
            table = getattr(self, table_name)
            for key in table if touched is None or timed else _touched_keys(table, touched):
                yield Observation(self.NAME, function, key if isinstance(key, tuple) else (key,))


def _copy(function: FunctionType) -> FunctionType:
    parts = (function.__name__, function.__defaults__, function.__closure__)
    copied = FunctionType(function.__code__, function.__globals__, *parts)
    return cast("FunctionType", update_wrapper(copied, function))


def _touched_keys(table: Table[Any, Any], touched: Mapping[tuple[int, Any], None]) -> list[Any]:
    # Never by way of the whole table: a tick costs what was written in it, however old the run.
    own = id(table)
    return [key for owner, key in touched if owner == own and key in table]
