"""Selections of a trace's calls, carried out from the longest beginning that is known already."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from protocol.types import Call, Receipt
from sim.divergence import Divergence
from sim.ledger import Ledger
from sim.lockstep import ModelOnly

_POINTS = 16
"""How many snapshots are kept of the calls in hand."""


class Done(NamedTuple):
    """A call that was carried out, and what came of it."""

    call: Call
    receipt: Receipt


@dataclass
class Replayed:
    """
    Where some calls led: the calls with their receipts, and the machine.

    `divergence` is where model and engine parted, which ends a replay. `fault` is what the model
    failed with where no engine was there to disagree.
    """

    machine: ModelOnly
    done: list[Done] = field(default_factory=list)
    divergence: Divergence | None = None
    fault: Exception | None = None
    _ledger: Ledger = field(default_factory=Ledger)

    @property
    def ledger(self) -> Ledger:
        """What the calls add up to; written only when it is asked for, most replays never do."""
        for call, receipt in self.done[self._ledger.number :]:
            self._ledger.on_call(0, "somebody", call, receipt)
        return self._ledger


class _Point(NamedTuple):
    """A state to come back to: after how many calls, and what it was."""

    calls: int
    machine: tuple[Any, ...]


class Replayer:
    """
    Carries out selections of calls; a machine at its start is taken over.

    Of two selections in a row the second begins where the first leaves it.
    """

    def __init__(self, machine: ModelOnly, calls: Sequence[Call]) -> None:
        self.calls = calls
        self.replays = 0
        self._machine = machine
        self._chosen: list[int] = []
        self._done: list[Done] = []
        self._points = [_Point(0, machine.snapshot())]

    def replay(self, chosen: Sequence[int]) -> Replayed:
        """Carry out the calls of these places, in their order, and nothing else."""
        self.replays += 1
        point = self._go_back(chosen)
        replayed = Replayed(self._machine, self._done[: point.calls])
        every = max(1, len(chosen) // _POINTS)
        for number, place in enumerate(chosen[point.calls :], start=point.calls):
            if number - self._points[-1].calls >= every:
                self._points.append(_Point(number, self._machine.snapshot()))
            if not carry_out(replayed, self.calls[place]):
                break
        self._chosen, self._done = list(chosen), list(replayed.done)
        return replayed

    def _go_back(self, chosen: Sequence[int]) -> _Point:
        """Come back to the last known state on the way to a selection."""
        shared = 0
        for ours, theirs in zip(self._chosen, chosen, strict=False):
            if ours != theirs:
                break
            shared += 1
        # Where the last replay ended early, no later state is known either.
        while self._points[-1].calls > shared:
            self._points.pop()
        self._machine.revert(self._points[-1].machine)
        return self._points[-1]


def carry_out(replayed: Replayed, call: Call) -> bool:
    """Add a call; False where it ends the replay."""
    try:
        receipt = replayed.machine.execute(call)
    except Divergence as divergence:
        replayed.divergence = divergence
        return False
    except Exception as fault:
        # The model alone has a bug here: for lockstep that would be a divergence.
        replayed.fault = fault
        return False
    replayed.done.append(Done(call, receipt))
    return True
