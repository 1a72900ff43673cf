"""Checkpoints: a value's history by time, and look-ups in the past."""

from typing import Any, NamedTuple

from protocol.journal import Table
from protocol.openzeppelin.errors import INDEX_OUT_OF_BOUNDS, Panic


class Checkpoint208(NamedTuple):
    """A value from a time on."""

    key: int
    value: int


class Traces:
    """
    Histories by name, over two tables of a contract.

    `counts` goes by name, `points` by name and position.
    """

    def __init__(self, counts: Table[Any, int], points: Table[Any, Checkpoint208]) -> None:
        self._counts = counts
        self._points = points

    def count(self, name: Any) -> int:
        """Return how many checkpoints there are."""
        return self._counts.get(name, 0)

    def at(self, name: Any, position: int) -> Checkpoint208:
        """Return one checkpoint; `Panic` if there is none at the position."""
        if position >= self.count(name):
            raise Panic(INDEX_OUT_OF_BOUNDS)
        return self._points[name, position]

    def latest(self, name: Any) -> int:
        """Return the newest value, 0 before the first."""
        count = self.count(name)
        return self._points[name, count - 1].value if count else 0

    def push(self, name: Any, key: int, value: int) -> None:
        """Write a value from a time on; a second one at the same time replaces the first."""
        count = self.count(name)
        if count and self._points[name, count - 1].key == key:
            self._points[name, count - 1] = Checkpoint208(key, value)
        else:
            self._points[name, count] = Checkpoint208(key, value)
            self._counts[name] = count + 1

    def at_time(self, name: Any, key: int) -> int:
        """Return the value that held at a time, 0 before the first checkpoint."""
        low, high = 0, self.count(name)
        while low < high:
            middle = (low + high) // 2
            if self._points[name, middle].key > key:
                high = middle
            else:
                low = middle + 1
        return self._points[name, low - 1].value if low else 0
