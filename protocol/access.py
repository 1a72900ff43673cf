"""Access.sol: by what right a user calls a model; one question, asked in one order."""

from typing import TYPE_CHECKING, Any

from protocol.access_errors import (
    AccessRefused,
    AllowlistSizeInvalid,
    CurrencyNotPrepaid,
    DiscountAboveWhole,
    NotManaged,
    OnlySellers,
    TokenRangeInvalid,
    UnknownCollection,
)
from protocol.access_events import (
    AccessUsed,
    AllowlistSet,
    Claimed,
    GrantsSet,
    StakeLocked,
    StakeReturned,
    StakeUnlocked,
)
from protocol.access_gates import AccessGates
from protocol.access_terms import (
    ALLOWLIST,
    ASKED,
    CREDITS,
    FREE,
    INFERENCE_RIGHT,
    NO_RIGHT,
    PAY_PER_CALL,
    REFUSED,
    STAKE_GATE,
    SUBSCRIPTION,
    TOKEN_GATE,
    UNLIMITED,
    USED_UP,
    Claim,
    Grants,
    Lock,
    Query,
)
from protocol.contract import Observed
from protocol.deployment import Deployment
from protocol.errors import AmountIsZero, NotModelOwner, OnlyGateway
from protocol.money import BPS
from protocol.staking import InsufficientStake, NothingUnbonding, StillUnbonding
from protocol.types import ZERO_ADDRESS, Address, Context

if TYPE_CHECKING:
    pass

MAXIMUM_ACCOUNTS = 64


