"""What Access.sol alone refuses with, in alphabetical order."""

from dataclasses import dataclass

from protocol.types import Address, ProtocolError


@dataclass(eq=False)
class AccessRefused(ProtocolError):
    """No mode admits some of the calls to a closed model."""

    model_id: int
    user: Address
    calls: int


@dataclass(eq=False)
class AllowlistSizeInvalid(ProtocolError):
    """Accounts are listed some at a time."""

    count: int
    maximum: int


@dataclass(eq=False)
class CurrencyNotPrepaid(ProtocolError):
    """What is paid ahead is paid in MNFT, and the model is priced in another currency."""

    model_id: int
    currency: Address


@dataclass(eq=False)
class DiscountAboveWhole(ProtocolError):
    """No discount is more than the price."""

    discount_bps: int


@dataclass(eq=False)
class NotManaged(ProtocolError):
    """The model has no grants, and sells neither credits nor subscriptions."""

    model_id: int


@dataclass(eq=False)
class OnlySellers(ProtocolError):
    """Only Credits and Subscriptions may do this."""

    caller: Address


@dataclass(eq=False)
class TokenRangeInvalid(ProtocolError):
    """A gate counts tokens that exist, so that nobody mints more of them."""

    first: int
    last: int
    count: int


@dataclass(eq=False)
class UnknownCollection(ProtocolError):
    """A gate's collection is ModelRegistry, Credits or Subscriptions."""

    collection: Address
