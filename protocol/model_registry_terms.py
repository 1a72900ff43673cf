"""What ModelRegistry.sol keeps: registrations, versions; its events and refusals."""

from dataclasses import dataclass
from typing import NamedTuple

from protocol.types import Address, Event, ProtocolError


class Registration(NamedTuple):
    """
    A new model: its first version, and who shares in what it earns.

    The shares are in basis points and sum to 10,000.
    """

    metadata_uri: str
    weights_hash: bytes
    storage_uri: str
    architecture: str
    parameter_count: int
    licence_id: int
    resale_royalty_bps: int
    contributors: tuple[Address, ...]
    shares_bps: tuple[int, ...]


class Version(NamedTuple):
    """One set of weights of a model; `parent` is the version it came from, 0 for the first."""

    parent: int
    weights_hash: bytes
    storage_uri: str
    architecture: str
    parameter_count: int
    licence_id: int
    published_at: int
    deprecated: bool


@dataclass(eq=False)
class AlreadyDeprecated(ProtocolError):
    """The version is deprecated already."""

    model_id: int
    version: int


@dataclass(eq=False)
class OnlyLineage(ProtocolError):
    """Only the lineage contract may register a model for somebody else."""

    caller: Address


@dataclass(eq=False)
class OwnershipCycle(ProtocolError):
    """A model would belong, through one account or several, to its own account."""

    token_id: int
    to: Address


@dataclass(eq=False)
class OwnershipTooDeep(ProtocolError):
    """A model would belong to an account of a model of an account, and so on, too often."""

    token_id: int
    maximum: int


@dataclass(eq=False)
class ResaleRoyaltyTooHigh(ProtocolError):
    """The resale royalty exceeds what the protocol allows."""

    bps: int
    maximum: int


@dataclass(eq=False)
class WeightsTaken(ProtocolError):
    """The weights are registered already, as this version."""

    weights_hash: bytes
    model_id: int
    version: int


@dataclass(frozen=True, slots=True)
class ModelRegistered(Event):
    """A model exists from now on."""

    model_id: int
    owner: Address
    licence_id: int
    metadata_uri: str


@dataclass(frozen=True, slots=True)
class VersionDeprecated(Event):
    """A version is no longer served."""

    model_id: int
    version: int


@dataclass(frozen=True, slots=True)
class VersionPublished(Event):
    """A model has a new version."""

    model_id: int
    version: int
    parent: int
    weights_hash: bytes
    licence_id: int
