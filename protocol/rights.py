"""Rights.sol: fine-tune, inference, revenue and weights rights of models, as tokens (ERC-6909)."""

from typing import TYPE_CHECKING, Any, ClassVar

from protocol.contract import Observed
from protocol.deployment import Deployment
from protocol.errors import AmountIsZero, NothingOwed, NotModelOwner
from protocol.money import BPS, mul_div_down
from protocol.openzeppelin.arithmetic import checked
from protocol.openzeppelin.erc6909 import ERC6909
from protocol.openzeppelin.errors import ERC6909InsufficientBalance
from protocol.parameters import BY_NAME
from protocol.prepaid_token import CostAboveMaximum
from protocol.rights_terms import (
    INFERENCE,
    KINDS,
    NO_LISTING,
    NO_TERMS,
    REVENUE,
    IssueAboveMaximum,
    ListingOver,
    NoOwnersShare,
    NotSoMany,
    RightsPaid,
    RightTerms,
    RightTermsFixed,
    TermsAreFixed,
    TermsInvalid,
    UnitListing,
    UnitsIssued,
    UnitsListed,
    UnitsSold,
    UnknownRight,
)
from protocol.types import Address, Context, Event, ProtocolError

if TYPE_CHECKING:
    from protocol.world import World

_PROTOCOL_FEE = BY_NAME["protocolFeeBps"].key


class Rights(ERC6909):
    """
    What may be done with a model, as assets of their own.

    A right is the number `4 * model + kind`. The token balance is always at least what is owed.
    """

    NAME = "rights"
    SOLIDITY = "Rights"
    EVENTS: ClassVar[tuple[type[Event], ...]] = (
        *ERC6909.EVENTS,
        RightTermsFixed,
        RightsPaid,
        UnitsIssued,
        UnitsListed,
        UnitsSold,
    )
    ERRORS: ClassVar[tuple[type[ProtocolError], ...]] = (
        *ERC6909.ERRORS,
        AmountIsZero,
        CostAboveMaximum,
        IssueAboveMaximum,
        ListingOver,
        NoOwnersShare,
        NotModelOwner,
        NotSoMany,
        NothingOwed,
        TermsAreFixed,
        TermsInvalid,
        UnknownRight,
    )
    OBSERVED: ClassVar[tuple[Observed, ...]] = (
        *ERC6909.OBSERVED,
        Observed("issued_of", "_issued"),
        Observed("listing_of", "_listings"),
        Observed("owed_to", "_owed"),
        Observed("terms_of", "_terms"),
    )
    # Never raised: the token returns true.
    UNMODELLED = frozenset({"SafeERC20FailedOperation"})

    def __init__(self, world: "World") -> None:
        super().__init__(world)
        self._terms = self.table()
        self._issued = self.table()
        self._listings = self.table()
        self._owed = self.table()

    @classmethod
    def constructor_arguments(cls, deployment: Deployment) -> tuple[Any, ...]:
        """Return the addresses of the token, the parameters, the treasury and the models."""
        names = ("settlement_token", "parameter_store", "timelock", "model_registry")
        return tuple(deployment.addresses[name] for name in names)

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

    def terms_of(self, ctx: Context, right_id: int) -> RightTerms:
        """Return the terms of a right; zeros where none were fixed."""
        del ctx
        return self._terms_of(right_id)

    def issued_of(self, ctx: Context, right_id: int) -> int:
        """Return how many units were ever issued, those that were used up included."""
        del ctx
        issued: int = self._issued.get(right_id, 0)
        return issued

    def listing_of(self, ctx: Context, right_id: int, seller: Address) -> UnitListing:
        """Return what a holder asks for units; zeros where nothing."""
        del ctx
        return self._listing(right_id, seller)

    def owed_to(self, ctx: Context, account: Address) -> int:
        """Return what an account may withdraw."""
        del ctx
        owed: int = self._owed.get(account, 0)
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
        return self.balance_of(ctx, account, _right_id(model_id, kind)) > 0

    def _terms_of(self, right_id: int) -> RightTerms:
        terms: RightTerms = self._terms.get(right_id, NO_TERMS)
        return terms

    def _listing(self, right_id: int, seller: Address) -> UnitListing:
        listing: UnitListing = self._listings.get((right_id, seller), NO_LISTING)
        return listing

    def _owe(self, account: Address, amount: int) -> None:
        if amount:
            self._owed[account] = self._owed.get(account, 0) + amount

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
