"""What Attestations.sol alone refuses with, in alphabetical order."""

from dataclasses import dataclass

from protocol.types import Address, ProtocolError


@dataclass(eq=False)
class AlreadyOver(ProtocolError):
    """The time is over already."""

    until: int


@dataclass(eq=False)
class AttesterIsZero(ProtocolError):
    """A kind needs an attester."""


@dataclass(eq=False)
class NeedsNoProof(ProtocolError):
    """The kind is attested by word, not by a proof."""

    kind_id: int


@dataclass(eq=False)
class NeedsProof(ProtocolError):
    """The kind is attested by a proof, not by word."""

    kind_id: int


@dataclass(eq=False)
class NotAttested(ProtocolError):
    """The kind does not hold of the account, and nobody stands for its data."""

    kind_id: int
    account: Address


@dataclass(eq=False)
class NotAttester(ProtocolError):
    """Only the kind's attester may do this."""

    kind_id: int
    caller: Address


@dataclass(eq=False)
class NothingCommitted(ProtocolError):
    """Nobody stands for data of the account."""

    kind_id: int
    account: Address


@dataclass(eq=False)
class NotProven(ProtocolError):
    """The verifier said no, or reverted."""

    kind_id: int


@dataclass(eq=False)
class NotShown(ProtocolError):
    """The proof shows something else of the data."""

    kind_id: int
    output: int


@dataclass(eq=False)
class OtherWeights(ProtocolError):
    """The proof is about another circuit of the same shape."""

    kind_id: int
