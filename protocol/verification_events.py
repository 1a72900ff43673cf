"""What Verification.sol announces."""

from dataclasses import dataclass

from protocol.types import Address, Event


@dataclass(frozen=True, slots=True)
class CircuitRegistered(Event):
    """A version's inferences can be proven from now on."""

    model_id: int
    version: int
    key_digest: bytes
    settings_hash: bytes
    input_mode: int


@dataclass(frozen=True, slots=True)
class SecretCommitted(Event):
    """A validator takes part in an epoch's beacon."""

    epoch: int
    validator: Address


@dataclass(frozen=True, slots=True)
class SecretRevealed(Event):
    """A secret went into an epoch's beacon."""

    epoch: int
    validator: Address
    secret: bytes


@dataclass(frozen=True, slots=True)
class CheckOpened(Event):
    """A host must prove a receipt until the deadline."""

    check_id: int
    batch_id: int
    host: Address
    validator: Address
    leaf: bytes
    deadline: int


@dataclass(frozen=True, slots=True)
class CheckPassed(Event):
    """A receipt was proven; the validator was paid."""

    check_id: int
    host: Address
    paid: int


@dataclass(frozen=True, slots=True)
class CheckFailed(Event):
    """A receipt was not proven in time; the host lost stake, the user gets the price back."""

    check_id: int
    host: Address
    penalty: int
    refund: int