class Access(AccessGates):
    """
    What models' owners grant, what users hold of it, and how much of it is used up.

    The token balance is always at least all that is locked or leaving.
    """

    NAME = "access"
    SOLIDITY = "Access"
    EVENTS = (
        AccessUsed,
        AllowlistSet,
        Claimed,
        GrantsSet,
        StakeLocked,
        StakeReturned,
        StakeUnlocked,
    )
    ERRORS = (
        AccessRefused,
        AllowlistSizeInvalid,
        AmountIsZero,
        CurrencyNotPrepaid,
        DiscountAboveWhole,
        InsufficientStake,
        NotManaged,
        NotModelOwner,
        NothingUnbonding,
        OnlyGateway,
        OnlySellers,
        StillUnbonding,
        TokenRangeInvalid,
        UnknownCollection,
    )
    OBSERVED = (
        Observed("claim_of", "_claims"),
        Observed("is_allowed", "_allowlists"),
        Observed("is_managed", "_origins"),
        Observed("lock_of", "_locks"),
        Observed("meter_of", "_meters"),
        Observed("origin_of", "_origins"),
        Observed("grants_of", "_grants"),
    )
    UNMODELLED = frozenset(
        {
            # Never raised: amounts stay below 2**128, as the supply does; the token returns true.
            "SafeCastOverflowedUintDowncast",
            "SafeERC20FailedOperation",
        }
    )

    @classmethod
    def constructor_arguments(cls, deployment: Deployment) -> tuple[Any, ...]:
        """Return the contracts that Access asks, and how long an epoch is."""
        names = (
            "settlement_token",
            "model_registry",
            "gateway",
            "credits",
            "subscriptions",
            "rights",
            "badges",
            "pricing",
        )
        return (
            *(deployment.addresses[name] for name in names),
            deployment.values["epochSeconds"],
        )

    def set_grants(self, ctx: Context, model_id: int, grants: Grants) -> None:
        """
        Set what a model grants, from now on.

        Raises:
            ERC721NonexistentToken: There is no such model.
            NotModelOwner: The caller does not own it.
            DiscountAboveWhole: A discount is above 10,000 basis points.
            UnknownCollection: The gate's collection is none of the deployment's.
            TokenRangeInvalid: The gate's tokens do not all exist.
        """
        grants = Grants(*grants)
        self._require_model_owner(ctx, model_id)
        for mode in (ALLOWLIST, TOKEN_GATE, STAKE_GATE):
            if grants.discount(mode) > BPS:
                raise DiscountAboveWhole(grants.discount(mode))
        if grants.collection != ZERO_ADDRESS:
            self._require_gate(ctx, grants)

        self._grants[model_id] = grants
        self._manage(ctx, model_id)
        self.emit(GrantsSet(model_id, grants))

    def set_allowed(
        self, ctx: Context, model_id: int, accounts: tuple[Address, ...], allowed: bool
    ) -> None:
        """
        Put accounts on a model's allowlist, or take them off.

        Raises:
            ERC721NonexistentToken: There is no such model.
            NotModelOwner: The caller does not own it.
            AllowlistSizeInvalid: Not 1 to 64 accounts.
        """
        self._require_model_owner(ctx, model_id)
        if not 1 <= len(accounts) <= MAXIMUM_ACCOUNTS:
            raise AllowlistSizeInvalid(len(accounts), MAXIMUM_ACCOUNTS)
        for account in accounts:
            self._allowlists[model_id, account] = allowed
            self.emit(AllowlistSet(model_id, account, allowed))

    def manage(self, ctx: Context, model_id: int) -> None:
        """
        From now on the model's batches ask here.

        Raises:
            OnlySellers: The caller is neither Credits nor Subscriptions nor Rights.
            CurrencyNotPrepaid: The model is priced in another currency than MNFT.
        """
        world = self._world
        is_rights = ctx.sender == world.rights.address
        if not is_rights and ctx.sender not in (world.credits.address, world.subscriptions.address):
            raise OnlySellers(ctx.sender)
        currency = world.pricing.currency_of(self.as_caller(ctx), model_id)
        if currency != world.settlement_token.address:
            raise CurrencyNotPrepaid(model_id, currency)
        self._manage(ctx, model_id)
        if is_rights:
            self._righted[model_id] = True

    def present(self, ctx: Context, model_id: int, claim: Claim) -> None:
        """
        Name the tokens that the caller wants to be used; whether it may is asked at each use.

        Raises:
            NotManaged: The model has no grants, and sells nothing ahead.
        """
        claim = Claim(*claim)
        self._require_managed(model_id)
        self._claims[model_id, ctx.sender] = claim
        self.emit(Claimed(model_id, ctx.sender, claim))

    def lock(self, ctx: Context, model_id: int, amount: int) -> None:
        """
        Lock stake for a model's gate; the tokens are pulled by allowance.

        Raises:
            NotManaged: The model has no grants, and sells nothing ahead.
            AmountIsZero: Nothing to lock.
        """
        self._require_managed(model_id)
        if amount == 0:
            raise AmountIsZero
        # The tokens come first: the token refuses more than its supply, so no sum below overflows.
        self._world.settlement_token.transfer_from(
            self.as_caller(ctx), ctx.sender, self.address, amount
        )
        stake = self._lock(model_id, ctx.sender)
        self._locks[model_id, ctx.sender] = stake._replace(locked=stake.locked + amount)
        self.emit(StakeLocked(model_id, ctx.sender, amount))

    def unlock(self, ctx: Context, model_id: int, amount: int) -> None:
        """
        Take locked stake back: it no longer counts, and can be withdrawn after a window.

        Raises:
            AmountIsZero: Nothing to unlock.
            InsufficientStake: Less is locked.
        """
        if amount == 0:
            raise AmountIsZero
        stake = self._lock(model_id, ctx.sender)
        if amount > stake.locked:
            raise InsufficientStake(ctx.sender, stake.locked, amount)
        # For a whole window, so that the same stake gives nobody else calls meanwhile.
        withdrawable_at = ctx.timestamp + self._window_epochs * self._epoch_seconds

        self._locks[model_id, ctx.sender] = Lock(
            stake.locked - amount, stake.leaving + amount, withdrawable_at
        )
        self.emit(StakeUnlocked(model_id, ctx.sender, amount, withdrawable_at))

    def withdraw(self, ctx: Context, model_id: int) -> None:
        """
        Pay the caller the stake that has waited.

        Raises:
            NothingUnbonding: None is leaving.
            StillUnbonding: It has to wait.
        """
        stake = self._lock(model_id, ctx.sender)
        if stake.leaving == 0:
            raise NothingUnbonding(ctx.sender)
        if ctx.timestamp < stake.withdrawable_at:
            raise StillUnbonding(ctx.sender, stake.withdrawable_at)

        self._locks[model_id, ctx.sender] = Lock(stake.locked, 0, 0)
        self.emit(StakeReturned(model_id, ctx.sender, stake.leaving))

        self._world.settlement_token.transfer(self.as_caller(ctx), ctx.sender, stake.leaving)

    def consume(
        self, ctx: Context, model_id: int, version: int, user: Address, calls: int, epoch: int
    ) -> tuple[int, int]:
        """
        Use up what a user may call with, mode by mode in their order.

        Return the sum over the calls of their discounts, in basis points, and what had been paid
        ahead for them, which is now the gateway's.

        Raises:
            OnlyGateway: The caller is not the gateway.
            AccessRefused: The model is closed, and no mode admits some of the calls.
        """
        if ctx.sender != self._world.gateway.address:
            raise OnlyGateway(ctx.sender)
        query = Query(model_id, version, user, epoch)
        left, waived, prepaid = calls, 0, 0
        for mode in ASKED:
            if left == 0:
                break
            remaining, discount_bps = self._granted(ctx, mode, query)
            taken = min(remaining, left)
            if taken == 0:
                continue
            amount = self._take(ctx, mode, query, taken)
            left -= taken
            waived += taken * discount_bps
            prepaid += amount
            self.emit(AccessUsed(model_id, user, mode, taken, discount_bps, amount))
        if left and self._granted_by(model_id).is_closed:
            raise AccessRefused(model_id, user, left)
        return waived, prepaid

    def authorize(
        self, ctx: Context, model_id: int, version: int, user: Address, epoch: int
    ) -> tuple[int, int]:
        """
        Return by what right a user makes its next call, and how many calls that has.

        Where the user is refused, the second is the reason: 1 no right, 2 its calls are used up.
        """
        query = Query(model_id, version, user, epoch)
        for mode in ASKED:
            remaining, _ = self._granted(ctx, mode, query)
            if remaining:
                return mode, remaining
        if not self._granted_by(model_id).is_closed:
            return PAY_PER_CALL, UNLIMITED
        has_right = any(self._limit(ctx, mode, query) for mode in (TOKEN_GATE, STAKE_GATE))
        has_right = has_right or self._right_of(ctx, query)[0] > 0
        return REFUSED, USED_UP if has_right else NO_RIGHT

    def _take(self, ctx: Context, mode: int, query: Query, calls: int) -> int:
        """Use up calls of a mode; return what had been paid ahead for them."""
        if mode == ALLOWLIST:
            return 0
        if mode in (TOKEN_GATE, STAKE_GATE, INFERENCE_RIGHT):
            subject = self._subject(mode, query)
            meter = self._rolled(query, subject)
            # At most the limit.
            self._meters[query.model_id, subject] = meter._replace(used=meter.used + calls)
            return 0
        model_id, version, user, epoch = query
        at, caller = epoch * self._epoch_seconds, self.as_caller(ctx)
        claim = self._claim(model_id, user)
        if mode == CREDITS:
            return self._world.credits.spend(
                caller, claim.credit_id, model_id, version, user, calls, at
            )[1]
        return self._world.subscriptions.spend(
            caller, claim.pass_id, model_id, version, user, calls, at
        )[1]

    def _granted(self, ctx: Context, mode: int, query: Query) -> tuple[int, int]:
        """
        Return how many calls a mode has for a user, and their discount.

        A mode that is worth nothing takes no calls.
        """
        if mode in (SUBSCRIPTION, CREDITS):
            return self._prepaid_calls(ctx, mode, query), FREE
        if mode == INFERENCE_RIGHT:
            limit, discount_bps = self._right_of(ctx, query)
        else:
            grants = self._granted_by(query.model_id)
            discount_bps = grants.discount(mode)
            if discount_bps == 0 and not grants.is_closed:
                return 0, 0
            if mode == ALLOWLIST:
                allowed = self.is_allowed(ctx, query.model_id, query.user)
                return UNLIMITED if allowed else 0, discount_bps
            limit = self._limit(ctx, mode, query)
        if limit == 0:
            return 0, discount_bps
        meter = self._rolled(query, self._subject(mode, query))
        carried = meter.carried(self._origin(query.model_id), self._window_epochs)
        return max(limit - meter.used - carried, 0), discount_bps

    def _prepaid_calls(self, ctx: Context, mode: int, query: Query) -> int:
        model_id, version, user, epoch = query
        at, claim = epoch * self._epoch_seconds, self._claim(model_id, user)
        world = self._world
        if mode == CREDITS:
            return world.credits.calls_for(ctx, claim.credit_id, model_id, version, user, at)
        return world.subscriptions.calls_for(ctx, claim.pass_id, model_id, version, user, at)

    def _right_of(self, ctx: Context, query: Query) -> tuple[int, int]:
        """Return how many calls a window inference rights have for a user, and their discount."""
        if query.model_id not in self._righted:
            return 0, 0
        return self._world.rights.inference_of(self.as_caller(ctx), query.model_id, query.user)
