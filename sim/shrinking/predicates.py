"""What a shrunk trace must still show: each is asked of a replay, and written into a case."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Protocol

from protocol.types import Receipt
from sim.claims import Claim
from sim.divergence import Divergence
from sim.invariants import INVARIANTS
from sim.kpis import KPI_BY_NAME
from sim.lockstep import Lockstep
from sim.numbers import NARROW_BLANK
from sim.shrinking.figures import FIGURES
from sim.shrinking.replaying import Replayed

_PARTS = {"refusal": "reasons", "value": "values", "events": "events"}


class Predicate(Protocol):
    """A way in which a trace fails, or whatever else it shows."""

    def holds(self, replayed: Replayed) -> bool:
        """Return whether a replay shows it."""

    def text(self) -> str:
        """Return it as a sentence without its full stop."""

    def slug(self) -> str:
        """Return it as the name of a folder."""

    def as_json(self) -> Mapping[str, Any]:
        """Return its entry in a case."""


@dataclass(frozen=True)
class Disagreement:
    """
    Model and engine differ at this function, in this way.

    `model` and `engine` are `ok`, a refusal's name or `FAILED` and the fault's; `differs` has the
    parts of the receipts that are not equal. A view is compared at `time`.
    """

    at: str
    model: str
    engine: str
    differs: tuple[str, ...]
    time: int | None = None

    @classmethod
    def of(cls, divergence: Divergence, time: int | None) -> "Disagreement":
        """Return what a divergence shows; `time` is that of a view, None for a call."""
        model, engine, fault = divergence.model, divergence.engine, divergence.fault
        ours = f"FAILED {type(fault).__name__}" if fault else outcome(model)
        differs = tuple(
            part for part in _PARTS if fault or getattr(model, part) != getattr(engine, part)
        )
        return cls(divergence.name, ours, outcome(engine), differs, time)

    def holds(self, replayed: Replayed) -> bool:
        """Return whether model and engine part here, in this way."""
        if self.time is not None and replayed.divergence is None:
            self._look(replayed, self.time)
        found = replayed.divergence
        return found is not None and Disagreement.of(found, self.time) == self

    def _look(self, replayed: Replayed, time: int) -> None:
        assert isinstance(replayed.machine, Lockstep)
        try:
            replayed.machine.compare_view(self.at, time)
        except Divergence as divergence:
            replayed.divergence = divergence

    def text(self) -> str:
        """Return both sides in a sentence."""
        kind = "view" if self.time is not None else "call of"
        sides = f"the model says {self.model}, the contract {self.engine}"
        if self.model == self.engine:
            parts = [_PARTS[each] for each in self.differs] or ["kinds of value"]
            sides = f"their {' and '.join(parts)} differ"
        return f"model and contract disagree at the {kind} {self.at}: {sides}"

    def slug(self) -> str:
        """Return it as the name of a folder."""
        return _slug("divergence", self.at)

    def as_json(self) -> Mapping[str, Any]:
        """Return its entry in a case."""
        return {"kind": "divergence", **asdict(self), "differs": list(self.differs)}


@dataclass(frozen=True)
class BrokenRule:
    """An invariant is violated, by its number."""

    number: str

    def holds(self, replayed: Replayed) -> bool:
        """Return whether it is violated where the calls lead."""
        if replayed.divergence or replayed.fault:
            return False
        invariant = next(each for each in INVARIANTS if each.number == self.number)
        return invariant.judge(replayed.machine.world, replayed.ledger).state == "violated"

    def text(self) -> str:
        """Return which rule is broken."""
        name = next(each.name for each in INVARIANTS if each.number == self.number)
        return f"invariant {self.number} is violated: {name}"

    def slug(self) -> str:
        """Return it as the name of a folder."""
        return _slug("invariant", self.number)

    def as_json(self) -> Mapping[str, Any]:
        """Return its entry in a case."""
        return {"kind": "invariant", "number": self.number}


@dataclass(frozen=True)
class Reached:
    """A key figure of the whole trace is where it was asked for."""

    claim: Claim

    def holds(self, replayed: Replayed) -> bool:
        """Return whether the figure, computed from the calls, satisfies the comparison."""
        if replayed.divergence or replayed.fault:
            return False
        value = FIGURES[self.claim.kpi](replayed.machine.world, replayed.ledger)
        return value is not None and self.claim.holds(value)

    def text(self) -> str:
        """Return the figure and its threshold."""
        kpi = KPI_BY_NAME[self.claim.kpi]
        threshold = kpi.show(self.claim.threshold).replace(NARROW_BLANK, " ")
        return f"{kpi.label} {self.claim.comparison} {threshold}"

    def slug(self) -> str:
        """Return it as the name of a folder."""
        return _slug("kpi", self.claim.kpi)

    def as_json(self) -> Mapping[str, Any]:
        """Return its entry in a case."""
        claim = self.claim
        return {
            "kind": "kpi",
            "kpi": claim.kpi,
            "comparison": claim.comparison,
            "threshold": claim.threshold,
        }


@dataclass(frozen=True)
class Refused:
    """A function refuses a call for this reason; with `arguments`, with exactly these."""

    at: str
    reason: str
    arguments: tuple[Any, ...] | None = None

    def holds(self, replayed: Replayed) -> bool:
        """Return whether some call ended so."""
        return not (replayed.divergence or replayed.fault) and any(
            f"{call.contract}.{call.function}" == self.at
            and outcome(receipt) == self.reason
            and self.arguments in (None, receipt.refusal and receipt.refusal.arguments())
            for call, receipt in replayed.done
        )

    def text(self) -> str:
        """Return who refuses, and why."""
        return f"{self.at} refuses: {self.reason}"

    def slug(self) -> str:
        """Return it as the name of a folder."""
        return _slug("refusal", self.at, self.reason)

    def as_json(self) -> Mapping[str, Any]:
        """Return its entry in a case."""
        return {"kind": "refusal", "at": self.at, "reason": self.reason}


@dataclass(frozen=True)
class Every:
    """Several things at once."""

    parts: Sequence[Predicate]

    def holds(self, replayed: Replayed) -> bool:
        """Return whether each is shown."""
        return all(each.holds(replayed) for each in self.parts)

    def text(self) -> str:
        """Return all of them in a sentence."""
        return "; ".join(each.text() for each in self.parts)

    def slug(self) -> str:
        """Return it as the name of a folder."""
        return "-and-".join(each.slug() for each in self.parts)

    def as_json(self) -> Mapping[str, Any]:
        """Return its entry in a case."""
        return {"kind": "every", "parts": [each.as_json() for each in self.parts]}


def outcome(receipt: Receipt) -> str:
    """Return how a call ended, in a word: `ok`, or the refusal's name."""
    return "ok" if receipt.refusal is None else type(receipt.refusal).__name__


def _slug(*words: str) -> str:
    return "-".join(words).replace(".", "-").replace("_", "-").lower()
