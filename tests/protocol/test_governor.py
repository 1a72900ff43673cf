"""The governor's model: a proposal's whole life, and every refusal on its way."""

import pytest

from protocol.governor import SET_SELECTOR
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
from protocol.governor_terms import ProposalState, Tally, VoteType
from protocol.hashing import keccak, word
from protocol.openzeppelin.errors import FailedCall
from protocol.parameter_store import ParameterOutOfBounds, ParameterSet
from protocol.parameters import BY_NAME
from protocol.timelock import (
    CallExecuted,
    CallSalt,
    CallScheduled,
    OperationState,
    TimelockUnexpectedOperationState,
)
from protocol.types import ZERO_HASH, Address, Log, Receipt

pytestmark = pytest.mark.parametrize("machine", ["model"], indirect=True)

FEE = BY_NAME["protocolFeeBps"]
DELAY = BY_NAME["votingDelaySeconds"].default
PERIOD = BY_NAME["votingPeriodSeconds"].default
WAIT = BY_NAME["timelockSeconds"].default
THRESHOLD = BY_NAME["initialSupply"].default // 1_000
QUORUM = BY_NAME["initialSupply"].default * 4 // 100
FEE_CALLDATA = SET_SELECTOR + FEE.key + word(300)
DESCRIPTION = "Raise the protocol's fee to 3 %"


def bitmap(*states):
    return sum(1 << state for state in states).to_bytes(32, "big")


@pytest.fixture
def proposer(machine) -> Address:
    """Holds exactly what a proposal needs, delegated to itself a second ago."""
    return voter(machine, "a7", THRESHOLD)


@pytest.fixture
def elector(machine) -> Address:
    """Holds the quorum but for what the proposer has."""
    return voter(machine, "a8", QUORUM - THRESHOLD)


def voter(machine, digits, amount) -> Address:
    account = Address("0x" + digits * 20)
    machine.fund(account, amount)
    assert machine.call("settlement_token", "delegate", account, sender=account).ok
    machine.wait(1)
    return account


@pytest.fixture
def content(machine):
    """A proposal's three lists: one call that sets the fee."""
    return ((machine.addresses["parameter_store"],), (0,), (FEE_CALLDATA,))


@pytest.fixture
def proposed(machine, proposer, content) -> int:
    receipt = propose(machine, proposer, content)
    assert receipt.ok, receipt
    return receipt.value


@pytest.fixture
def active(machine, proposed) -> int:
    machine.wait(DELAY + 1)
    return proposed


@pytest.fixture
def accepted(machine, elector, proposer, content) -> int:
    """Both vote for it, which is exactly the quorum, and the vote is over."""
    proposal = propose(machine, proposer, content).value
    machine.wait(DELAY + 1)
    for account in (proposer, elector):
        assert vote(machine, account, proposal).ok
    machine.wait(PERIOD)
    return proposal


@pytest.fixture
def queued(machine, accepted, proposer, content) -> int:
    assert carry(machine, "queue", proposer, content).ok
    return accepted


def propose(machine, sender, content, description=DESCRIPTION):
    return machine.call("governor", "propose", *content, description, sender=sender)


def carry(machine, function, sender, content, description=DESCRIPTION):
    """Queue, execute or cancel."""
    digest = keccak(description.encode())
    return machine.call("governor", function, *content, digest, sender=sender)


def vote(machine, sender, proposal, support=VoteType.FOR):
    return machine.call("governor", "cast_vote", proposal, int(support), sender=sender)


def state(machine, proposal):
    return machine.view("governor", "state", proposal)


def salt(machine, description=DESCRIPTION):
    governor = bytes.fromhex(machine.addresses["governor"][2:]).ljust(32, b"\0")
    mixed = int.from_bytes(governor, "big") ^ int.from_bytes(keccak(description.encode()), "big")
    return mixed.to_bytes(32, "big")


def operation(machine, content):
    arguments = (*content, ZERO_HASH, salt(machine))
    return machine.view("timelock", "hash_operation_batch", *arguments)


