"""Governor, timelock and parameter store on every machine: a proposal from start to end."""

from protocol.errors import OnlyTimelock
from protocol.governor import SET_SELECTOR
from protocol.governor_errors import (
    ActionOutOfScope,
    GovernorAlreadyCastVote,
    GovernorUnexpectedProposalState,
)
from protocol.governor_events import (
    ProposalCreated,
    ProposalExecuted,
    ProposalQueued,
    VoteCast,
)
from protocol.governor_terms import ProposalState
from protocol.hashing import keccak, word
from protocol.money import WAD
from protocol.openzeppelin.errors import AccessControlUnauthorizedAccount
from protocol.parameter_store import ParameterOutOfBounds, ParameterSet
from protocol.parameters import BY_NAME, DAY
from protocol.timelock import (
    CANCELLER_ROLE,
    CallExecuted,
    CallScheduled,
    TimelockUnexpectedOperationState,
)
from protocol.types import ZERO_HASH, Log, Receipt

FEE = BY_NAME["protocolFeeBps"]
CALLDATA = SET_SELECTOR + FEE.key + word(300)
DESCRIPTION = 'Raise the fee: „3 %“, "please"'


def lists(machine, *calldatas):
    count = len(calldatas)
    return ((machine.addresses["parameter_store"],) * count, (0,) * count, calldatas)


def elect(machine, account):
    machine.fund(account, 500_000 * WAD)
    machine.call("settlement_token", "delegate", account, sender=account)
    machine.wait(1)


def governor(machine, function, *arguments, sender):
    return machine.call("governor", function, *arguments, sender=sender)


def decide(machine, account, content):
    """Propose, vote, wait for the vote's end; return the proposal."""
    proposal = governor(machine, "propose", *content, DESCRIPTION, sender=account).value
    machine.wait(DAY + 1)
    assert governor(machine, "cast_vote", proposal, 1, sender=account).value == 500_000 * WAD
    machine.wait(5 * DAY)
    return proposal


def test_a_proposal_sets_a_parameter(machine, creator):
    elect(machine, creator)
    content, digest = lists(machine, CALLDATA), keccak(DESCRIPTION.encode())
    made_at = machine.now
    made = governor(machine, "propose", *content, DESCRIPTION, sender=creator)
    proposal = made.value
    machine.wait(DAY + 1)
    vote = governor(machine, "cast_vote_with_reason", proposal, 1, "yes", sender=creator)
    again = governor(machine, "cast_vote", proposal, 1, sender=creator)
    machine.wait(5 * DAY)
    queued = governor(machine, "queue", *content, digest, sender=creator)
    early = governor(machine, "execute", *content, digest, sender=creator)
    machine.wait(2 * DAY)
    executed = governor(machine, "execute", *content, digest, sender=creator)

    scheduled = queued.events[0].event
    assert isinstance(scheduled, CallScheduled)
    call = (machine.addresses["parameter_store"], 0, CALLDATA)
    created = ProposalCreated(
        proposal,
        creator,
        *content[:2],
        ("",),
        (CALLDATA,),
        made_at + DAY,
        made_at + 6 * DAY,
        DESCRIPTION,
    )
    assert made.events == (Log("governor", created),)
    assert vote.events == (Log("governor", VoteCast(creator, proposal, 1, 500_000 * WAD, "yes")),)
    assert again == Receipt(refusal=GovernorAlreadyCastVote(creator))
    assert queued.events[2] == Log("governor", ProposalQueued(proposal, machine.now))
    assert early == Receipt(refusal=TimelockUnexpectedOperationState(scheduled.id, word(1 << 2)))
    assert executed == Receipt(
        value=proposal,
        events=(
            Log("parameter_store", ParameterSet(FEE.key, FEE.default, 300)),
            Log("timelock", CallExecuted(scheduled.id, 0, *call)),
            Log("governor", ProposalExecuted(proposal)),
        ),
    )
    assert machine.view("parameter_store", "get", FEE.key) == 300
    assert machine.view("governor", "state", proposal) == ProposalState.EXECUTED


def test_a_proposal_that_the_store_refuses_changes_nothing(machine, creator):
    elect(machine, creator)
    beyond = SET_SELECTOR + FEE.key + word(FEE.upper + 1)
    content, digest = lists(machine, CALLDATA, beyond), keccak(DESCRIPTION.encode())
    decide(machine, creator, content)
    governor(machine, "queue", *content, digest, sender=creator)
    machine.wait(2 * DAY)

    assert governor(machine, "execute", *content, digest, sender=creator) == Receipt(
        refusal=ParameterOutOfBounds(FEE.key, FEE.upper + 1, FEE.lower, FEE.upper)
    )
    assert machine.view("parameter_store", "get", FEE.key) == FEE.default


def test_what_is_executed_on_the_timelock_itself_is_executed(machine, creator, intruder):
    elect(machine, creator)
    content, digest = lists(machine, CALLDATA), keccak(DESCRIPTION.encode())
    proposal = decide(machine, creator, content)
    salt = governor(machine, "queue", *content, digest, sender=creator).events[1].event.salt
    machine.wait(2 * DAY)

    done = machine.call("timelock", "execute_batch", *content, ZERO_HASH, salt, sender=intruder)
    assert done.ok
    assert governor(machine, "execute", *content, digest, sender=creator) == Receipt(
        refusal=GovernorUnexpectedProposalState(proposal, 7, word(1 << 4 | 1 << 5))
    )


def test_proposals_reach_nothing_but_the_store(machine, creator):
    elect(machine, creator)
    target, drain = machine.addresses["settlement_token"], keccak(b"burn(uint256)")[:4] + word(1)
    refused = governor(machine, "propose", (target,), (0,), (drain,), DESCRIPTION, sender=creator)

    assert refused == Receipt(refusal=ActionOutOfScope(target, drain[:4]))


def test_only_the_timelock_sets_and_only_the_governor_cancels(machine, intruder):
    direct = machine.call("parameter_store", "set", FEE.key, 0, sender=intruder)
    cancelled = machine.call("timelock", "cancel", ZERO_HASH, sender=intruder)

    assert direct == Receipt(refusal=OnlyTimelock(intruder))
    assert cancelled == Receipt(refusal=AccessControlUnauthorizedAccount(intruder, CANCELLER_ROLE))
