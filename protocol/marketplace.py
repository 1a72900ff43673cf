"""Marketplace.sol: models change owners at a fixed price, and pay the royalty of a resale."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from protocol.contract import Contract, Observed
from protocol.deployment import Deployment
from protocol.errors import AmountIsZero, NothingOwed, NotModelOwner
from protocol.money import BPS, mul_div_down
from protocol.parameters import BY_NAME
from protocol.types import ZERO_ADDRESS, Address, Context, Event, ProtocolError

if TYPE_CHECKING:
    from protocol.world import World

_PROTOCOL_FEE = BY_NAME["protocolFeeBps"].key
_ROYALTY_SHARE = BY_NAME["resaleRoyaltyShareBps"].key


class Listing(NamedTuple):
    """What an owner asks for a model, until when, and how often it had changed hands before."""

    seller: Address
    royalty_share_bps: int
    expires_at: int
    price: int
    transfers: int


_NO_LISTING = Listing(ZERO_ADDRESS, 0, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class ListingCancelled(Event):
    """A model is no longer for sale."""

    model_id: int
    seller: Address


@dataclass(frozen=True, slots=True)
class ModelListed(Event):
    """A model is for sale, in place of any earlier listing of it."""

    model_id: int
    seller: Address
    price: int
    royalty_share_bps: int
    expires_at: int


@dataclass(frozen=True, slots=True)
class ModelSold(Event):
    """A model was sold; the seller is owed what the fee and the royalty leave."""

    model_id: int
    seller: Address
    buyer: Address
    price: int
    protocol_fee: int
    royalty: int
    royalty_due: int


@dataclass(frozen=True, slots=True)
class ProceedsPaid(Event):
    """An account received what sales owed it."""

    account: Address
    amount: int


@dataclass(eq=False)
class AccountChanged(ProtocolError):
    """The account of a model has acted since the buyer looked: what it held may be gone."""

    model_id: int
    expected: int
    state: int


@dataclass(eq=False)
class ListingExpired(ProtocolError):
    """The last second of a listing is over."""

    model_id: int
    expires_at: int


@dataclass(eq=False)
class ListingStale(ProtocolError):
    """The model changed hands since it was listed, whoever has it now."""

    model_id: int
    listed_after: int
    transfers: int


@dataclass(eq=False)
class MarketplaceNotApproved(ProtocolError):
    """The marketplace may not move the model."""

    model_id: int


@dataclass(eq=False)
class NotListed(ProtocolError):
    """The model is not for sale."""

    model_id: int


@dataclass(eq=False)
class NotSeller(ProtocolError):
    """Only the one who listed it, or its owner, may withdraw a listing."""

    model_id: int
    caller: Address


@dataclass(eq=False)
class PriceChanged(ProtocolError):
    """The price is not the one that the buyer has seen."""

    model_id: int
    expected: int
    price: int


@dataclass(eq=False)
class RoyaltyShareOutOfRange(ProtocolError):
    """The share of the royalty is above all of it, or below what governance asks for."""

    royalty_share_bps: int
    minimum: int


@dataclass(eq=False)
class SellerIsBuyer(ProtocolError):
    """Nobody buys from itself."""

    model_id: int


class Marketplace(Contract):
    """
    What is for sale, and what sales owe; the token balance is always at least what is owed.

    A seller keeps the model until it is sold, for as its owner it sets terms and may be paid: the
    marketplace only has its approval. A listing ends with its last second, and with any transfer,
    also where the model comes back: it belongs to the count of transfers under which it was made.
    """

    NAME = "marketplace"
    SOLIDITY = "Marketplace"
    EVENTS = (ListingCancelled, ModelListed, ModelSold, ProceedsPaid)
    ERRORS = (
        AccountChanged,
        AmountIsZero,
        ListingExpired,
        ListingStale,
        MarketplaceNotApproved,
        NotListed,
        NotModelOwner,
        NotSeller,
        NothingOwed,
        PriceChanged,
        RoyaltyShareOutOfRange,
        SellerIsBuyer,
    )
    OBSERVED = (Observed("listing_of", "_listings"), Observed("owed_to", "_owed"))

    def __init__(self, world: "World") -> None:
        super().__init__(world)
        self._listings = self.table()
        self._owed = self.table()

    @classmethod
    def constructor_arguments(cls, deployment: Deployment) -> tuple[Any, ...]:
        """Return the addresses of token, parameters, treasury, models, revenues and accounts."""
        names = (
            "settlement_token",
            "parameter_store",
            "timelock",
            "model_registry",
            "revenue",
            "stable_revenue",
            "token_bound_accounts",
        )
        return tuple(deployment.addresses[name] for name in names)

    def list(
        self, ctx: Context, model_id: int, price: int, royalty_share_bps: int, expires_at: int
    ) -> None:
        """
        Put a model up for sale; listing it again changes the terms.

        Raises:
            ERC721NonexistentToken: There is no such model.
            NotModelOwner: The caller does not own it.
            AmountIsZero: The price is zero.
            RoyaltyShareOutOfRange: The share is above the whole, or below what governance asks for.
            ListingExpired: It would end in the past.
            MarketplaceNotApproved: The marketplace may not move the model.
        """
        own, registry = self.as_caller(ctx), self._world.model_registry
        if registry.owner_of(own, model_id) != ctx.sender:
            raise NotModelOwner(model_id, ctx.sender)
        if price == 0:
            raise AmountIsZero
        self._require_share(ctx, royalty_share_bps)
        if ctx.timestamp > expires_at:
            raise ListingExpired(model_id, expires_at)
        is_approved = registry.get_approved(own, model_id) == self.address
        if not (is_approved or registry.is_approved_for_all(own, ctx.sender, self.address)):
            raise MarketplaceNotApproved(model_id)

        transfers = registry.transfers_of(own, model_id)
        listing = Listing(ctx.sender, royalty_share_bps, expires_at, price, transfers)
        self._listings[model_id] = listing
        self.emit(ModelListed(model_id, ctx.sender, price, royalty_share_bps, expires_at))

    def cancel(self, ctx: Context, model_id: int) -> None:
        """
        Withdraw a listing.

        Raises:
            NotListed: The model is not for sale.
            NotSeller: The caller has neither listed nor owns it.
        """
        seller = self._listing(model_id).seller
        if seller == ZERO_ADDRESS:
            raise NotListed(model_id)
        owner = self._world.model_registry.owner_of(self.as_caller(ctx), model_id)
        if ctx.sender not in (seller, owner):
            raise NotSeller(model_id, ctx.sender)

        self._listings[model_id] = _NO_LISTING
        self.emit(ListingCancelled(model_id, seller))

    def buy(self, ctx: Context, model_id: int, expected_price: int) -> None:
        """
        Buy a model at the price that was seen; the marketplace must have been approved for it.

        What the model had accrued is distributed first: it was earned before the sale.

        Raises:
            NotListed: The model is not for sale.
            ListingStale: The model changed hands since it was listed.
            ListingExpired: Its last second is over.
            SellerIsBuyer: The caller owns it.
            PriceChanged: Another price is asked.
            RoyaltyShareOutOfRange: Governance has raised the least share since it was listed.
            ERC20InsufficientAllowance: The caller has not approved so much.
            ERC20InsufficientBalance: The caller does not have so much.
            ERC721InsufficientApproval: The seller has taken its approval back.
        """
        listing = self._listing(model_id)
        if listing.seller == ZERO_ADDRESS:
            raise NotListed(model_id)
        own, world = self.as_caller(ctx), self._world
        transfers = world.model_registry.transfers_of(own, model_id)
        if transfers != listing.transfers:
            raise ListingStale(model_id, listing.transfers, transfers)
        if ctx.timestamp > listing.expires_at:
            raise ListingExpired(model_id, listing.expires_at)
        if listing.seller == ctx.sender:
            raise SellerIsBuyer(model_id)
        if listing.price != expected_price:
            raise PriceChanged(model_id, expected_price, listing.price)
        # Governance may have raised the share since: the seller has to agree to it.
        self._require_share(ctx, listing.royalty_share_bps)

        self._listings[model_id] = _NO_LISTING
        # The tokens come first: the token refuses more than its supply, so no sum below overflows.
        world.settlement_token.transfer_from(own, ctx.sender, self.address, listing.price)
        # What was earned before the sale is the seller's, where revenue goes to the owner.
        if world.revenue.accrued_of(own, model_id):
            world.revenue.distribute(own, model_id)
        if world.stable_revenue.accrued_of(own, model_id):
            world.stable_revenue.distribute(own, model_id)
        self._settle(ctx, model_id, listing)
        world.model_registry.transfer_from(own, listing.seller, ctx.sender, model_id)

    def buy_with_account(
        self, ctx: Context, model_id: int, expected_price: int, expected_state: int
    ) -> None:
        """
        Buy a model with what its account holds: as `buy`, unless the account has acted meanwhile.

        Nobody else moves what an account holds, but those it has approved: whoever buys looks for
        approvals, too.

        Raises:
            AccountChanged: The account has acted since the buyer looked.
            NotListed: The model is not for sale.
            ListingStale: The model changed hands since it was listed.
            ListingExpired: Its last second is over.
            SellerIsBuyer: The caller owns it.
            PriceChanged: Another price is asked.
            RoyaltyShareOutOfRange: Governance has raised the least share since it was listed.
            ERC20InsufficientAllowance: The caller has not approved so much.
            ERC20InsufficientBalance: The caller does not have so much.
            ERC721InsufficientApproval: The seller has taken its approval back.
        """
        state = self._world.token_bound_accounts.state_of(self.as_caller(ctx), model_id)
        if state != expected_state:
            raise AccountChanged(model_id, expected_state, state)
        self.buy(ctx, model_id, expected_price)

    def withdraw(self, ctx: Context, account: Address) -> None:
        """
        Pay an account all that sales owe it; anyone may trigger it.

        Raises:
            NothingOwed: Sales owe the account nothing.
        """
        owed = self._owed.get(account, 0)
        if owed == 0:
            raise NothingOwed(account)
        self._owed[account] = 0
        self.emit(ProceedsPaid(account, owed))
        self._world.settlement_token.transfer(self.as_caller(ctx), account, owed)

    def listing_of(self, ctx: Context, model_id: int) -> Listing:
        """Return what is asked for a model; zeros where it is not for sale."""
        del ctx
        return self._listing(model_id)

    def owed_to(self, ctx: Context, account: Address) -> int:
        """Return what an account may withdraw."""
        del ctx
        owed: int = self._owed.get(account, 0)
        return owed

    def _settle(self, ctx: Context, model_id: int, listing: Listing) -> None:
        # Each part rounds down, the seller gets the rest.
        own, world = self.as_caller(ctx), self._world
        price = listing.price
        protocol_fee = mul_div_down(price, world.parameter_store.get(own, _PROTOCOL_FEE), BPS)
        _, royalty_due = world.model_registry.royalty_info(own, model_id, price)
        royalty = mul_div_down(royalty_due, listing.royalty_share_bps, BPS)
        self._owe(world.timelock.address, protocol_fee)
        self._owe(listing.seller, price - protocol_fee - royalty)
        self.emit(
            ModelSold(
                model_id, listing.seller, ctx.sender, price, protocol_fee, royalty, royalty_due
            )
        )
        if royalty:
            world.settlement_token.approve(own, world.revenue.address, royalty)
            world.revenue.pay_model(own, model_id, royalty)

    def _owe(self, account: Address, amount: int) -> None:
        if amount:
            self._owed[account] = self._owed.get(account, 0) + amount

    def _listing(self, model_id: int) -> Listing:
        listing: Listing = self._listings.get(model_id, _NO_LISTING)
        return listing

    def _require_share(self, ctx: Context, royalty_share_bps: int) -> None:
        minimum = self._world.parameter_store.get(self.as_caller(ctx), _ROYALTY_SHARE)
        if not minimum <= royalty_share_bps <= BPS:
            raise RoyaltyShareOutOfRange(royalty_share_bps, minimum)
