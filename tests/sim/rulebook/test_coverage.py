"""How much of the rulebook a trace used."""

from collections import Counter

import pytest

from protocol.deployment import DEPLOYER, Deployment
from protocol.parameters import resolve
from protocol.types import Address, Call
from protocol.world import World
from sim.rulebook import functions
from sim.rulebook.coverage import Counting, coverage, tally
from sim.trace import TraceWriter

SOMEBODY = Address("0x" + "a1" * 20)
GENESIS = 1_767_225_600


def calls():
    yield Call("settlement_token", "transfer", (SOMEBODY, 10**22), DEPLOYER, GENESIS)
    yield Call("settlement_token", "transfer", (DEPLOYER, 10**30), SOMEBODY, GENESIS)
    yield Call("staking", "stake", (0, 10**21), SOMEBODY, GENESIS)
    yield Call("staking", "slash", (SOMEBODY, 0, 1, SOMEBODY), SOMEBODY, GENESIS)


@pytest.fixture
def trace(tmp_path):
    deployment = Deployment(resolve({}), GENESIS)
    world = World(deployment, lambda *_: False)
    with TraceWriter(tmp_path / "trace.jsonl", deployment) as writer:
        for call in calls():
            writer.write(call, world.execute(call))
    return tmp_path / "trace.jsonl"


def test_a_call_counts_where_it_ended_and_wherever_it_came_through(trace):
    assert tally(trace) == {
        ("settlement_token.transfer", "ok"): 1,
        ("settlement_token.transfer", "ERC20InsufficientBalance"): 1,
        # Staking pulls the tokens, which nobody allowed it to.
        ("settlement_token.transfer_from", "ERC20InsufficientAllowance"): 1,
        ("staking.stake", "ERC20InsufficientAllowance"): 1,
        ("staking.slash", "OnlyVerification"): 1,
    }


def test_the_table_has_a_row_for_all_that_can_happen_and_zero_where_it_did_not(trace):
    found = coverage(tally(trace))
    writing = [each for each in functions() if not each.is_view]

    assert len(found.rows) == sum(1 + len(each.refusals) for each in writing)
    assert sum(row.times for row in found.rows) == 5
    assert found.functions == (1, len(writing))
    assert found.reasons.reached == 3
    assert found.outcomes.reached == 5


def test_an_outcome_that_the_rulebook_calls_impossible_is_an_error():
    with pytest.raises(ValueError, match=r"staking\.stake cannot end in UnknownModel"):
        coverage(Counter({("staking.stake", "UnknownModel"): 1}))


def test_what_is_only_rehearsed_does_not_count():
    world = World(Deployment(resolve({}), GENESIS), lambda *_: False)
    counting = Counting(world)
    transfer, *_ = calls()

    assert world.rehearse(transfer) == world.rehearse(transfer)
    assert counting.tally == {}
    world.execute(transfer)
    assert counting.tally == {("settlement_token.transfer", "ok"): 1}


def test_counting_changes_nothing_that_the_world_answers(trace):
    deployment = Deployment(resolve({}), GENESIS)
    plain, counted = (World(deployment, lambda *_: False) for _ in range(2))
    Counting(counted)

    assert [plain.execute(call) for call in calls()] == [counted.execute(call) for call in calls()]
    assert plain.digest() == counted.digest()
