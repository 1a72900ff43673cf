"""Units of rights at a fixed price each, and what accounts are owed."""

from typing import TYPE_CHECKING, ClassVar

from protocol.contract import Observed
from protocol.errors import AmountIsZero, NothingOwed
from protocol.money import BPS, mul_div_down
from protocol.openzeppelin.erc6909 import ERC6909
from protocol.openzeppelin.errors import ERC6909InsufficientBalance
from protocol.parameters import BY_NAME
from protocol.prepaid_token import CostAboveMaximum
from protocol.rights_terms import (
    NO_LISTING,
    ListingOver,
    NotSoMany,
    RightsPaid,
    UnitListing,
    UnitsListed,
    UnitsSold,
)
from protocol.types import Address, Context, Event, ProtocolError

if TYPE_CHECKING:
    from protocol.world import World

_PROTOCOL_FEE = BY_NAME["protocolFeeBps"].key


class UnitMarket(ERC6909):
    """Listings of units, which stay with their seller until they are sold; pull payments."""

    EVENTS: ClassVar[tuple[type[Event], ...]] = (
        *ERC6909.EVENTS,
        RightsPaid,
        UnitsListed,
        UnitsSold,
    )
    ERRORS: ClassVar[tuple[type[ProtocolError], ...]] = (
        *ERC6909.ERRORS,
        AmountIsZero,
        CostAboveMaximum,
        ListingOver,
        NotSoMany,
        NothingOwed,
    )
    OBSERVED: ClassVar[tuple[Observed, ...]] = (
        *ERC6909.OBSERVED,
        Observed("listing_of", "_listings"),
        Observed("owed_to", "_owed"),
    )

    def __init__(self, world: "World") -> None:
        super().__init__(world)
        self._listings = self.table()
        self._owed = self.table()

    def list(
        self, ctx: Context, right_id: int, units: int, unit_price: int, expires_at: int
    ) -> None:
        """
        Put units of the caller up for sale, in place of an earlier listing; none ends it.

        Raises:
            AmountIsZero: The price is zero.
            ListingOver: The last second lies behind.
            ERC6909InsufficientBalance: The caller has fewer.
        """
        if units:
            if unit_price == 0:
                raise AmountIsZero
            if ctx.timestamp > expires_at:
                raise ListingOver(right_id, expires_at)
            balance = self.balance_of(ctx, ctx.sender, right_id)
            if units > balance:
                raise ERC6909InsufficientBalance(ctx.sender, balance, units, right_id)

        self._listings[right_id, ctx.sender] = UnitListing(units, expires_at, unit_price)
        self.emit(UnitsListed(right_id, ctx.sender, units, unit_price, expires_at))

    def buy(
        self, ctx: Context, right_id: int, seller: Address, units: int, maximum_cost: int
    ) -> None:
        """
        Buy units of a seller; Rights must have been approved for what they cost.

        Raises:
            AmountIsZero: Nothing to buy.
            NotSoMany: The seller offers fewer, or none.
            ListingOver: The last second of the listing is over.
            CostAboveMaximum: They cost more than the buyer said.
            ERC20InsufficientAllowance, ERC20InsufficientBalance: The buyer cannot pay.
            ERC6909InsufficientBalance: The seller does not have so many any more.
        """
        if units == 0:
            raise AmountIsZero
        listing = self._listing(right_id, seller)
        if units > listing.units:
            raise NotSoMany(right_id, seller, listing.units, units)
        if ctx.timestamp > listing.expires_at:
            raise ListingOver(right_id, listing.expires_at)
        amount = units * listing.unit_price
        if amount > maximum_cost:
            raise CostAboveMaximum(amount, maximum_cost)

        own, world = self.as_caller(ctx), self._world
        self._listings[right_id, seller] = listing._replace(units=listing.units - units)
        # The tokens come first: the token refuses more than its supply, so no sum below overflows.
        world.settlement_token.transfer_from(own, ctx.sender, self.address, amount)
        self._transfer(ctx, seller, ctx.sender, right_id, units)
        protocol_fee = mul_div_down(amount, world.parameter_store.get(own, _PROTOCOL_FEE), BPS)
        self._owe(world.timelock.address, protocol_fee)
        self._owe(seller, amount - protocol_fee)
        self.emit(UnitsSold(right_id, seller, ctx.sender, units, amount, protocol_fee))

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
        self.emit(RightsPaid(account, owed))
        self._world.settlement_token.transfer(self.as_caller(ctx), account, owed)

    def listing_of(self, ctx: Context, right_id: int, seller: Address) -> UnitListing:
        """Return what a holder asks for units; zeros where nothing."""
        del ctx
        return self._listing(right_id, seller)

    def owed_to(self, ctx: Context, account: Address) -> int:
        """Return what an account may withdraw."""
        del ctx
        owed: int = self._owed.get(account, 0)
        return owed

    def _listing(self, right_id: int, seller: Address) -> UnitListing:
        listing: UnitListing = self._listings.get((right_id, seller), NO_LISTING)
        return listing

    def _owe(self, account: Address, amount: int) -> None:
        if amount:
            self._owed[account] = self._owed.get(account, 0) + amount
