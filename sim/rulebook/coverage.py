"""
How much of the rulebook was used: each function that writes, by outcome, with counts.

A function counts whoever called it, an account or another contract: many answer to contracts only.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from functools import wraps
from pathlib import Path
from typing import Any, NamedTuple

from protocol.types import Call, ProtocolError, Receipt
from protocol.world import World
from sim.rulebook.functions import Function, functions
from sim.trace import open_trace

OK = "ok"
COIN_REFUSED = "EmptyRevert"
"""What every function that takes no coin answers to a call with coin; no row of its own."""

Tally = Counter[tuple[str, str]]
"""How often a function (`contract.function`) had an outcome: `ok`, or a refusal's name."""


class Row(NamedTuple):
    """A function, an outcome that it can have, and how often it had it."""

    function: str
    outcome: str
    times: int


class Share(NamedTuple):
    """How many of a number of things were reached."""

    reached: int
    of: int

    def __str__(self) -> str:
        return f"{self.reached} of {self.of} ({self.reached / self.of:.1%})"


class Coverage(NamedTuple):
    """
    A table with a row per function and outcome, zero rows too, and its shares.

    `functions` counts those that were carried out at least once; `reasons` the distinct refusals
    over all functions; `outcomes` the rows.
    """

    rows: tuple[Row, ...]
    functions: Share
    reasons: Share
    outcomes: Share


class Counting:
    """
    A tally of everything that a world is asked to write from now on, a new one or a given; what
    is only rehearsed does not count.
    """

    def __init__(self, world: World, tally: Tally | None = None) -> None:
        self.tally: Tally = Counter() if tally is None else tally
        self._rehearses, self._rehearse = False, world.rehearse
        setattr(world, "rehearse", self._uncounted)  # noqa: B010 - as the methods below
        for function in functions():
            if not function.is_view:
                contract = world.contracts[function.contract]
                method = getattr(contract, function.name)
                setattr(contract, function.name, self._counted(function.key, method))

    def _counted(self, key: str, method: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(method)
        def counted(*arguments: Any, **named: Any) -> Any:
            try:
                value = method(*arguments, **named)
            except ProtocolError as refusal:
                self._count(key, type(refusal).__name__)
                raise
            self._count(key, OK)
            return value

        return counted

    def _count(self, key: str, outcome: str) -> None:
        if not self._rehearses:
            self.tally[key, outcome] += 1

    def _uncounted(self, call: Call) -> Receipt:
        self._rehearses = True
        try:
            return self._rehearse(call)
        finally:
            self._rehearses = False


def tally(trace: Path) -> Tally:
    """
    Return the outcomes of a trace's calls, carried out again on the model.

    Whether a proof holds is taken from what the trace says came of it.

    Raises:
        UserError: The file is no trace, or a line is damaged.
    """
    opened = open_trace(trace)
    proof_holds = True
    world = World(opened.deployment, lambda *_: proof_holds)
    counting = Counting(world)
    for entry in opened.entries():
        refusal = entry.receipt["refusal"]
        proof_holds = not refusal or refusal[0] != "ProofRejected"
        world.execute(entry.call)
    return counting.tally


def coverage(counted: Tally) -> Coverage:
    """
    Return the whole table for what was counted.

    Raises:
        ValueError: An outcome was counted that the rulebook says is impossible.
    """
    writing = [each for each in functions() if not each.is_view]
    rows = tuple(
        Row(function.key, outcome, counted[function.key, outcome])
        for function in writing
        for outcome in (OK, *_reasons(function))
    )
    _refuse_unknown(counted, rows)
    done = {row.function for row in rows if row.outcome == OK and row.times}
    possible = {row.outcome for row in rows} - {OK}
    met = {row.outcome for row in rows if row.times} - {OK}
    return Coverage(
        rows,
        Share(len(done), len(writing)),
        Share(len(met), len(possible)),
        Share(sum(row.times > 0 for row in rows), len(rows)),
    )


def _reasons(function: Function) -> Iterable[str]:
    return (error.__name__ for error in function.refusals)


def _refuse_unknown(counted: Tally, rows: Iterable[Row]) -> None:
    known = {(row.function, row.outcome) for row in rows}
    views = {each.key for each in functions() if each.is_view}
    for function, outcome in counted:
        if outcome != COIN_REFUSED and function not in views and (function, outcome) not in known:
            raise ValueError(f"{function} cannot end in {outcome}, says the rulebook")
