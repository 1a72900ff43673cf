"""Credits.sol: calls by the piece, paid ahead, with an expiry, transferable or not."""

from dataclasses import dataclass
from typing import ClassVar, NamedTuple

from protocol.errors import AmountIsZero
from protocol.gateway_errors import VersionNotServable
from protocol.prepaid_token import NoOffer, NothingLeft, Prepaid, PrepaidToken, require_cost
from protocol.types import ZERO_ADDRESS, Address, Context, Event, ProtocolError


class CreditOffer(NamedTuple):
    """
    What a model's owner sells: nothing where `valid_seconds` is 0; version 0 means any version.
    """

    call_price: int
    valid_seconds: int
    version: int
    transferable: bool


_NO_OFFER = CreditOffer(0, 0, 0, False)


@dataclass(frozen=True, slots=True)
class CreditsBought(Event):
    """Credits were sold."""

    credit_id: int
    model_id: int
    buyer: Address
    calls: int
    cost: int
    expires_at: int


@dataclass(frozen=True, slots=True)
class CreditsOffered(Event):
    """A model's owner offers credits, or no longer."""

    model_id: int
    offer: CreditOffer


@dataclass(frozen=True, slots=True)
class CreditsRefunded(Event):
    """The version is no longer served, and its credits were paid back."""

    credit_id: int
    owner: Address
    calls: int
    amount: int


@dataclass(eq=False)
class NotCreditOwner(ProtocolError):
    """Only the token's owner may do this."""

    credit_id: int
    caller: Address


@dataclass(eq=False)
class NotTransferable(ProtocolError):
    """The token stays with whom it was sold to."""

    credit_id: int


@dataclass(eq=False)
class StillServable(ProtocolError):
    """The credits can still be used."""

    credit_id: int


class Credits(PrepaidToken):
    """Inference credits: an ERC-721 token for so many calls of a model."""

    NAME = "credits"
    SOLIDITY = "Credits"
    TOKEN_NAME = "Inference credits"
    TOKEN_SYMBOL = "CREDIT"
    EVENTS: ClassVar[tuple[type[Event], ...]] = (
        *PrepaidToken.EVENTS,
        CreditsBought,
        CreditsOffered,
        CreditsRefunded,
    )
    ERRORS: ClassVar[tuple[type[ProtocolError], ...]] = (
        *PrepaidToken.ERRORS,
        AmountIsZero,
        NotCreditOwner,
        NotTransferable,
        StillServable,
        VersionNotServable,
    )

    def set_offer(self, ctx: Context, model_id: int, offer: CreditOffer) -> None:
        """
        Say what credits cost from now on; those that were sold stay as they are.

        Raises:
            ERC721NonexistentToken: There is no such model.
            NotModelOwner: The caller does not own it.
            VersionNotServable: The version is unknown or deprecated.
        """
        offer = CreditOffer(*offer)
        self._require_model_owner(ctx, model_id)
        self._require_servable(ctx, model_id, offer.version)

        self._offers[model_id] = offer
        self.emit(CreditsOffered(model_id, offer))

        self._world.access.manage(self.as_caller(ctx), model_id)

    def buy(self, ctx: Context, model_id: int, calls: int, maximum_cost: int) -> int:
        """
        Buy credits, and return the new token; what they cost is pulled by allowance.

        Raises:
            NoOffer: The model's owner sells none.
            AmountIsZero: Nothing to buy.
            VersionNotServable: The version they are for is deprecated by now.
            CostAboveMaximum: They cost more than the buyer said.
        """
        offer: CreditOffer = self._offers.get(model_id, _NO_OFFER)
        if offer.valid_seconds == 0:
            raise NoOffer(model_id)
        if calls == 0:
            raise AmountIsZero
        self._require_servable(ctx, model_id, offer.version)
        require_cost(calls, offer.call_price, maximum_cost)

        expires_at = ctx.timestamp + offer.valid_seconds
        credit_id, cost = self._issue(
            ctx,
            0,
            Prepaid(
                model_id, calls, expires_at, offer.version, offer.transferable, offer.call_price
            ),
        )
        self.emit(CreditsBought(credit_id, model_id, ctx.sender, calls, cost, expires_at))
        return credit_id

    def refund(self, ctx: Context, credit_id: int) -> None:
        """
        Pay back what is left of credits whose version is deprecated.

        Raises:
            ERC721NonexistentToken: There is no such token.
            NotCreditOwner: The caller does not own it.
            StillServable: The credits can still be used.
            NothingLeft: They are used up.
        """
        if self._require_owned(credit_id) != ctx.sender:
            raise NotCreditOwner(credit_id, ctx.sender)
        credit: Prepaid = self._prepaid[credit_id]
        if credit.version == 0 or self._is_servable(ctx, credit.model_id, credit.version):
            raise StillServable(credit_id)
        if credit.calls_left == 0:
            raise NothingLeft(credit_id)
        amount = credit.calls_left * credit.call_price

        self._prepaid[credit_id] = credit._replace(calls_left=0)
        self.emit(CreditsRefunded(credit_id, ctx.sender, credit.calls_left, amount))

        self._world.settlement_token.transfer(self.as_caller(ctx), ctx.sender, amount)

    def offer_of(self, ctx: Context, model_id: int) -> CreditOffer:
        """Return what a model's owner offers; zeros where nothing is offered."""
        del ctx
        offer: CreditOffer = self._offers.get(model_id, _NO_OFFER)
        return offer

    def _update(self, to: Address, token_id: int, authorized: Address) -> Address:
        owned = self._owners.get(token_id, ZERO_ADDRESS) != ZERO_ADDRESS
        if owned and not self._prepaid[token_id].transferable:
            raise NotTransferable(token_id)
        return super()._update(to, token_id, authorized)

    def _is_servable(self, ctx: Context, model_id: int, version: int) -> bool:
        return self._world.model_registry.is_servable(self.as_caller(ctx), model_id, version)

    def _require_servable(self, ctx: Context, model_id: int, version: int) -> None:
        if version and not self._is_servable(ctx, model_id, version):
            raise VersionNotServable(model_id, version)
