"""PrepaidToken.sol: calls of one model that were paid for before they are made."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from protocol.contract import Observed
from protocol.deployment import Deployment
from protocol.errors import NotModelOwner
from protocol.openzeppelin.erc721 import ERC721
from protocol.types import ZERO_ADDRESS, Address, Context, Event, ProtocolError

if TYPE_CHECKING:
    from protocol.world import World


class Prepaid(NamedTuple):
    """
    What a token is good for; version 0 means any version.

    `expires_at` is the last second in which a call may be made.
    """

    model_id: int
    calls_left: int
    expires_at: int
    version: int
    transferable: bool
    call_price: int


_NOTHING = Prepaid(0, 0, 0, 0, False, 0)


@dataclass(frozen=True, slots=True)
class CallsLapsed(Event):
    """Prepaid calls were not made in time; what they cost went to the model's accrual."""

    token_id: int
    model_id: int
    calls: int
    amount: int


@dataclass(frozen=True, slots=True)
class CallsSpent(Event):
    """Prepaid calls were made; what they cost went to the gateway."""

    token_id: int
    model_id: int
    calls: int
    amount: int


@dataclass(eq=False)
class CostAboveMaximum(ProtocolError):
    """The buyer would pay more than it said."""

    cost: int
    maximum_cost: int


@dataclass(eq=False)
class NoOffer(ProtocolError):
    """The model's owner offers nothing of this kind."""

    model_id: int


@dataclass(eq=False)
class NothingLeft(ProtocolError):
    """The token has no calls left."""

    token_id: int


@dataclass(eq=False)
class OnlyAccess(ProtocolError):
    """Only the access contract may do this."""

    caller: Address


@dataclass(eq=False)
class StillValid(ProtocolError):
    """Calls made in time may still settle, until that second."""

    token_id: int
    until: int


