"""What Gateway.sol announces."""

from dataclasses import dataclass

from protocol.types import Address, Event


@dataclass(frozen=True, slots=True)
class Deposited(Event):
    """A user put tokens into escrow."""

    user: Address
    amount: int


@dataclass(frozen=True, slots=True)
class Withdrawn(Event):
    """A user took tokens out of escrow."""

    user: Address
    amount: int


@dataclass(frozen=True, slots=True)
class SessionOpened(Event):
    """A signed session locked its maximum total."""

    session_id: bytes
    user: Address
    host: Address
    model_id: int
    maximum_total: int


@dataclass(frozen=True, slots=True)
class ReceiptsSettled(Event):
    """A session paid for the receipts up to a sequence number."""

    session_id: bytes
    batch_id: int
    last_sequence: int
    calls: int
    price: int


@dataclass(frozen=True, slots=True)
class BatchSettled(Event):
    """A host settled a batch; its amount is held back until the challenge window is over."""

    batch_id: int
    host: Address
    model_id: int
    root: bytes
    calls: int
    amount: int


@dataclass(frozen=True, slots=True)
class BatchReleasedToRevenue(Event):
    """What a batch still held went to Revenue."""

    batch_id: int
    amount: int


@dataclass(frozen=True, slots=True)
class CloseRequested(Event):
    """A user gave notice of closing a session."""

    session_id: bytes
    closable_at: int


@dataclass(frozen=True, slots=True)
class SessionClosedAndRefunded(Event):
    """A session closed, and what it had not spent is the user's again."""

    session_id: bytes
    refunded: int


@dataclass(frozen=True, slots=True)
class DepositedIn(Event):
    """A user put tokens of a currency into escrow."""

    user: Address
    currency: Address
    amount: int


@dataclass(frozen=True, slots=True)
class ReceiptRefunded(Event):
    """A user got back what a receipt that failed its check had cost."""

    batch_id: int
    session_id: bytes
    amount: int


@dataclass(frozen=True, slots=True)
class WithdrawnIn(Event):
    """A user took tokens of a currency out of escrow."""

    user: Address
    currency: Address
    amount: int
