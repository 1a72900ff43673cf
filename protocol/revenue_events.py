"""What Revenue.sol announces."""

from dataclasses import dataclass

from protocol.types import Address, Event


@dataclass(frozen=True, slots=True)
class CheckerPaid(Event):
    """A checker earned from the verification pool."""

    checker: Address
    paid: int


@dataclass(frozen=True, slots=True)
class Credited(Event):
    """A settled payment was split; the parts are the whole payment."""

    model_id: int
    host: Address
    protocol_fee: int
    verification_pool: int
    host_fee: int
    data_pool: int
    accrued: int


@dataclass(frozen=True, slots=True)
class DataProvidersSet(Event):
    """A model's data providers were named, once and for all."""

    model_id: int
    providers: tuple[Address, ...]
    shares_bps: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Distributed(Event):
    """A model's accrual moved to whom it descends from and its contributors; the dust stays."""

    model_id: int
    royalties: int
    contributors: int
    dust: int


@dataclass(frozen=True, slots=True)
class ModelPaid(Event):
    """Somebody paid into a model's accrual."""

    model_id: int
    payer: Address
    amount: int


@dataclass(frozen=True, slots=True)
class Paid(Event):
    """An account received what it was owed."""

    account: Address
    amount: int


@dataclass(frozen=True, slots=True)
class RoyaltyPaid(Event):
    """A model's accrual paid that of a parent, or of an ancestor, as the royalty rule says."""

    child_id: int
    parent_id: int
    amount: int
