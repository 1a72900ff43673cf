"""What was issued, sold and used up of models' rights, added up from events."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from protocol.rights_terms import (
    KINDS,
    FineTuneUsed,
    RightTermsFixed,
    UnitsCredited,
    UnitsIssued,
    UnitsSold,
)
from protocol.types import Event


@dataclass
class RightsBook:
    """Notes rights as they move; `count` adds to a figure of the ledger."""

    count: Callable[[str, int], None]
    maximum: Counter[int] = field(default_factory=Counter)
    """How many units there may ever be, by right."""
    issued: Counter[int] = field(default_factory=Counter)
    used_up: Counter[int] = field(default_factory=Counter)

    def note(self, event: Event) -> None:
        """Note an event, if it is one of those that matter here."""
        handler = _HANDLERS.get(type(event))
        if handler is not None:
            handler(self, event)

    def judge(
        self, supplies: Mapping[int, int], balances: Mapping[tuple[str, int], int]
    ) -> str | None:
        """Return what is wrong with the units that there are and those that accounts have."""
        held: Counter[int] = Counter()
        for (_, right_id), units in balances.items():
            if units < 0:
                return f"somebody has {units} units of right {right_id}"
            held[right_id] += units
        for right_id, supply in supplies.items():
            issued = self.issued[right_id]
            if issued > self.maximum[right_id]:
                return f"{issued} units of right {right_id} issued of {self.maximum[right_id]}"
            if supply != issued - self.used_up[right_id]:
                return (
                    f"{supply} units of right {right_id}, with {issued} issued and "
                    f"{self.used_up[right_id]} used up"
                )
            if held[right_id] != supply:
                return f"accounts have {held[right_id]} of {supply} units of right {right_id}"
        return None

    def _fixed(self, event: RightTermsFixed) -> None:
        self.maximum[event.model_id * len(KINDS) + event.kind] = event.terms.maximum_units

    def _issued(self, event: UnitsIssued) -> None:
        self.count("right_units_issued", event.units)
        self.issued[event.right_id] += event.units

    def _used_up(self, event: FineTuneUsed) -> None:
        self.count("fine_tunes_used", 1)
        self.used_up[event.right_id] += 1

    def _credited(self, event: UnitsCredited) -> None:
        self.count("revenue_shared", event.amount)

    def _sold(self, event: UnitsSold) -> None:
        self.count("right_units_sold", event.units)
        self.count(f"rights_sold_{event.right_id % len(KINDS)}", event.amount)
        self.count("rights_fee", event.protocol_fee)


_HANDLERS: Mapping[type[Event], Callable[[RightsBook, Any], None]] = {
    FineTuneUsed: RightsBook._used_up,
    RightTermsFixed: RightsBook._fixed,
    UnitsCredited: RightsBook._credited,
    UnitsIssued: RightsBook._issued,
    UnitsSold: RightsBook._sold,
}
