"""What the governor refuses."""

from dataclasses import dataclass

from protocol.types import Address, ProtocolError


@dataclass(eq=False)
class ActionOutOfScope(ProtocolError):
    """A proposal may only set parameters."""

    target: Address
    selector: bytes


@dataclass(eq=False)
class GovernorAlreadyCastVote(ProtocolError):
    """The account has voted."""

    voter: Address


@dataclass(eq=False)
class GovernorInsufficientProposerVotes(ProtocolError):
    """The proposer has too few votes."""

    proposer: Address
    votes: int
    threshold: int


@dataclass(eq=False)
class GovernorInvalidProposalLength(ProtocolError):
    """A proposal's lists have different lengths, or none."""

    targets: int
    calldatas: int
    values: int


@dataclass(eq=False)
class GovernorInvalidVoteType(ProtocolError):
    """A vote is neither against, for, nor abstaining."""


@dataclass(eq=False)
class GovernorNonexistentProposal(ProtocolError):
    """There is no such proposal."""

    proposal_id: int


@dataclass(eq=False)
class GovernorRestrictedProposer(ProtocolError):
    """The description names another proposer."""

    proposer: Address


@dataclass(eq=False)
class GovernorUnableToCancel(ProtocolError):
    """Only the proposer may cancel, and only before the vote."""

    proposal_id: int
    account: Address


@dataclass(eq=False)
class GovernorUnexpectedProposalState(ProtocolError):
    """The proposal is in none of the states (a bitmap) in which this is possible."""

    proposal_id: int
    current: int
    expected_states: bytes
