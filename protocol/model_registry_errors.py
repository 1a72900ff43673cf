"""What the model registry refuses, besides what it shares with other contracts."""

from dataclasses import dataclass

from protocol.types import Address, ProtocolError


@dataclass(eq=False)
class AlreadyDeprecated(ProtocolError):
    """The version is deprecated already."""

    model_id: int
    version: int


@dataclass(eq=False)
class ContributorInvalid(ProtocolError):
    """A contributor is the zero address, or named twice."""

    contributor: Address


@dataclass(eq=False)
class ContributorsInvalid(ProtocolError):
    """A model has 1 to 32 contributors with one share each."""

    contributors: int
    shares: int


@dataclass(eq=False)
class OnlyLineage(ProtocolError):
    """Only the lineage contract may register a model for somebody else."""

    caller: Address


@dataclass(eq=False)
class ResaleRoyaltyTooHigh(ProtocolError):
    """The resale royalty exceeds what the protocol allows."""

    bps: int
    maximum: int


@dataclass(eq=False)
class ShareIsZero(ProtocolError):
    """Every contributor has a share."""

    contributor: Address


@dataclass(eq=False)
class SharesDoNotSum(ProtocolError):
    """The shares must sum to 10,000 basis points."""

    sum: int


@dataclass(eq=False)
class WeightsTaken(ProtocolError):
    """The weights are registered already, as this version."""

    weights_hash: bytes
    model_id: int
    version: int
