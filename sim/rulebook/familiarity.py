"""How often calls have ended how, and what functions could refuse and have not yet."""

from collections import Counter
from collections.abc import Sequence

from protocol.types import Call, Receipt
from sim.rulebook.functions import functions

_PATIENCE = 60
"""How often a function is waited at, in all, for what it has not refused."""
_EAGERNESS = 3

Name = tuple[str, str]
"""A contract's and a function's."""


class Familiarity:
    """
    What was met by calls of accounts; walks that share it look for what the others have not met.

    An ending is a refusal's name, or the names of the events that were announced.
    """

    def __init__(self) -> None:
        self._ended: Counter[tuple[str, ...]] = Counter()
        self._waited: Counter[Name] = Counter()
        self._unmet = {
            (each.contract, each.name): {
                error.__name__ for error, when in each.refusals.items() if when
            }
            for each in functions()
            if not each.is_view
        }
        self._wanted: Sequence[Name] | None = None

    def of(self, call: Call, receipt: Receipt) -> int:
        """Return how often a function's calls have ended like this."""
        return self._ended[_ending(call, receipt)]

    def note(self, call: Call, receipt: Receipt) -> None:
        """Take in how a call ended."""
        self._ended[_ending(call, receipt)] += 1
        unmet = self._unmet.get((call.contract, call.function), set())
        refusal = type(receipt.refusal).__name__
        if refusal in unmet:
            unmet.remove(refusal)
            self._wanted = None

    def is_worth_waiting(self, name: Name) -> bool:
        """Whether a function could refuse what it has not refused, and not for ever."""
        self._waited[name] += 1
        return bool(self._unmet.get(name)) and self._waited[name] <= _PATIENCE

    def wanted(self) -> Sequence[Name]:
        """Return the functions that write, more often those that could refuse something new."""
        if self._wanted is None:
            self._wanted = [
                name
                for name, unmet in self._unmet.items()
                for _ in range(_EAGERNESS if unmet else 1)
            ]
        return self._wanted


def _ending(call: Call, receipt: Receipt) -> tuple[str, ...]:
    if receipt.refusal is not None:
        return call.contract, call.function, type(receipt.refusal).__name__
    announced = dict.fromkeys(type(log.event).__name__ for log in receipt.events)
    return call.contract, call.function, "ok", *announced
