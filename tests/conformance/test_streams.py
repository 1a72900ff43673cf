"""Streams: the same on the model and on every engine."""

import pytest

from protocol.errors import AmountIsZero
from protocol.money import MAX_UINT256, WAD
from protocol.openzeppelin.erc20 import Transfer
from protocol.openzeppelin.errors import ERC20InsufficientAllowance, ERC20InsufficientBalance
from protocol.parameters import DAY
from protocol.streams import (
    NothingStreamed,
    NotStreamSender,
    RecipientInvalid,
    Stream,
    StreamCanceled,
    StreamCreated,
    StreamEnded,
    StreamNotCancelable,
    StreamTimesInvalid,
    StreamWithdrawn,
    UnknownStream,
)
from protocol.types import ZERO_ADDRESS

DEPOSIT = 1_000_003
FUNDS = 1_000 * WAD


@pytest.fixture
def funded(machine, creator):
    """Return the machine after the sender let Streams take what it has."""
    machine.fund(creator, FUNDS)
    spender = machine.addresses["streams"]
    assert machine.call("settlement_token", "approve", spender, MAX_UINT256, sender=creator).ok
    return machine


def events(receipt):
    assert receipt.ok, receipt.refusal
    return [log.event for log in receipt.events]


def create(machine, sender, recipient, deposit=DEPOSIT, cliff=0, days=10, cancelable=True):
    start = machine.now
    arguments = (recipient, deposit, start, start + cliff, start + days * DAY, cancelable)
    return machine.call("streams", "create", *arguments, sender=sender)


def test_a_stream_waits_for_its_cliff_flows_and_is_pulled_by_anyone(
    funded, creator, host, intruder
):
    streams, start = funded.addresses["streams"], funded.now
    times = (start, start + 2 * DAY, start + 10 * DAY)
    created = create(funded, creator, host, cliff=2 * DAY)
    assert created.value == 1
    assert events(created) == [
        StreamCreated(1, creator, host, DEPOSIT, *times, True),
        Transfer(creator, streams, DEPOSIT),
    ]

    funded.wait(2 * DAY - 1)
    assert funded.view("streams", "streamed_of", 1) == 0
    refused = funded.call("streams", "withdraw", 1, sender=host).refusal
    assert refused == NothingStreamed(1)
    funded.wait(1)
    first = DEPOSIT // 5
    pulled = funded.call("streams", "withdraw", 1, sender=intruder)
    assert events(pulled) == [StreamWithdrawn(1, host, first), Transfer(streams, host, first)]

    funded.wait(8 * DAY)
    rest = DEPOSIT - first
    pulled = funded.call("streams", "withdraw", 1, sender=host)
    assert events(pulled) == [StreamWithdrawn(1, host, rest), Transfer(streams, host, rest)]
    assert funded.call("streams", "withdraw", 1, sender=host).refusal == NothingStreamed(1)
    assert funded.call("streams", "cancel", 1, sender=creator).refusal == StreamEnded(1)
    expected = Stream(creator, start, True, False, host, *times[1:], DEPOSIT, DEPOSIT)
    assert funded.view("streams", "stream_of", 1) == expected


def test_a_canceled_stream_pays_what_was_streamed_and_refunds_the_rest(funded, creator, host):
    streams = funded.addresses["streams"]
    create(funded, creator, host)
    funded.wait(3 * DAY)
    funded.call("streams", "withdraw", 1, sender=host)
    funded.wait(DAY)

    streamed, withdrawn = DEPOSIT * 4 // 10, DEPOSIT * 3 // 10
    canceled = funded.call("streams", "cancel", 1, sender=creator)
    assert events(canceled) == [
        StreamCanceled(1, creator, DEPOSIT - streamed, streamed - withdrawn),
        Transfer(streams, creator, DEPOSIT - streamed),
    ]
    funded.wait(30 * DAY)
    assert funded.view("streams", "streamed_of", 1) == streamed
    assert funded.call("streams", "cancel", 1, sender=creator).refusal == StreamEnded(1)
    pulled = funded.call("streams", "withdraw", 1, sender=creator)
    left = streamed - withdrawn
    assert events(pulled) == [StreamWithdrawn(1, host, left), Transfer(streams, host, left)]
    assert funded.view("settlement_token", "balance_of", streams) == 0


def test_before_its_cliff_a_canceled_stream_goes_back_whole(funded, creator, host):
    create(funded, creator, host, cliff=5 * DAY)
    funded.wait(5 * DAY - 1)
    canceled = funded.call("streams", "cancel", 1, sender=creator)
    assert events(canceled)[0] == StreamCanceled(1, creator, DEPOSIT, 0)
    assert funded.call("streams", "withdraw", 1, sender=host).refusal == NothingStreamed(1)


def test_refusals_carry_the_same_arguments(funded, creator, host, intruder):
    now, streams = funded.now, funded.addresses["streams"]

    def refusal(*arguments, sender=creator):
        return funded.call("streams", "create", *arguments, sender=sender).refusal

    usual = (now, now, now + DAY, True)
    assert refusal(ZERO_ADDRESS, 1, *usual) == RecipientInvalid(ZERO_ADDRESS)
    assert refusal(creator, 1, *usual) == RecipientInvalid(creator)
    assert refusal(host, 0, *usual) == AmountIsZero()
    for times in (
        (now + DAY, now + DAY, now + DAY),
        (now + 2, now + 1, now + DAY),
        (now, now + DAY + 1, now + DAY),
        (now - DAY, now - DAY, now),
    ):
        assert refusal(host, 1, *times, True) == StreamTimesInvalid(*times)
    refused = refusal(host, FUNDS + 1, *usual)
    assert refused == ERC20InsufficientBalance(creator, FUNDS, FUNDS + 1)
    refused = refusal(host, 5, *usual, sender=intruder)
    assert refused == ERC20InsufficientAllowance(streams, 0, 5)
    assert funded.view("streams", "count") == 0

    assert create(funded, creator, host, cancelable=False).ok
    for function in ("withdraw", "cancel"):
        refused = funded.call("streams", function, 2, sender=creator).refusal
        assert refused == UnknownStream(2)
    assert funded.view("streams", "stream_of", 2) == UnknownStream(2)
    assert funded.view("streams", "streamed_of", 0) == UnknownStream(0)
    refused = funded.call("streams", "cancel", 1, sender=intruder).refusal
    assert refused == NotStreamSender(1, intruder)
    refused = funded.call("streams", "cancel", 1, sender=creator).refusal
    assert refused == StreamNotCancelable(1)
