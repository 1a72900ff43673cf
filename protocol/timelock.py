"""Operations that wait before anyone may carry them out: OpenZeppelin's TimelockController."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, Any

from protocol.contract import Contract, Observed
from protocol.deployment import Deployment
from protocol.hashing import keccak, word
from protocol.openzeppelin import abi
from protocol.openzeppelin.errors import AccessControlUnauthorizedAccount, FailedCall
from protocol.types import ZERO_ADDRESS, ZERO_HASH, Address, Context, Event, ProtocolError

if TYPE_CHECKING:
    from protocol.world import World

PROPOSER_ROLE = keccak(b"PROPOSER_ROLE")
EXECUTOR_ROLE = keccak(b"EXECUTOR_ROLE")
CANCELLER_ROLE = keccak(b"CANCELLER_ROLE")
DEFAULT_ADMIN_ROLE = ZERO_HASH

_DONE = 1
"""The time that marks a finished operation."""

_SET_ARGUMENTS_END = 4 + 2 * 32
"""A selector and two words: what `ParameterStore.set` needs at least."""

INTERFACES = frozenset(
    bytes.fromhex(interface)
    # ERC-165, AccessControl, ERC-1155 receiver.
    for interface in ("01ffc9a7", "7965db0b", "4e2312e0")
)


class OperationState(IntEnum):
    """Where an operation stands."""

    UNSET = 0
    WAITING = 1
    READY = 2
    DONE = 3

    @property
    def bit(self) -> int:
        """The state's bit in a bitmap of states."""
        return 1 << self


@dataclass(frozen=True, slots=True)
class CallScheduled(Event):
    """A call of an operation waits from now on."""

    id: bytes
    index: int
    target: Address
    value: int
    data: bytes
    predecessor: bytes
    delay: int


@dataclass(frozen=True, slots=True)
class CallExecuted(Event):
    """A call of an operation was carried out."""

    id: bytes
    index: int
    target: Address
    value: int
    data: bytes


@dataclass(frozen=True, slots=True)
class CallSalt(Event):
    """An operation was scheduled with a salt."""

    id: bytes
    salt: bytes


@dataclass(frozen=True, slots=True)
class Cancelled(Event):
    """An operation will not be carried out."""

    id: bytes


@dataclass(eq=False)
class TimelockInsufficientDelay(ProtocolError):
    """An operation must wait longer."""

    delay: int
    min_delay: int


@dataclass(eq=False)
class TimelockInvalidOperationLength(ProtocolError):
    """An operation's lists have different lengths."""

    targets: int
    payloads: int
    values: int


@dataclass(eq=False)
class TimelockUnexecutedPredecessor(ProtocolError):
    """Another operation must be carried out first."""

    predecessor_id: bytes


@dataclass(eq=False)
class TimelockUnexpectedOperationState(ProtocolError):
    """The operation is in none of the states (a bitmap) in which this is possible."""

    operation_id: bytes
    expected_states: bytes


