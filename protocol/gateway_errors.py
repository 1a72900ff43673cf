"""What Gateway.sol alone refuses with, in alphabetical order."""

from dataclasses import dataclass

from protocol.types import Address, ProtocolError


@dataclass(eq=False)
class BatchHeld(ProtocolError):
    """The batch may still be checked, or is being checked."""

    batch_id: int
    until: int
    open_checks: int


@dataclass(eq=False)
class BatchSizeInvalid(ProtocolError):
    """A batch of calls is empty or too large."""

    count: int
    maximum: int


@dataclass(eq=False)
class CloseAlreadyRequested(ProtocolError):
    """The user gave notice before."""

    session_id: bytes


@dataclass(eq=False)
class CloseTooEarly(ProtocolError):
    """The host may still settle; from `closable_at` on anyone may close."""

    session_id: bytes
    closable_at: int


@dataclass(eq=False)
class EmptyEntry(ProtocolError):
    """An entry ends before it begins."""

    session_id: bytes


@dataclass(eq=False)
class EpochAfterExpiry(ProtocolError):
    """The epoch begins after the session expired."""

    session_id: bytes
    epoch: int


@dataclass(eq=False)
class EpochOutOfWindow(ProtocolError):
    """Only epochs from `oldest` to `current` settle."""

    epoch: int
    oldest: int
    current: int


@dataclass(eq=False)
class InsufficientEscrow(ProtocolError):
    """The user has not that much that no session locks."""

    user: Address
    available: int
    needed: int


@dataclass(eq=False)
class NotSessionUser(ProtocolError):
    """Only the session's user may do this."""

    session_id: bytes
    caller: Address


@dataclass(eq=False)
class PolicyRefused(ProtocolError):
    """The version's licence, or its policy, does not allow this use; reasons as Policies'."""

    model_id: int
    reason: int


@dataclass(eq=False)
class PriceAboveMaximum(ProtocolError):
    """The receipts cost more per call than the user signed for."""

    session_id: bytes
    price: int
    maximum: int


@dataclass(eq=False)
class ReceiptReplayed(ProtocolError):
    """Receipts up to `settled` were settled before."""

    session_id: bytes
    settled: int
    first_sequence: int


@dataclass(eq=False)
class SequenceGap(ProtocolError):
    """Receipts settle in order, without gaps."""

    session_id: bytes
    expected: int
    first_sequence: int


@dataclass(eq=False)
class SessionClosed(ProtocolError):
    """The session is closed."""

    session_id: bytes


@dataclass(eq=False)
class SessionExpired(ProtocolError):
    """The session expired before it was opened."""

    session_id: bytes
    expires_at: int


@dataclass(eq=False)
class SessionKnown(ProtocolError):
    """The session was opened before."""

    session_id: bytes


@dataclass(eq=False)
class SessionMaximumExceeded(ProtocolError):
    """The session would spend more than the user signed for."""

    session_id: bytes
    spent: int
    maximum_total: int


@dataclass(eq=False)
class UnknownSession(ProtocolError):
    """There is no such session."""

    session_id: bytes


@dataclass(eq=False)
class VersionNotServable(ProtocolError):
    """The version does not exist or is deprecated."""

    model_id: int
    version: int


@dataclass(eq=False)
class WrongHost(ProtocolError):
    """The session is another host's."""

    session_id: bytes
    caller: Address


@dataclass(eq=False)
class WrongModel(ProtocolError):
    """The session is for another model than the batch."""

    session_id: bytes
    model_id: int


@dataclass(eq=False)
class WrongSigner(ProtocolError):
    """The session was not signed by its user; zero for a signature that nobody can have made."""

    expected: Address
    recovered: Address