class PrepaidToken(ERC721):
    """
    A collection of tokens with prepaid calls; the money waits here until they are made.

    The token balance is always at least the price of all calls that are left.
    """

    EVENTS: ClassVar[tuple[type[Event], ...]] = (*ERC721.EVENTS, CallsLapsed, CallsSpent)
    ERRORS: ClassVar[tuple[type[ProtocolError], ...]] = (
        *ERC721.ERRORS,
        CostAboveMaximum,
        NoOffer,
        NotModelOwner,
        NothingLeft,
        OnlyAccess,
        StillValid,
    )
    OBSERVED: ClassVar[tuple[Observed, ...]] = (
        *ERC721.OBSERVED,
        Observed("count"),
        Observed("offer_of", "_offers"),
        Observed("prepaid_of", "_prepaid"),
        Observed("token_uri", "_prepaid"),
    )
    # Never raised: the settlement token returns true.
    UNMODELLED = ERC721.UNMODELLED | {"SafeERC20FailedOperation"}

    def __init__(self, world: "World") -> None:
        super().__init__(world)
        values = world.deployment.values
        self._epoch_seconds = values["epochSeconds"]
        self._settlement_window_epochs = values["settlementWindowEpochs"]
        self._offers = self.table()
        self._prepaid = self.table()
        self._count = self.cell(0)

    @classmethod
    def constructor_arguments(cls, deployment: Deployment) -> tuple[Any, ...]:
        """Return the contracts that are paid or ask, and how long calls may settle."""
        names = ("settlement_token", "model_registry", "revenue", "gateway", "access")
        numbers = ("epochSeconds", "settlementWindowEpochs")
        return (
            *(deployment.addresses[name] for name in names),
            *(deployment.values[name] for name in numbers),
        )

    def spend(
        self,
        ctx: Context,
        token_id: int,
        model_id: int,
        version: int,
        user: Address,
        calls: int,
        at: int,
    ) -> tuple[int, int]:
        """
        Use up calls, at most as many as asked; send what they had cost to the gateway.

        Return how many, and the amount.

        Raises:
            OnlyAccess: The caller is not the access contract.
        """
        world = self._world
        if ctx.sender != world.access.address:
            raise OnlyAccess(ctx.sender)
        spent = min(calls, self.calls_for(ctx, token_id, model_id, version, user, at))
        if spent == 0:
            return 0, 0
        prepaid: Prepaid = self._prepaid[token_id]
        amount = spent * prepaid.call_price

        self._prepaid[token_id] = prepaid._replace(calls_left=prepaid.calls_left - spent)
        self.emit(CallsSpent(token_id, model_id, spent, amount))

        world.settlement_token.transfer(self.as_caller(ctx), world.gateway.address, amount)
        return spent, amount

    def lapse(self, ctx: Context, token_id: int) -> None:
        """
        Move what lapsed calls had cost to the model's accrual; anyone may.

        Raises:
            ERC721NonexistentToken: There is no such token.
            StillValid: Calls made in time may still settle.
            NothingLeft: It has no calls left.
        """
        self._require_owned(token_id)
        prepaid: Prepaid = self._prepaid[token_id]
        until = self._settles_until(prepaid.expires_at)
        if ctx.timestamp <= until:
            raise StillValid(token_id, until)
        if prepaid.calls_left == 0:
            raise NothingLeft(token_id)
        self._forfeit(ctx, token_id)

    def prepaid_of(self, ctx: Context, token_id: int) -> Prepaid:
        """
        Return what a token is good for.

        Raises:
            ERC721NonexistentToken: There is no such token.
        """
        del ctx
        self._require_owned(token_id)
        prepaid: Prepaid = self._prepaid[token_id]
        return prepaid

    def token_uri(self, ctx: Context, token_id: int) -> str:
        """
        Return where a token is described: nowhere, all is on chain.

        Raises:
            ERC721NonexistentToken: There is no such token.
        """
        del ctx
        self._require_owned(token_id)
        return ""

    def count(self, ctx: Context) -> int:
        """Return how many tokens there are; their numbers count from 1."""
        del ctx
        count: int = self._count.value
        return count

    def calls_for(
        self, ctx: Context, token_id: int, model_id: int, version: int, user: Address, at: int
    ) -> int:
        """Return how many calls somebody may make with a token; none where it is not theirs."""
        del ctx
        prepaid: Prepaid = self._prepaid.get(token_id, _NOTHING)
        if prepaid.model_id != model_id or at > prepaid.expires_at:
            return 0
        if prepaid.version not in (0, version):
            return 0
        return prepaid.calls_left if self._holder_of(token_id, at) == user else 0

    def _issue(self, ctx: Context, token_id: int, prepaid: Prepaid) -> tuple[int, int]:
        """Give a token (0: a new one of the caller's) its calls; return its number and the cost."""
        # The tokens come first, so no more is owed than was paid.
        cost = prepaid.calls_left * prepaid.call_price
        token = self._world.settlement_token
        token.transfer_from(self.as_caller(ctx), ctx.sender, self.address, cost)
        issued = token_id
        if token_id == 0:
            issued = self._count.value = self._count.value + 1
        self._prepaid[issued] = prepaid
        if token_id == 0:
            self._mint(ctx.sender, issued)
        return issued, cost

    def _forfeit(self, ctx: Context, token_id: int) -> None:
        world, caller = self._world, self.as_caller(ctx)
        prepaid: Prepaid = self._prepaid[token_id]
        amount = prepaid.calls_left * prepaid.call_price

        self._prepaid[token_id] = prepaid._replace(calls_left=0)
        self.emit(CallsLapsed(token_id, prepaid.model_id, prepaid.calls_left, amount))

        if amount:
            world.settlement_token.approve(caller, world.revenue.address, amount)
            world.revenue.pay_model(caller, prepaid.model_id, amount)

    def _holder_of(self, token_id: int, at: int) -> Address:
        """Return who may call with a token: its owner, unless the collection says otherwise."""
        del at
        owner: Address = self._owners.get(token_id, ZERO_ADDRESS)
        return owner

    def _require_model_owner(self, ctx: Context, model_id: int) -> None:
        if self._world.model_registry.owner_of(self.as_caller(ctx), model_id) != ctx.sender:
            raise NotModelOwner(model_id, ctx.sender)

    def _settles_until(self, expires_at: int) -> int:
        # The last second in which a call of the expiry's epoch settles.
        last_epoch = expires_at // self._epoch_seconds + self._settlement_window_epochs
        return (last_epoch + 1) * self._epoch_seconds - 1


def require_cost(calls: int, call_price: int, maximum_cost: int) -> None:
    """
    Check that a purchase costs no more than its buyer said.

    Raises:
        CostAboveMaximum: It does.
    """
    cost = calls * call_price
    if cost > maximum_cost:
        raise CostAboveMaximum(cost, maximum_cost)
