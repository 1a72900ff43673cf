"""What PaymentChannels.sol refuses."""

from dataclasses import dataclass

from protocol.types import Address, ProtocolError


@dataclass(eq=False)
class ChannelKnown(ProtocolError):
    """The channel is open."""

    channel_id: bytes


@dataclass(eq=False)
class ChannelNotExpired(ProtocolError):
    """The sender may not take anything back yet."""

    channel_id: bytes
    expiration: int


@dataclass(eq=False)
class CoinMismatch(ProtocolError):
    """The call carries more or less coin than it says."""

    expected: int
    carried: int


@dataclass(eq=False)
class DepositExceeded(ProtocolError):
    """The voucher is for more than the channel holds."""

    channel_id: bytes
    amount: int
    deposit: int


@dataclass(eq=False)
class ExpirationTooEarly(ProtocolError):
    """A channel ends in the future, and never earlier than it was said to."""

    expiration: int
    than: int


@dataclass(eq=False)
class FeeOnTransfer(ProtocolError):
    """Less arrived than was sent: such a currency cannot be kept in books."""

    currency: Address
    expected: int
    received: int


@dataclass(eq=False)
class NotChannelRecipient(ProtocolError):
    """Only the recipient may bring a voucher."""

    channel_id: bytes
    caller: Address


@dataclass(eq=False)
class NotChannelSender(ProtocolError):
    """Only the sender may do this."""

    channel_id: bytes
    caller: Address


@dataclass(eq=False)
class PaymentRefused(ProtocolError):
    """The account does not take coin."""

    account: Address
    amount: int


@dataclass(eq=False)
class UnknownChannel(ProtocolError):
    """There is no such channel, or it is closed."""

    channel_id: bytes


@dataclass(eq=False)
class UnknownCurrency(ProtocolError):
    """The currency is not on the list."""

    currency: Address


@dataclass(eq=False)
class VoucherSpent(ProtocolError):
    """The voucher adds nothing to what was claimed."""

    channel_id: bytes
    amount: int
    claimed: int
