"""The timelock's model: who may do what, and when."""

import pytest

from protocol.governor import SET_SELECTOR
from protocol.hashing import keccak, word
from protocol.openzeppelin.errors import AccessControlUnauthorizedAccount, FailedCall
from protocol.parameters import BY_NAME
from protocol.timelock import (
    CANCELLER_ROLE,
    DEFAULT_ADMIN_ROLE,
    EXECUTOR_ROLE,
    PROPOSER_ROLE,
    Cancelled,
    OperationState,
    TimelockInsufficientDelay,
    TimelockInvalidOperationLength,
    TimelockUnexecutedPredecessor,
    TimelockUnexpectedOperationState,
)
from protocol.types import ZERO_ADDRESS, ZERO_HASH, Log

pytestmark = pytest.mark.parametrize("machine", ["model"], indirect=True)

FEE = BY_NAME["protocolFeeBps"]
WAIT = BY_NAME["timelockSeconds"].default
FEE_CALLDATA = SET_SELECTOR + FEE.key + word(300)


def bitmap(*states):
    return sum(1 << state for state in states).to_bytes(32, "big")


@pytest.fixture
def content(machine):
    """An operation's three lists: one call that sets the fee."""
    return ((machine.addresses["parameter_store"],), (0,), (FEE_CALLDATA,))


def test_the_roles_of_the_timelock_are_the_governors_but_execution(machine, intruder):
    governor, timelock = machine.addresses["governor"], machine.addresses["timelock"]
    holders = {
        PROPOSER_ROLE: governor,
        CANCELLER_ROLE: governor,
        EXECUTOR_ROLE: ZERO_ADDRESS,
        DEFAULT_ADMIN_ROLE: timelock,
    }
    for role, holder in holders.items():
        has = [
            machine.view("timelock", "has_role", role, each)
            for each in (governor, ZERO_ADDRESS, timelock, intruder)
        ]
        assert has == [each == holder for each in (governor, ZERO_ADDRESS, timelock, intruder)]
    assert machine.view("timelock", "has_role", keccak(b"NO_ROLE"), governor) is False


def test_nobody_but_the_governor_schedules_or_cancels_on_the_timelock(machine, intruder, content):
    batch = (*content, ZERO_HASH, ZERO_HASH, WAIT)
    single = (content[0][0], 0, FEE_CALLDATA, ZERO_HASH, ZERO_HASH, WAIT)
    refusals = [
        machine.call("timelock", "schedule_batch", *batch, sender=intruder).refusal,
        machine.call("timelock", "schedule", *single, sender=intruder).refusal,
        machine.call("timelock", "cancel", ZERO_HASH, sender=intruder).refusal,
    ]

    assert refusals == [
        AccessControlUnauthorizedAccount(intruder, PROPOSER_ROLE),
        AccessControlUnauthorizedAccount(intruder, PROPOSER_ROLE),
        AccessControlUnauthorizedAccount(intruder, CANCELLER_ROLE),
    ]


def test_the_timelock_holds_its_proposer_to_its_rules(machine, content):
    governor = machine.addresses["governor"]

    def call(function, *arguments):
        return machine.call("timelock", function, *arguments, sender=governor)

    first, second = (keccak(name) for name in (b"first", b"second"))
    after = machine.view("timelock", "hash_operation_batch", *content, ZERO_HASH, first)
    assert call(
        "schedule_batch", *content, ZERO_HASH, first, WAIT - 1
    ).refusal == TimelockInsufficientDelay(WAIT - 1, WAIT)
    assert call(
        "schedule_batch", content[0], (), content[2], ZERO_HASH, first, WAIT
    ).refusal == TimelockInvalidOperationLength(1, 1, 0)
    assert call("schedule_batch", *content, ZERO_HASH, first, WAIT).ok
    assert call(
        "schedule_batch", *content, ZERO_HASH, first, WAIT
    ).refusal == TimelockUnexpectedOperationState(after, bitmap(OperationState.UNSET))
    assert call("schedule_batch", *content, after, second, WAIT).ok
    machine.wait(WAIT)
    assert call("execute_batch", *content, after, second).refusal == TimelockUnexecutedPredecessor(
        after
    )
    assert call("cancel", after).events == (Log("timelock", Cancelled(after)),)
    assert call("cancel", after).refusal == TimelockUnexpectedOperationState(
        after, bitmap(OperationState.WAITING, OperationState.READY)
    )


def test_an_operation_is_ready_exactly_when_its_delay_is_over(machine, content):
    governor = machine.addresses["governor"]
    identifier = machine.view("timelock", "hash_operation_batch", *content, ZERO_HASH, ZERO_HASH)
    states = [machine.view("timelock", "get_operation_state", identifier)]
    scheduled = (*content, ZERO_HASH, ZERO_HASH, WAIT)
    assert machine.call("timelock", "schedule_batch", *scheduled, sender=governor).ok
    for seconds in (WAIT - 1, 1):
        machine.wait(seconds)
        states.append(machine.view("timelock", "get_operation_state", identifier))

    assert states == [OperationState.UNSET, OperationState.WAITING, OperationState.READY]
    assert machine.view("timelock", "get_timestamp", identifier) == machine.now
    assert machine.view("timelock", "is_operation", identifier)
    assert machine.view("timelock", "is_operation_pending", identifier)


def test_an_operation_of_one_call_runs_like_a_batch(machine, content, intruder):
    governor = machine.addresses["governor"]
    single = (content[0][0], 0, FEE_CALLDATA, ZERO_HASH, ZERO_HASH)
    identifier = machine.view("timelock", "hash_operation", *single)
    assert machine.call("timelock", "schedule", *single, WAIT, sender=governor).ok
    early = machine.call("timelock", "execute", *single, sender=intruder)
    machine.wait(WAIT)

    assert early.refusal == TimelockUnexpectedOperationState(
        identifier, bitmap(OperationState.READY)
    )
    assert machine.call("timelock", "execute", *single, sender=intruder).ok
    assert machine.view("timelock", "is_operation_done", identifier)
    assert machine.view("parameter_store", "get", FEE.key) == 300


def test_an_operation_of_one_call_is_held_to_the_same_rules(machine, content):
    governor, store = machine.addresses["governor"], content[0][0]
    first = (store, 0, FEE_CALLDATA, ZERO_HASH, ZERO_HASH)
    identifier = machine.view("timelock", "hash_operation", *first)
    second = (store, 0, FEE_CALLDATA, identifier, ZERO_HASH)
    cut = (store, 0, FEE_CALLDATA[:-1], ZERO_HASH, ZERO_HASH)

    def refusal(function, *arguments):
        return machine.call("timelock", function, *arguments, sender=governor).refusal

    assert refusal("schedule", *first, WAIT - 1) == TimelockInsufficientDelay(WAIT - 1, WAIT)
    assert [refusal("schedule", *each, WAIT) for each in (first, second, cut)] == [None] * 3
    assert refusal("schedule", *first, WAIT) == TimelockUnexpectedOperationState(
        identifier, bitmap(OperationState.UNSET)
    )
    machine.wait(WAIT)
    assert refusal("execute", *second) == TimelockUnexecutedPredecessor(identifier)
    assert refusal("execute", *cut) == FailedCall()
