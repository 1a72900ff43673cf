"""What the simulator asks of an EVM, and what all engines share."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar

from protocol.contract import Observation
from protocol.deployment import Deployment
from protocol.types import Address, Call, Receipt
from sim.chain.abi import address_bytes
from sim.chain.codec import Codec, Outcome
from sim.chain.deployment import Blueprint, blueprints

TRANSACTION_GAS = 30_000_000
"""The gas that each call is given; what it does not use costs nothing."""

BLOCK_GAS = 2**50
"""A block's gas limit: large enough for any tick."""

HALT_REASONS = {
    "OutOfGas": "out of gas",
    "InvalidInstruction": "invalid instruction",
    "InvalidFEOpcode": "invalid instruction",
    "OpcodeNotFound": "invalid instruction",
    "InvalidJumpDestination": "invalid jump",
    "InvalidJump": "invalid jump",
    "InsufficientStack": "stack underflow",
    "StackUnderflow": "stack underflow",
    "FullStack": "stack overflow",
    "StackOverflow": "stack overflow",
    "WriteProtection": "write in a static call",
    "StateChangeDuringStaticCall": "write in a static call",
    "OutOfBoundsRead": "read out of bounds",
    "OutOfOffset": "read out of bounds",
}
"""What the engines' own names of a stop mean: all engines say the same."""

# Prague: EIP-2 and EIP-2028, the floor price of calldata by EIP-7623.
_INTRINSIC = 21_000
_PER_ZERO = 4
_PER_NON_ZERO = 16
_FLOOR_PER_ZERO = 10
_FLOOR_PER_NON_ZERO = 40


class ChainError(Exception):
    """An engine was used against its order, or a contract could not be created."""


class Engine(ABC):
    """
    Real contracts in a real EVM, one transaction per call, one block per timestamp.

    The gas price is zero; the coin that a call carries is given to its sender first.
    """

    name: ClassVar[str]

    def __init__(self) -> None:
        self._codec: Codec | None = None
        self._deployer = b""
        self.timestamp = 0
        """The current block's time, Unix seconds."""
        self.block_number = 0

    @property
    def codec(self) -> Codec:
        """
        The codec of what was deployed.

        Raises:
            ChainError: Nothing was.
        """
        if self._codec is None:
            raise ChainError("nothing is deployed yet")
        return self._codec

    def deploy(self, deployment: Deployment, parts: Sequence[Blueprint] | None = None) -> None:
        """
        Create every contract of a deployment (or the given ones) at the time of genesis.

        Raises:
            ChainError: A contract could not be created, or got another address than it must.
        """
        parts = blueprints(deployment) if parts is None else parts
        self._deployer = address_bytes(deployment.deployer)
        self.timestamp, self.block_number = deployment.genesis_timestamp, 1
        self._start(deployment)
        for part in parts:
            created, outcome = self._create(self._deployer, part.code)
            if not outcome.success:
                why = outcome.halt or Codec(parts).refusal(outcome.output)
                raise ChainError(f"{part.name} could not be created: {why}")
            if created != address_bytes(part.address):
                got = "0x" + created.hex()
                raise ChainError(f"{part.name} was created at {got}, not at {part.address}")
        self._codec = Codec(parts)

    def execute(self, call: Call) -> Receipt:
        """
        Carry a call out as a transaction of its own; a refusal is a receipt, never an exception.

        Raises:
            sim.chain.abi.ArgumentError: The call does not fit the ABI; nothing was executed.
            ChainError: The call's time lies before the current block's.
        """
        encoded = self.codec.check(call)
        if call.timestamp != self.timestamp:
            self._advance(call.timestamp)
        outcome = self._transact(encoded.sender, encoded.target, encoded.content, call.value)
        return self.codec.receipt(encoded.function, outcome)

    def view(self, observation: Observation, timestamp: int) -> Receipt:
        """
        Return what a view answers at a time, as a receipt; the state stays as it was.

        The receipt's gas is what the execution used, without a transaction's intrinsic cost.
        """
        encoded = self.codec.encode(*observation)
        outcome = self._read(encoded.target, encoded.content, timestamp)
        return self.codec.receipt(encoded.function, outcome)

    @abstractmethod
    def snapshot(self) -> Any:
        """Return what `revert` takes to come back to this state; usable any number of times."""

    @abstractmethod
    def revert(self, snapshot: Any) -> None:
        """Come back to the state, the block and the time of a snapshot."""

    @abstractmethod
    def balance(self, address: Address) -> int:
        """Return the coin that an account holds."""

    def state_root(self) -> bytes | None:
        """Return the state's Merkle root, where the engine has one."""
        return None

    def close(self) -> None:
        """Let the machine go; the engine cannot be used afterwards."""
        self._codec = None

    def _advance(self, timestamp: int) -> None:
        if timestamp < self.timestamp:
            raise ChainError(f"time runs backwards: {timestamp} after {self.timestamp}")
        self.timestamp = timestamp
        self.block_number += 1
        self._mine()

    @abstractmethod
    def _start(self, deployment: Deployment) -> None:
        """Make an empty chain."""

    @abstractmethod
    def _mine(self) -> None:
        """Make the block current whose number and time are set."""

    @abstractmethod
    def _create(self, sender: bytes, code: bytes) -> tuple[bytes, Outcome]:
        """Create a contract, and return its address and what came of it."""

    @abstractmethod
    def _transact(self, sender: bytes, target: bytes, content: bytes, value: int) -> Outcome:
        """Execute one transaction."""

    @abstractmethod
    def _read(self, target: bytes, content: bytes, timestamp: int) -> Outcome:
        """Execute a call whose effects are undone."""


def intrinsic_gas(content: bytes) -> int:
    """Return the gas that a call's transaction costs before anything is executed."""
    zeros = content.count(0)
    return _INTRINSIC + _PER_ZERO * zeros + _PER_NON_ZERO * (len(content) - zeros)


def floor_gas(content: bytes) -> int:
    """Return the gas that a call's transaction costs at least."""
    zeros = content.count(0)
    return _INTRINSIC + _FLOOR_PER_ZERO * zeros + _FLOOR_PER_NON_ZERO * (len(content) - zeros)