def test_the_governor_describes_itself(machine):
    addresses = machine.addresses
    expected = {
        "name": "MnftGovernor",
        "version": "1",
        "clock": machine.now,
        "clock_mode": "mode=timestamp",
        "counting_mode": "support=bravo&quorum=for,abstain",
        "token": addresses["settlement_token"],
        "timelock": addresses["timelock"],
        "voting_delay": DELAY,
        "voting_period": PERIOD,
        "proposal_threshold": THRESHOLD,
        "quorum_numerator": 4,
        "quorum_denominator": 100,
    }

    assert {name: machine.view("governor", name) for name in expected} == expected


def test_a_proposal_runs_from_its_making_to_the_new_number(machine, proposer, elector, content):
    start = machine.now + DELAY
    made = propose(machine, proposer, content)
    proposal = made.value
    machine.wait(DELAY + 1)
    votes = [vote(machine, each, proposal) for each in (proposer, elector)]
    machine.wait(PERIOD)
    queued_at = machine.now
    queued = carry(machine, "queue", elector, content)
    machine.wait(WAIT)
    executed = carry(machine, "execute", elector, content)
    identifier, call = (
        operation(machine, content),
        (machine.addresses["parameter_store"], 0, FEE_CALLDATA),
    )

    assert made.events == (
        Log(
            "governor",
            ProposalCreated(
                proposal,
                proposer,
                *content[:2],
                ("",),
                content[2],
                start,
                start + PERIOD,
                DESCRIPTION,
            ),
        ),
    )
    assert votes[0] == Receipt(
        value=THRESHOLD,
        events=(Log("governor", VoteCast(proposer, proposal, VoteType.FOR, THRESHOLD, "")),),
    )
    assert queued == Receipt(
        value=proposal,
        events=(
            Log("timelock", CallScheduled(identifier, 0, *call, ZERO_HASH, WAIT)),
            Log("timelock", CallSalt(identifier, salt(machine))),
            Log("governor", ProposalQueued(proposal, queued_at + WAIT)),
        ),
    )
    assert executed == Receipt(
        value=proposal,
        events=(
            Log("parameter_store", ParameterSet(FEE.key, FEE.default, 300)),
            Log("timelock", CallExecuted(identifier, 0, *call)),
            Log("governor", ProposalExecuted(proposal)),
        ),
    )
    assert machine.view("parameter_store", "get", FEE.key) == 300
    assert machine.view("timelock", "is_operation_done", identifier)


def test_a_proposal_changes_its_state_a_second_after_each_limit(machine, proposed):
    states = []
    for limit in ("proposal_snapshot", "proposal_deadline"):
        machine.now = machine.view("governor", limit, proposed)
        states.append(state(machine, proposed))
        machine.wait(1)
        states.append(state(machine, proposed))

    assert states == [
        ProposalState.PENDING,
        ProposalState.ACTIVE,
        ProposalState.ACTIVE,
        ProposalState.DEFEATED,
    ]


def test_the_quorum_and_the_majority_must_both_be_reached(machine, proposer, elector, content):
    outcomes = {}
    for supports in ((1, None), (1, 2), (1, 1), (0, 1), (1, 0), (2, 2)):
        description = str(supports)
        proposal = propose(machine, proposer, content, description).value
        machine.wait(DELAY + 1)
        for account, support in zip((proposer, elector), supports, strict=True):
            if support is not None:
                assert vote(machine, account, proposal, support).ok
        machine.wait(PERIOD)
        outcomes[supports] = state(machine, proposal)

    assert {each for each in outcomes if outcomes[each] == ProposalState.SUCCEEDED} == {
        (1, 2),
        (1, 1),
    }
    # Enough votes for it, but less than the quorum in favour or abstaining.
    assert outcomes[0, 1] == ProposalState.DEFEATED


def test_a_proposal_needs_the_threshold_a_second_ago(machine, content):
    poor = voter(machine, "b7", THRESHOLD - 1)
    refused = propose(machine, poor, content)
    machine.fund(poor, 1)
    too_early = propose(machine, poor, content)
    machine.wait(1)

    expected = GovernorInsufficientProposerVotes(poor, THRESHOLD - 1, THRESHOLD)
    assert (refused.refusal, too_early.refusal) == (expected, expected)
    assert propose(machine, poor, content).ok


def test_a_proposal_is_made_once(machine, proposed, proposer, content):
    assert propose(machine, proposer, content).refusal == GovernorUnexpectedProposalState(
        proposed, ProposalState.PENDING, ZERO_HASH
    )


