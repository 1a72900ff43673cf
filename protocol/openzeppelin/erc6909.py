"""What is observable of OpenZeppelin's ERC-6909, the supply of each number included."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from protocol.contract import Contract, Observed
from protocol.money import MAX_UINT256
from protocol.openzeppelin.erc721 import ERC165_INTERFACE
from protocol.openzeppelin.errors import (
    ERC6909InsufficientAllowance,
    ERC6909InsufficientBalance,
    ERC6909InvalidApprover,
    ERC6909InvalidReceiver,
    ERC6909InvalidSender,
    ERC6909InvalidSpender,
)
from protocol.types import ZERO_ADDRESS, Address, Context, Event, ProtocolError

if TYPE_CHECKING:
    from protocol.world import World

ERC6909_INTERFACE = bytes.fromhex("0f632fb3")


@dataclass(frozen=True, slots=True)
class Approval(Event):
    """A spender may take so many units of a number from now on."""

    owner: Address
    spender: Address
    id: int
    amount: int


@dataclass(frozen=True, slots=True)
class OperatorSet(Event):
    """An account may, or no longer may, move all units of an owner."""

    owner: Address
    spender: Address
    approved: bool


@dataclass(frozen=True, slots=True)
class Transfer(Event):
    """Units moved; from the zero address they were minted, to it burnt."""

    caller: Address
    sender: Address
    receiver: Address
    id: int
    amount: int


class ERC6909(Contract):
    """Many tokens in one contract, each a number with units; a transfer calls no receiver."""

    EVENTS: ClassVar[tuple[type[Event], ...]] = (Approval, OperatorSet, Transfer)
    ERRORS: ClassVar[tuple[type[ProtocolError], ...]] = (
        ERC6909InsufficientAllowance,
        ERC6909InsufficientBalance,
        ERC6909InvalidApprover,
        ERC6909InvalidReceiver,
        ERC6909InvalidSender,
        ERC6909InvalidSpender,
    )
    OBSERVED: ClassVar[tuple[Observed, ...]] = (
        Observed("allowance", "_allowances"),
        Observed("balance_of", "_balances"),
        Observed("is_operator", "_operators"),
        Observed("total_supply", "_supplies"),
    )

    def __init__(self, world: "World") -> None:
        super().__init__(world)
        self._balances = self.table()
        self._allowances = self.table()
        self._operators = self.table()
        self._supplies = self.table()

    def supports_interface(self, ctx: Context, interface_id: bytes) -> bool:
        """Return whether the contract implements an ERC-165 interface (4 bytes)."""
        del ctx
        return interface_id in (ERC165_INTERFACE, ERC6909_INTERFACE)

    def balance_of(self, ctx: Context, owner: Address, id: int) -> int:  # noqa: A002
        """Return how many units of a number an account has."""
        del ctx
        balance: int = self._balances.get((owner, id), 0)
        return balance

    def allowance(self, ctx: Context, owner: Address, spender: Address, id: int) -> int:  # noqa: A002
        """Return how many units of a number a spender may still take."""
        del ctx
        allowed: int = self._allowances.get((owner, spender, id), 0)
        return allowed

    def is_operator(self, ctx: Context, owner: Address, spender: Address) -> bool:
        """Return whether an account may move all units of an owner."""
        del ctx
        is_operator: bool = self._operators.get((owner, spender), False)
        return is_operator

    def approve(self, ctx: Context, spender: Address, id: int, amount: int) -> bool:  # noqa: A002
        """
        Allow a spender to take so many units, however many before; the maximum is without end.

        Raises:
            ERC6909InvalidApprover, ERC6909InvalidSpender: An account is zero.
        """
        self._require_approval(ctx.sender, spender)
        self._allowances[ctx.sender, spender, id] = amount
        self.emit(Approval(ctx.sender, spender, id, amount))
        return True

    def set_operator(self, ctx: Context, spender: Address, approved: bool) -> bool:
        """
        Let an account move all units of the caller, or no longer.

        Raises:
            ERC6909InvalidApprover, ERC6909InvalidSpender: An account is zero.
        """
        self._require_approval(ctx.sender, spender)
        self._operators[ctx.sender, spender] = approved
        self.emit(OperatorSet(ctx.sender, spender, approved))
        return True

    def transfer(self, ctx: Context, receiver: Address, id: int, amount: int) -> bool:  # noqa: A002
        """
        Move the caller's units.

        Raises:
            ERC6909InvalidSender, ERC6909InvalidReceiver: An account is zero.
            ERC6909InsufficientBalance: The caller does not have that many.
        """
        self._transfer(ctx, ctx.sender, receiver, id, amount)
        return True

    def transfer_from(
        self,
        ctx: Context,
        sender: Address,
        receiver: Address,
        id: int,  # noqa: A002
        amount: int,
    ) -> bool:
        """
        Move units of somebody who allowed it to the caller.

        Raises:
            ERC6909InsufficientAllowance: The caller may not take that many.
            ERC6909InvalidSender, ERC6909InvalidReceiver: An account is zero.
            ERC6909InsufficientBalance: The owner does not have that many.
        """
        if ctx.sender != sender and not self.is_operator(ctx, sender, ctx.sender):
            self._spend_allowance(sender, ctx.sender, id, amount)
        self._transfer(ctx, sender, receiver, id, amount)
        return True

    def total_supply(self, ctx: Context, id: int) -> int:  # noqa: A002
        """Return how many units of a number there are."""
        del ctx
        supply: int = self._supplies.get(id, 0)
        return supply

    def _mint(self, ctx: Context, to: Address, number: int, amount: int) -> None:
        self._update(ctx, ZERO_ADDRESS, to, number, amount)

    def _burn(self, ctx: Context, from_: Address, number: int, amount: int) -> None:
        self._update(ctx, from_, ZERO_ADDRESS, number, amount)

    def _transfer(
        self, ctx: Context, from_: Address, to: Address, number: int, amount: int
    ) -> None:
        if from_ == ZERO_ADDRESS:
            raise ERC6909InvalidSender(ZERO_ADDRESS)
        if to == ZERO_ADDRESS:
            raise ERC6909InvalidReceiver(ZERO_ADDRESS)
        self._update(ctx, from_, to, number, amount)

    def _update(self, ctx: Context, from_: Address, to: Address, number: int, amount: int) -> None:
        if from_ != ZERO_ADDRESS:
            balance = self._balances.get((from_, number), 0)
            if balance < amount:
                raise ERC6909InsufficientBalance(from_, balance, amount, number)
            self._balances[from_, number] = balance - amount
        if to != ZERO_ADDRESS:
            self._balances[to, number] = self._balances.get((to, number), 0) + amount
        self.emit(Transfer(ctx.sender, from_, to, number, amount))
        if from_ == ZERO_ADDRESS:
            self._supplies[number] = self._supplies.get(number, 0) + amount
        if to == ZERO_ADDRESS:
            self._supplies[number] = self._supplies[number] - amount

    def _require_approval(self, owner: Address, spender: Address) -> None:
        if owner == ZERO_ADDRESS:
            raise ERC6909InvalidApprover(ZERO_ADDRESS)
        if spender == ZERO_ADDRESS:
            raise ERC6909InvalidSpender(ZERO_ADDRESS)

    def _spend_allowance(self, owner: Address, spender: Address, number: int, amount: int) -> None:
        allowed = self._allowances.get((owner, spender, number), 0)
        if allowed == MAX_UINT256:
            return
        if allowed < amount:
            raise ERC6909InsufficientAllowance(spender, allowed, amount, number)
        self._allowances[owner, spender, number] = allowed - amount
