"""Staking.sol: hosts and validators put value behind their work."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from protocol.contract import Contract, Observed
from protocol.deployment import Deployment
from protocol.errors import AmountIsZero, NothingOwed, OnlyVerification, UnknownRole
from protocol.money import BPS, mul_div_down
from protocol.openzeppelin.arithmetic import checked, safe_cast
from protocol.openzeppelin.errors import SafeCastOverflowedUintDowncast
from protocol.parameters import BY_NAME
from protocol.types import Address, Context, Event, ProtocolError

if TYPE_CHECKING:
    from protocol.world import World

HOST = 0
"""The role of those who serve models."""

VALIDATOR = 1
"""The role of those who check what hosts served."""

_MINIMUM = ("minimumHostStake", "minimumValidatorStake")


class Position(NamedTuple):
    """What an account has at stake in one role; both amounts can be slashed."""

    bonded: int
    unbonding: int
    withdrawable_at: int


_NO_POSITION = Position(0, 0, 0)


@dataclass(eq=False)
class BelowMinimum(ProtocolError):
    """The stake that would be bonded is neither zero nor enough for the role."""

    role: int
    bonded: int
    minimum: int


@dataclass(eq=False)
class FractionAboveWhole(ProtocolError):
    """No more than all of a stake can be slashed."""

    fraction_bps: int


@dataclass(eq=False)
class InsufficientStake(ProtocolError):
    """The account has less bonded than it wants to take back."""

    account: Address
    bonded: int
    needed: int


@dataclass(eq=False)
class NothingUnbonding(ProtocolError):
    """The account has asked for nothing back."""

    account: Address


@dataclass(eq=False)
class StillUnbonding(ProtocolError):
    """The stake can still be slashed."""

    account: Address
    withdrawable_at: int


@dataclass(frozen=True, slots=True)
class Staked(Event):
    """Stake was added."""

    account: Address
    role: int
    amount: int


@dataclass(frozen=True, slots=True)
class UnbondingStarted(Event):
    """Stake no longer counts for the role, and can be slashed until it is withdrawn."""

    account: Address
    role: int
    amount: int
    withdrawable_at: int


@dataclass(frozen=True, slots=True)
class StakeWithdrawn(Event):
    """Stake went back to its owner."""

    account: Address
    role: int
    amount: int


@dataclass(frozen=True, slots=True)
class Slashed(Event):
    """Stake was taken for a fault: `rewarded` for the reporter, `burned` for nobody."""

    account: Address
    role: int
    reporter: Address
    penalty: int
    rewarded: int
    burned: int


@dataclass(frozen=True, slots=True)
class RewardClaimed(Event):
    """A reporter was paid."""

    account: Address
    amount: int


class Staking(Contract):
    """Stakes by account and role, and reporters' rewards, in the token's smallest unit."""

    NAME = "staking"
    SOLIDITY = "Staking"
    EVENTS = (Staked, UnbondingStarted, StakeWithdrawn, Slashed, RewardClaimed)
    ERRORS = (
        AmountIsZero,
        BelowMinimum,
        FractionAboveWhole,
        InsufficientStake,
        NothingOwed,
        NothingUnbonding,
        OnlyVerification,
        SafeCastOverflowedUintDowncast,
        StillUnbonding,
        UnknownRole,
    )
    OBSERVED = (
        Observed("position_of", "_positions"),
        Observed("is_active", "_positions"),
        Observed("reward_of", "_rewards"),
        Observed("total_staked"),
    )

    def __init__(self, world: "World") -> None:
        super().__init__(world)
        self._positions = self.table()
        self._rewards = self.table()
        self._total_staked = self.cell(0)

    @classmethod
    def constructor_arguments(cls, deployment: Deployment) -> tuple[Any, ...]:
        """Return the addresses of token and parameters, and of who may slash."""
        addresses = deployment.addresses
        return (
            addresses["settlement_token"],
            addresses["parameter_store"],
            addresses["verification"],
        )

    def stake(self, ctx: Context, role: int, amount: int) -> None:
        """
        Add to the caller's stake; the tokens are pulled by allowance.

        Raises:
            UnknownRole: There is no such role.
            AmountIsZero: The amount is zero.
            BelowMinimum: The stake would not be enough for the role.
        """
        minimum = self._minimum(ctx, role)
        if amount == 0:
            raise AmountIsZero
        position = self._position(ctx.sender, role)
        bonded = checked(position.bonded + amount)
        if bonded < minimum:
            raise BelowMinimum(role, bonded, minimum)
        total_staked = checked(self._total_staked.value + amount)

        self._positions[ctx.sender, role] = position._replace(bonded=bonded)
        self._total_staked.value = total_staked
        self.emit(Staked(ctx.sender, role, amount))

        token = self._world.settlement_token
        token.transfer_from(self.as_caller(ctx), ctx.sender, self.address, amount)

    def unbond(self, ctx: Context, role: int, amount: int) -> None:
        """
        Take stake out of service; all that is unbonding waits anew from now on.

        Raises:
            UnknownRole: There is no such role.
            AmountIsZero: The amount is zero.
            InsufficientStake: Less is bonded.
            BelowMinimum: What stays would be neither zero nor enough for the role.
        """
        minimum = self._minimum(ctx, role)
        if amount == 0:
            raise AmountIsZero
        position = self._position(ctx.sender, role)
        if amount > position.bonded:
            raise InsufficientStake(ctx.sender, position.bonded, amount)
        bonded = position.bonded - amount
        if 0 < bonded < minimum:
            raise BelowMinimum(role, bonded, minimum)
        withdrawable_at = safe_cast(ctx.timestamp + self._parameter(ctx, "unbondingSeconds"), 64)

        unbonding = position.unbonding + amount
        self._positions[ctx.sender, role] = Position(bonded, unbonding, withdrawable_at)
        self.emit(UnbondingStarted(ctx.sender, role, amount, withdrawable_at))

    def withdraw(self, ctx: Context, role: int) -> None:
        """
        Give the caller back all that has waited long enough; exactly at the deadline it has.

        Raises:
            UnknownRole: There is no such role.
            NothingUnbonding: The caller has asked for nothing back, or it was all slashed.
            StillUnbonding: The deadline has not come.
        """
        self._check_role(role)
        position = self._position(ctx.sender, role)
        if position.unbonding == 0:
            raise NothingUnbonding(ctx.sender)
        if ctx.timestamp < position.withdrawable_at:
            raise StillUnbonding(ctx.sender, position.withdrawable_at)

        self._positions[ctx.sender, role] = Position(position.bonded, 0, 0)
        self._total_staked.value -= position.unbonding
        self.emit(StakeWithdrawn(ctx.sender, role, position.unbonding))

        token = self._world.settlement_token
        token.transfer(self.as_caller(ctx), ctx.sender, position.unbonding)

    def slash(
        self, ctx: Context, account: Address, role: int, fraction_bps: int, reporter: Address
    ) -> int:
        """
        Take a fraction of a stake, for the reporter and the fire, and return the penalty.

        Stake that is unbonding is taken in the same proportion: leaving does not help.

        Raises:
            OnlyVerification: The caller is not the verification contract.
            UnknownRole: There is no such role.
            FractionAboveWhole: The fraction is above 10,000 basis points.
        """
        if ctx.sender != self._world.verification.address:
            raise OnlyVerification(ctx.sender)
        self._check_role(role)
        if fraction_bps > BPS:
            raise FractionAboveWhole(fraction_bps)
        position = self._position(account, role)
        # Both parts round down, each in the offender's favour by less than one unit.
        from_bonded = mul_div_down(position.bonded, fraction_bps, BPS)
        from_unbonding = mul_div_down(position.unbonding, fraction_bps, BPS)
        penalty = from_bonded + from_unbonding
        # The reporter's share rounds down, and the fire takes the odd unit:
        # a reporter can never mint by splitting one report into many.
        share = mul_div_down(penalty, self._parameter(ctx, "reporterShareBps"), BPS)
        rewarded = min(share, self._parameter(ctx, "reporterRewardCap"))
        burned = penalty - rewarded

        self._positions[account, role] = Position(
            position.bonded - from_bonded,
            position.unbonding - from_unbonding,
            position.withdrawable_at,
        )
        self._total_staked.value -= penalty
        self._rewards[reporter] = self._rewards.get(reporter, 0) + rewarded
        self.emit(Slashed(account, role, reporter, penalty, rewarded, burned))

        self._world.settlement_token.burn(self.as_caller(ctx), burned)
        return penalty

    def claim(self, ctx: Context) -> None:
        """
        Pay the caller the rewards of its reports.

        Raises:
            NothingOwed: There are none.
        """
        amount = self._rewards.get(ctx.sender, 0)
        if amount == 0:
            raise NothingOwed(ctx.sender)

        self._rewards[ctx.sender] = 0
        self.emit(RewardClaimed(ctx.sender, amount))

        self._world.settlement_token.transfer(self.as_caller(ctx), ctx.sender, amount)

    def position_of(self, ctx: Context, account: Address, role: int) -> Position:
        """Return what an account has at stake in a role; an unknown role is refused."""
        del ctx
        self._check_role(role)
        return self._position(account, role)

    def is_active(self, ctx: Context, account: Address, role: int) -> bool:
        """Whether an account has enough bonded, and anything at all; an unknown role is refused."""
        minimum = self._minimum(ctx, role)
        bonded = self._position(account, role).bonded
        return bonded > 0 and bonded >= minimum

    def reward_of(self, ctx: Context, account: Address) -> int:
        """Return the rewards that an account may claim."""
        del ctx
        return int(self._rewards.get(account, 0))

    def total_staked(self, ctx: Context) -> int:
        """Return all that is bonded or unbonding."""
        del ctx
        return int(self._total_staked.value)

    def _position(self, account: Address, role: int) -> Position:
        position: Position = self._positions.get((account, role), _NO_POSITION)
        return position

    def _minimum(self, ctx: Context, role: int) -> int:
        self._check_role(role)
        return self._parameter(ctx, _MINIMUM[role])

    def _parameter(self, ctx: Context, name: str) -> int:
        return int(self._world.parameter_store.get(self.as_caller(ctx), BY_NAME[name].key))

    @staticmethod
    def _check_role(role: int) -> None:
        if role > VALIDATOR:
            raise UnknownRole(role)