@pytest.mark.parametrize(
    ("targets", "values", "calldatas"), [(0, 0, 0), (1, 0, 1), (1, 1, 2), (2, 1, 1)]
)
def test_a_proposals_lists_are_equally_long_and_not_empty(
    machine, proposer, content, targets, values, calldatas
):
    lists = (content[0] * targets, content[1] * values, content[2] * calldatas)

    assert propose(machine, proposer, lists).refusal == GovernorInvalidProposalLength(
        targets, calldatas, values
    )


@pytest.mark.parametrize(
    ("contract", "value", "calldata"),
    [
        ("settlement_token", 0, FEE_CALLDATA),
        ("timelock", 0, keccak(b"updateDelay(uint256)")[:4] + word(0)),
        ("governor", 0, keccak(b"setVotingDelay(uint48)")[:4] + word(0)),
        ("parameter_store", 1, FEE_CALLDATA),
        ("parameter_store", 0, keccak(b"get(bytes32)")[:4] + FEE.key),
        ("parameter_store", 0, b""),
        ("parameter_store", 0, SET_SELECTOR[:3]),
    ],
)
def test_a_proposal_may_only_set_parameters(machine, proposer, content, contract, value, calldata):
    target = machine.addresses[contract]
    lists = ((*content[0], target), (0, value), (*content[2], calldata))

    assert propose(machine, proposer, lists).refusal == ActionOutOfScope(
        target, calldata[:4].ljust(4, b"\0")
    )


@pytest.mark.parametrize(
    ("suffix", "is_free"),
    [
        ("#proposer=0x" + "b7" * 20, False),
        ("#proposer=0x" + "B7" * 20, False),
        ("#proposer=0x" + "a7" * 20, True),
        ("#proposer=0x" + "A7" * 20, True),
        ("#proposer=0x" + "g7" * 20, True),
        ("#proposer=" + "b7" * 21, True),
        ("#proposer=0x" + "b7" * 19, True),
        ("#Proposer=0x" + "b7" * 20, True),
        ("#proposer=0x" + "b7" * 20 + " ", True),
    ],
)
def test_a_description_may_reserve_a_proposal_for_one_account(
    machine, proposer, content, suffix, is_free
):
    receipt = propose(machine, proposer, content, DESCRIPTION + suffix)

    assert receipt.refusal == (None if is_free else GovernorRestrictedProposer(proposer))


def test_a_vote_counts_the_delegated_balance_at_the_snapshot(machine, active, proposer, elector):
    assert vote(machine, proposer, active).value == THRESHOLD
    assert vote(machine, elector, active, VoteType.AGAINST).value == 0
    assert machine.view("governor", "proposal_votes", active) == Tally(0, THRESHOLD, 0)
    assert machine.view("governor", "has_voted", active, elector) is True


def test_a_vote_is_cast_once_during_the_vote_and_is_of_a_known_kind(machine, proposed, proposer):
    wanted = bitmap(ProposalState.ACTIVE)
    early = vote(machine, proposer, proposed)
    machine.wait(DELAY + 1)
    unknown = vote(machine, proposer, proposed, 3)
    first = vote(machine, proposer, proposed)
    again = vote(machine, proposer, proposed, 3)
    machine.wait(PERIOD)
    late = vote(machine, proposer, proposed)

    assert first.ok
    assert [each.refusal for each in (early, unknown, again, late)] == [
        GovernorUnexpectedProposalState(proposed, ProposalState.PENDING, wanted),
        GovernorInvalidVoteType(),
        GovernorAlreadyCastVote(proposer),
        GovernorUnexpectedProposalState(proposed, ProposalState.DEFEATED, wanted),
    ]


def test_a_vote_may_give_a_reason_and_parameters(machine, active, proposer, elector):
    reasoned = machine.call(
        "governor", "cast_vote_with_reason", active, 2, 'why "not"', sender=proposer
    )
    with_parameters = machine.call(
        "governor", "cast_vote_with_reason_and_params", active, 0, "", b"p", sender=elector
    )

    assert reasoned.events == (
        Log("governor", VoteCast(proposer, active, 2, THRESHOLD, 'why "not"')),
    )
    assert with_parameters.events == (
        Log("governor", VoteCastWithParams(elector, active, 0, 0, "", b"p")),
    )


