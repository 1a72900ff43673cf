"""Tokens sent to the staking contract: nobody's stake, on any machine."""

from typing import Any

from protocol.money import MAX_UINT256, WAD
from protocol.parameters import BY_NAME
from protocol.staking import HOST, BelowMinimum, Position
from protocol.types import Receipt

MINIMUM = BY_NAME["minimumHostStake"].default
UNBONDING = BY_NAME["unbondingSeconds"].default


def test_a_donation_changes_nobodys_stake(machine: Any, host: str, intruder: str) -> None:
    staking = machine.addresses["staking"]
    for account in (host, intruder):
        machine.fund(account, 10 * MINIMUM)
        machine.call("settlement_token", "approve", staking, MAX_UINT256, sender=account)
    machine.call("staking", "stake", HOST, MINIMUM, sender=host)

    machine.call("settlement_token", "transfer", staking, 5 * MINIMUM, sender=intruder)

    assert machine.view("staking", "position_of", host, HOST) == Position(MINIMUM, 0, 0)
    assert machine.view("staking", "position_of", intruder, HOST) == Position(0, 0, 0)
    assert machine.view("staking", "total_staked") == MINIMUM
    assert machine.view("staking", "is_active", intruder, HOST) is False


def test_who_stakes_after_a_donation_gets_all_of_it_back(
    machine: Any, host: str, intruder: str
) -> None:
    staking = machine.addresses["staking"]
    for account in (host, intruder):
        machine.fund(account, 10 * MINIMUM)
        machine.call("settlement_token", "approve", staking, MAX_UINT256, sender=account)
    machine.call("settlement_token", "transfer", staking, 9 * MINIMUM + WAD, sender=intruder)

    tiny = machine.call("staking", "stake", HOST, 1, sender=intruder)
    machine.call("staking", "stake", HOST, MINIMUM + 1, sender=host)
    machine.call("staking", "unbond", HOST, MINIMUM + 1, sender=host)
    machine.wait(UNBONDING)
    machine.call("staking", "withdraw", HOST, sender=host)

    assert tiny == Receipt(refusal=BelowMinimum(HOST, 1, MINIMUM))
    assert machine.view("settlement_token", "balance_of", host) == 10 * MINIMUM
    assert machine.view("settlement_token", "balance_of", staking) == 9 * MINIMUM + WAD
