"""What lockstep says when model and contract disagree: both sides, and the trace that shows it."""

from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path

from protocol.contract import Observation
from protocol.types import Call, Receipt

_LABEL_WIDTH = 12
_LONGEST = 100


@dataclass(eq=False)
class Divergence(Exception):
    """
    The model and an engine disagree, at a call or at a view.

    `tick` and `number` (of the last call) count from 1; a model that failed instead of answering
    has its fault in `fault`.
    """

    engine_name: str
    tick: int
    number: int
    at: Call | Observation
    model: Receipt
    engine: Receipt
    fault: Exception | None = None
    trace: Path | None = None

    def __str__(self) -> str:
        return "\n".join([self._head(), *self._sides(), *self._origin(), *self._consequence()])

    @property
    def name(self) -> str:
        """The function that was called, as contract.function."""
        return f"{self.at.contract}.{self.at.function}"

    def _head(self) -> str:
        if isinstance(self.at, Call):
            where = f"call {self.number:,} of {self.name}"
        else:
            arguments = ", ".join(repr(each) for each in self.at.arguments)
            where = f"after call {self.number:,}, view {self.name}({arguments})"
        return f"DIVERGENCE  tick {self.tick}, {where}: model and contract disagree"

    def _sides(self) -> list[str]:
        rows = [("", "model", self.engine_name)]
        rows.append(("  outcome", self._model_outcome(), _outcome(self.engine)))
        if self.model.value != self.engine.value or _both_ok(self.model, self.engine):
            rows.append(("  value", repr(self.model.value), repr(self.engine.value)))
        if self.model.events != self.engine.events:
            rows += _event_rows(self.model, self.engine)
        rows = [(label, _short(left), _short(right)) for label, left, right in rows]
        width = max(len(left) for _, left, _ in rows) + 4
        return [
            f"{label:<{_LABEL_WIDTH}}{left:<{width}}{right}".rstrip() for label, left, right in rows
        ]

    def _model_outcome(self) -> str:
        return f"FAILED {self.fault!r}" if self.fault else _outcome(self.model)

    def _origin(self) -> list[str]:
        if not isinstance(self.at, Call):
            return []
        call = self.at
        arguments = _short(", ".join(repr(each) for each in call.arguments), 4 * _LONGEST)
        return [
            f"  {'sender':<10}{call.sender}, value {call.value}, time {call.timestamp}",
            f"  {'arguments':<10}{arguments}",
        ]

    def _consequence(self) -> list[str]:
        lines = ["Nothing after this call can be trusted; no report was made."]
        if self.trace is not None:
            lines.append(f"  {'trace':<10}{self.trace} ({self.number:,} calls)")
            lines.append(f"  {'next':<10}mnft shrink {self.trace}")
            lines.append(f"  {'or':<10}mnft replay {self.trace} --explain {self.number}")
        return lines


def _outcome(receipt: Receipt) -> str:
    return "ok" if receipt.ok else f"refused {receipt.refusal}"


def _both_ok(model: Receipt, engine: Receipt) -> bool:
    # Equal values that are not alike: True and 1.
    return model.ok and engine.ok and model.events == engine.events


def _event_rows(model: Receipt, engine: Receipt) -> list[tuple[str, str, str]]:
    pairs = zip_longest(
        (f"{log.contract} {log.event}" for log in model.events),
        (f"{log.contract} {log.event}" for log in engine.events),
        fillvalue="none",
    )
    return [("  events", left, right) for left, right in pairs if left != right]


def _short(text: str, longest: int = _LONGEST) -> str:
    return text if len(text) <= longest else text[: longest - 3] + "..."
