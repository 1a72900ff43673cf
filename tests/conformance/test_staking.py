"""Staking on every machine: the same calls, the same receipts."""

from typing import Any

import pytest

from protocol.errors import AmountIsZero, NothingOwed, OnlyVerification, UnknownRole
from protocol.money import MAX_UINT256, WAD
from protocol.openzeppelin.errors import (
    ERC20InsufficientAllowance,
    ERC20InsufficientBalance,
    Panic,
)
from protocol.parameters import BY_NAME, DAY
from protocol.settlement_token import Transfer
from protocol.staking import (
    HOST,
    VALIDATOR,
    BelowMinimum,
    FractionAboveWhole,
    InsufficientStake,
    NothingUnbonding,
    Position,
    Staked,
    StakeWithdrawn,
    StillUnbonding,
    UnbondingStarted,
)
from protocol.types import Log, Receipt

MINIMUM = BY_NAME["minimumHostStake"].default
UNBONDING = BY_NAME["unbondingSeconds"].default
FUNDS = 10_000 * WAD


@pytest.fixture
def staked(machine: Any, host: str) -> Any:
    """Return the machine after a host has staked three minimums."""
    machine.fund(host, FUNDS)
    staking = machine.addresses["staking"]
    machine.call("settlement_token", "approve", staking, MAX_UINT256, sender=host)
    receipt = machine.call("staking", "stake", HOST, 3 * MINIMUM, sender=host)
    assert receipt == Receipt(
        events=(
            Log("staking", Staked(host, HOST, 3 * MINIMUM)),
            Log("settlement_token", Transfer(host, staking, 3 * MINIMUM)),
        )
    )
    return machine


def test_stake_unbonds_waits_and_comes_back(staked: Any, host: str) -> None:
    until = staked.now + UNBONDING
    staking = staked.addresses["staking"]

    unbonded = staked.call("staking", "unbond", HOST, 2 * MINIMUM, sender=host)
    position = staked.view("staking", "position_of", host, HOST)
    staked.wait(UNBONDING - 1)
    early = staked.call("staking", "withdraw", HOST, sender=host)
    staked.wait(1)
    timely = staked.call("staking", "withdraw", HOST, sender=host)

    event = UnbondingStarted(host, HOST, 2 * MINIMUM, until)
    assert unbonded == Receipt(events=(Log("staking", event),))
    assert position == Position(MINIMUM, 2 * MINIMUM, until)
    assert early.refusal == StillUnbonding(host, until)
    assert timely == Receipt(
        events=(
            Log("staking", StakeWithdrawn(host, HOST, 2 * MINIMUM)),
            Log("settlement_token", Transfer(staking, host, 2 * MINIMUM)),
        )
    )
    assert staked.view("staking", "total_staked") == MINIMUM


def test_refusals_carry_the_same_arguments(staked: Any, host: str) -> None:
    staking = staked.addresses["staking"]
    left = FUNDS - 3 * MINIMUM
    cases = [
        (("stake", 2, 1), UnknownRole(2)),
        (("stake", HOST, 0), AmountIsZero()),
        (("stake", HOST, MAX_UINT256), Panic(0x11)),
        (("stake", VALIDATOR, 1), BelowMinimum(VALIDATOR, 1, MINIMUM // 2)),
        (("stake", HOST, left + 1), ERC20InsufficientBalance(host, left, left + 1)),
        (("unbond", 255, 1), UnknownRole(255)),
        (("unbond", HOST, 0), AmountIsZero()),
        (
            ("unbond", HOST, 3 * MINIMUM + 1),
            InsufficientStake(host, 3 * MINIMUM, 3 * MINIMUM + 1),
        ),
        (("unbond", HOST, 3 * MINIMUM - 1), BelowMinimum(HOST, 1, MINIMUM)),
        (("withdraw", 7), UnknownRole(7)),
        (("withdraw", HOST), NothingUnbonding(host)),
        (("slash", host, HOST, 10_000, host), OnlyVerification(host)),
        (("claim",), NothingOwed(host)),
    ]
    for (function, *arguments), refusal in cases:
        receipt = staked.call("staking", function, *arguments, sender=host)
        assert receipt == Receipt(refusal=refusal), function

    staked.call("settlement_token", "approve", staking, 1, sender=host)
    refused = staked.call("staking", "stake", HOST, 2, sender=host)
    assert refused == Receipt(refusal=ERC20InsufficientAllowance(staking, 1, 2))


def test_views_answer_alike(staked: Any, host: str, intruder: str) -> None:
    assert staked.view("staking", "is_active", host, HOST) is True
    assert staked.view("staking", "is_active", host, VALIDATOR) is False
    assert staked.view("staking", "is_active", intruder, HOST) is False
    assert staked.view("staking", "position_of", host, HOST) == Position(3 * MINIMUM, 0, 0)
    assert staked.view("staking", "position_of", host, 2) == UnknownRole(2)
    assert staked.view("staking", "reward_of", host) == 0


def test_slashes_of_any_fraction_run_in_lockstep(lockstep: Any, host: str, validator: str) -> None:
    # py-evm executes for any sender, so the one contract that may slash can be spoken for.
    verification = lockstep.addresses["verification"]
    staking = lockstep.addresses["staking"]
    lockstep.fund(host, FUNDS)
    lockstep.call("settlement_token", "approve", staking, FUNDS, sender=host)
    lockstep.call("staking", "stake", HOST, 5 * MINIMUM + 7, sender=host)
    lockstep.call("staking", "unbond", HOST, 2 * MINIMUM + 3, sender=host)

    def slash(role: int, fraction_bps: int, reporter: str) -> Receipt:
        arguments = (host, role, fraction_bps, reporter)
        receipt: Receipt = lockstep.call("staking", "slash", *arguments, sender=verification)
        return receipt

    assert slash(2, 10_000, validator).refusal == UnknownRole(2)
    assert slash(HOST, 10_001, validator).refusal == FractionAboveWhole(10_001)
    assert slash(HOST, MAX_UINT256, validator).refusal == FractionAboveWhole(MAX_UINT256)
    assert slash(VALIDATOR, 10_000, validator).value == 0
    for fraction_bps in (0, 1, 333, 2_000, 9_999, 10_000, 10_000):
        assert slash(HOST, fraction_bps, validator).ok
        lockstep.executor.end_tick(lockstep.now, full=True)
    assert lockstep.view("staking", "total_staked") == 0
    assert lockstep.call("staking", "claim", sender=validator).ok
    lockstep.executor.end_tick(lockstep.now, full=True)


def test_any_sequence_of_calls_runs_in_lockstep(lockstep: Any, host: str, validator: str) -> None:
    staking = lockstep.addresses["staking"]
    amounts = (0, 1, MINIMUM // 2, MINIMUM, 2 * MINIMUM + 1, FUNDS, 2**128, MAX_UINT256)
    for account in (host, validator):
        lockstep.fund(account, FUNDS)
        lockstep.call("settlement_token", "approve", staking, MAX_UINT256 // 2, sender=account)

    for number, amount in enumerate(amounts):
        for account in (host, validator):
            for role in (HOST, VALIDATOR, 2):
                lockstep.call("staking", "stake", role, amount, sender=account)
                lockstep.call("staking", "unbond", role, amount // 2, sender=account)
                lockstep.call("staking", "withdraw", role, sender=account)
                lockstep.call("staking", "slash", host, role, number, validator, sender=account)
        lockstep.executor.end_tick(lockstep.now, full=True)
        lockstep.wait(3 * DAY)

    assert lockstep.executor.counts.calls > len(amounts) * 2 * 3 * 4
