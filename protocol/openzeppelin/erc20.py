"""ERC20 and ERC20Burnable."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from protocol.contract import Contract, Observed
from protocol.money import MAX_UINT256
from protocol.openzeppelin.errors import (
    ERC20InsufficientAllowance,
    ERC20InsufficientBalance,
    ERC20InvalidApprover,
    ERC20InvalidReceiver,
    ERC20InvalidSender,
    ERC20InvalidSpender,
)
from protocol.types import ZERO_ADDRESS, Address, Context, Event, ProtocolError

if TYPE_CHECKING:
    from protocol.world import World


@dataclass(frozen=True, slots=True)
class Transfer(Event):
    """Tokens moved; from the zero address they were minted, to it burnt."""

    from_: Address
    to: Address
    value: int


@dataclass(frozen=True, slots=True)
class Approval(Event):
    """A spender may take this much from now on."""

    owner: Address
    spender: Address
    value: int


class ERC20(Contract):
    """Balances and allowances; amounts in the smallest unit, 18 decimals."""

    TOKEN_NAME: str
    TOKEN_SYMBOL: str
    EVENTS: ClassVar[tuple[type[Event], ...]] = (Approval, Transfer)
    ERRORS: ClassVar[tuple[type[ProtocolError], ...]] = (
        ERC20InsufficientAllowance,
        ERC20InsufficientBalance,
        ERC20InvalidApprover,
        ERC20InvalidReceiver,
        ERC20InvalidSender,
        ERC20InvalidSpender,
    )
    OBSERVED: ClassVar[tuple[Observed, ...]] = (
        Observed("total_supply"),
        Observed("balance_of", "_balances"),
        Observed("allowance", "_allowances"),
    )

    def __init__(self, world: "World") -> None:
        super().__init__(world)
        self._balances = self.table()
        self._allowances = self.table()
        self._total_supply = self.cell(0)

    def name(self, ctx: Context) -> str:
        """Return the token's name."""
        del ctx
        return self.TOKEN_NAME

    def symbol(self, ctx: Context) -> str:
        """Return the token's symbol."""
        del ctx
        return self.TOKEN_SYMBOL

    def decimals(self, ctx: Context) -> int:
        """Return how many decimals a displayed amount has."""
        del ctx
        return 18

    def total_supply(self, ctx: Context) -> int:
        """Return how much exists."""
        del ctx
        supply: int = self._total_supply.value
        return supply

    def balance_of(self, ctx: Context, account: Address) -> int:
        """Return what an account has."""
        del ctx
        balance: int = self._balances.get(account, 0)
        return balance

    def allowance(self, ctx: Context, owner: Address, spender: Address) -> int:
        """Return what a spender may still take."""
        del ctx
        allowed: int = self._allowances.get((owner, spender), 0)
        return allowed

    def transfer(self, ctx: Context, to: Address, value: int) -> bool:
        """
        Move the caller's tokens.

        Raises:
            ERC20InvalidSender, ERC20InvalidReceiver: An account is zero.
            ERC20InsufficientBalance: The caller does not have that much.
        """
        self._transfer(ctx, ctx.sender, to, value)
        return True

    def approve(self, ctx: Context, spender: Address, value: int) -> bool:
        """
        Allow a spender to take so much, whatever it was before; the maximum is without end.

        Raises:
            ERC20InvalidApprover, ERC20InvalidSpender: An account is zero.
        """
        self._approve(ctx.sender, spender, value)
        return True

    def transfer_from(self, ctx: Context, from_: Address, to: Address, value: int) -> bool:
        """
        Move tokens of somebody who allowed it to the caller.

        Raises:
            ERC20InsufficientAllowance: The caller may not take that much.
            ERC20InvalidSender, ERC20InvalidReceiver: An account is zero.
            ERC20InsufficientBalance: The owner does not have that much.
        """
        self._spend_allowance(from_, ctx.sender, value)
        self._transfer(ctx, from_, to, value)
        return True

    def burn(self, ctx: Context, value: int) -> None:
        """
        Destroy the caller's tokens.

        Raises:
            ERC20InvalidSender: The caller is zero.
            ERC20InsufficientBalance: The caller does not have that much.
        """
        self._burn(ctx, ctx.sender, value)

    def burn_from(self, ctx: Context, account: Address, value: int) -> None:
        """
        Destroy tokens of somebody who allowed it to the caller.

        Raises:
            ERC20InsufficientAllowance: The caller may not take that much.
            ERC20InvalidSender: The account is zero.
            ERC20InsufficientBalance: The account does not have that much.
        """
        self._spend_allowance(account, ctx.sender, value)
        self._burn(ctx, account, value)

    def _mint(self, ctx: Context, account: Address, value: int) -> None:
        if account == ZERO_ADDRESS:
            raise ERC20InvalidReceiver(ZERO_ADDRESS)
        self._update(ctx, ZERO_ADDRESS, account, value)

    def _burn(self, ctx: Context, account: Address, value: int) -> None:
        if account == ZERO_ADDRESS:
            raise ERC20InvalidSender(ZERO_ADDRESS)
        self._update(ctx, account, ZERO_ADDRESS, value)

    def _transfer(self, ctx: Context, from_: Address, to: Address, value: int) -> None:
        if from_ == ZERO_ADDRESS:
            raise ERC20InvalidSender(ZERO_ADDRESS)
        if to == ZERO_ADDRESS:
            raise ERC20InvalidReceiver(ZERO_ADDRESS)
        self._update(ctx, from_, to, value)

    def _update(self, ctx: Context, from_: Address, to: Address, value: int) -> None:
        del ctx
        if from_ == ZERO_ADDRESS:
            self._total_supply.value += value
        else:
            balance = self._balances.get(from_, 0)
            if balance < value:
                raise ERC20InsufficientBalance(from_, balance, value)
            self._balances[from_] = balance - value
        if to == ZERO_ADDRESS:
            self._total_supply.value -= value
        else:
            self._balances[to] = self._balances.get(to, 0) + value
        self.emit(Transfer(from_, to, value))

    def _approve(
        self, owner: Address, spender: Address, value: int, *, announce: bool = True
    ) -> None:
        if owner == ZERO_ADDRESS:
            raise ERC20InvalidApprover(ZERO_ADDRESS)
        if spender == ZERO_ADDRESS:
            raise ERC20InvalidSpender(ZERO_ADDRESS)
        self._allowances[owner, spender] = value
        if announce:
            self.emit(Approval(owner, spender, value))

    def _spend_allowance(self, owner: Address, spender: Address, value: int) -> None:
        allowed = self._allowances.get((owner, spender), 0)
        if allowed == MAX_UINT256:
            return
        if allowed < value:
            raise ERC20InsufficientAllowance(spender, allowed, value)
        self._approve(owner, spender, allowed - value, announce=False)
