"""Subscriptions.sol: passes for so many calls a period, renewable, which may be leased out."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from protocol.contract import Observed
from protocol.prepaid_token import NoOffer, Prepaid, PrepaidToken, require_cost
from protocol.types import ZERO_ADDRESS, Address, Context, Event, ProtocolError

if TYPE_CHECKING:
    from protocol.world import World

ERC4907_INTERFACE = bytes.fromhex("ad092b5c")


class SubscriptionOffer(NamedTuple):
    """
    What a model's owner sells: nothing where `calls` or `period_seconds` is 0.

    A period costs `calls * call_price`, used or not.
    """

    call_price: int
    calls: int
    period_seconds: int


_NO_OFFER = SubscriptionOffer(0, 0, 0)


class Lease(NamedTuple):
    """Who uses a pass, and the last second in which they do."""

    user: Address
    expires: int


_NO_LEASE = Lease(ZERO_ADDRESS, 0)


@dataclass(frozen=True, slots=True)
class Subscribed(Event):
    """A period was sold, with a new pass or for one that there is."""

    pass_id: int
    model_id: int
    buyer: Address
    calls: int
    cost: int
    expires_at: int


@dataclass(frozen=True, slots=True)
class SubscriptionOffered(Event):
    """A model's owner offers subscriptions, or no longer."""

    model_id: int
    offer: SubscriptionOffer


@dataclass(frozen=True, slots=True)
class UpdateUser(Event):
    """A pass has another user, or until another time (ERC-4907)."""

    token_id: int
    user: Address
    expires: int


@dataclass(eq=False)
class LeaseRunning(ProtocolError):
    """The pass is let to somebody, and nobody may end that but them."""

    pass_id: int
    user: Address
    expires: int


@dataclass(eq=False)
class NotPassHolder(ProtocolError):
    """Only the pass's owner or user may do this."""

    pass_id: int
    caller: Address


class Subscriptions(PrepaidToken):
    """
    Passes: an ERC-721 token with calls for a period, and an ERC-4907 user while it is leased out.

    A lease outlives a transfer of the pass: who buys one sees in `user_of` that it is let.
    """

    NAME = "subscriptions"
    SOLIDITY = "Subscriptions"
    TOKEN_NAME = "Subscriptions"
    TOKEN_SYMBOL = "PASS"
    EVENTS: ClassVar[tuple[type[Event], ...]] = (
        *PrepaidToken.EVENTS,
        Subscribed,
        SubscriptionOffered,
        UpdateUser,
    )
    ERRORS: ClassVar[tuple[type[ProtocolError], ...]] = (
        *PrepaidToken.ERRORS,
        LeaseRunning,
        NotPassHolder,
    )
    OBSERVED: ClassVar[tuple[Observed, ...]] = (
        *PrepaidToken.OBSERVED,
        Observed("user_expires", "_leases"),
        Observed("user_of", "_leases", timed=True),
    )

    def __init__(self, world: "World") -> None:
        super().__init__(world)
        self._leases = self.table()

    def set_offer(self, ctx: Context, model_id: int, offer: SubscriptionOffer) -> None:
        """
        Say what a period costs from now on; periods that were sold stay as they are.

        Raises:
            ERC721NonexistentToken: There is no such model.
            NotModelOwner: The caller does not own it.
        """
        offer = SubscriptionOffer(*offer)
        self._require_model_owner(ctx, model_id)

        self._offers[model_id] = offer
        self.emit(SubscriptionOffered(model_id, offer))

        self._world.access.manage(self.as_caller(ctx), model_id)

    def subscribe(self, ctx: Context, model_id: int, maximum_cost: int) -> int:
        """
        Buy a pass for a period, and return it; what it costs is pulled by allowance.

        Raises:
            NoOffer: The model's owner sells none.
            CostAboveMaximum: It costs more than the buyer said.
        """
        return self._sell(ctx, 0, model_id, maximum_cost)

    def renew(self, ctx: Context, pass_id: int, maximum_cost: int) -> None:
        """
        Begin a new period of a pass now; what the old one had left lapses.

        Raises:
            ERC721NonexistentToken: There is no such pass.
            NotPassHolder: The caller is neither its owner nor its user.
            NoOffer: The model's owner sells no more.
            CostAboveMaximum: It costs more than the caller said.
        """
        if ctx.sender not in (self._require_owned(pass_id), self.user_of(ctx, pass_id)):
            raise NotPassHolder(pass_id, ctx.sender)
        if self._prepaid[pass_id].calls_left:
            self._forfeit(ctx, pass_id)
        self._sell(ctx, pass_id, self._prepaid[pass_id].model_id, maximum_cost)

    def set_user(self, ctx: Context, token_id: int, user: Address, expires: int) -> None:
        """
        Lease a pass out; while it is, only its user may end that, by naming nobody (ERC-4907).

        Raises:
            ERC721NonexistentToken: There is no such pass.
            ERC721InsufficientApproval: The caller may not dispose of it.
            LeaseRunning: It is let.
        """
        owner = self._require_owned(token_id)
        tenant = self.user_of(ctx, token_id)
        if tenant != ctx.sender or user != ZERO_ADDRESS:
            self._check_authorized(owner, ctx.sender, token_id)
            if tenant != ZERO_ADDRESS:
                raise LeaseRunning(token_id, tenant, self._lease(token_id).expires)

        self._leases[token_id] = Lease(user, expires)
        self.emit(UpdateUser(token_id, user, expires))

    def offer_of(self, ctx: Context, model_id: int) -> SubscriptionOffer:
        """Return what a model's owner offers; zeros where nothing is offered."""
        del ctx
        offer: SubscriptionOffer = self._offers.get(model_id, _NO_OFFER)
        return offer

    def user_expires(self, ctx: Context, token_id: int) -> int:
        """Return the last second in which a pass has its user."""
        del ctx
        return self._lease(token_id).expires

    def user_of(self, ctx: Context, token_id: int) -> Address:
        """Return who uses a leased pass now, or the zero address."""
        return self._tenant(token_id, ctx.timestamp)

    def supports_interface(self, ctx: Context, interface_id: bytes) -> bool:
        """Return whether the contract implements an ERC-165 interface (4 bytes)."""
        return interface_id == ERC4907_INTERFACE or super().supports_interface(ctx, interface_id)

    def _sell(self, ctx: Context, pass_id: int, model_id: int, maximum_cost: int) -> int:
        offer: SubscriptionOffer = self._offers.get(model_id, _NO_OFFER)
        if not (offer.calls and offer.period_seconds):
            raise NoOffer(model_id)
        require_cost(offer.calls, offer.call_price, maximum_cost)

        expires_at = ctx.timestamp + offer.period_seconds
        prepaid = Prepaid(model_id, offer.calls, expires_at, 0, True, offer.call_price)
        sold, cost = self._issue(ctx, pass_id, prepaid)
        self.emit(Subscribed(sold, model_id, ctx.sender, offer.calls, cost, expires_at))
        return sold

    def _holder_of(self, token_id: int, at: int) -> Address:
        # While a pass is let its owner has no use of it.
        tenant = self._tenant(token_id, at)
        return super()._holder_of(token_id, at) if tenant == ZERO_ADDRESS else tenant

    def _tenant(self, token_id: int, at: int) -> Address:
        lease = self._lease(token_id)
        return lease.user if lease.expires >= at else ZERO_ADDRESS

    def _lease(self, token_id: int) -> Lease:
        lease: Lease = self._leases.get(token_id, _NO_LEASE)
        return lease