def test_nobody_votes_on_queues_executes_or_cancels_what_does_not_exist(machine, proposer, content):
    refusals = [
        carry(machine, function, proposer, content).refusal
        for function in ("queue", "execute", "cancel")
    ]
    digest = keccak(DESCRIPTION.encode())
    proposal = machine.view("governor", "get_proposal_id", *content, digest)

    assert refusals == [GovernorNonexistentProposal(proposal)] * 3
    assert vote(machine, proposer, 7).refusal == GovernorNonexistentProposal(7)
    assert state(machine, proposal) == GovernorNonexistentProposal(proposal)


def test_only_the_proposer_cancels_and_only_before_the_vote(
    machine, proposed, proposer, elector, content
):
    stranger = carry(machine, "cancel", elector, content)
    cancelled = carry(machine, "cancel", proposer, content)
    again = carry(machine, "cancel", proposer, content)

    assert stranger.refusal == GovernorUnableToCancel(proposed, elector)
    assert cancelled == Receipt(
        value=proposed, events=(Log("governor", ProposalCanceled(proposed)),)
    )
    assert again.refusal == GovernorUnableToCancel(proposed, proposer)
    assert state(machine, proposed) == ProposalState.CANCELED


def test_a_vote_that_began_is_not_cancelled(machine, active, proposer, content):
    assert carry(machine, "cancel", proposer, content).refusal == GovernorUnableToCancel(
        active, proposer
    )


def test_only_what_was_accepted_is_queued(machine, active, proposer, content):
    wanted = bitmap(ProposalState.SUCCEEDED)

    assert carry(machine, "queue", proposer, content).refusal == GovernorUnexpectedProposalState(
        active, ProposalState.ACTIVE, wanted
    )


def test_a_queued_proposal_is_not_queued_again(machine, queued, proposer, content):
    wanted = bitmap(ProposalState.SUCCEEDED)

    assert state(machine, queued) == ProposalState.QUEUED
    assert carry(machine, "queue", proposer, content).refusal == GovernorUnexpectedProposalState(
        queued, ProposalState.QUEUED, wanted
    )


def test_execution_waits_for_the_queue_and_then_for_the_timelock(
    machine, accepted, proposer, content
):
    identifier = operation(machine, content)
    not_ready = TimelockUnexpectedOperationState(identifier, bitmap(OperationState.READY))
    unqueued = carry(machine, "execute", proposer, content)
    carry(machine, "queue", proposer, content)
    machine.wait(WAIT - 1)
    early = carry(machine, "execute", proposer, content)
    machine.wait(1)

    assert (unqueued.refusal, early.refusal) == (not_ready, not_ready)
    assert carry(machine, "execute", proposer, content).ok
    assert carry(machine, "execute", proposer, content).refusal == GovernorUnexpectedProposalState(
        accepted,
        ProposalState.EXECUTED,
        bitmap(ProposalState.SUCCEEDED, ProposalState.QUEUED),
    )


def test_anyone_may_execute_on_the_timelock_past_the_governor(machine, queued, intruder, content):
    machine.wait(WAIT)
    arguments = (*content, ZERO_HASH, salt(machine))
    executed = machine.call("timelock", "execute_batch", *arguments, sender=intruder)

    assert executed.ok
    assert machine.view("parameter_store", "get", FEE.key) == 300
    assert state(machine, queued) == ProposalState.EXECUTED


@pytest.mark.parametrize(
    ("calldata", "refusal"),
    [
        (
            SET_SELECTOR + FEE.key + word(FEE.upper + 1),
            ParameterOutOfBounds(FEE.key, FEE.upper + 1, FEE.lower, FEE.upper),
        ),
        (FEE_CALLDATA[:-1], FailedCall()),
        (FEE_CALLDATA + b"more", None),
    ],
)
def test_what_the_store_refuses_is_refused_as_a_whole(
    machine, proposer, elector, content, calldata, refusal
):
    lists = (content[0] * 2, (0, 0), (*content[2], calldata))
    proposal = propose(machine, proposer, lists).value
    machine.wait(DELAY + 1)
    for account in (proposer, elector):
        vote(machine, account, proposal)
    machine.wait(PERIOD)
    carry(machine, "queue", proposer, lists)
    machine.wait(WAIT)
    before = machine.executor.digest()
    receipt = carry(machine, "execute", proposer, lists)

    assert receipt.refusal == refusal
    assert (machine.executor.digest() == before) == (refusal is not None)
