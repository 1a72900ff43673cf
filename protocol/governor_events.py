"""What the governor announces."""

from dataclasses import dataclass

from protocol.types import Address, Event


@dataclass(frozen=True, slots=True)
class ProposalCreated(Event):
    """A proposal was made."""

    proposal_id: int
    proposer: Address
    targets: tuple[Address, ...]
    values: tuple[int, ...]
    signatures: tuple[str, ...]
    calldatas: tuple[bytes, ...]
    vote_start: int
    vote_end: int
    description: str


@dataclass(frozen=True, slots=True)
class ProposalQueued(Event):
    """A proposal waits in the timelock."""

    proposal_id: int
    eta_seconds: int


@dataclass(frozen=True, slots=True)
class ProposalExecuted(Event):
    """A proposal was carried out."""

    proposal_id: int


@dataclass(frozen=True, slots=True)
class ProposalCanceled(Event):
    """A proposal was taken back by its proposer."""

    proposal_id: int


@dataclass(frozen=True, slots=True)
class VoteCast(Event):
    """A vote was counted."""

    voter: Address
    proposal_id: int
    support: int
    weight: int
    reason: str


@dataclass(frozen=True, slots=True)
class VoteCastWithParams(Event):
    """A vote with parameters was counted; the parameters mean nothing here."""

    voter: Address
    proposal_id: int
    support: int
    weight: int
    reason: str
    params: bytes
