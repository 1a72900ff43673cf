"""What PaymentChannels.sol announces."""

from dataclasses import dataclass

from protocol.types import Address, Event


@dataclass(frozen=True, slots=True)
class ChannelClaimed(Event):
    """A recipient brought a voucher."""

    channel_id: bytes
    recipient: Address
    amount: int


@dataclass(frozen=True, slots=True)
class ChannelClosed(Event):
    """A channel was closed; the sender is owed what was left."""

    channel_id: bytes
    sender: Address
    returned: int


@dataclass(frozen=True, slots=True)
class ChannelExtended(Event):
    """A channel stays open for longer."""

    channel_id: bytes
    expiration: int


@dataclass(frozen=True, slots=True)
class ChannelFunded(Event):
    """More can be paid through a channel."""

    channel_id: bytes
    added: int


@dataclass(frozen=True, slots=True)
class ChannelOpened(Event):
    """A channel was opened."""

    channel_id: bytes
    sender: Address
    recipient: Address
    currency: Address
    nonce: int
    deposit: int
    expiration: int


@dataclass(frozen=True, slots=True)
class CurrencyPaid(Event):
    """An account received what it was owed."""

    account: Address
    currency: Address
    amount: int
