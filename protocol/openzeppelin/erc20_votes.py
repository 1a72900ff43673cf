"""ERC20Permit and ERC20Votes, with the clock of ERC-6372 in seconds."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from protocol.hashing import keccak, typed_data_digest, words
from protocol.openzeppelin.checkpoints import Checkpoint208, Traces
from protocol.openzeppelin.erc20 import ERC20
from protocol.openzeppelin.errors import (
    ERC2612ExpiredSignature,
    ERC2612InvalidSigner,
    ERC5805FutureLookup,
    InvalidAccountNonce,
    VotesExpiredSignature,
)
from protocol.openzeppelin.signatures import DomainDescription, SigningDomain, recover_or_refuse
from protocol.types import ZERO_ADDRESS, Address, Context, Event

if TYPE_CHECKING:
    from protocol.world import World

PERMIT_TYPEHASH = keccak(
    b"Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)"
)
DELEGATION_TYPEHASH = keccak(b"Delegation(address delegatee,uint256 nonce,uint256 expiry)")
_SUPPLY = "supply"


@dataclass(frozen=True, slots=True)
class DelegateChanged(Event):
    """An account's votes go to another delegate from now on."""

    delegator: Address
    from_delegate: Address
    to_delegate: Address


@dataclass(frozen=True, slots=True)
class DelegateVotesChanged(Event):
    """A delegate has another number of votes."""

    delegate: Address
    previous_votes: int
    new_votes: int


