"""
Walks: calls that nobody planned, on the model and a chain in lockstep.

A walk goes along a recorded run. On the way it tries what is refused; from some call on it strays
for good: it repeats the run's next call, changes one argument, the sender or the coin of a call
that was made, calls anything with values that it has seen, or lets time pass. Often it makes up
several calls, rehearses them on the model, and makes the one that ends as calls have ended the
least so far. Whatever is in the rulebook takes part; a new function needs nothing else.
"""

from collections.abc import Sequence
from dataclasses import replace

from protocol.parameters import DAY
from protocol.types import Call, Receipt
from sim.invariants import judge_all
from sim.ledger import Ledger
from sim.lockstep import ModelOnly
from sim.rulebook.familiarity import Familiarity
from sim.rulebook.functions import functions
from sim.rulebook.improvising import Improviser, forms
from sim.rulebook.values import Chooser

_PAUSES = (1, 1, 1, 3_600, 3_600, DAY, 3 * DAY, 21 * DAY)
_CALLS_BETWEEN_PAUSES = 40


class BrokenInvariant(AssertionError):
    """A walk reached a state that no sequence of calls may lead to."""


class Walk:
    """
    One walk; `steps` counts its calls.

    `machine` is at its start. What differs between model and chain raises `Divergence`, what must
    never be `BrokenInvariant`. The first `faithful` calls of the run are made as they were; for
    each call that is sought, `breadth` are rehearsed.
    """

    def __init__(
        self,
        machine: ModelOnly,
        recorded: Sequence[Call],
        chooser: Chooser,
        familiarity: Familiarity | None = None,
        *,
        faithful: int = 0,
        breadth: int = 16,
    ) -> None:
        self.machine, self.steps = machine, 0
        self.now = machine.world.deployment.genesis_timestamp
        self._recorded, self._next = recorded, 0
        self._faithful, self._breadth = faithful, breadth
        self._chooser = chooser
        self._improviser = Improviser(machine.world, chooser)
        self._familiarity = familiarity or Familiarity()
        self._ledger = Ledger()
        views = {(each.contract, each.name) for each in functions() if each.is_view}
        self._views = [name for name in forms() if name in views]
        self._names = [name for name in forms() if name not in views]

    def step(self) -> Receipt:
        """Take one step and return what came of it; when the run is over, time passes faster."""
        if self._next < self._faithful:
            return self._stay()
        if self._next == len(self._recorded) and not self._chooser.below(_CALLS_BETWEEN_PAUSES):
            self.wait()
        return _WAYS[self._chooser.below(len(_WAYS))](self)

    def go_on(self) -> Receipt:
        """Make the run's next call; where the run is over, stray from it."""
        if self._next == len(self._recorded):
            return self.stray()
        call = self._recorded[self._next]
        self._next += 1
        return self._execute(replace(call, timestamp=max(self.now, call.timestamp)))

    def stray(self) -> Receipt:
        """Make a call that was made before, changed in one place or not at all."""
        call = self._improviser.earlier()
        if call is None:
            return self.go_on() if self._recorded else self.try_anything()
        return self._execute(self._improviser.variation(call, self.now))

    def try_anything(self) -> Receipt:
        """Call any function of any contract with values that were seen or lie at an edge."""
        names = self._views if self._chooser.below(2) else self._names
        name = names[self._chooser.below(len(names))]
        return self._execute(self._improviser.anything(name, self.now))

    def seek(self) -> Receipt:
        """Of several calls make the one that ends as calls have ended the least so far."""
        found = self._least_familiar(refused=False)
        return self.stray() if found is None else self._execute(found)

    def wait(self) -> None:
        """Let some time pass."""
        self.now += _PAUSES[self._chooser.below(len(_PAUSES))]

    def compare(self, *, full: bool = False) -> None:
        """
        Close a tick: compare views and balances, and judge the invariants.

        Raises:
            Divergence: A view or a balance differs.
            BrokenInvariant: One is violated.
        """
        self.machine.end_tick(self.now, full=full)
        for invariant, finding in judge_all(self.machine.world, self._ledger):
            if finding.state == "violated":
                raise BrokenInvariant(f"{invariant.name}: {finding.detail}")

    def _stay(self) -> Receipt:
        """Make the run's next call, or before it one that is refused: the run stays as it is."""
        call = self._recorded[self._next]
        waits = self._familiarity.is_worth_waiting((call.contract, call.function))
        if self._chooser.below(4) < (1 if waits else 3):
            return self.go_on()
        found = self._least_familiar(refused=True)
        return self.go_on() if found is None else self._execute(found)

    def _least_familiar(self, *, refused: bool) -> Call | None:
        """Return the least familiar of some calls, of all or of those that are refused."""
        until = max(self.now, self._recorded[self._next].timestamp) if refused else None
        best: tuple[tuple[int, int], Call] | None = None
        for _ in range(self._breadth):
            further = best is not None and not self._chooser.below(4)
            call = self._candidate(best[1] if best and further else None)
            if until is not None and call.timestamp > until:
                continue
            receipt = self._rehearse(call)
            if receipt is None:
                return call
            self._improviser.hear(receipt)
            rank = (self._familiarity.of(call, receipt), call.timestamp)
            if not (refused and receipt.ok) and (best is None or rank < best[0]):
                best = (rank, call)
        return best[1] if best else None

    def _candidate(self, base: Call | None = None) -> Call:
        """Make up a call: from one, the run's next, a late one, an earlier one, or from nothing."""
        way = self._chooser.below(6)
        if base is not None:
            return self._improviser.touched_up(self._improviser.variation(base, self.now))
        if way < 3 and self._next < len(self._recorded):
            base = self._recorded[self._next]
        elif way == 3:
            base = self._improviser.latest()
        wanted = self._familiarity.wanted()
        name = wanted[self._chooser.below(len(wanted))]
        if base is None and way < 5:
            base = self._improviser.earlier(name)
        if base is None:
            made = self._improviser.anything(name, self.now)
        else:
            made = self._improviser.variation(base, self.now)
        return self._improviser.touched_up(made)

    def _rehearse(self, call: Call) -> Receipt | None:
        """Return what the model says; nothing where it fails, which lockstep shall see."""
        try:
            return self.machine.world.rehearse(call)
        except Exception:
            return None

    def _execute(self, call: Call) -> Receipt:
        receipt = self.machine.execute(call)
        self.steps += 1
        self.now = call.timestamp
        self._familiarity.note(call, receipt)
        self._ledger.on_call(self.machine.counts.ticks, "somebody", call, receipt)
        self._improviser.remember(call, receipt)
        return receipt


_WAYS = (
    *[Walk.go_on] * 3,
    Walk.stray,
    Walk.try_anything,
    *[Walk.seek] * 5,
)
"""The ways to go on, as often as they are taken."""
