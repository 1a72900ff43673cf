"""What is paid in another currency than MNFT, added up from events alone."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from protocol.deployment import DEPLOYER, ORDER
from protocol.gateway_events import (
    BatchReleasedToRevenue,
    BatchSettled,
    DepositedIn,
    ReceiptRefunded,
    WithdrawnIn,
)
from protocol.hashing import create_address
from protocol.pricing import CurrencySet
from protocol.revenue_events import Credited, ModelPaid, Paid, RoyaltyPaid
from protocol.types import Event, Log

MNFT = "settlement_token"
STABLE = "stable_token"
_NAMES = {create_address(DEPLOYER, nonce): name for nonce, name in enumerate(ORDER)}
"""No number of a deployment changes its addresses."""


@dataclass
class CurrencyBook:
    """
    Amounts in a currency's smallest unit, by the currency's name and what happened to them.

    `tick` counts the running tick, `total` the run.
    """

    tick: Counter[tuple[str, str]] = field(default_factory=Counter)
    total: Counter[tuple[str, str]] = field(default_factory=Counter)
    host_fees: Counter[tuple[str, str]] = field(default_factory=Counter)
    """By currency and host."""
    model_paid: Counter[tuple[str, int]] = field(default_factory=Counter)
    """By currency and model."""
    donated: Counter[tuple[str, str]] = field(default_factory=Counter)
    """What was given to a contract unasked, by currency and account."""
    _models: dict[int, str] = field(default_factory=dict)
    _batches: dict[int, str] = field(default_factory=dict)

    def of_model(self, model_id: int) -> str:
        """Return the name of what a model is priced in."""
        return self._models.get(model_id, MNFT)

    def of_batch(self, batch_id: int) -> str:
        """Return the name of what a batch is paid in."""
        return self._batches.get(batch_id, MNFT)

    def note(self, log: Log) -> bool:
        """Note an event; return whether its amounts are in another currency than MNFT."""
        currency = self._of(log)
        if isinstance(log.event, CurrencySet):
            self._models[log.event.model_id] = currency
        if currency == MNFT:
            return False
        handler = _HANDLERS.get(type(log.event))
        if handler is not None:
            handler(self, currency, log.event)
        return True

    def _of(self, log: Log) -> str:
        event = log.event
        if log.contract == "stable_revenue":
            return STABLE
        if isinstance(event, BatchReleasedToRevenue | ReceiptRefunded):
            return self.of_batch(event.batch_id)
        if isinstance(event, BatchSettled):
            return self.of_model(event.model_id)
        if isinstance(event, CurrencySet | DepositedIn | WithdrawnIn):
            return _NAMES[event.currency]
        return MNFT

    def _count(self, currency: str, name: str, amount: int) -> None:
        self.tick[currency, name] += amount
        self.total[currency, name] += amount

    def _deposited(self, currency: str, event: DepositedIn) -> None:
        self._count(currency, "deposited", event.amount)

    def _withdrawn(self, currency: str, event: WithdrawnIn) -> None:
        self._count(currency, "withdrawn", event.amount)

    def _settled(self, currency: str, event: BatchSettled) -> None:
        self._count(currency, "revenue", event.amount)
        self._count(currency, "calls", event.calls)
        self.model_paid[currency, event.model_id] += event.amount
        self._batches[event.batch_id] = currency

    def _refunded(self, currency: str, event: ReceiptRefunded) -> None:
        self._count(currency, "refunded", event.amount)

    def _released(self, currency: str, event: BatchReleasedToRevenue) -> None:
        self._count(currency, "released", event.amount)

    def _credited(self, currency: str, event: Credited) -> None:
        self._count(currency, "protocol_fee", event.protocol_fee + event.verification_pool)
        self._count(currency, "host_fee", event.host_fee)
        self._count(currency, "data_pool", event.data_pool)
        self._count(currency, "accrued", event.accrued)
        self.host_fees[currency, event.host] += event.host_fee

    def _model_paid(self, currency: str, event: ModelPaid) -> None:
        self._count(currency, "paid_directly", event.amount)

    def _royalty(self, currency: str, event: RoyaltyPaid) -> None:
        self._count(currency, "royalties", event.amount)

    def _paid(self, currency: str, event: Paid) -> None:
        self._count(currency, "paid_out", event.amount)


_HANDLERS: Mapping[type[Event], Callable[[CurrencyBook, str, Any], None]] = {
    DepositedIn: CurrencyBook._deposited,
    WithdrawnIn: CurrencyBook._withdrawn,
    BatchSettled: CurrencyBook._settled,
    ReceiptRefunded: CurrencyBook._refunded,
    BatchReleasedToRevenue: CurrencyBook._released,
    Credited: CurrencyBook._credited,
    ModelPaid: CurrencyBook._model_paid,
    RoyaltyPaid: CurrencyBook._royalty,
    Paid: CurrencyBook._paid,
}
