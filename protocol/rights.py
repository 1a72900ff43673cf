"""Rights.sol: fine-tune, inference, revenue and weights rights of models, as tokens (ERC-6909)."""

from typing import TYPE_CHECKING, Any, ClassVar

from protocol.access_terms import UNLIMITED, WINDOW_SECONDS
from protocol.contract import Observed
from protocol.deployment import Deployment
from protocol.errors import AmountIsZero, NothingOwed, NotModelOwner
from protocol.model_registry_terms import OnlyLineage
from protocol.money import BPS, mul_div_down, mul_div_up
from protocol.openzeppelin.arithmetic import checked
from protocol.rights_terms import (
    FINE_TUNE,
    INFERENCE,
    KINDS,
    NO_LOCK,
    NO_TERMS,
    REVENUE,
    FineTuneUsed,
    IssueAboveMaximum,
    NoOwnersShare,
    NothingEarned,
    OnlyRevenue,
    RightsPaidIn,
    RightTerms,
    RightTermsFixed,
    TermsAreFixed,
    TermsInvalid,
    UnitLock,
    UnitsCredited,
    UnitsCreditedIn,
    UnitsEarned,
    UnitsEarnedIn,
    UnitsIssued,
    UnitsLocked,
    UnitsUnlocked,
    UnknownRight,
)
from protocol.staking import InsufficientStake, NothingUnbonding, StillUnbonding
from protocol.types import Address, Context, Event, ProtocolError
from protocol.unit_market import UnitMarket

if TYPE_CHECKING:
    from protocol.world import World


