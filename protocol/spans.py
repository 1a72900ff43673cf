"""When something held: spans of time whose past nobody can change."""

from typing import Any, NamedTuple

from protocol.journal import Table
from protocol.openzeppelin.checkpoints import Traces

ENDLESS = 2**64 - 1


class Span(NamedTuple):
    """A time: the second in which it begins, and the first second after it."""

    since: int
    until: int


class Spans(Traces):
    """
    Histories of spans by name: each begins when it is written, in place of one that still runs.

    `newest` has the newest span of each name: the views to compare go by its keys.
    """

    def __init__(
        self, counts: Table[Any, Any], points: Table[Any, Any], newest: Table[Any, Span]
    ) -> None:
        super().__init__(counts, points)
        self._newest = newest

    def begin(self, name: Any, now: int, until: int) -> None:
        """Begin a span now; `until` is the first second after it."""
        self.push(name, now, until)
        self._newest[name] = Span(now, until)

    def end(self, name: Any, now: int) -> None:
        """End the span that runs: it does not hold in this second any more."""
        self.begin(name, now, now)

    def newest(self, name: Any) -> Span:
        """Return the newest span; zeros where there is none."""
        return self._newest.get(name, Span(0, 0))

    def holds_at(self, name: Any, at: int) -> bool:
        """Whether it held in a second, as far as it is written now."""
        return at < self.at_time(name, at)

    def held_within(self, name: Any, first: int, last: int) -> bool:
        """
        Whether it held at some moment of a time.

        The span that begins last before the end decides: whatever held within the time was
        replaced, if at all, by one written within it. A span that ends in the first second counts:
        something may have happened just before.
        """
        until = self.at_time(name, last)
        return until != 0 and first <= until
