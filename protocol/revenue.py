"""Revenue.sol: what payments are split into, the royalties up the lineage, and pull payments."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from protocol.contract import Contract, Observed
from protocol.deployment import Deployment
from protocol.errors import (
    AmountIsZero,
    NothingOwed,
    NotModelOwner,
    OnlyGateway,
    OnlyVerification,
    UnknownModel,
)
from protocol.money import BPS, mul_div_down, split
from protocol.parameters import BY_NAME
from protocol.revenue_events import (
    CheckerPaid,
    Credited,
    DataProvidersSet,
    Distributed,
    ModelPaid,
    Paid,
    RoyaltyPaid,
)
from protocol.royalties import EDGE, royalties
from protocol.shares import (
    ContributorInvalid,
    ContributorsInvalid,
    ShareIsZero,
    SharesDoNotSum,
    require_shares,
)
from protocol.types import ZERO_ADDRESS, Address, Context, ProtocolError

if TYPE_CHECKING:
    from protocol.world import World

_PROTOCOL_FEE = BY_NAME["protocolFeeBps"].key
_VERIFICATION_POOL = BY_NAME["verificationPoolBps"].key


@dataclass(eq=False)
class DataProvidersAlreadySet(ProtocolError):
    """A model's data providers are named once."""

    model_id: int


@dataclass(eq=False)
class NothingAccrued(ProtocolError):
    """The model has nothing to distribute."""

    model_id: int