class Rights(UnitMarket):
    """
    What may be done with a model, as assets of their own.

    A right is the number `4 * model + kind`. In each currency the balance is always at least what
    is owed, and what revenue units have earned.
    """

    NAME = "rights"
    SOLIDITY = "Rights"
    EVENTS: ClassVar[tuple[type[Event], ...]] = (
        *UnitMarket.EVENTS,
        FineTuneUsed,
        RightTermsFixed,
        RightsPaidIn,
        UnitsCredited,
        UnitsCreditedIn,
        UnitsEarned,
        UnitsEarnedIn,
        UnitsIssued,
        UnitsLocked,
        UnitsUnlocked,
    )
    ERRORS: ClassVar[tuple[type[ProtocolError], ...]] = (
        *UnitMarket.ERRORS,
        InsufficientStake,
        IssueAboveMaximum,
        NoOwnersShare,
        NotModelOwner,
        NothingEarned,
        NothingUnbonding,
        OnlyLineage,
        OnlyRevenue,
        StillUnbonding,
        TermsAreFixed,
        TermsInvalid,
        UnknownRight,
    )
    OBSERVED: ClassVar[tuple[Observed, ...]] = (
        *UnitMarket.OBSERVED,
        Observed("earned_in", "_settled"),
        Observed("inference_of", "_locks"),
        Observed("issued_of", "_issued"),
        Observed("lock_of", "_locks"),
        Observed("owed_in", "_owed_in"),
        Observed("per_unit_in", "_per_unit"),
        Observed("terms_of", "_terms"),
    )
    # Never raised: the token returns true.
    UNMODELLED = frozenset({"SafeERC20FailedOperation"})

    def __init__(self, world: "World") -> None:
        super().__init__(world)
        self._terms = self.table()
        self._issued = self.table()
        self._locks = self.table()
        self._per_unit = self.table()
        self._settled = self.table()
        self._remainders = self.table()
        self._owed_in = self.table()
        # As long as a window of Access: 30 days, in whole epochs.
        epoch_seconds = world.deployment.values["epochSeconds"]
        self._window_seconds = mul_div_up(WINDOW_SECONDS, 1, epoch_seconds) * epoch_seconds

    @classmethod
    def constructor_arguments(cls, deployment: Deployment) -> tuple[Any, ...]:
        """Return the contracts that Rights pays, asks or obeys, and how long an epoch is."""
        names = (
            "settlement_token",
            "parameter_store",
            "timelock",
            "model_registry",
            "lineage",
            "revenue",
            "stable_token",
            "stable_revenue",
            "access",
        )
        return (
            *(deployment.addresses[name] for name in names),
            deployment.values["epochSeconds"],
        )

    def fix_terms(self, ctx: Context, model_id: int, kind: int, terms: RightTerms) -> None:
        """
        Fix how many units of a right there will ever be, and what an inference unit gives.

        A revenue unit is a ten-thousandth of the owner's share.

        Raises:
            ERC721NonexistentToken: There is no such model.
            NotModelOwner: The caller does not own it.
            UnknownRight: There is no such kind.
            TermsAreFixed: They were fixed before.
            TermsInvalid: No units, more than 10,000 of revenue, or calls and discount where they do
                not belong.
            NoOwnersShare: The model's maker left its owner no share of the revenue.
        """
        terms = RightTerms(*terms)
        right_id = self._require_owners_right(ctx, model_id, kind)
        if right_id in self._terms:
            raise TermsAreFixed(right_id)
        _require_terms(kind, terms)
        if kind == REVENUE:
            self._require_owners_share(ctx, model_id)

        self._terms[right_id] = terms
        self.emit(RightTermsFixed(model_id, kind, terms))

        if kind == INFERENCE:
            self._world.access.manage(self.as_caller(ctx), model_id)

    def mint(self, ctx: Context, model_id: int, kind: int, units: int) -> None:
        """
        Mint units for the caller, the model's owner.

        Raises:
            ERC721NonexistentToken: There is no such model.
            NotModelOwner: The caller does not own it.
            UnknownRight: There is no such kind.
            AmountIsZero: Nothing to mint.
            IssueAboveMaximum: There would be more than the terms say; none where there are none.
        """
        right_id = self._require_owners_right(ctx, model_id, kind)
        if units == 0:
            raise AmountIsZero
        issued = self._issued.get(right_id, 0) + units
        maximum = self._terms_of(right_id).maximum_units
        if issued > maximum:
            raise IssueAboveMaximum(right_id, issued, maximum)

        self._issued[right_id] = issued
        self._mint(ctx, ctx.sender, right_id, units)
        self.emit(UnitsIssued(right_id, ctx.sender, units))

    def use_fine_tune(self, ctx: Context, model_id: int, account: Address) -> bool:
        """
        Use up a fine-tune right of an account, and return whether it had one.

        Raises:
            OnlyLineage: The caller is not the lineage.
        """
        if ctx.sender != self._world.lineage.address:
            raise OnlyLineage(ctx.sender)
        right_id = _right_id(model_id, FINE_TUNE)
        if self.balance_of(ctx, account, right_id) == 0:
            return False

        self._burn(ctx, account, right_id, 1)
        self.emit(FineTuneUsed(right_id, account))
        return True

    def lock(self, ctx: Context, model_id: int, units: int) -> None:
        """
        Lock inference units of the caller, which give it calls from now on.

        Raises:
            Panic: The number is no model's, and too large.
            AmountIsZero: Nothing to lock.
            ERC6909InsufficientBalance: The caller does not have that many.
        """
        right_id = _right_id(model_id, INFERENCE)
        if units == 0:
            raise AmountIsZero

        self._transfer(ctx, ctx.sender, self.address, right_id, units)
        held = self._lock(model_id, ctx.sender)
        self._locks[model_id, ctx.sender] = held._replace(locked=held.locked + units)
        self.emit(UnitsLocked(right_id, ctx.sender, units))

    def unlock(self, ctx: Context, model_id: int, units: int) -> None:
        """
        Begin to take locked units back: they give no more calls, and come back after a window.

        Raises:
            Panic: The number is no model's, and too large.
            AmountIsZero: Nothing to unlock.
            InsufficientStake: Fewer are locked.
        """
        right_id = _right_id(model_id, INFERENCE)
        if units == 0:
            raise AmountIsZero
        held = self._lock(model_id, ctx.sender)
        if units > held.locked:
            raise InsufficientStake(ctx.sender, held.locked, units)
        # For a whole window, so that the same units give nobody else calls meanwhile.
        returnable_at = ctx.timestamp + self._window_seconds

        self._locks[model_id, ctx.sender] = UnitLock(
            held.locked - units, held.leaving + units, returnable_at
        )
        self.emit(UnitsUnlocked(right_id, ctx.sender, units, returnable_at))

    def reclaim(self, ctx: Context, model_id: int) -> None:
        """
        Return to the caller the units that have waited.

        Raises:
            Panic: The number is no model's, and too large.
            NothingUnbonding: None are leaving.
            StillUnbonding: They have to wait.
        """
        right_id = _right_id(model_id, INFERENCE)
        held = self._lock(model_id, ctx.sender)
        if held.leaving == 0:
            raise NothingUnbonding(ctx.sender)
        if ctx.timestamp < held.returnable_at:
            raise StillUnbonding(ctx.sender, held.returnable_at)

        self._locks[model_id, ctx.sender] = UnitLock(held.locked, 0, 0)
        self._transfer(ctx, self.address, ctx.sender, right_id, held.leaving)

    def credit(self, ctx: Context, model_id: int, amount: int) -> None:
        """
        Share revenue that has arrived among the units of a model's revenue right.

        What no unit gets yet is shared with the next payment.

        Raises:
            OnlyRevenue: The caller is the Revenue of no currency.
        """
        world = self._world
        is_stable = ctx.sender == world.stable_revenue.address
        if not is_stable and ctx.sender != world.revenue.address:
            raise OnlyRevenue(ctx.sender)
        currency = world.stable_token.address if is_stable else world.settlement_token.address
        right_id = _right_id(model_id, REVENUE)
        units = self.total_supply(ctx, right_id)
        shared = amount + self._remainders.get((currency, right_id), 0)
        each = mul_div_down(shared, 1, units)
        per_unit = self._earned_by_unit(currency, right_id) + each

        self._per_unit[currency, right_id] = per_unit
        self._remainders[currency, right_id] = shared - each * units
        if is_stable:
            self.emit(UnitsCreditedIn(right_id, currency, amount, per_unit))
        else:
            self.emit(UnitsCredited(right_id, amount, per_unit))

    def settle(self, ctx: Context, model_id: int, account: Address) -> None:
        """
        Owe an account what its revenue units have earned; a transfer does it for both sides.

        Raises:
            Panic: The number is no model's, and too large.
            NothingEarned: They have earned nothing since.
        """
        del ctx
        right_id = _right_id(model_id, REVENUE)
        if self._settle(right_id, account) == 0:
            raise NothingEarned(right_id, account)

    def withdraw_in(self, ctx: Context, currency: Address, account: Address) -> None:
        """
        Pay an account all that its revenue units earned in another currency than MNFT, and is owed
        to it; anyone may trigger it.

        Raises:
            NothingOwed: The account is owed nothing in the currency.
        """
        owed = self._owed_in.get((currency, account), 0)
        if owed == 0:
            raise NothingOwed(account)
        self._owed_in[currency, account] = 0
        self.emit(RightsPaidIn(account, currency, owed))
        # Nothing else is ever owed here.
        self._world.stable_token.transfer(self.as_caller(ctx), account, owed)

    def terms_of(self, ctx: Context, right_id: int) -> RightTerms:
        """Return the terms of a right; zeros where none were fixed."""
        del ctx
        return self._terms_of(right_id)

    def issued_of(self, ctx: Context, right_id: int) -> int:
        """Return how many units were ever issued, those that were used up included."""
        del ctx
        issued: int = self._issued.get(right_id, 0)
        return issued

    def lock_of(self, ctx: Context, model_id: int, account: Address) -> UnitLock:
        """Return an account's locked inference units."""
        del ctx
        return self._lock(model_id, account)

    def inference_of(self, ctx: Context, model_id: int, account: Address) -> tuple[int, int]:
        """
        Return how many calls an account's inference units give it in a window, and their discount.

        Raises:
            Panic: The number is no model's, and too large.
        """
        del ctx
        terms = self._terms_of(_right_id(model_id, INFERENCE))
        granted = self._lock(model_id, account).locked * terms.calls_per_unit
        return min(granted, UNLIMITED), terms.discount_bps

    def revenue_units(self, ctx: Context, model_id: int) -> int:
        """
        Return how many ten-thousandths of the owner's share belong to revenue units.

        Raises:
            Panic: The number is no model's, and too large.
        """
        return self.total_supply(ctx, _right_id(model_id, REVENUE))

    def per_unit_of(self, ctx: Context, right_id: int) -> int:
        """Return what one unit of a revenue right has earned in all."""
        del ctx
        return self._earned_by_unit(self._world.settlement_token.address, right_id)

    def earned_of(self, ctx: Context, right_id: int, account: Address) -> int:
        """Return what an account's revenue units have earned and are not yet owed."""
        del ctx
        return self._earned(self._world.settlement_token.address, right_id, account)

    def per_unit_in(self, ctx: Context, currency: Address, right_id: int) -> int:
        """Return what one unit of a revenue right has earned in a currency in all."""
        del ctx
        return self._earned_by_unit(currency, right_id)

    def earned_in(self, ctx: Context, currency: Address, right_id: int, account: Address) -> int:
        """Return what an account's units have earned in a currency and are not yet owed."""
        del ctx
        return self._earned(currency, right_id, account)

    def owed_in(self, ctx: Context, currency: Address, account: Address) -> int:
        """Return what an account may withdraw in another currency than MNFT."""
        del ctx
        owed: int = self._owed_in.get((currency, account), 0)
        return owed

    def id_of(self, ctx: Context, model_id: int, kind: int) -> int:
        """
        Return the number of a right.

        Raises:
            UnknownRight: There is no such kind.
            Panic: The number is no model's, and too large.
        """
        del ctx
        return _right_id(model_id, kind)

    def holds(self, ctx: Context, model_id: int, kind: int, account: Address) -> bool:
        """
        Return whether somebody holds a right of a model: one unit or more.

        Raises:
            UnknownRight: There is no such kind.
            Panic: The number is no model's, and too large.
        """
        if self.balance_of(ctx, account, _right_id(model_id, kind)) > 0:
            return True
        held = self._lock(model_id, account)
        return kind == INFERENCE and held.locked + held.leaving > 0

    def _update(self, ctx: Context, from_: Address, to: Address, number: int, amount: int) -> None:
        # Revenue that was shared before units move belongs to those who had them.
        if number % len(KINDS) == REVENUE:
            self._settle(number, from_)
            self._settle(number, to)
        super()._update(ctx, from_, to, number, amount)

    def _settle(self, right_id: int, account: Address) -> int:
        # How much there was, of whatever currency.
        amount = self._take(self._world.settlement_token.address, right_id, account)
        if amount:
            self._owe(account, amount)
            self.emit(UnitsEarned(right_id, account, amount))
        currency = self._world.stable_token.address
        stable = self._take(currency, right_id, account)
        if stable:
            self._owed_in[currency, account] = self._owed_in.get((currency, account), 0) + stable
            self.emit(UnitsEarnedIn(right_id, account, currency, stable))
        return amount + stable

    def _take(self, currency: Address, right_id: int, account: Address) -> int:
        amount = self._earned(currency, right_id, account)
        per_unit = self._earned_by_unit(currency, right_id)
        self._settled[currency, right_id, account] = per_unit
        return amount

    def _earned(self, currency: Address, right_id: int, account: Address) -> int:
        units: int = self._balances.get((account, right_id), 0)
        settled: int = self._settled.get((currency, right_id, account), 0)
        return units * (self._earned_by_unit(currency, right_id) - settled)

    def _earned_by_unit(self, currency: Address, right_id: int) -> int:
        amount: int = self._per_unit.get((currency, right_id), 0)
        return amount

    def _lock(self, model_id: int, account: Address) -> UnitLock:
        held: UnitLock = self._locks.get((model_id, account), NO_LOCK)
        return held

    def _terms_of(self, right_id: int) -> RightTerms:
        terms: RightTerms = self._terms.get(right_id, NO_TERMS)
        return terms

    def _require_owners_right(self, ctx: Context, model_id: int, kind: int) -> int:
        if self._world.model_registry.owner_of(self.as_caller(ctx), model_id) != ctx.sender:
            raise NotModelOwner(model_id, ctx.sender)
        return _right_id(model_id, kind)

    def _require_owners_share(self, ctx: Context, model_id: int) -> None:
        # The registry's own address stands for whoever owns the model.
        registry = self._world.model_registry
        contributors, _ = registry.contributors_of(self.as_caller(ctx), model_id)
        if registry.address not in contributors:
            raise NoOwnersShare(model_id)


def _require_terms(kind: int, terms: RightTerms) -> None:
    is_inference = kind == INFERENCE
    fits = (
        is_inference == (terms.calls_per_unit > 0)
        and is_inference == (terms.discount_bps > 0)
        and terms.discount_bps <= BPS
        and (kind != REVENUE or terms.maximum_units <= BPS)
    )
    if terms.maximum_units == 0 or not fits:
        raise TermsInvalid(kind)


def _right_id(model_id: int, kind: int) -> int:
    if kind >= len(KINDS):
        raise UnknownRight(kind)
    return checked(model_id * len(KINDS) + kind)
