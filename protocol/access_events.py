"""What Access.sol announces, in alphabetical order."""

from dataclasses import dataclass

from protocol.access_terms import Claim, Grants
from protocol.types import Address, Event


@dataclass(frozen=True, slots=True)
class AccessUsed(Event):
    """Calls were granted by another right than paying for each."""

    model_id: int
    user: Address
    mode: int
    calls: int
    discount_bps: int
    prepaid: int


@dataclass(frozen=True, slots=True)
class AllowlistSet(Event):
    """An account is on a model's allowlist, or no longer."""

    model_id: int
    account: Address
    allowed: bool


@dataclass(frozen=True, slots=True)
class Claimed(Event):
    """A user named the tokens to be used for a model."""

    model_id: int
    user: Address
    claim: Claim


@dataclass(frozen=True, slots=True)
class GrantsSet(Event):
    """A model's owner set what it grants."""

    model_id: int
    grants: Grants


@dataclass(frozen=True, slots=True)
class StakeLocked(Event):
    """Stake was locked for a model's gate."""

    model_id: int
    account: Address
    amount: int


@dataclass(frozen=True, slots=True)
class StakeReturned(Event):
    """Stake went back to its owner."""

    model_id: int
    account: Address
    amount: int


@dataclass(frozen=True, slots=True)
class StakeUnlocked(Event):
    """Stake no longer counts, and waits for a window."""

    model_id: int
    account: Address
    amount: int
    withdrawable_at: int