class Revenue(Contract):
    """
    What models accrued, what accounts are owed, and the verification pool.

    The token balance is always at least all three together.
    """

    NAME = "revenue"
    SOLIDITY = "Revenue"
    EVENTS = (
        CheckerPaid,
        Credited,
        DataProvidersSet,
        Distributed,
        ModelPaid,
        Paid,
        RoyaltyPaid,
    )
    ERRORS = (
        AmountIsZero,
        ContributorInvalid,
        ContributorsInvalid,
        DataProvidersAlreadySet,
        NotModelOwner,
        NothingAccrued,
        NothingOwed,
        OnlyGateway,
        OnlyVerification,
        ShareIsZero,
        SharesDoNotSum,
        UnknownModel,
    )
    OBSERVED = (
        Observed("accrued_of", "_accruals"),
        Observed("earned_by", "_accruals"),
        Observed("exempt_of", "_accruals"),
        Observed("owed_to", "_owed"),
        Observed("pool"),
        Observed("data_providers_of", "_data_providers"),
    )
    TOKEN: ClassVar[str] = "settlement_token"
    """What is paid here."""
    UNMODELLED = frozenset(
        {
            # Never raised: amounts stay below 2**128, as the supply does; the token returns true.
            "SafeCastOverflowedUintDowncast",
            "SafeERC20FailedOperation",
        }
    )

    def __init__(self, world: "World") -> None:
        super().__init__(world)
        self._accruals = self.table()
        self._exempt = self.table()
        self._owed = self.table()
        self._data_providers = self.table()
        self._pool = self.cell(0)
        self._verification = self._checks_paid_by(world.deployment)
        self._royalty_rule = world.deployment.values["royaltyRule"]

    @classmethod
    def constructor_arguments(cls, deployment: Deployment) -> tuple[Any, ...]:
        """Return the contracts that pay, are paid, or know the shares, and the royalty rule."""
        names = (
            cls.TOKEN,
            "parameter_store",
            "timelock",
            "model_registry",
            "lineage",
            "gateway",
        )
        addresses = tuple(deployment.addresses[name] for name in names)
        rights, rule = deployment.addresses["rights"], deployment.values["royaltyRule"]
        return (*addresses, cls._checks_paid_by(deployment), rights, rule)

    def credit(
        self,
        ctx: Context,
        model_id: int,
        host: Address,
        amount: int,
        host_fee_bps: int,
        data_pool_bps: int,
    ) -> None:
        """
        Split a payment that has arrived: protocol fee, pool, host, data providers, model.

        Where no checker is paid the pool's share is the treasury's, as the protocol fee is.

        The model's own two shares are those of the day on which the host settled.

        Raises:
            OnlyGateway: The caller is not the gateway.
        """
        if ctx.sender != self._world.gateway.address:
            raise OnlyGateway(ctx.sender)
        world, caller = self._world, self.as_caller(ctx)
        protocol_fee_bps = world.parameter_store.get(caller, _PROTOCOL_FEE)
        verification_pool_bps = world.parameter_store.get(caller, _VERIFICATION_POOL)

        # Each share is one of the whole payment, rounds down, and ends where the payment does:
        # governance and the model's owner choose theirs apart, so together they may exceed it.
        left = amount
        protocol_fee = min(mul_div_down(amount, protocol_fee_bps, BPS), left)
        left -= protocol_fee
        verification_pool = min(mul_div_down(amount, verification_pool_bps, BPS), left)
        left -= verification_pool
        host_fee = min(mul_div_down(amount, host_fee_bps, BPS), left)
        left -= host_fee
        if self._verification == ZERO_ADDRESS:
            protocol_fee, verification_pool = protocol_fee + verification_pool, 0
        data_pool = self._pay_data_providers(
            model_id, min(mul_div_down(amount, data_pool_bps, BPS), left)
        )
        accrued = left - data_pool

        self._pool.value += verification_pool
        self._owe(world.timelock.address, protocol_fee)
        self._owe(host, host_fee)
        self._accrue(model_id, accrued)
        self.emit(
            Credited(model_id, host, protocol_fee, verification_pool, host_fee, data_pool, accrued)
        )

    def pay_model(self, ctx: Context, model_id: int, amount: int) -> None:
        """
        Pay into a model's accrual (a resale royalty, a gift); Revenue must have been approved.

        Raises:
            UnknownModel: There is no such model.
            AmountIsZero: Nothing to pay.
        """
        caller = self.as_caller(ctx)
        if not 1 <= model_id <= self._world.model_registry.count(caller):
            raise UnknownModel(model_id)
        if amount == 0:
            raise AmountIsZero
        # The tokens come first: the token refuses more than its supply, so no sum below overflows.
        self._pull(ctx, amount)
        self._accrue(model_id, amount)
        self.emit(ModelPaid(model_id, ctx.sender, amount))

    def set_data_providers(
        self,
        ctx: Context,
        model_id: int,
        providers: tuple[Address, ...],
        shares_bps: tuple[int, ...],
    ) -> None:
        """
        Name who shares a model's data pool from now on; once, so that nobody can be dropped.

        Raises:
            ERC721NonexistentToken: There is no such model.
            NotModelOwner: The caller is not its owner.
            DataProvidersAlreadySet: They were named before.
            ContributorsInvalid, ContributorInvalid, ShareIsZero, SharesDoNotSum: As in a model's
                registration.
        """
        if self._world.model_registry.owner_of(self.as_caller(ctx), model_id) != ctx.sender:
            raise NotModelOwner(model_id, ctx.sender)
        if model_id in self._data_providers:
            raise DataProvidersAlreadySet(model_id)
        require_shares(providers, shares_bps)
        self._data_providers[model_id] = (tuple(providers), tuple(shares_bps))
        self.emit(DataProvidersSet(model_id, tuple(providers), tuple(shares_bps)))

    def distribute(self, ctx: Context, model_id: int) -> None:
        """
        Move a model's accrual: royalties as the lineage says, the rest to its contributors.

        Edge by edge, parents get shares of all that is accrued. Under the other two rules ancestors
        get shares of what is not exempt: of no royalty that was received, and of no dust.

        A share named to the registry's own address goes to whoever owns the model now, less what
        belongs to units of its revenue right.

        Raises:
            NothingAccrued: There is nothing to move.
        """
        caller = self.as_caller(ctx)
        accrued, earned = self._accrual(model_id)
        if accrued == 0:
            raise NothingAccrued(model_id)
        # Every part rounds down; the dust stays accrued, and moves with the next payment.
        royalties_paid = self._pay_royalties(ctx, model_id, accrued - self._exempt_of(model_id))
        contributors, shares_bps = self._world.model_registry.contributors_of(caller, model_id)
        parts, dust = split(accrued - royalties_paid, shares_bps)
        registry = self._world.model_registry
        for contributor, part in zip(contributors, parts, strict=True):
            # The registry's own address stands for whoever owns the model now.
            if contributor == registry.address:
                self._pay_owner(ctx, model_id, part)
            else:
                self._owe(contributor, part)
        self._accruals[model_id] = (dust, earned)
        if self._royalty_rule != EDGE:
            self._exempt[model_id] = dust
        self.emit(Distributed(model_id, royalties_paid, sum(parts), dust))

    def withdraw(self, ctx: Context, account: Address) -> None:
        """
        Pay an account all that it is owed; anyone may trigger it.

        Raises:
            NothingOwed: The account is owed nothing.
        """
        owed = self._owed.get(account, 0)
        if owed == 0:
            raise NothingOwed(account)
        self._owed[account] = 0
        self.emit(Paid(account, owed))
        self._pay(ctx, account, owed)

    def pay_checker(self, ctx: Context, checker: Address, amount: int) -> int:
        """
        Owe a checker an amount from the pool, or what is left of the pool; return how much it was.

        Raises:
            OnlyVerification: The caller is not the verification contract.
        """
        if ctx.sender != self._verification:
            raise OnlyVerification(ctx.sender)
        paid: int = min(amount, self._pool.value)
        self._pool.value -= paid
        self._owe(checker, paid)
        self.emit(CheckerPaid(checker, paid))
        return paid

    def accrued_of(self, ctx: Context, model_id: int) -> int:
        """Return what a model has to distribute."""
        del ctx
        return self._accrual(model_id)[0]

    def exempt_of(self, ctx: Context, model_id: int) -> int:
        """
        Return what of a model's accrual owes no royalties: those that it received, and dust.

        Always zero where royalties are paid edge by edge.
        """
        del ctx
        return self._exempt_of(model_id)

    def owed_to(self, ctx: Context, account: Address) -> int:
        """Return what an account may withdraw."""
        del ctx
        owed: int = self._owed.get(account, 0)
        return owed

    def pool(self, ctx: Context) -> int:
        """Return what is left to pay checkers."""
        del ctx
        left: int = self._pool.value
        return left

    def data_providers_of(
        self, ctx: Context, model_id: int
    ) -> tuple[tuple[Address, ...], tuple[int, ...]]:
        """Return who shares a model's data pool, and their shares in basis points."""
        del ctx
        return self._providers(model_id)

    def earned_by(self, ctx: Context, model_id: int) -> int:
        """Return all that ever reached a model's accrual."""
        del ctx
        return self._accrual(model_id)[1]

    # The token by its name: from here the rulebook reads what it refuses.

    def _pull(self, ctx: Context, amount: int) -> None:
        own = self.as_caller(ctx)
        self._world.settlement_token.transfer_from(own, ctx.sender, self.address, amount)

    def _pay(self, ctx: Context, account: Address, amount: int) -> None:
        self._world.settlement_token.transfer(self.as_caller(ctx), account, amount)

    @classmethod
    def _checks_paid_by(cls, deployment: Deployment) -> Address:
        return deployment.addresses["verification"]

    def _pay_data_providers(self, model_id: int, amount: int) -> int:
        # What was paid; without providers, or as dust, the amount stays with the model.
        providers, shares_bps = self._providers(model_id)
        if not providers:
            return 0
        parts, dust = split(amount, shares_bps)
        for provider, part in zip(providers, parts, strict=True):
            self._owe(provider, part)
        return amount - dust

    def _pay_royalties(self, ctx: Context, model_id: int, amount: int) -> int:
        payees, shares_bps = self._world.lineage.royalties_of(self.as_caller(ctx), model_id)
        parts = royalties(amount, shares_bps, self._royalty_rule)
        for payee, part in zip(payees, parts, strict=True):
            if part == 0:
                continue
            self._accrue(payee, part)
            if self._royalty_rule != EDGE:
                self._exempt[payee] = self._exempt_of(payee) + part
            self.emit(RoyaltyPaid(model_id, payee, part))
        return sum(parts)

    def _pay_owner(self, ctx: Context, model_id: int, amount: int) -> None:
        # Units of revenue rights are ten-thousandths of the owner's share; what nobody was issued
        # stays the owner's.
        caller, world = self.as_caller(ctx), self._world
        shared = mul_div_down(amount, world.rights.revenue_units(caller, model_id), BPS)
        self._owe(world.model_registry.owner_of(caller, model_id), amount - shared)
        if shared == 0:
            return
        self._pay(ctx, world.rights.address, shared)
        world.rights.credit(caller, model_id, shared)

    def _owe(self, account: Address, amount: int) -> None:
        if amount:
            self._owed[account] = self._owed.get(account, 0) + amount

    def _accrue(self, model_id: int, amount: int) -> None:
        accrued, earned = self._accrual(model_id)
        self._accruals[model_id] = (accrued + amount, earned + amount)

    def _accrual(self, model_id: int) -> tuple[int, int]:
        accrual: tuple[int, int] = self._accruals.get(model_id, (0, 0))
        return accrual

    def _exempt_of(self, model_id: int) -> int:
        exempt: int = self._exempt.get(model_id, 0)
        return exempt

    def _providers(self, model_id: int) -> tuple[tuple[Address, ...], tuple[int, ...]]:
        providers: tuple[tuple[Address, ...], tuple[int, ...]]
        providers = self._data_providers.get(model_id, ((), ()))
        return providers
