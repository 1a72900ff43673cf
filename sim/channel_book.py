"""What payment channels took in and paid, added up from events, apart from their own books."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from protocol.payment_channels_events import (
    ChannelClaimed,
    ChannelClosed,
    ChannelFunded,
    ChannelOpened,
    CurrencyPaid,
)
from protocol.types import Address, Event


@dataclass
class ChannelBook:
    """Notes, in units of each currency, what is left in channels and what they owe."""

    left: dict[bytes, int] = field(default_factory=dict)
    """What each open channel should still hold."""
    currencies: dict[bytes, Address] = field(default_factory=dict)
    owed: Counter[tuple[Address, Address]] = field(default_factory=Counter)
    """What accounts should be owed, by currency and account."""
    opened: int = 0

    def note(self, event: Event) -> None:
        """Note an event, if it is one of those that matter here."""
        handler = _HANDLERS.get(type(event))
        if handler is not None:
            handler(self, event)

    def _opened(self, event: ChannelOpened) -> None:
        self.opened += 1
        self.left[event.channel_id] = event.deposit
        self.currencies[event.channel_id] = event.currency

    def _funded(self, event: ChannelFunded) -> None:
        self.left[event.channel_id] += event.added

    def _claimed(self, event: ChannelClaimed) -> None:
        self.left[event.channel_id] -= event.amount
        self.owed[self.currencies[event.channel_id], event.recipient] += event.amount

    def _closed(self, event: ChannelClosed) -> None:
        self.left[event.channel_id] -= event.returned
        self.owed[self.currencies[event.channel_id], event.sender] += event.returned

    def _paid(self, event: CurrencyPaid) -> None:
        self.owed[event.currency, event.account] -= event.amount


_HANDLERS: Mapping[type[Event], Callable[[ChannelBook, Any], None]] = {
    ChannelClaimed: ChannelBook._claimed,
    ChannelClosed: ChannelBook._closed,
    ChannelFunded: ChannelBook._funded,
    ChannelOpened: ChannelBook._opened,
    CurrencyPaid: ChannelBook._paid,
}
