"""Streams.sol: payments that become the recipient's second by second, from a cliff on."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from protocol.contract import Contract, Observed
from protocol.deployment import Deployment
from protocol.errors import AmountIsZero
from protocol.money import mul_div_down
from protocol.types import ZERO_ADDRESS, Address, Context, Event, ProtocolError

if TYPE_CHECKING:
    from protocol.world import World


class Stream(NamedTuple):
    """A payment under way; what was streamed and is not withdrawn stays the recipient's."""

    sender: Address
    start: int
    cancelable: bool
    canceled: bool
    recipient: Address
    cliff: int
    stop: int
    deposit: int
    withdrawn: int

    def streamed(self, timestamp: int) -> int:
        """
        Return what is the recipient's at a time: linear from start to stop, nothing before the
        cliff.

        Rounds down: the sender keeps the odd unit until the end. A canceled stream's deposit is
        what was streamed.
        """
        if self.canceled or timestamp >= self.stop:
            return self.deposit
        if timestamp < self.cliff:
            return 0
        return mul_div_down(self.deposit, timestamp - self.start, self.stop - self.start)


@dataclass(frozen=True, slots=True)
class StreamCanceled(Event):
    """A stream ended early: what was not yet streamed went back."""

    stream_id: int
    sender: Address
    refunded: int
    left: int


@dataclass(frozen=True, slots=True)
class StreamCreated(Event):
    """A payment began."""

    stream_id: int
    sender: Address
    recipient: Address
    deposit: int
    start: int
    cliff: int
    stop: int
    cancelable: bool


@dataclass(frozen=True, slots=True)
class StreamWithdrawn(Event):
    """The recipient was paid."""

    stream_id: int
    recipient: Address
    amount: int


@dataclass(eq=False)
class NotStreamSender(ProtocolError):
    """Only the sender may cancel a stream."""

    stream_id: int
    caller: Address


@dataclass(eq=False)
class NothingStreamed(ProtocolError):
    """Nothing of the stream can be withdrawn now."""

    stream_id: int


@dataclass(eq=False)
class RecipientInvalid(ProtocolError):
    """A stream needs somebody else to pay."""

    recipient: Address


@dataclass(eq=False)
class StreamEnded(ProtocolError):
    """The stream was canceled, or all of it is streamed."""

    stream_id: int


@dataclass(eq=False)
class StreamNotCancelable(ProtocolError):
    """The stream was made without a right to cancel it."""

    stream_id: int


@dataclass(eq=False)
class StreamTimesInvalid(ProtocolError):
    """A stream starts before it stops, the cliff lies between, and it stops in the future."""

    start: int
    cliff: int
    stop: int


@dataclass(eq=False)
class UnknownStream(ProtocolError):
    """There is no such stream."""

    stream_id: int


