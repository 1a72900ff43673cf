"""Undo log: a refused call leaves no trace, whatever it had already written or announced."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Generic, NoReturn, TypeVar

from protocol.types import Log

Key = TypeVar("Key")
Value = TypeVar("Value")

_ABSENT = object()


class Journal:
    """The writes and events of the running call, newest last."""

    def __init__(self) -> None:
        self._undo: list[tuple[Table[Any, Any], Any, Any]] = []
        self._depth = 0
        self.logs: list[Log] = []
        self.touched: dict[tuple[int, Any], None] = {}
        """Tables (by identity) and keys written since this was last cleared, first write first."""

    def record(self, table: "Table[Any, Any]", key: Any, old: Any) -> None:
        """Remember what a key held before it was written."""
        self.touched[id(table), key] = None
        if self._depth:
            self._undo.append((table, key, old))

    @contextmanager
    def atomic(self) -> Iterator[None]:
        """Run a call, and undo its writes and events if it raises; calls may nest."""
        mark, announced = len(self._undo), len(self.logs)
        self._depth += 1
        try:
            yield
        except BaseException:
            self._undo_to(mark)
            del self.logs[announced:]
            raise
        finally:
            self._depth -= 1
            if not self._depth:
                self._undo.clear()

    @contextmanager
    def undone(self) -> Iterator[None]:
        """Run calls, and undo their writes whatever comes of them."""
        mark, touched = len(self._undo), len(self.touched)
        self._depth += 1
        try:
            yield
        finally:
            self._depth -= 1
            self._undo_to(mark)
            while len(self.touched) > touched:
                self.touched.popitem()

    def _undo_to(self, mark: int) -> None:
        while len(self._undo) > mark:
            table, key, old = self._undo.pop()
            table.restore(key, old)


class Table(dict[Key, Value]):
    """A Solidity mapping: writes are undone when the call is refused."""

    def __init__(self, journal: Journal) -> None:
        super().__init__()
        self._journal = journal

    def __setitem__(self, key: Key, value: Value) -> None:
        """Write a value, remembering the one it replaces."""
        # Named rather than super(): this is the model's innermost write.
        self._journal.record(self, key, dict.get(self, key, _ABSENT))
        dict.__setitem__(self, key, value)

    def __delitem__(self, key: Key) -> None:
        """Delete a key, remembering its value."""
        self._journal.record(self, key, self[key])
        super().__delitem__(key)

    def restore(self, key: Key, old: Any) -> None:
        """Put back what a key held."""
        if old is _ABSENT:
            super().__delitem__(key)
        else:
            super().__setitem__(key, old)

    def hold(self, content: dict[Key, Value]) -> None:
        """Hold exactly this: for coming back to an earlier state, never within a call."""
        super().clear()
        super().update(content)

    def _bypass(self, *_: object, **__: object) -> NoReturn:
        raise TypeError("this would bypass the undo journal: assign or delete keys one by one")

    update = setdefault = clear = pop = popitem = __ior__ = _bypass


class Cell(Generic[Value]):
    """A Solidity state variable: `cell.value` reads and writes it."""

    def __init__(self, journal: Journal, initial: Value) -> None:
        self.table: Table[str, Value] = Table(journal)
        self.table["value"] = initial

    @property
    def value(self) -> Value:
        """What the variable holds."""
        return self.table["value"]

    @value.setter
    def value(self, value: Value) -> None:
        self.table["value"] = value
