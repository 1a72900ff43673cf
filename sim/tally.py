"""What the calls of a run add up to, by model, epoch and tick; amounts in base units."""

from collections import Counter, deque
from collections.abc import Callable, Mapping
from typing import Any

from protocol.gateway_events import BatchSettled
from protocol.parameters import DAY
from protocol.prepaid_token import CallsLapsed
from protocol.revenue_events import Paid
from protocol.types import Address, Event
from protocol.verification_events import CheckFailed, CheckPassed
from sim.scenario.schema import Scenario

_RECENT_DAYS = 30


class Tally:
    """
    Counts what was asked, served, settled and paid.

    `totals` has the calls asked, served and cheated; `refused` those of the running tick that
    never reached the chain, by reason.
    """

    def __init__(self, scenario: Scenario) -> None:
        self._tick_seconds = scenario.tick
        self._epoch_seconds = scenario.protocol.epoch
        self._ticks = 0
        self._epoch = 0
        self.totals: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        self.calls_by_model: Counter[int] = Counter()
        self.paid_by_model: Counter[int] = Counter()
        self.granted: Counter[Address] = Counter()
        self.withdrawn: Counter[Address] = Counter()
        self.checks_passed = self.checks_failed = self.calls_lapsed = 0
        # Owners who plan their capacity look back over two reviews of it, never further.
        look_back = 2 * scenario.population.creators.capacity_review // self._epoch_seconds
        self._calls_by_epoch: dict[int, Counter[int]] = {0: Counter()}
        self._epochs_kept = look_back + 1
        recent_ticks = max(1, _RECENT_DAYS * DAY // scenario.tick)
        self._paid_by_tick: deque[Counter[int]] = deque([Counter()], maxlen=recent_ticks)

    def begin_tick(self, now: int) -> None:
        """Start a tick's counts at zero."""
        self._ticks += 1
        self._epoch = now // self._epoch_seconds
        self._calls_by_epoch.setdefault(self._epoch, Counter())
        while len(self._calls_by_epoch) > self._epochs_kept:
            del self._calls_by_epoch[min(self._calls_by_epoch)]
        self._paid_by_tick.append(Counter())
        self.refused.clear()

    def note(self, event: Event) -> None:
        """Add up what an event says."""
        handler = _HANDLERS.get(type(event))
        if handler is not None:
            handler(self, event)

    def refuse(self, reason: str, calls: int) -> None:
        """Count calls that were refused before they reached the chain."""
        if calls:
            self.refused[reason] += calls

    def calls_in_epoch(self, model_id: int, epoch: int) -> int:
        """Return the calls of a model that were settled in an epoch."""
        settled = self._calls_by_epoch.get(epoch)
        return settled[model_id] if settled else 0

    def recent_days(self) -> float:
        """Return over how many days recent figures go: 30, or fewer at the start."""
        return max(1.0, min(_RECENT_DAYS, self._ticks * self._tick_seconds / DAY))

    def recent_volume(self) -> int:
        """Return what users paid in the last 30 days."""
        return sum(sum(paid.values()) for paid in self._paid_by_tick)

    def recent_revenue_of(self, models: set[int]) -> int:
        """Return what users paid in the last 30 days for some models."""
        return sum(
            amount
            for paid in self._paid_by_tick
            for model, amount in paid.items()
            if model in models
        )

    def recent_calls(self) -> float:
        """Return the calls per 30 days, at the pace so far."""
        days = max(1.0, self._ticks * self._tick_seconds / DAY)
        return self.calls_by_model.total() * 30 / days

    def cheated_share(self) -> float:
        """Return the share of calls that hosts cheat on, as far as checks have shown it."""
        closed = self.checks_passed + self.checks_failed
        return self.checks_failed / closed if closed else 0.0

    def _settled(self, event: BatchSettled) -> None:
        self.calls_by_model[event.model_id] += event.calls
        self._calls_by_epoch[self._epoch][event.model_id] += event.calls
        self.paid_by_model[event.model_id] += event.amount
        self._paid_by_tick[-1][event.model_id] += event.amount

    def _paid(self, event: Paid) -> None:
        self.withdrawn[event.account] += event.amount

    def _lapsed(self, event: CallsLapsed) -> None:
        self.calls_lapsed += event.calls

    def _passed(self, _: CheckPassed) -> None:
        self.checks_passed += 1

    def _failed(self, _: CheckFailed) -> None:
        self.checks_failed += 1


_HANDLERS: Mapping[type[Event], Callable[[Tally, Any], None]] = {
    BatchSettled: Tally._settled,
    CallsLapsed: Tally._lapsed,
    Paid: Tally._paid,
    CheckPassed: Tally._passed,
    CheckFailed: Tally._failed,
}