class Streams(Contract):
    """
    Linear payments; the token balance is always at least the deposits less what was withdrawn and
    refunded.
    """

    NAME = "streams"
    SOLIDITY = "Streams"
    EVENTS = (StreamCanceled, StreamCreated, StreamWithdrawn)
    ERRORS = (
        AmountIsZero,
        NotStreamSender,
        NothingStreamed,
        RecipientInvalid,
        StreamEnded,
        StreamNotCancelable,
        StreamTimesInvalid,
        UnknownStream,
    )
    OBSERVED = (
        Observed("stream_of", "_streams"),
        Observed("streamed_of", "_streams", timed=True),
        Observed("count"),
    )
    # What was streamed is at most the deposit, which has 128 bits.
    UNMODELLED = frozenset({"SafeCastOverflowedUintDowncast"})

    def __init__(self, world: "World") -> None:
        super().__init__(world)
        self._streams = self.table()
        self._count = self.cell(0)

    @classmethod
    def constructor_arguments(cls, deployment: Deployment) -> tuple[Any, ...]:
        """Return the address of the token."""
        return (deployment.addresses["settlement_token"],)

    def create(
        self,
        ctx: Context,
        recipient: Address,
        deposit: int,
        start: int,
        cliff: int,
        stop: int,
        cancelable: bool,
    ) -> int:
        """
        Begin a payment, and return its number; Streams must have been approved for the deposit.

        Raises:
            RecipientInvalid: The recipient is the zero address or the caller.
            AmountIsZero: The deposit is zero.
            StreamTimesInvalid: It does not start before it stops, the cliff lies outside, or it
                stops now or earlier.
            ERC20InsufficientAllowance: The caller has not approved so much.
            ERC20InsufficientBalance: The caller does not have so much.
        """
        if recipient in (ZERO_ADDRESS, ctx.sender):
            raise RecipientInvalid(recipient)
        if deposit == 0:
            raise AmountIsZero
        if not (start <= cliff <= stop and start < stop and stop > ctx.timestamp):
            raise StreamTimesInvalid(start, cliff, stop)

        stream_id: int = self._count.value + 1
        self._count.value = stream_id
        self._streams[stream_id] = Stream(
            ctx.sender, start, cancelable, False, recipient, cliff, stop, deposit, 0
        )
        self.emit(
            StreamCreated(stream_id, ctx.sender, recipient, deposit, start, cliff, stop, cancelable)
        )
        token = self._world.settlement_token
        token.transfer_from(self.as_caller(ctx), ctx.sender, self.address, deposit)
        return stream_id

    def withdraw(self, ctx: Context, stream_id: int) -> None:
        """
        Pay the recipient all that is streamed; anyone may trigger it.

        Raises:
            UnknownStream: There is no such stream.
            NothingStreamed: Nothing can be withdrawn now.
        """
        stream = self._known(stream_id)
        streamed = stream.streamed(ctx.timestamp)
        amount = streamed - stream.withdrawn
        if amount == 0:
            raise NothingStreamed(stream_id)

        self._streams[stream_id] = stream._replace(withdrawn=streamed)
        self.emit(StreamWithdrawn(stream_id, stream.recipient, amount))
        token = self._world.settlement_token
        token.transfer(self.as_caller(ctx), stream.recipient, amount)

    def cancel(self, ctx: Context, stream_id: int) -> None:
        """
        End a stream, and give its sender back what is not yet streamed.

        Raises:
            UnknownStream: There is no such stream.
            NotStreamSender: The caller did not make it.
            StreamNotCancelable: It was made without a right to cancel it.
            StreamEnded: It was canceled, or all of it is streamed.
        """
        stream = self._known(stream_id)
        if stream.sender != ctx.sender:
            raise NotStreamSender(stream_id, ctx.sender)
        if not stream.cancelable:
            raise StreamNotCancelable(stream_id)
        streamed = stream.streamed(ctx.timestamp)
        if streamed == stream.deposit:
            raise StreamEnded(stream_id)
        refunded = stream.deposit - streamed

        self._streams[stream_id] = stream._replace(canceled=True, deposit=streamed)
        self.emit(StreamCanceled(stream_id, ctx.sender, refunded, streamed - stream.withdrawn))
        self._world.settlement_token.transfer(self.as_caller(ctx), ctx.sender, refunded)

    def stream_of(self, ctx: Context, stream_id: int) -> Stream:
        """Return a stream; an unknown one is refused as `UnknownStream`."""
        del ctx
        return self._known(stream_id)

    def streamed_of(self, ctx: Context, stream_id: int) -> int:
        """
        Return what of a stream is the recipient's by now, withdrawn or not.

        Raises:
            UnknownStream: There is no such stream.
        """
        return self._known(stream_id).streamed(ctx.timestamp)

    def count(self, ctx: Context) -> int:
        """Return how many streams there ever were."""
        del ctx
        streams: int = self._count.value
        return streams

    def _known(self, stream_id: int) -> Stream:
        if stream_id not in self._streams:
            raise UnknownStream(stream_id)
        stream: Stream = self._streams[stream_id]
        return stream
