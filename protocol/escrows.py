"""What users have paid in, in each currency, and what of it sessions lock."""

from typing import TYPE_CHECKING, ClassVar

from protocol.contract import Observed
from protocol.deployment import Deployment
from protocol.errors import AmountIsZero
from protocol.gateway_errors import InsufficientEscrow
from protocol.gateway_events import Deposited, DepositedIn, Withdrawn, WithdrawnIn
from protocol.listed_tokens import ListedTokens
from protocol.payment_channels_errors import FeeOnTransfer, UnknownCurrency
from protocol.types import ZERO_ADDRESS, Address, Context, Event, ProtocolError

if TYPE_CHECKING:
    from protocol.world import World

MNFT = "settlement_token"
REVENUES = {MNFT: "revenue", "stable_token": "stable_revenue", "taxed_token": None}
"""
What users may pay with, and where its batches go; no model is priced in a token without a Revenue.
"""


class Escrows(ListedTokens):
    """Deposits by user and currency, each available or locked."""

    EVENTS: ClassVar[tuple[type[Event], ...]] = (Deposited, DepositedIn, Withdrawn, WithdrawnIn)
    ERRORS: ClassVar[tuple[type[ProtocolError], ...]] = (
        AmountIsZero,
        FeeOnTransfer,
        InsufficientEscrow,
        UnknownCurrency,
    )
    OBSERVED: ClassVar[tuple[Observed, ...]] = (
        Observed("escrow_of", "_escrows"),
        Observed("escrow_in", "_escrows_in"),
    )

    def __init__(self, world: "World") -> None:
        super().__init__(world)
        self._escrows = self.table()
        self._escrows_in = self.table()

    @classmethod
    def _currencies(cls, deployment: Deployment) -> tuple[tuple[Address, Address], ...]:
        # What else than MNFT users may pay with, and its Revenue.
        addresses = deployment.addresses
        return tuple(
            (addresses[token], ZERO_ADDRESS if revenue is None else addresses[revenue])
            for token, revenue in REVENUES.items()
            if token != MNFT
        )

    def deposit(self, ctx: Context, amount: int) -> None:
        """
        Put the caller's tokens into escrow; the gateway must have been approved for them.

        Raises:
            AmountIsZero: Nothing to deposit.
        """
        if amount == 0:
            raise AmountIsZero
        # The tokens come first: the token refuses more than its supply, so no sum below overflows.
        token = self._world.settlement_token
        token.transfer_from(self.as_caller(ctx), ctx.sender, self.address, amount)
        self._add_available(ctx.sender, token.address, amount)
        self.emit(Deposited(ctx.sender, amount))

    def withdraw(self, ctx: Context, amount: int) -> None:
        """
        Return tokens that no session locks to the caller.

        Raises:
            AmountIsZero: Nothing to withdraw.
            InsufficientEscrow: Less than that is available.
        """
        if amount == 0:
            raise AmountIsZero
        token = self._world.settlement_token
        self._take_available(ctx.sender, token.address, amount)
        self.emit(Withdrawn(ctx.sender, amount))
        token.transfer(self.as_caller(ctx), ctx.sender, amount)

    def deposit_in(self, ctx: Context, currency: Address, amount: int) -> None:
        """
        Put the caller's tokens of a currency into escrow; what arrives is measured.

        Raises:
            AmountIsZero: Nothing to deposit.
            UnknownCurrency: The currency is not on the list.
            FeeOnTransfer: Less arrived than was sent.
        """
        if amount == 0:
            raise AmountIsZero
        self._require_listed(currency)
        # The tokens come first: the token refuses more than its supply, so no sum below overflows.
        self._pull_whole(ctx, currency, amount)
        self._add_available(ctx.sender, currency, amount)
        self.emit(DepositedIn(ctx.sender, currency, amount))

    def withdraw_in(self, ctx: Context, currency: Address, amount: int) -> None:
        """
        Return tokens of a currency that no session locks to the caller.

        Raises:
            AmountIsZero: Nothing to withdraw.
            UnknownCurrency: The currency is not on the list.
            InsufficientEscrow: Less than that is available.
        """
        if amount == 0:
            raise AmountIsZero
        self._require_listed(currency)
        self._take_available(ctx.sender, currency, amount)
        self.emit(WithdrawnIn(ctx.sender, currency, amount))
        self._pay(ctx, currency, ctx.sender, amount)

    def escrow_of(self, ctx: Context, user: Address) -> tuple[int, int]:
        """Return what a user may withdraw or lock, and what sessions lock."""
        del ctx
        return self._escrow(user, self._world.settlement_token.address)

    def escrow_in(self, ctx: Context, user: Address, currency: Address) -> tuple[int, int]:
        """Return what a user may withdraw or lock in a currency, and what sessions lock."""
        del ctx
        return self._escrow(user, currency)

    def revenue_of(self, ctx: Context, currency: Address) -> Address:
        """Return where a currency's batches go; zero where no model may be priced in it."""
        del ctx
        deployment = self._world.deployment
        if currency == deployment.addresses[MNFT]:
            return deployment.addresses["revenue"]
        return dict(self._currencies(deployment)).get(currency, ZERO_ADDRESS)

    def _add_available(self, user: Address, currency: Address, amount: int) -> None:
        available, locked = self._escrow(user, currency)
        self._hold(user, currency, available + amount, locked)

    def _take_available(self, user: Address, currency: Address, amount: int) -> None:
        available, locked = self._escrow(user, currency)
        if available < amount:
            raise InsufficientEscrow(user, available, amount)
        self._hold(user, currency, available - amount, locked)

    def _hold(self, user: Address, currency: Address, available: int, locked: int) -> None:
        if currency == self._world.settlement_token.address:
            self._escrows[user] = (available, locked)
        else:
            self._escrows_in[user, currency] = (available, locked)

    def _escrow(self, user: Address, currency: Address) -> tuple[int, int]:
        escrow: tuple[int, int]
        if currency == self._world.settlement_token.address:
            escrow = self._escrows.get(user, (0, 0))
        else:
            escrow = self._escrows_in.get((user, currency), (0, 0))
        return escrow

    def _require_listed(self, currency: Address) -> None:
        if not self._is_token(currency):
            raise UnknownCurrency(currency)