class Timelock(Contract):
    """
    Proposer and canceller is the governor; anyone may execute what is ready.

    The governor lets nothing pass but `ParameterStore.set`, so that is the only call executed here.
    """

    NAME = "timelock"
    SOLIDITY = "Timelock"
    EVENTS = (CallExecuted, CallSalt, CallScheduled, Cancelled)
    ERRORS = (
        AccessControlUnauthorizedAccount,
        FailedCall,
        TimelockInsufficientDelay,
        TimelockInvalidOperationLength,
        TimelockUnexecutedPredecessor,
        TimelockUnexpectedOperationState,
    )
    OBSERVED = (
        Observed("get_min_delay"),
        Observed("get_timestamp", "_timestamps"),
        Observed("get_operation_state", "_timestamps", timed=True),
    )
    PAYABLE = frozenset({"execute", "execute_batch"})
    UNMODELLED = frozenset(
        {
            # Only the timelock itself could succeed with these, and it calls the store alone.
            "grantRole",
            "revokeRole",
            "renounceRole",
            "updateDelay",
            "AccessControlBadConfirmation",
            "TimelockUnauthorizedCaller",
            # Announced at deployment only.
            "MinDelayChange",
            "RoleAdminChanged",
            "RoleGranted",
            "RoleRevoked",
            # The system has no collectibles that go to the timelock.
            "onERC1155BatchReceived",
            "onERC1155Received",
            "onERC721Received",
        }
    )

    def __init__(self, world: "World") -> None:
        super().__init__(world)
        _, self._min_delay = self.constructor_arguments(world.deployment)
        self._timestamps = self.table()

    @classmethod
    def constructor_arguments(cls, deployment: Deployment) -> tuple[Any, ...]:
        """Return the governor, and how long an operation waits at least."""
        return deployment.addresses["governor"], deployment.values["timelockSeconds"]

    def proposer_role(self, ctx: Context) -> bytes:
        """Return the role that schedules."""
        del ctx
        return PROPOSER_ROLE

    def executor_role(self, ctx: Context) -> bytes:
        """Return the role that executes; held by the zero address, that is by everybody."""
        del ctx
        return EXECUTOR_ROLE

    def canceller_role(self, ctx: Context) -> bytes:
        """Return the role that cancels."""
        del ctx
        return CANCELLER_ROLE

    def default_admin_role(self, ctx: Context) -> bytes:
        """Return the role that gives roles; only the timelock itself has it."""
        del ctx
        return DEFAULT_ADMIN_ROLE

    def has_role(self, ctx: Context, role: bytes, account: Address) -> bool:
        """Return whether an account has a role."""
        del ctx
        governor = self._world.addresses["governor"]
        holders = {
            PROPOSER_ROLE: governor,
            CANCELLER_ROLE: governor,
            EXECUTOR_ROLE: ZERO_ADDRESS,
            DEFAULT_ADMIN_ROLE: self.address,
        }
        return holders.get(role) == account

    def get_role_admin(self, ctx: Context, role: bytes) -> bytes:
        """Return the role that gives a role."""
        del ctx, role
        return DEFAULT_ADMIN_ROLE

    def supports_interface(self, ctx: Context, interface_id: bytes) -> bool:
        """Return whether the contract has an interface, as ERC-165 asks."""
        del ctx
        return interface_id in INTERFACES

    def is_operation(self, ctx: Context, id: bytes) -> bool:  # noqa: A002
        """Return whether an operation was ever scheduled, and not cancelled."""
        return self.get_operation_state(ctx, id) != OperationState.UNSET

    def is_operation_pending(self, ctx: Context, id: bytes) -> bool:  # noqa: A002
        """Return whether an operation is scheduled and not carried out."""
        return self.get_operation_state(ctx, id) in (OperationState.WAITING, OperationState.READY)

    def is_operation_ready(self, ctx: Context, id: bytes) -> bool:  # noqa: A002
        """Return whether an operation may be carried out now."""
        return self.get_operation_state(ctx, id) == OperationState.READY

    def is_operation_done(self, ctx: Context, id: bytes) -> bool:  # noqa: A002
        """Return whether an operation was carried out."""
        return self.get_operation_state(ctx, id) == OperationState.DONE

    def get_timestamp(self, ctx: Context, id: bytes) -> int:  # noqa: A002
        """Return when an operation is ready: 0 if unknown, 1 if carried out."""
        del ctx
        timestamp: int = self._timestamps.get(id, 0)
        return timestamp

    def get_operation_state(self, ctx: Context, id: bytes) -> OperationState:  # noqa: A002
        """Return where an operation stands."""
        timestamp = self.get_timestamp(ctx, id)
        if timestamp == 0:
            return OperationState.UNSET
        if timestamp == _DONE:
            return OperationState.DONE
        return OperationState.WAITING if timestamp > ctx.timestamp else OperationState.READY

    def get_min_delay(self, ctx: Context) -> int:
        """Return how long an operation waits at least, in seconds."""
        del ctx
        delay: int = self._min_delay
        return delay

    def hash_operation(
        self,
        ctx: Context,
        target: Address,
        value: int,
        data: bytes,
        predecessor: bytes,
        salt: bytes,
    ) -> bytes:
        """Return the id of an operation of one call."""
        del ctx
        call = (word(target), word(value), abi.bytes_value(data))
        return keccak(abi.encode(*call, predecessor, salt))

    def hash_operation_batch(
        self,
        ctx: Context,
        targets: Sequence[Address],
        values: Sequence[int],
        payloads: Sequence[bytes],
        predecessor: bytes,
        salt: bytes,
    ) -> bytes:
        """Return the id of an operation of several calls."""
        del ctx
        return keccak(abi.encode(*encode_calls(targets, values, payloads), predecessor, salt))

    def schedule(
        self,
        ctx: Context,
        target: Address,
        value: int,
        data: bytes,
        predecessor: bytes,
        salt: bytes,
        delay: int,
    ) -> None:
        """
        Let an operation of one call wait; only the governor may, and it schedules batches alone.

        Raises:
            AccessControlUnauthorizedAccount: The caller is somebody else.
            TimelockUnexpectedOperationState: It was scheduled before.
            TimelockInsufficientDelay: It must wait longer.
        """
        self._require_role(ctx, PROPOSER_ROLE)
        operation = self.hash_operation(ctx, target, value, data, predecessor, salt)
        self._schedule(ctx, operation, delay)
        self.emit(CallScheduled(operation, 0, target, value, data, predecessor, delay))
        self._announce_salt(operation, salt)

    def schedule_batch(
        self,
        ctx: Context,
        targets: Sequence[Address],
        values: Sequence[int],
        payloads: Sequence[bytes],
        predecessor: bytes,
        salt: bytes,
        delay: int,
    ) -> None:
        """
        Let an operation wait; only the governor may.

        Raises:
            AccessControlUnauthorizedAccount: The caller is somebody else.
            TimelockInvalidOperationLength: The lists have different lengths.
            TimelockUnexpectedOperationState: It was scheduled before.
            TimelockInsufficientDelay: It must wait longer.
        """
        self._require_role(ctx, PROPOSER_ROLE)
        _require_same_lengths(targets, values, payloads)
        operation = self.hash_operation_batch(ctx, targets, values, payloads, predecessor, salt)
        self._schedule(ctx, operation, delay)
        for index, call in enumerate(zip(targets, values, payloads, strict=True)):
            self.emit(CallScheduled(operation, index, *call, predecessor, delay))
        self._announce_salt(operation, salt)

    def cancel(self, ctx: Context, id: bytes) -> None:  # noqa: A002
        """
        Forget an operation that waits; only the governor may.

        Raises:
            AccessControlUnauthorizedAccount: The caller is somebody else.
            TimelockUnexpectedOperationState: It does not wait.
        """
        self._require_role(ctx, CANCELLER_ROLE)
        if not self.is_operation_pending(ctx, id):
            raise _unexpected(id, OperationState.WAITING.bit | OperationState.READY.bit)
        del self._timestamps[id]
        self.emit(Cancelled(id))

    def execute(
        self,
        ctx: Context,
        target: Address,
        value: int,
        payload: bytes,
        predecessor: bytes,
        salt: bytes,
    ) -> None:
        """
        Carry out an operation of one call that is ready.

        Raises:
            TimelockUnexpectedOperationState: It is not ready.
            TimelockUnexecutedPredecessor: Another must come first.
            FailedCall: The call failed without a reason; the store's own refusals pass through.
        """
        operation = self.hash_operation(ctx, target, value, payload, predecessor, salt)
        self._execute(ctx, operation, predecessor, ((target, value, payload),))

    def execute_batch(
        self,
        ctx: Context,
        targets: Sequence[Address],
        values: Sequence[int],
        payloads: Sequence[bytes],
        predecessor: bytes,
        salt: bytes,
    ) -> None:
        """
        Carry out an operation that is ready.

        Raises:
            TimelockInvalidOperationLength: The lists have different lengths.
            TimelockUnexpectedOperationState: It is not ready.
            TimelockUnexecutedPredecessor: Another must come first.
            FailedCall: A call failed without a reason; the store's own refusals pass through.
        """
        _require_same_lengths(targets, values, payloads)
        operation = self.hash_operation_batch(ctx, targets, values, payloads, predecessor, salt)
        calls = tuple(zip(targets, values, payloads, strict=True))
        self._execute(ctx, operation, predecessor, calls)

    def _require_role(self, ctx: Context, role: bytes) -> None:
        if not self.has_role(ctx, role, ctx.sender):
            raise AccessControlUnauthorizedAccount(ctx.sender, role)

    def _schedule(self, ctx: Context, operation: bytes, delay: int) -> None:
        if self.is_operation(ctx, operation):
            raise _unexpected(operation, OperationState.UNSET.bit)
        if delay < self._min_delay:
            raise TimelockInsufficientDelay(delay, self._min_delay)
        self._timestamps[operation] = ctx.timestamp + delay

    def _announce_salt(self, operation: bytes, salt: bytes) -> None:
        if salt != ZERO_HASH:
            self.emit(CallSalt(operation, salt))

    def _execute(
        self,
        ctx: Context,
        operation: bytes,
        predecessor: bytes,
        calls: tuple[tuple[Address, int, bytes], ...],
    ) -> None:
        if not self.is_operation_ready(ctx, operation):
            raise _unexpected(operation, OperationState.READY.bit)
        if predecessor != ZERO_HASH and not self.is_operation_done(ctx, predecessor):
            raise TimelockUnexecutedPredecessor(predecessor)
        for index, (target, value, payload) in enumerate(calls):
            self._set_parameter(ctx, payload)
            self.emit(CallExecuted(operation, index, target, value, payload))
        self._timestamps[operation] = _DONE

    def _set_parameter(self, ctx: Context, payload: bytes) -> None:
        # Solidity refuses too short arguments without a reason, and ignores what is too long.
        if len(payload) < _SET_ARGUMENTS_END:
            raise FailedCall()
        key, value = payload[4:36], int.from_bytes(payload[36:68], "big")
        self._world.parameter_store.set(self.as_caller(ctx), key, value)


def encode_calls(
    targets: Sequence[Address], values: Sequence[int], payloads: Sequence[bytes]
) -> tuple[abi.Dynamic, abi.Dynamic, abi.Dynamic]:
    """Return the three lists that calls travel in, encoded."""
    return abi.array_of_words(targets), abi.array_of_words(values), abi.array_of_bytes(payloads)


def _unexpected(operation: bytes, expected_bitmap: int) -> TimelockUnexpectedOperationState:
    return TimelockUnexpectedOperationState(operation, expected_bitmap.to_bytes(32, "big"))


def _require_same_lengths(
    targets: Sequence[Address], values: Sequence[int], payloads: Sequence[bytes]
) -> None:
    if not len(targets) == len(values) == len(payloads):
        raise TimelockInvalidOperationLength(len(targets), len(payloads), len(values))
