"""A rehearsed call says what would come of it, and leaves the world as it was."""

import pytest

from protocol.deployment import DEPLOYER
from protocol.money import WAD
from protocol.openzeppelin.errors import ERC20InsufficientAllowance
from protocol.types import Address, Call
from protocol.world import World

SOMEBODY = Address("0x" + "a1" * 20)


@pytest.fixture
def world(deployment):
    world = World(deployment, lambda *_: False)
    world.execute(Call("settlement_token", "transfer", (SOMEBODY, 1), DEPLOYER, 1))
    return world


@pytest.mark.parametrize(
    "call",
    [
        Call("settlement_token", "transfer", (SOMEBODY, 5 * WAD), DEPLOYER, 2),
        # Refused when it has already written.
        Call("staking", "stake", (0, 5_000 * WAD), SOMEBODY, 2),
    ],
    ids=["accepted", "refused"],
)
def test_a_rehearsal_ends_as_the_call_does_and_changes_nothing(world, call):
    before, touched = world.digest(), dict(world.journal.touched)

    rehearsed = world.rehearse(call)

    assert (world.digest(), world.journal.touched) == (before, touched)
    assert world.journal.logs == []
    assert world.execute(call) == rehearsed


def test_a_refusal_is_rehearsed_with_its_arguments(world):
    token = world.addresses["staking"]
    staked = Call("staking", "stake", (0, 5_000 * WAD), SOMEBODY, 2)

    assert world.rehearse(staked).refusal == ERC20InsufficientAllowance(token, 0, 5_000 * WAD)


def test_a_call_that_fails_in_rehearsal_is_undone_and_fails_there(world, monkeypatch):
    token = world.settlement_token

    def broken(ctx, to, value):
        token._balances[to] = value
        raise RuntimeError("a bug of the model")

    monkeypatch.setattr(token, "transfer", broken)
    before = world.digest()

    with pytest.raises(RuntimeError, match="a bug of the model"):
        world.rehearse(Call("settlement_token", "transfer", (SOMEBODY, 5), DEPLOYER, 2))

    assert world.digest() == before
