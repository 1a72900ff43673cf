"""Shrinks a failing trace: agents, ticks, then calls, until no call can be left out."""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass

from protocol.types import Call
from sim.lockstep import ModelOnly
from sim.progress import Progress
from sim.shrinking.ddmin import ddmin_of_groups, one_by_one
from sim.shrinking.predicates import Predicate
from sim.shrinking.replaying import Replayer


@dataclass(frozen=True)
class Shrunk:
    """The calls that are left, of how many, and how many selections were carried out for it."""

    calls: tuple[Call, ...]
    of_calls: int
    replays: int


def shrink(
    machine: ModelOnly, calls: Sequence[Call], predicate: Predicate, progress: Progress
) -> Shrunk | None:
    """
    Return the fewest calls found for which a predicate still holds; None where it never did.

    The result is 1-minimal: without any one of its calls the predicate does not hold. `machine`
    is at its start. A call that only the removed ones let succeed is refused, and falls out.
    """
    search = _Search(machine, calls, predicate, progress)
    everything = range(len(calls))
    if not search.shows(everything):
        return None
    chosen = search.without_refused(everything)
    by: Sequence[Callable[[int], Hashable]] = (
        lambda place: calls[place].sender,
        lambda place: calls[place].timestamp,
        lambda place: place,
    )
    before = len(chosen) + 1
    while len(chosen) < before:
        before = len(chosen)
        for group_of in by:
            chosen = ddmin_of_groups(chosen, group_of, search.shows)
    chosen = one_by_one(chosen, search.shows)
    return Shrunk(tuple(calls[place] for place in chosen), len(calls), search.replayer.replays)


class _Search:
    """Answers whether a selection of calls still shows the predicate, each question once."""

    def __init__(
        self, machine: ModelOnly, calls: Sequence[Call], predicate: Predicate, progress: Progress
    ) -> None:
        self.replayer = Replayer(machine, calls)
        self._predicate, self._progress = predicate, progress
        self._known: dict[tuple[int, ...], bool] = {}
        self._fewest = len(calls) + 1

    def shows(self, chosen: Sequence[int]) -> bool:
        """Return whether the calls of these places show the predicate."""
        key = tuple(chosen)
        if key not in self._known:
            self._known[key] = self._predicate.holds(self.replayer.replay(key))
            if self._known[key] and len(key) < self._fewest:
                self._fewest, whole = len(key), len(self.replayer.calls)
                self._progress.step(f"{len(key):,} calls left", whole - len(key), whole)
        return self._known[key]

    def without_refused(self, chosen: Sequence[int]) -> list[int]:
        """Leave out what was refused, which left no trace, where it is not what is shown."""
        done = self.replayer.replay(chosen).done
        carried_out = [
            place
            for number, place in enumerate(chosen)
            if number >= len(done) or done[number].receipt.ok
        ]
        return carried_out if self.shows(carried_out) else list(chosen)
