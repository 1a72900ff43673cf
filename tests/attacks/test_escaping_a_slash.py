"""A host that takes its stake out before it is found out: the slash reaches it all the same."""

from typing import Any

import pytest

from protocol.money import BPS
from protocol.parameters import BY_NAME
from protocol.staking import HOST, VALIDATOR, Position, Slashed, StillUnbonding
from protocol.types import ZERO_HASH
from tests.checked_market import CHECKER, CREATOR, SERVER, STAKE, CheckedMarket, StandIn

ANSWER_WINDOW = BY_NAME["answerWindowSeconds"].default
UNBONDING = BY_NAME["unbondingSeconds"].default
SLASH_BPS = BY_NAME["wrongOutputSlashBps"].default


@pytest.fixture
def market(machine: Any) -> CheckedMarket:
    opened = CheckedMarket(machine)
    opened.open()
    opened.do("verification", "register_circuit", 1, 1, StandIn().circuit, sender=CREATOR)
    return opened


@pytest.mark.parametrize("moment", ["before the beacon", "after the check is opened"])
def test_unbonding_does_not_escape_a_slash(
    machine: Any, market: CheckedMarket, moment: str
) -> None:
    receipt = market.receipt(1, ZERO_HASH, ZERO_HASH)
    if moment == "before the beacon":
        batch_id = market.settle(receipt)
        left_at = machine.now
        market.do("staking", "unbond", HOST, STAKE, sender=SERVER)
        market.reveal(market.secret_that_picks(market.leaf(receipt)))
    else:
        batch_id = market.settle_and_pick(receipt)
    check_id = market.open_check(batch_id, receipt)
    if moment == "after the check is opened":
        left_at = machine.now
        market.do("staking", "unbond", HOST, STAKE, sender=SERVER)
    machine.wait(ANSWER_WINDOW + 1)

    fled = machine.call("staking", "withdraw", HOST, sender=SERVER)
    expired = machine.call("verification", "expire_check", check_id, sender=CHECKER)

    penalty = STAKE * SLASH_BPS // BPS
    slashed = expired.events[0].event
    assert fled.refusal == StillUnbonding(SERVER, left_at + UNBONDING)
    assert isinstance(slashed, Slashed)
    assert (slashed.account, slashed.penalty) == (SERVER, penalty)
    position = machine.view("staking", "position_of", SERVER, HOST)
    assert position == Position(0, STAKE - penalty, left_at + UNBONDING)


def test_stake_stays_within_reach_for_as_long_as_a_check_can_take() -> None:
    longest = BY_NAME["challengeWindowSeconds"].default + ANSWER_WINDOW

    assert longest < UNBONDING


def test_splitting_stake_over_roles_does_not_dilute_a_slash(
    machine: Any, market: CheckedMarket
) -> None:
    machine.call("staking", "stake", VALIDATOR, STAKE, sender=SERVER)
    receipt = market.receipt(1, ZERO_HASH, ZERO_HASH)
    check_id = market.open_check(market.settle_and_pick(receipt), receipt)
    machine.wait(ANSWER_WINDOW + 1)

    machine.call("verification", "expire_check", check_id, sender=CHECKER)

    host_stake = machine.view("staking", "position_of", SERVER, HOST)[0]
    assert host_stake == STAKE - STAKE * SLASH_BPS // BPS
    assert machine.view("staking", "position_of", SERVER, VALIDATOR) == Position(STAKE, 0, 0)


def test_reporting_ones_own_fault_still_costs_half(machine: Any, market: CheckedMarket) -> None:
    machine.call("staking", "stake", VALIDATOR, STAKE, sender=SERVER)
    receipt = market.receipt(1, ZERO_HASH, ZERO_HASH)
    batch_id = market.settle_and_pick(receipt)
    check_id = machine.call(
        "verification", "open_check", batch_id, receipt, (), sender=SERVER
    ).value
    machine.wait(ANSWER_WINDOW + 1)

    machine.call("verification", "expire_check", check_id, sender=SERVER)

    penalty = STAKE * SLASH_BPS // BPS
    assert machine.view("staking", "reward_of", SERVER) == penalty // 2
    assert machine.view("staking", "total_staked") == 3 * STAKE - penalty
