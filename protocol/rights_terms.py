"""What Rights.sol keeps: the kinds, the terms of a right, listings; its events and refusals."""

from dataclasses import dataclass
from typing import NamedTuple

from protocol.types import Address, Event, ProtocolError

FINE_TUNE, INFERENCE, REVENUE, WEIGHTS = range(4)

KINDS = ("fine-tune", "inference", "revenue", "weights")
"""The names of the kinds, by their numbers."""


class RightTerms(NamedTuple):
    """
    What a model's owner says of a kind of right, once and for all.

    Of inference rights: how many calls a unit gives in a window, and what of their price it waives.
    """

    maximum_units: int
    calls_per_unit: int
    discount_bps: int


NO_TERMS = RightTerms(0, 0, 0)


class UnitListing(NamedTuple):
    """What a holder asks for units; `expires_at` is the last second in which they are sold."""

    units: int
    expires_at: int
    unit_price: int


NO_LISTING = UnitListing(0, 0, 0)


class UnitLock(NamedTuple):
    """Inference units that give calls, and units that are on their way back."""

    locked: int
    leaving: int
    returnable_at: int


NO_LOCK = UnitLock(0, 0, 0)


@dataclass(frozen=True, slots=True)
class FineTuneUsed(Event):
    """A fine-tune right was used up, in place of the owner's approval of a child."""

    right_id: int
    account: Address


@dataclass(frozen=True, slots=True)
class RightTermsFixed(Event):
    """A model's owner fixed the terms of a kind of right."""

    model_id: int
    kind: int
    terms: RightTerms


@dataclass(frozen=True, slots=True)
class RightsPaid(Event):
    """An account received what it was owed."""

    account: Address
    amount: int


@dataclass(frozen=True, slots=True)
class RightsPaidIn(Event):
    """An account received what it was owed in another currency than MNFT."""

    account: Address
    currency: Address
    amount: int


@dataclass(frozen=True, slots=True)
class UnitsCreditedIn(Event):
    """Revenue in another currency than MNFT was shared among the units of a revenue right."""

    right_id: int
    currency: Address
    amount: int
    per_unit: int


@dataclass(frozen=True, slots=True)
class UnitsEarnedIn(Event):
    """What an account's revenue units have earned in another currency than MNFT is owed to it."""

    right_id: int
    account: Address
    currency: Address
    amount: int


@dataclass(frozen=True, slots=True)
class UnitsCredited(Event):
    """Revenue was shared among the units of a revenue right."""

    right_id: int
    amount: int
    per_unit: int


@dataclass(frozen=True, slots=True)
class UnitsEarned(Event):
    """What an account's revenue units have earned is owed to it."""

    right_id: int
    account: Address
    amount: int


@dataclass(frozen=True, slots=True)
class UnitsIssued(Event):
    """Units were issued to the model's owner."""

    right_id: int
    owner: Address
    units: int


@dataclass(frozen=True, slots=True)
class UnitsListed(Event):
    """Units are for sale, in place of any earlier listing of the same seller."""

    right_id: int
    seller: Address
    units: int
    unit_price: int
    expires_at: int


@dataclass(frozen=True, slots=True)
class UnitsLocked(Event):
    """Inference units give their holder calls from now on."""

    right_id: int
    account: Address
    units: int


@dataclass(frozen=True, slots=True)
class UnitsSold(Event):
    """Units were sold; the seller is owed what the protocol fee leaves."""

    right_id: int
    seller: Address
    buyer: Address
    units: int
    amount: int
    protocol_fee: int


@dataclass(frozen=True, slots=True)
class UnitsUnlocked(Event):
    """Inference units give no more calls, and wait for a window."""

    right_id: int
    account: Address
    units: int
    returnable_at: int


@dataclass(eq=False)
class IssueAboveMaximum(ProtocolError):
    """The owner said that there will be fewer."""

    right_id: int
    issued: int
    maximum: int


@dataclass(eq=False)
class ListingOver(ProtocolError):
    """The last second of the listing is over."""

    right_id: int
    expires_at: int


@dataclass(eq=False)
class NoOwnersShare(ProtocolError):
    """Nothing of the model's revenue goes to its owner, so there is nothing to share in."""

    model_id: int


@dataclass(eq=False)
class NothingEarned(ProtocolError):
    """The account's units have earned nothing since they were last settled."""

    right_id: int
    account: Address


@dataclass(eq=False)
class NotSoMany(ProtocolError):
    """The seller offers fewer units."""

    right_id: int
    seller: Address
    listed: int
    needed: int


@dataclass(eq=False)
class OnlyRevenue(ProtocolError):
    """Only Revenue may do this."""

    caller: Address


@dataclass(eq=False)
class TermsAreFixed(ProtocolError):
    """The terms of a right are fixed once."""

    right_id: int


@dataclass(eq=False)
class TermsInvalid(ProtocolError):
    """
    No units, more revenue units than make the whole, or calls and discount where they do not
    belong.
    """

    kind: int


@dataclass(eq=False)
class UnknownRight(ProtocolError):
    """There is no such kind of right."""

    kind: int
