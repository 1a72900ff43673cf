"""Streams on the model: nothing is lost whenever they end, and amounts are those of others."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.money import MAX_UINT256, WAD
from protocol.streams import Stream, StreamCanceled
from protocol.types import ZERO_ADDRESS, Call
from protocol.world import World

PUBLISHED = json.loads(Path("tests/vectors/sablier_lockup.json").read_text())
WHOLE = PUBLISHED["params"]


def stream(deposit, cliff, duration):
    return Stream(ZERO_ADDRESS, 0, True, False, ZERO_ADDRESS, cliff, duration, deposit, 0)


@pytest.mark.parametrize(
    "vector",
    [vector for vector in PUBLISHED["linear"] if "start_unlock" not in vector],
    ids=lambda vector: f"{vector['t']} s, cliff {vector.get('cliff', WHOLE['cliff_at'])}",
)
def test_what_is_streamed_is_what_was_published(vector):
    """
    Sablier can unlock amounts at start and cliff, and counts in 18 decimals; its test's cliff
    amount is a quarter and 2,534 units. Here nothing is unlocked and everything is exact.
    """
    made = stream(WHOLE["deposit"], vector.get("cliff", WHOLE["cliff_at"]), WHOLE["duration"])
    extra = WHOLE["cliff_amount"] - WHOLE["deposit"] // 4
    is_at_cliff = vector["t"] == WHOLE["cliff_at"]
    assert made.streamed(vector["t"]) == vector["expected"] - (extra if is_at_cliff else 0)


@given(
    deposit=st.integers(1, 2**128 - 1),
    duration=st.integers(1, 10**9),
    shares=st.tuples(st.floats(0, 1), st.floats(0, 1), st.floats(0, 1)),
)
def test_a_stream_never_flows_back_and_ends_whole(deposit, duration, shares):
    cliff, earlier, later = (int(share * duration) for share in shares)
    earlier, later = sorted((earlier, later))
    made = stream(deposit, cliff, duration)
    assert 0 <= made.streamed(earlier) <= made.streamed(later) <= deposit
    assert made.streamed(duration) == deposit
    assert made.streamed(max(0, cliff - 1)) == 0 or cliff == 0


@given(
    deposit=st.integers(1, 10 * WAD),
    pulls=st.lists(st.integers(0, 1_200), max_size=4),
    cancel_at=st.integers(0, 1_000),
)
def test_what_was_paid_and_refunded_is_the_deposit(deployment, is_valid_proof, deposit, pulls,
                                                   cancel_at):  # fmt: skip
    world = World(deployment, is_valid_proof)
    start, sender, recipient = deployment.genesis_timestamp, deployment.deployer, "0x" + "a1" * 20
    call = Caller(world, sender)
    token = "settlement_token"
    call(token, "approve", start, deployment.addresses["streams"], MAX_UINT256)
    call("streams", "create", start, recipient, deposit, start, start + 100, start + 1_000, True)
    refunded = 0
    for at, is_cancel in sorted([*((each, False) for each in pulls), (cancel_at, True)]):
        receipt = call("streams", "cancel" if is_cancel else "withdraw", start + at, 1)
        refunded += sum(
            log.event.refunded for log in receipt.events if isinstance(log.event, StreamCanceled)
        )
    call("streams", "withdraw", start + 2_000, 1)

    def balance(account):
        return world.settlement_token.balance_of(None, account)

    assert balance(recipient) + refunded == deposit
    assert balance(deployment.addresses["streams"]) == 0


class Caller:
    """One account that calls at given times."""

    def __init__(self, world, sender):
        self._world, self._sender = world, sender

    def __call__(self, contract, function, timestamp, *arguments):
        return self._world.execute(Call(contract, function, arguments, self._sender, timestamp))
