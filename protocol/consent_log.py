"""ConsentLog.sol: who agreed when that a model is used on them for a purpose."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from protocol.contract import Contract, Observed
from protocol.spans import ENDLESS, Span, Spans
from protocol.types import Address, Context, Event, ProtocolError

if TYPE_CHECKING:
    from protocol.world import World


@dataclass(eq=False)
class ConsentKnown(ProtocolError):
    """The consent was given and holds."""

    subject: Address
    purpose: bytes
    model_id: int


@dataclass(eq=False)
class NoConsent(ProtocolError):
    """There is no consent to withdraw."""

    subject: Address
    purpose: bytes
    model_id: int


@dataclass(frozen=True, slots=True)
class ConsentGiven(Event):
    """A person agrees from now on."""

    subject: Address
    purpose: bytes
    model_id: int


@dataclass(frozen=True, slots=True)
class ConsentWithdrawn(Event):
    """A person agrees no more."""

    subject: Address
    purpose: bytes
    model_id: int


class ConsentLog(Contract):
    """
    Consents by person, purpose and model; entries are added and never changed.

    A purpose is the hash of the text that was agreed to.
    """

    NAME = "consent_log"
    SOLIDITY = "ConsentLog"
    EVENTS = (ConsentGiven, ConsentWithdrawn)
    ERRORS = (ConsentKnown, NoConsent)
    OBSERVED = (Observed("consent_of", "_newest"),)
    # Never raised: time goes on, and stays below 2**48 seconds.
    UNMODELLED = frozenset({"CheckpointUnorderedInsertion", "SafeCastOverflowedUintDowncast"})

    def __init__(self, world: "World") -> None:
        super().__init__(world)
        self._counts = self.table()
        self._points = self.table()
        self._newest = self.table()
        self._consents = Spans(self._counts, self._points, self._newest)

    def give(self, ctx: Context, purpose: bytes, model_id: int) -> None:
        """
        Give the caller's consent, until it is withdrawn.

        Raises:
            ConsentKnown: It was given and holds.
        """
        consent = (ctx.sender, purpose, model_id)
        if self._consents.holds_at(consent, ctx.timestamp):
            raise ConsentKnown(*consent)

        self._consents.begin(consent, ctx.timestamp, ENDLESS)
        self.emit(ConsentGiven(*consent))

    def withdraw(self, ctx: Context, purpose: bytes, model_id: int) -> None:
        """
        Withdraw the caller's consent: it does not hold in this second any more.

        Raises:
            NoConsent: It was never given, or is withdrawn.
        """
        consent = (ctx.sender, purpose, model_id)
        if not self._consents.holds_at(consent, ctx.timestamp):
            raise NoConsent(*consent)

        self._consents.end(consent, ctx.timestamp)
        self.emit(ConsentWithdrawn(*consent))

    def consent_of(self, ctx: Context, subject: Address, purpose: bytes, model_id: int) -> Span:
        """Return since when the newest entry holds, and the first second in which it does not."""
        del ctx
        return self._consents.newest((subject, purpose, model_id))

    def is_given(
        self, ctx: Context, subject: Address, purpose: bytes, model_id: int, at: int
    ) -> bool:
        """Whether a consent held in a second."""
        del ctx
        return self._consents.holds_at((subject, purpose, model_id), at)

    def was_given(
        self, ctx: Context, subject: Address, purpose: bytes, model_id: int, from_: int, to: int
    ) -> bool:
        """Whether a consent held at some moment from a second to another one, inclusive."""
        del ctx
        return self._consents.held_within((subject, purpose, model_id), from_, to)
