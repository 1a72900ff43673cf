"""What Lineage.sol refuses with."""

from dataclasses import dataclass

from protocol.types import ProtocolError


@dataclass(eq=False)
class DerivativesForbidden(ProtocolError):
    """The parent version's licence allows no derivatives."""

    parent_id: int


@dataclass(eq=False)
class DuplicateParent(ProtocolError):
    """A merge names a model twice."""

    parent_id: int


@dataclass(eq=False)
class LicenceAllowsMore(ProtocolError):
    """The merged model's licence allows what a parent version's does not."""

    parent_id: int
    licence_id: int
    reason: int


@dataclass(eq=False)
class LineageTooDeep(ProtocolError):
    """The child would have too many generations above it."""

    depth: int
    maximum: int


@dataclass(eq=False)
class NotPending(ProtocolError):
    """The model does not wait for approval."""

    child_id: int


@dataclass(eq=False)
class ParentCountInvalid(ProtocolError):
    """A merge has two to eight parents."""

    count: int
    minimum: int
    maximum: int


@dataclass(eq=False)
class PolicyLoosened(ProtocolError):
    """The licence asks for less than a parent version's, whose policy binds derivatives."""

    parent_id: int
    licence_id: int
    reason: int


@dataclass(eq=False)
class RoyaltiesTooHigh(ProtocolError):
    """The parents would take more than the protocol allows."""

    sum: int
    maximum: int


@dataclass(eq=False)
class RoyaltyBelowMinimum(ProtocolError):
    """The parent version's licence asks for more."""

    parent_id: int
    royalty_bps: int
    minimum: int


@dataclass(eq=False)
class RoyaltyStackTooHigh(ProtocolError):
    """All ancestors together would take more than there is."""

    stack: int
    maximum: int


@dataclass(eq=False)
class TooManyAncestors(ProtocolError):
    """The child would descend from too many models."""

    count: int
    maximum: int


@dataclass(eq=False)
class VersionIsDeprecated(ProtocolError):
    """Nothing descends from a deprecated version any more."""

    model_id: int
    version: int
