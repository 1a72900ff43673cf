"""What was granted and paid ahead, added up from events, apart from the contracts' own books."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from protocol.access_events import AccessUsed, AllowlistSet, StakeLocked, StakeUnlocked
from protocol.access_terms import ALLOWLIST, FREE, MODES, STAKE_GATE, TOKEN_GATE
from protocol.credits import CreditsBought, CreditsRefunded
from protocol.gateway_events import (
    BatchSettled,
    ReceiptRefunded,
    ReceiptsSettled,
    SessionClosedAndRefunded,
    SessionOpened,
)
from protocol.prepaid_token import CallsLapsed, CallsSpent
from protocol.pricing import TariffSet
from protocol.subscriptions import Subscribed
from protocol.types import Event
from sim.currency_book import MNFT


class _Granted(NamedTuple):
    """
    Calls of an entry that were granted, their discounts in basis points, those of them that an
    owner gave, what was paid ahead.
    """

    calls: int = 0
    waived: int = 0
    given: int = 0
    prepaid: int = 0


@dataclass
class AccessBook:
    """
    Notes what users were granted, and finds what they were not.

    `count` adds to a figure of the ledger, `faults` are the ledger's.
    """

    count: Callable[[str, int], None]
    faults: list[str]
    currency_of: Callable[[int], str]
    """What a model is priced in."""
    by_user: Counter[tuple[int, str, int]] = field(default_factory=Counter)
    """Calls granted, by model, user and mode."""
    paid: Counter[bytes] = field(default_factory=Counter)
    """What a session's calls cost, now and ahead, less what it was refunded."""
    calls_left: int = 0
    """Prepaid calls that should be left, over all tokens."""
    staked: Counter[tuple[int, str]] = field(default_factory=Counter)
    """Stake locked for gates, by model and account."""
    listed: set[tuple[int, str]] = field(default_factory=set)
    """Who is on which model's allowlist."""
    _users: dict[bytes, str] = field(default_factory=dict)
    _came_before: dict[tuple[int, str], bool] = field(default_factory=dict)
    """Whether a user's first calls of a model were made without a discount of its owner's."""
    _granted: _Granted = field(default_factory=_Granted)
    _entries: list[tuple[ReceiptsSettled, _Granted]] = field(default_factory=list)
    _maybe_free: set[int] = field(default_factory=set)
    """Models that once had a tariff without a price per call: there all may cost nothing."""

    def note(self, event: Event) -> None:
        """Note an event, if it is one of those that matter here."""
        handler = _HANDLERS.get(type(event))
        if handler is not None:
            handler(self, event)

    def _used(self, event: AccessUsed) -> None:
        self.count(f"calls_by_{MODES[event.mode].replace(' ', '_')}", event.calls)
        self.count("granted_calls", event.calls)
        self.by_user[event.model_id, event.user, event.mode] += event.calls
        self.count("prepaid_used", event.prepaid)
        calls, waived, given, prepaid = self._granted
        less = event.calls * event.discount_bps
        self._granted = _Granted(
            calls + event.calls,
            waived + less,
            given + (less if event.mode in (ALLOWLIST, TOKEN_GATE, STAKE_GATE) else 0),
            prepaid + event.prepaid,
        )

    def _spent(self, event: CallsSpent) -> None:
        self._take(event.calls)

    def _settled(self, event: ReceiptsSettled) -> None:
        self._entries.append((event, self._granted))
        self.paid[event.session_id] += event.price + self._granted.prepaid
        self._granted = _Granted()

    def _receipt_refunded(self, event: ReceiptRefunded) -> None:
        self.paid[event.session_id] -= event.amount
        if self.paid[event.session_id] < 0:
            self.faults.append(
                f"I-09 session {event.session_id.hex()[:8]} was refunded {event.amount}, "
                f"{-self.paid[event.session_id]} more than was left of what its calls cost"
            )

    def _batch_settled(self, event: BatchSettled) -> None:
        entries, self._entries = self._entries, []
        paid = sum(entry.price + granted.prepaid for entry, granted in entries)
        if paid != event.amount:
            self.faults.append(
                f"I-15 batch {event.batch_id} holds {event.amount}, its users paid {paid}"
            )
        for entry, granted in entries:
            self._given(event.model_id, entry, granted)
            is_free = granted.waived == entry.calls * FREE
            is_fair = is_free == (entry.price == 0) or event.model_id in self._maybe_free
            if granted.calls > entry.calls or not is_fair:
                self.faults.append(
                    f"I-15 session {entry.session_id.hex()[:8]} paid {entry.price} for "
                    f"{entry.calls} calls, of which {granted.calls} were granted"
                )

    def _given(self, model_id: int, entry: ReceiptsSettled, granted: _Granted) -> None:
        """
        Add up what owners took off prices: of calls at price p, sum d / (sum of 1 - d) of what was
        paid. Where all was free nothing shows what it would have cost.
        """
        key = model_id, self._users.get(entry.session_id, "")
        came_before = self._came_before.setdefault(key, not granted.given)
        charged = entry.calls * FREE - granted.waived
        # Discounts are added up in MNFT, and are none of other currencies.
        if granted.given and charged and self.currency_of(model_id) == MNFT:
            discount = entry.price * granted.given // charged
            self.count("discounts", discount)
            self.count("discounts_of_customers", discount * came_before)

    def _opened(self, event: SessionOpened) -> None:
        self._users[event.session_id] = event.user

    def _closed(self, event: SessionClosedAndRefunded) -> None:
        self._users.pop(event.session_id, None)

    def _locked(self, event: StakeLocked) -> None:
        self.staked[event.model_id, event.account] += event.amount

    def _unlocked(self, event: StakeUnlocked) -> None:
        self.staked[event.model_id, event.account] -= event.amount

    def _listed(self, event: AllowlistSet) -> None:
        change = self.listed.add if event.allowed else self.listed.discard
        change((event.model_id, event.account))

    def _tariff_set(self, event: TariffSet) -> None:
        if event.tariff.per_call == 0:
            self._maybe_free.add(event.model_id)

    def _credits_bought(self, event: CreditsBought) -> None:
        self.count("credits_sold", event.cost)
        self.calls_left += event.calls

    def _subscribed(self, event: Subscribed) -> None:
        self.count("subscriptions_sold", event.cost)
        self.count("periods_sold", 1)
        self.calls_left += event.calls

    def _lapsed(self, event: CallsLapsed) -> None:
        self.count("breakage", event.amount)
        self.count("calls_lapsed", event.calls)
        self._take(event.calls)

    def _refunded(self, event: CreditsRefunded) -> None:
        self.count("credits_refunded", event.amount)
        self._take(event.calls)

    def _take(self, calls: int) -> None:
        self.calls_left -= calls
        if self.calls_left < 0:
            self.faults.append(f"I-15 {-self.calls_left} prepaid calls more used than sold")


_HANDLERS: Mapping[type[Event], Callable[[AccessBook, Any], None]] = {
    AccessUsed: AccessBook._used,
    AllowlistSet: AccessBook._listed,
    BatchSettled: AccessBook._batch_settled,
    CallsLapsed: AccessBook._lapsed,
    CallsSpent: AccessBook._spent,
    CreditsBought: AccessBook._credits_bought,
    CreditsRefunded: AccessBook._refunded,
    ReceiptRefunded: AccessBook._receipt_refunded,
    ReceiptsSettled: AccessBook._settled,
    SessionClosedAndRefunded: AccessBook._closed,
    SessionOpened: AccessBook._opened,
    StakeLocked: AccessBook._locked,
    StakeUnlocked: AccessBook._unlocked,
    Subscribed: AccessBook._subscribed,
    TariffSet: AccessBook._tariff_set,
}
