"""What Verification.sol alone refuses with, in alphabetical order."""

from dataclasses import dataclass

from protocol.types import Address, ProtocolError


@dataclass(eq=False)
class AlreadyChecked(ProtocolError):
    """A receipt is checked once."""

    leaf: bytes


@dataclass(eq=False)
class AlreadyCommitted(ProtocolError):
    """A validator has one secret per epoch."""

    epoch: int
    validator: Address


@dataclass(eq=False)
class AnswerStillPossible(ProtocolError):
    """The host still has time to answer."""

    check_id: int
    deadline: int


@dataclass(eq=False)
class AnswerTooLate(ProtocolError):
    """The time to answer is over."""

    check_id: int
    deadline: int


@dataclass(eq=False)
class BeaconNotFinal(ProtocolError):
    """The epoch's beacon can still change, or nobody revealed a secret."""

    epoch: int


@dataclass(eq=False)
class CheckClosed(ProtocolError):
    """The check was answered or has expired."""

    check_id: int


@dataclass(eq=False)
class CheckWindowOver(ProtocolError):
    """The batch can no longer be checked."""

    batch_id: int
    until: int


@dataclass(eq=False)
class CircuitInvalid(ProtocolError):
    """No proof could ever be made for such a circuit."""


@dataclass(eq=False)
class CircuitKnown(ProtocolError):
    """A version's circuit never changes."""

    model_id: int
    version: int


@dataclass(eq=False)
class NoCircuit(ProtocolError):
    """The version has no circuit: its receipts cannot be proven."""

    model_id: int
    version: int


@dataclass(eq=False)
class NotActiveValidator(ProtocolError):
    """The caller is not an active validator."""

    caller: Address


@dataclass(eq=False)
class NotPicked(ProtocolError):
    """The beacon did not pick the receipt."""

    batch_id: int
    leaf: bytes


@dataclass(eq=False)
class OutputMismatch(ProtocolError):
    """The proof is about another output than the receipt's."""

    expected: bytes
    actual: bytes


@dataclass(eq=False)
class ProofRejected(ProtocolError):
    """The verifier said no, or reverted."""

    check_id: int


@dataclass(eq=False)
class ReceiptNotInBatch(ProtocolError):
    """The batch's root does not hold the receipt, or the receipt's session is not the batch's."""

    batch_id: int
    leaf: bytes


@dataclass(eq=False)
class UnknownCheck(ProtocolError):
    """There is no such check."""

    check_id: int


@dataclass(eq=False)
class WeightMismatch(ProtocolError):
    """The proof is about other weights than the version's."""

    model_id: int
    version: int


@dataclass(eq=False)
class WrongEpoch(ProtocolError):
    """Secrets are committed in the epoch before theirs, and revealed in theirs."""

    epoch: int
    current: int


@dataclass(eq=False)
class WrongSecret(ProtocolError):
    """The validator committed to another secret, to none, or has revealed it already."""

    epoch: int
    validator: Address
