"""Refusals that several contracts share; each is declared once, here, in alphabetical order."""

from dataclasses import dataclass

from protocol.types import Address, ProtocolError


@dataclass(eq=False)
class AmountIsZero(ProtocolError):
    """An amount must be positive."""


@dataclass(eq=False)
class BatchReleased(ProtocolError):
    """What the batch held has already gone to Revenue."""

    batch_id: int


@dataclass(eq=False)
class HostNotActive(ProtocolError):
    """The account is not an active host."""

    host: Address


@dataclass(eq=False)
class InputMismatch(ProtocolError):
    """The proof is about another input than the one that was committed to."""

    expected: bytes
    actual: bytes


@dataclass(eq=False)
class InstancesInvalid(ProtocolError):
    """The circuit has another number of public instances."""

    count: int


@dataclass(eq=False)
class KeyMismatch(ProtocolError):
    """The proof is for another circuit."""

    expected: bytes
    actual: bytes


@dataclass(eq=False)
class ModelNotActive(ProtocolError):
    """The model is not registered, or awaits its parent's approval."""

    model_id: int


@dataclass(eq=False)
class NotModelOwner(ProtocolError):
    """Only the model's owner may do this."""

    model_id: int
    caller: Address


@dataclass(eq=False)
class NothingOwed(ProtocolError):
    """Nothing is owed to the account."""

    account: Address


@dataclass(eq=False)
class OnlyGateway(ProtocolError):
    """Only the gateway may do this."""

    caller: Address


@dataclass(eq=False)
class OnlyTimelock(ProtocolError):
    """Only the timelock may do this."""

    caller: Address


@dataclass(eq=False)
class OnlyVerification(ProtocolError):
    """Only the verification contract may do this."""

    caller: Address


@dataclass(eq=False)
class ProofTooShort(ProtocolError):
    """The proof does not even hold the commitments at its head; `length` is in bytes."""

    length: int


@dataclass(eq=False)
class UnknownBatch(ProtocolError):
    """There is no such batch."""

    batch_id: int


@dataclass(eq=False)
class UnknownKind(ProtocolError):
    """There is no such kind of attestation."""

    kind_id: int


@dataclass(eq=False)
class UnknownLicence(ProtocolError):
    """There is no such licence."""

    licence_id: int


@dataclass(eq=False)
class UnknownModel(ProtocolError):
    """There is no such model."""

    model_id: int


@dataclass(eq=False)
class UnknownRole(ProtocolError):
    """There are two roles: 0 host, 1 validator."""

    role: int


@dataclass(eq=False)
class UnknownVersion(ProtocolError):
    """There is no such version of the model."""

    model_id: int
    version: int