class ERC20Votes(ERC20):
    """A token whose delegated balances are votes; approvals and delegations may be signed."""

    def __init__(self, world: "World") -> None:
        super().__init__(world)
        self._nonces = self.table()
        self._delegatees = self.table()
        self._checkpoint_counts = self.table()
        self._checkpoints = self.table()
        self._supply_counts = self.table()
        self._supply_checkpoints = self.table()
        self._votes = Traces(self._checkpoint_counts, self._checkpoints)
        self._supply = Traces(self._supply_counts, self._supply_checkpoints)
        self._domain = SigningDomain(self.TOKEN_NAME, "1", world.deployment.chain_id, self.address)

    def permit(
        self,
        ctx: Context,
        owner: Address,
        spender: Address,
        value: int,
        deadline: int,
        v: int,
        r: bytes,
        s: bytes,
    ) -> None:
        """
        Approve by the owner's signature, which anyone may bring until the deadline.

        Raises:
            ERC2612ExpiredSignature: The deadline is over.
            ECDSAInvalidSignatureS, ECDSAInvalidSignature: Nobody can have signed so.
            ERC2612InvalidSigner: Somebody else signed, or something else.
            ERC20InvalidSpender: The spender is zero.
        """
        if ctx.timestamp > deadline:
            raise ERC2612ExpiredSignature(deadline)
        nonce = self._use_nonce(owner)
        struct = keccak(words(PERMIT_TYPEHASH, owner, spender, value, nonce, deadline))
        signer = recover_or_refuse(typed_data_digest(self._domain.separator, struct), v, r, s)
        if signer != owner:
            raise ERC2612InvalidSigner(signer, owner)
        self._approve(owner, spender, value)

    def nonces(self, ctx: Context, owner: Address) -> int:
        """Return the nonce that the account's next signature must carry."""
        del ctx
        nonce: int = self._nonces.get(owner, 0)
        return nonce

    def domain_separator(self, ctx: Context) -> bytes:
        """Return the EIP-712 domain separator."""
        del ctx
        return self._domain.separator

    def eip712_domain(self, ctx: Context) -> DomainDescription:
        """Return the EIP-712 domain as ERC-5267 describes it."""
        del ctx
        return self._domain.description

    def clock(self, ctx: Context) -> int:
        """Return the time by which votes are counted, in seconds."""
        return ctx.timestamp

    def clock_mode(self, ctx: Context) -> str:
        """Return the clock's unit, as ERC-6372 spells it."""
        del ctx
        return "mode=timestamp"

    def delegates(self, ctx: Context, account: Address) -> Address:
        """Return who votes for an account; the zero address if nobody does."""
        del ctx
        return Address(self._delegatees.get(account, ZERO_ADDRESS))

    def delegate(self, ctx: Context, delegatee: Address) -> None:
        """Let somebody (or oneself) vote with the caller's balance."""
        self._delegate(ctx, ctx.sender, delegatee)

    def delegate_by_sig(
        self,
        ctx: Context,
        delegatee: Address,
        nonce: int,
        expiry: int,
        v: int,
        r: bytes,
        s: bytes,
    ) -> None:
        """
        Delegate in the signer's name; anyone may bring the signature, until the expiry.

        Raises:
            VotesExpiredSignature: The expiry is over.
            ECDSAInvalidSignatureS, ECDSAInvalidSignature: Nobody can have signed so.
            InvalidAccountNonce: The nonce is not the next one of the account that signed.
        """
        if ctx.timestamp > expiry:
            raise VotesExpiredSignature(expiry)
        struct = keccak(words(DELEGATION_TYPEHASH, delegatee, nonce, expiry))
        signer = recover_or_refuse(typed_data_digest(self._domain.separator, struct), v, r, s)
        current = self._use_nonce(signer)
        if nonce != current:
            raise InvalidAccountNonce(signer, current)
        self._delegate(ctx, signer, delegatee)

    def get_votes(self, ctx: Context, account: Address) -> int:
        """Return a delegate's votes now."""
        del ctx
        return self._votes.latest(account)

    def get_past_votes(self, ctx: Context, account: Address, timepoint: int) -> int:
        """Return a delegate's votes at the end of a past second, or raise `ERC5805FutureLookup`."""
        self._require_past(ctx, timepoint)
        return self._votes.at_time(account, timepoint)

    def get_past_total_supply(self, ctx: Context, timepoint: int) -> int:
        """Return the supply at the end of a past second, or raise `ERC5805FutureLookup`."""
        self._require_past(ctx, timepoint)
        return self._supply.at_time(_SUPPLY, timepoint)

    def num_checkpoints(self, ctx: Context, account: Address) -> int:
        """Return how often a delegate's votes changed, changes in the same second counted once."""
        del ctx
        return self._votes.count(account)

    def checkpoints(self, ctx: Context, account: Address, pos: int) -> Checkpoint208:
        """Return one change of a delegate's votes; `Panic` if there is none at the position."""
        del ctx
        return self._votes.at(account, pos)

    def _use_nonce(self, owner: Address) -> int:
        nonce: int = self._nonces.get(owner, 0)
        self._nonces[owner] = nonce + 1
        return nonce

    def _require_past(self, ctx: Context, timepoint: int) -> None:
        if timepoint >= ctx.timestamp:
            raise ERC5805FutureLookup(timepoint, ctx.timestamp)

    def _delegate(self, ctx: Context, account: Address, delegatee: Address) -> None:
        previous = self.delegates(ctx, account)
        self._delegatees[account] = delegatee
        self.emit(DelegateChanged(account, previous, delegatee))
        self._move_votes(ctx, previous, delegatee, self.balance_of(ctx, account))

    def _update(self, ctx: Context, from_: Address, to: Address, value: int) -> None:
        super()._update(ctx, from_, to, value)
        if ZERO_ADDRESS in (from_, to):
            self._supply.push(_SUPPLY, ctx.timestamp, self._total_supply.value)
        self._move_votes(ctx, self.delegates(ctx, from_), self.delegates(ctx, to), value)

    def _move_votes(self, ctx: Context, from_: Address, to: Address, amount: int) -> None:
        if from_ == to or amount == 0:
            return
        for delegate, change in ((from_, -amount), (to, amount)):
            if delegate != ZERO_ADDRESS:
                previous = self._votes.latest(delegate)
                self._votes.push(delegate, ctx.timestamp, previous + change)
                self.emit(DelegateVotesChanged(delegate, previous, previous + change))
