"""What is observable of OpenZeppelin's ERC-721, the order of its refusals included."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from protocol.contract import Contract, Observed
from protocol.openzeppelin.errors import (
    ERC721IncorrectOwner,
    ERC721InsufficientApproval,
    ERC721InvalidApprover,
    ERC721InvalidOperator,
    ERC721InvalidOwner,
    ERC721InvalidReceiver,
    ERC721InvalidSender,
    ERC721NonexistentToken,
)
from protocol.types import ZERO_ADDRESS, Address, Context, Event, ProtocolError

if TYPE_CHECKING:
    from protocol.world import World

ERC165_INTERFACE = bytes.fromhex("01ffc9a7")
ERC721_INTERFACE = bytes.fromhex("80ac58cd")
ERC721_METADATA_INTERFACE = bytes.fromhex("5b5e139f")


@dataclass(frozen=True, slots=True)
class Approval(Event):
    """An account may move one token."""

    owner: Address
    approved: Address
    token_id: int


@dataclass(frozen=True, slots=True)
class ApprovalForAll(Event):
    """An account may, or no longer may, move all tokens of an owner."""

    owner: Address
    operator: Address
    approved: bool


@dataclass(frozen=True, slots=True)
class Transfer(Event):
    """A token changed hands; it is born from the zero address."""

    from_: Address
    to: Address
    token_id: int


class ERC721(Contract):
    """A collection of tokens with one owner each."""

    TOKEN_NAME: ClassVar[str]
    TOKEN_SYMBOL: ClassVar[str]
    EVENTS: ClassVar[tuple[type[Event], ...]] = (Approval, ApprovalForAll, Transfer)
    ERRORS: ClassVar[tuple[type[ProtocolError], ...]] = (
        ERC721IncorrectOwner,
        ERC721InsufficientApproval,
        ERC721InvalidApprover,
        ERC721InvalidOperator,
        ERC721InvalidOwner,
        ERC721InvalidReceiver,
        ERC721InvalidSender,
        ERC721NonexistentToken,
    )
    OBSERVED: ClassVar[tuple[Observed, ...]] = (
        Observed("balance_of", "_balances"),
        Observed("get_approved", "_approvals"),
        Observed("is_approved_for_all", "_operators"),
        Observed("owner_of", "_owners"),
    )

    # Whether a contract takes a token is its own affair, and a transfer is the same without asking.
    UNMODELLED = frozenset({"safeTransferFrom"})
    """Names of the ABI that the model does without."""

    def __init__(self, world: "World") -> None:
        super().__init__(world)
        self._owners = self.table()
        self._balances = self.table()
        self._approvals = self.table()
        self._operators = self.table()

    def name(self, ctx: Context) -> str:
        """Return the collection's name."""
        del ctx
        return self.TOKEN_NAME

    def symbol(self, ctx: Context) -> str:
        """Return the collection's symbol."""
        del ctx
        return self.TOKEN_SYMBOL

    def supports_interface(self, ctx: Context, interface_id: bytes) -> bool:
        """Return whether the contract implements an ERC-165 interface (4 bytes)."""
        del ctx
        return interface_id in (ERC165_INTERFACE, ERC721_INTERFACE, ERC721_METADATA_INTERFACE)

    def balance_of(self, ctx: Context, owner: Address) -> int:
        """
        Return how many tokens an account owns.

        Raises:
            ERC721InvalidOwner: The account is the zero address.
        """
        del ctx
        if owner == ZERO_ADDRESS:
            raise ERC721InvalidOwner(owner)
        balance: int = self._balances.get(owner, 0)
        return balance

    def owner_of(self, ctx: Context, token_id: int) -> Address:
        """
        Return the owner of a token.

        Raises:
            ERC721NonexistentToken: There is no such token.
        """
        del ctx
        return self._require_owned(token_id)

    def get_approved(self, ctx: Context, token_id: int) -> Address:
        """
        Return who may move a token besides its owner and operators, or the zero address.

        Raises:
            ERC721NonexistentToken: There is no such token.
        """
        del ctx
        self._require_owned(token_id)
        return self._approved(token_id)

    def is_approved_for_all(self, ctx: Context, owner: Address, operator: Address) -> bool:
        """Return whether an operator may move all tokens of an owner."""
        del ctx
        return self._is_operator(owner, operator)

    def approve(self, ctx: Context, to: Address, token_id: int) -> None:
        """
        Let an account move one token; the zero address takes the approval back.

        Raises:
            ERC721NonexistentToken: There is no such token.
            ERC721InvalidApprover: The caller is neither the owner nor an operator.
        """
        owner = self._require_owned(token_id)
        if ctx.sender not in (ZERO_ADDRESS, owner) and not self._is_operator(owner, ctx.sender):
            raise ERC721InvalidApprover(ctx.sender)

        self.emit(Approval(owner, to, token_id))
        self._approvals[token_id] = to

    def set_approval_for_all(self, ctx: Context, operator: Address, approved: bool) -> None:
        """
        Let an operator move all tokens of the caller, or no longer.

        Raises:
            ERC721InvalidOperator: The operator is the zero address.
        """
        if operator == ZERO_ADDRESS:
            raise ERC721InvalidOperator(operator)

        self._operators[ctx.sender, operator] = approved
        self.emit(ApprovalForAll(ctx.sender, operator, approved))

    def transfer_from(self, ctx: Context, from_: Address, to: Address, token_id: int) -> None:
        """
        Move a token; its approval ends.

        Raises:
            ERC721InvalidReceiver: The receiver is the zero address.
            ERC721NonexistentToken: There is no such token.
            ERC721InsufficientApproval: The caller may not move it.
            ERC721IncorrectOwner: It does not belong to `from_`.
        """
        if to == ZERO_ADDRESS:
            raise ERC721InvalidReceiver(to)
        previous_owner = self._update(to, token_id, ctx.sender)
        if previous_owner != from_:
            raise ERC721IncorrectOwner(from_, token_id, previous_owner)

    def _mint(self, to: Address, token_id: int) -> None:
        if to == ZERO_ADDRESS:
            raise ERC721InvalidReceiver(to)
        if self._update(to, token_id, ZERO_ADDRESS) != ZERO_ADDRESS:
            raise ERC721InvalidSender(ZERO_ADDRESS)

    def _update(self, to: Address, token_id: int, authorized: Address) -> Address:
        # As in OpenZeppelin, the zero address as the authorized account asks for no check.
        owner: Address = self._owners.get(token_id, ZERO_ADDRESS)
        if authorized != ZERO_ADDRESS:
            self._check_authorized(owner, authorized, token_id)

        if owner != ZERO_ADDRESS:
            self._approvals[token_id] = ZERO_ADDRESS
            self._balances[owner] = self._balances[owner] - 1
        self._balances[to] = self._balances.get(to, 0) + 1
        self._owners[token_id] = to
        self.emit(Transfer(owner, to, token_id))
        return owner

    def _check_authorized(self, owner: Address, spender: Address, token_id: int) -> None:
        if owner == spender or self._is_operator(owner, spender):
            return
        if self._approved(token_id) == spender:
            return
        if owner == ZERO_ADDRESS:
            raise ERC721NonexistentToken(token_id)
        raise ERC721InsufficientApproval(spender, token_id)

    def _require_owned(self, token_id: int) -> Address:
        owner: Address = self._owners.get(token_id, ZERO_ADDRESS)
        if owner == ZERO_ADDRESS:
            raise ERC721NonexistentToken(token_id)
        return owner

    def _approved(self, token_id: int) -> Address:
        approved: Address = self._approvals.get(token_id, ZERO_ADDRESS)
        return approved

    def _is_operator(self, owner: Address, operator: Address) -> bool:
        is_operator: bool = self._operators.get((owner, operator), False)
        return is_operator
