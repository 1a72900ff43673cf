"""Proposals and votes on the protocol's numbers: OpenZeppelin's Governor, held to one function."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from protocol.contract import Observed
from protocol.governor_errors import (
    ActionOutOfScope,
    GovernorAlreadyCastVote,
    GovernorInsufficientProposerVotes,
    GovernorInvalidProposalLength,
    GovernorInvalidVoteType,
    GovernorNonexistentProposal,
    GovernorRestrictedProposer,
    GovernorUnableToCancel,
    GovernorUnexpectedProposalState,
)
from protocol.governor_events import (
    ProposalCanceled,
    ProposalCreated,
    ProposalExecuted,
    ProposalQueued,
    VoteCast,
    VoteCastWithParams,
)
from protocol.governor_settings import GovernorSettings
from protocol.governor_terms import (
    NO_PROPOSAL,
    NO_VOTES,
    Proposal,
    ProposalState,
    Tally,
    VoteType,
)
from protocol.hashing import keccak, word
from protocol.openzeppelin import abi
from protocol.timelock import encode_calls
from protocol.types import ZERO_HASH, Address, Context

if TYPE_CHECKING:
    from protocol.world import World

SET_SELECTOR = keccak(b"set(bytes32,uint256)")[:4]
"""The one function that a proposal may call, on the parameter store."""

_PROPOSER_MARKER = b"#proposer="
_PROPOSER_SUFFIX_LENGTH = len(_PROPOSER_MARKER) + 42
_HEX_DIGITS = frozenset(b"0123456789abcdefABCDEF")


class Governor(GovernorSettings):
    """Who holds delegated tokens decides, in the past's balances, what the store's numbers are."""

    NAME = "governor"
    SOLIDITY = "Governor"
    EVENTS = (
        ProposalCanceled,
        ProposalCreated,
        ProposalExecuted,
        ProposalQueued,
        VoteCast,
        VoteCastWithParams,
    )
    ERRORS = (
        ActionOutOfScope,
        GovernorAlreadyCastVote,
        GovernorInsufficientProposerVotes,
        GovernorInvalidProposalLength,
        GovernorInvalidVoteType,
        GovernorNonexistentProposal,
        GovernorRestrictedProposer,
        GovernorUnableToCancel,
        GovernorUnexpectedProposalState,
    )
    OBSERVED = (
        Observed("proposal_snapshot", "_proposals"),
        Observed("proposal_deadline", "_proposals"),
        Observed("proposal_proposer", "_proposals"),
        Observed("proposal_eta", "_proposals"),
        Observed("proposal_votes", "_proposals"),
        Observed("state", "_proposals", timed=True),
        Observed("has_voted", "_voted"),
    )
    PAYABLE = frozenset({"execute"})
    UNMODELLED = frozenset(
        {
            # Only proposals could reach these, and none may but ParameterStore.set.
            "relay",
            "setProposalThreshold",
            "setVotingDelay",
            "setVotingPeriod",
            "updateQuorumNumerator",
            "updateTimelock",
            "GovernorOnlyExecutor",
            "FailedCall",
            # Announced or refused at deployment only.
            "EIP712DomainChanged",
            "ProposalThresholdSet",
            "QuorumNumeratorUpdated",
            "TimelockChange",
            "VotingDelaySet",
            "VotingPeriodSet",
            "CheckpointUnorderedInsertion",
            "GovernorInvalidQuorumFraction",
            "GovernorInvalidVotingPeriod",
            "InvalidShortString",
            "StringTooLong",
            # Votes are cast by transactions.
            "castVoteBySig",
            "castVoteWithReasonAndParamsBySig",
            "nonces",
            "GovernorInvalidSignature",
            "InvalidAccountNonce",
            # The governor takes no coin and no collectibles.
            "onERC1155BatchReceived",
            "onERC1155Received",
            "onERC721Received",
            "GovernorDisabledDeposit",
            # Never raised: the timelock always queues, and times stay far below their types' ends.
            "GovernorAlreadyQueuedProposal",
            "GovernorInvalidVoteParams",
            "GovernorNotQueuedProposal",
            "GovernorQueueNotImplemented",
            "SafeCastOverflowedUintDowncast",
        }
    )

    def __init__(self, world: "World") -> None:
        super().__init__(world)
        self._proposals = self.table()
        self._tallies = self.table()
        self._voted = self.table()
        self._operations = self.table()

    def hash_proposal(
        self,
        ctx: Context,
        targets: Sequence[Address],
        values: Sequence[int],
        calldatas: Sequence[bytes],
        description_hash: bytes,
    ) -> int:
        """Return a proposal's id: the hash of its content."""
        del ctx
        calls = encode_calls(targets, values, calldatas)
        return int.from_bytes(keccak(abi.encode(*calls, description_hash)), "big")

    def get_proposal_id(
        self,
        ctx: Context,
        targets: Sequence[Address],
        values: Sequence[int],
        calldatas: Sequence[bytes],
        description_hash: bytes,
    ) -> int:
        """Return a proposal's id: the hash of its content."""
        return self.hash_proposal(ctx, targets, values, calldatas, description_hash)

    def state(self, ctx: Context, proposal_id: int) -> ProposalState:
        """Return where a proposal stands, or raise `GovernorNonexistentProposal`."""
        proposal = self._proposal(proposal_id)
        if proposal.executed:
            return ProposalState.EXECUTED
        if proposal.canceled:
            return ProposalState.CANCELED
        if proposal.vote_start == 0:
            raise GovernorNonexistentProposal(proposal_id)
        if proposal.vote_start >= ctx.timestamp:
            return ProposalState.PENDING
        if proposal.vote_start + proposal.vote_duration >= ctx.timestamp:
            return ProposalState.ACTIVE
        return self._state_after_the_vote(ctx, proposal_id, proposal)

    def proposal_snapshot(self, ctx: Context, proposal_id: int) -> int:
        """Return the time at whose end votes are counted; 0 if there is no such proposal."""
        del ctx
        return self._proposal(proposal_id).vote_start

    def proposal_deadline(self, ctx: Context, proposal_id: int) -> int:
        """Return the last second of the vote; 0 if there is no such proposal."""
        del ctx
        proposal = self._proposal(proposal_id)
        return proposal.vote_start + proposal.vote_duration

    def proposal_proposer(self, ctx: Context, proposal_id: int) -> Address:
        """Return who proposed; the zero address if there is no such proposal."""
        del ctx
        return self._proposal(proposal_id).proposer

    def proposal_eta(self, ctx: Context, proposal_id: int) -> int:
        """Return when a queued proposal may be executed; 0 if it is not queued."""
        del ctx
        return self._proposal(proposal_id).eta_seconds

    def proposal_needs_queuing(self, ctx: Context, proposal_id: int) -> bool:
        """Return whether a proposal must wait in the timelock: always."""
        del ctx, proposal_id
        return True

    def proposal_votes(self, ctx: Context, proposal_id: int) -> Tally:
        """Return the votes against, for, and abstaining."""
        del ctx
        tally: Tally = self._tallies.get(proposal_id, NO_VOTES)
        return tally

    def has_voted(self, ctx: Context, proposal_id: int, account: Address) -> bool:
        """Return whether an account has voted on a proposal."""
        del ctx
        return (proposal_id, account) in self._voted

    def propose(
        self,
        ctx: Context,
        targets: Sequence[Address],
        values: Sequence[int],
        calldatas: Sequence[bytes],
        description: str,
    ) -> int:
        """
        Propose to set parameters, and return the proposal's id.

        Raises:
            GovernorRestrictedProposer: The description ends with another proposer's address.
            GovernorInsufficientProposerVotes: The caller had too few votes a second ago.
            GovernorInvalidProposalLength: The lists have different lengths, or none.
            GovernorUnexpectedProposalState: The same was proposed before.
            ActionOutOfScope: A call is not `ParameterStore.set` without value.
        """
        text = description.encode()
        self._require_proposer(ctx, text)
        proposal_id = self.hash_proposal(ctx, targets, values, calldatas, keccak(text))
        if not len(targets) == len(values) == len(calldatas) or not targets:
            raise GovernorInvalidProposalLength(len(targets), len(calldatas), len(values))
        if proposal_id in self._proposals:
            current = self.state(ctx, proposal_id)
            raise GovernorUnexpectedProposalState(proposal_id, int(current), ZERO_HASH)
        for call in zip(targets, values, calldatas, strict=True):
            self._require_in_scope(*call)

        start = ctx.timestamp + self._voting_delay
        duration = self._voting_period
        self._proposals[proposal_id] = Proposal(ctx.sender, start, duration, False, False, 0)
        self.emit(
            ProposalCreated(
                proposal_id,
                ctx.sender,
                tuple(targets),
                tuple(values),
                ("",) * len(targets),
                tuple(calldatas),
                start,
                start + duration,
                description,
            )
        )
        return proposal_id

    def queue(
        self,
        ctx: Context,
        targets: Sequence[Address],
        values: Sequence[int],
        calldatas: Sequence[bytes],
        description_hash: bytes,
    ) -> int:
        """
        Hand an accepted proposal to the timelock, and return its id.

        Raises:
            GovernorNonexistentProposal, GovernorUnexpectedProposalState: It was not accepted.
        """
        proposal_id = self.hash_proposal(ctx, targets, values, calldatas, description_hash)
        self._require_state(ctx, proposal_id, ProposalState.SUCCEEDED.bit)

        delay = self._world.timelock.get_min_delay(ctx)
        salt = self._salt(description_hash)
        self._operations[proposal_id] = self._world.timelock.hash_operation_batch(
            ctx, targets, values, calldatas, ZERO_HASH, salt
        )
        self._world.timelock.schedule_batch(
            self.as_caller(ctx), targets, values, calldatas, ZERO_HASH, salt, delay
        )
        eta = ctx.timestamp + delay
        self._proposals[proposal_id] = self._proposal(proposal_id)._replace(eta_seconds=eta)
        self.emit(ProposalQueued(proposal_id, eta))
        return proposal_id

    def execute(
        self,
        ctx: Context,
        targets: Sequence[Address],
        values: Sequence[int],
        calldatas: Sequence[bytes],
        description_hash: bytes,
    ) -> int:
        """
        Carry out a queued proposal whose time has come, and return its id.

        Raises:
            GovernorNonexistentProposal, GovernorUnexpectedProposalState: It was not accepted.
            TimelockUnexpectedOperationState: It is not queued, or still waits.
        """
        proposal_id = self.hash_proposal(ctx, targets, values, calldatas, description_hash)
        allowed = ProposalState.SUCCEEDED.bit | ProposalState.QUEUED.bit
        self._require_state(ctx, proposal_id, allowed)

        self._proposals[proposal_id] = self._proposal(proposal_id)._replace(executed=True)
        self._world.timelock.execute_batch(
            self.as_caller(ctx),
            targets,
            values,
            calldatas,
            ZERO_HASH,
            self._salt(description_hash),
        )
        self.emit(ProposalExecuted(proposal_id))
        return proposal_id

    def cancel(
        self,
        ctx: Context,
        targets: Sequence[Address],
        values: Sequence[int],
        calldatas: Sequence[bytes],
        description_hash: bytes,
    ) -> int:
        """
        Take one's own proposal back before its vote begins, and return its id.

        Raises:
            GovernorNonexistentProposal: There is no such proposal.
            GovernorUnableToCancel: The vote began, or somebody else proposed.
        """
        proposal_id = self.hash_proposal(ctx, targets, values, calldatas, description_hash)
        is_pending = self.state(ctx, proposal_id) == ProposalState.PENDING
        proposal = self._proposal(proposal_id)
        if not is_pending or ctx.sender != proposal.proposer:
            raise GovernorUnableToCancel(proposal_id, ctx.sender)

        self._proposals[proposal_id] = proposal._replace(canceled=True)
        self.emit(ProposalCanceled(proposal_id))
        return proposal_id

    def cast_vote(self, ctx: Context, proposal_id: int, support: int) -> int:
        """
        Vote, and return the weight.

        Raises:
            GovernorNonexistentProposal, GovernorUnexpectedProposalState: There is no vote now.
            GovernorAlreadyCastVote: The caller has voted.
            GovernorInvalidVoteType: `support` is no `VoteType`.
        """
        return self.cast_vote_with_reason_and_params(ctx, proposal_id, support, "", b"")

    def cast_vote_with_reason(
        self, ctx: Context, proposal_id: int, support: int, reason: str
    ) -> int:
        """Vote and say why; refused as `cast_vote` is."""
        return self.cast_vote_with_reason_and_params(ctx, proposal_id, support, reason, b"")

    def cast_vote_with_reason_and_params(
        self, ctx: Context, proposal_id: int, support: int, reason: str, params: bytes
    ) -> int:
        """Vote with parameters, which mean nothing here; refused as `cast_vote` is."""
        self._require_state(ctx, proposal_id, ProposalState.ACTIVE.bit)
        snapshot = self._proposal(proposal_id).vote_start
        weight = self.get_votes(ctx, ctx.sender, snapshot)
        if self.has_voted(ctx, proposal_id, ctx.sender):
            raise GovernorAlreadyCastVote(ctx.sender)
        if support not in tuple(VoteType):
            raise GovernorInvalidVoteType()

        self._voted[proposal_id, ctx.sender] = True
        votes = list(self.proposal_votes(ctx, proposal_id))
        votes[support] += weight
        self._tallies[proposal_id] = Tally(*votes)
        if params:
            with_params = VoteCastWithParams(
                ctx.sender, proposal_id, support, weight, reason, params
            )
            self.emit(with_params)
        else:
            self.emit(VoteCast(ctx.sender, proposal_id, support, weight, reason))
        return weight

    def _proposal(self, proposal_id: int) -> Proposal:
        proposal: Proposal = self._proposals.get(proposal_id, NO_PROPOSAL)
        return proposal

    def _state_after_the_vote(
        self, ctx: Context, proposal_id: int, proposal: Proposal
    ) -> ProposalState:
        tally = self.proposal_votes(ctx, proposal_id)
        has_quorum = self.quorum(ctx, proposal.vote_start) <= tally.for_votes + tally.abstain_votes
        if not has_quorum or tally.for_votes <= tally.against_votes:
            return ProposalState.DEFEATED
        if proposal.eta_seconds == 0:
            return ProposalState.SUCCEEDED
        # Anyone may execute on the timelock itself, past the governor.
        operation = self._operations[proposal_id]
        is_done = self._world.timelock.is_operation_done(ctx, operation)
        return ProposalState.EXECUTED if is_done else ProposalState.QUEUED

    def _require_state(self, ctx: Context, proposal_id: int, allowed_bitmap: int) -> None:
        current = self.state(ctx, proposal_id)
        if not current.bit & allowed_bitmap:
            allowed = allowed_bitmap.to_bytes(32, "big")
            raise GovernorUnexpectedProposalState(proposal_id, int(current), allowed)

    def _require_proposer(self, ctx: Context, description: bytes) -> None:
        named = _named_proposer(description)
        if named not in (None, ctx.sender):
            raise GovernorRestrictedProposer(ctx.sender)
        if self._threshold > 0:
            votes = self.get_votes(ctx, ctx.sender, ctx.timestamp - 1)
            if votes < self._threshold:
                raise GovernorInsufficientProposerVotes(ctx.sender, votes, self._threshold)

    def _require_in_scope(self, target: Address, value: int, calldata: bytes) -> None:
        selector = calldata[:4].ljust(4, b"\0")
        store = self._world.parameter_store.address
        if target != store or selector != SET_SELECTOR or value != 0:
            raise ActionOutOfScope(target, selector)

    def _salt(self, description_hash: bytes) -> bytes:
        # The governor's address in the upper 20 bytes, as bytes20 widens to bytes32.
        own = word(self.address)[12:].ljust(32, b"\0")
        return bytes(left ^ right for left, right in zip(own, description_hash, strict=True))


def _named_proposer(description: bytes) -> str | None:
    # "…#proposer=0x<40 digits>" at the end reserves a proposal for one account.
    suffix = description[-_PROPOSER_SUFFIX_LENGTH:]
    marker, address = suffix[:-42], suffix[-42:]
    if marker != _PROPOSER_MARKER or not address.startswith(b"0x"):
        return None
    if not _HEX_DIGITS.issuperset(address[2:]):
        return None
    return address.decode().lower()
