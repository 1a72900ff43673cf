"""What Governor.sol keeps of a proposal: where it stands, its votes, what a vote may be."""

from enum import IntEnum
from typing import NamedTuple

from protocol.types import ZERO_ADDRESS, Address


class ProposalState(IntEnum):
    """Where a proposal stands."""

    PENDING = 0
    ACTIVE = 1
    CANCELED = 2
    DEFEATED = 3
    SUCCEEDED = 4
    QUEUED = 5
    EXPIRED = 6
    EXECUTED = 7

    @property
    def bit(self) -> int:
        """The state's bit in a bitmap of states."""
        return 1 << self


class VoteType(IntEnum):
    """What a vote may be."""

    AGAINST = 0
    FOR = 1
    ABSTAIN = 2


class Proposal(NamedTuple):
    """What the governor knows of a proposal besides its votes."""

    proposer: Address
    vote_start: int
    vote_duration: int
    executed: bool
    canceled: bool
    eta_seconds: int


class Tally(NamedTuple):
    """The votes of a proposal."""

    against_votes: int
    for_votes: int
    abstain_votes: int


NO_PROPOSAL = Proposal(ZERO_ADDRESS, 0, 0, False, False, 0)
NO_VOTES = Tally(0, 0, 0)
