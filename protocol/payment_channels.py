"""PaymentChannels.sol: many payments to one recipient, of which the last voucher is brought."""

from typing import TYPE_CHECKING, Any, NamedTuple

from protocol.contract import Observed
from protocol.deployment import Deployment
from protocol.errors import AmountIsZero, NothingOwed
from protocol.gateway_errors import WrongSigner
from protocol.hashing import domain_separator, keccak, recover, typed_data_digest, words
from protocol.listed_tokens import TOKENS, ListedTokens
from protocol.openzeppelin.arithmetic import checked
from protocol.openzeppelin.signatures import DomainDescription, SigningDomain
from protocol.payment_channels_errors import (
    ChannelKnown,
    ChannelNotExpired,
    CoinMismatch,
    DepositExceeded,
    ExpirationTooEarly,
    FeeOnTransfer,
    NotChannelRecipient,
    NotChannelSender,
    PaymentRefused,
    UnknownChannel,
    UnknownCurrency,
    VoucherSpent,
)
from protocol.payment_channels_events import (
    ChannelClaimed,
    ChannelClosed,
    ChannelExtended,
    ChannelFunded,
    ChannelOpened,
    CurrencyPaid,
)
from protocol.streams import RecipientInvalid
from protocol.types import ZERO_ADDRESS, Address, Context

if TYPE_CHECKING:
    from protocol.world import World

COIN = ZERO_ADDRESS
DOMAIN = ("mnft Payment channels", "1")
VOUCHER_TYPE_HASH = keccak(b"Voucher(bytes32 channelId,uint64 nonce,uint128 amount)")
_DEPOSIT_BITS = 128


class Channel(NamedTuple):
    """What a sender has set aside for a recipient; a closed channel has no deposit."""

    sender: Address
    nonce: int
    recipient: Address
    expiration: int
    currency: Address
    deposit: int
    claimed: int


_CLOSED = Channel(ZERO_ADDRESS, 0, ZERO_ADDRESS, 0, ZERO_ADDRESS, 0, 0)


def channel_id_of(sender: Address, recipient: Address, currency: Address) -> bytes:
    """Return the number of a sender's channel to a recipient in a currency."""
    return keccak(words(sender, recipient, currency))


def voucher_digest(deployment: Deployment, channel_id: bytes, nonce: int, amount: int) -> bytes:
    """Return what a sender signs to have paid an amount in all."""
    contract = deployment.addresses["payment_channels"]
    separator = domain_separator(*DOMAIN, deployment.chain_id, contract)
    return typed_data_digest(separator, _voucher_hash(channel_id, nonce, amount))


def _voucher_hash(channel_id: bytes, nonce: int, amount: int) -> bytes:
    return keccak(words(VOUCHER_TYPE_HASH, channel_id, nonce, amount))


class PaymentChannels(ListedTokens):
    """
    Channels by sender, recipient and currency; in each currency the balance is at least what open
    channels hold and accounts are owed.
    """

    NAME = "payment_channels"
    SOLIDITY = "PaymentChannels"
    EVENTS = (
        ChannelClaimed,
        ChannelClosed,
        ChannelExtended,
        ChannelFunded,
        ChannelOpened,
        CurrencyPaid,
    )
    ERRORS = (
        AmountIsZero,
        ChannelKnown,
        ChannelNotExpired,
        CoinMismatch,
        DepositExceeded,
        ExpirationTooEarly,
        FeeOnTransfer,
        NotChannelRecipient,
        NotChannelSender,
        NothingOwed,
        PaymentRefused,
        RecipientInvalid,
        UnknownChannel,
        UnknownCurrency,
        VoucherSpent,
        WrongSigner,
    )
    OBSERVED = (
        Observed("channel_of", "_channels"),
        Observed("owed_to", "_owed"),
        Observed("held_of", "_held"),
    )
    PAYABLE = frozenset({"open", "add_funds"})
    UNMODELLED = frozenset(
        {
            # Never raised: the listed tokens return true and have code, names are short.
            "SafeERC20FailedOperation",
            "InvalidShortString",
            "StringTooLong",
            # Only a contract that re-deploys itself under another domain announces it.
            "EIP712DomainChanged",
        }
    )

    def __init__(self, world: "World") -> None:
        super().__init__(world)
        self._domain = SigningDomain(*DOMAIN, world.deployment.chain_id, self.address)
        self._channels = self.table()
        self._owed = self.table()
        self._held = self.table()

    @classmethod
    def constructor_arguments(cls, deployment: Deployment) -> tuple[Any, ...]:
        """Return the list of currencies."""
        return ((COIN, *(deployment.addresses[name] for name in TOKENS)),)

    def open(
        self, ctx: Context, recipient: Address, currency: Address, deposit: int, expiration: int
    ) -> bytes:
        """
        Open the caller's channel to a recipient in a currency, and return its number.

        Raises:
            RecipientInvalid: The recipient is the zero address or the caller.
            UnknownCurrency: The currency is not on the list.
            AmountIsZero: The deposit is zero.
            ExpirationTooEarly: It would expire now or earlier.
            ChannelKnown: It is open.
            CoinMismatch: The call carries other coin than the deposit, or some beside a token.
            FeeOnTransfer: Less arrived than was sent.
        """
        if recipient in (ZERO_ADDRESS, ctx.sender):
            raise RecipientInvalid(recipient)
        if not self._is_listed(currency):
            raise UnknownCurrency(currency)
        if deposit == 0:
            raise AmountIsZero
        if expiration <= ctx.timestamp:
            raise ExpirationTooEarly(expiration, ctx.timestamp)
        channel_id = channel_id_of(ctx.sender, recipient, currency)
        known = self._channel(channel_id)
        if known.deposit:
            raise ChannelKnown(channel_id)

        self._channels[channel_id] = Channel(
            ctx.sender, known.nonce, recipient, expiration, currency, deposit, 0
        )
        self.emit(
            ChannelOpened(
                channel_id, ctx.sender, recipient, currency, known.nonce, deposit, expiration
            )
        )
        self._receive(ctx, currency, deposit)
        return channel_id

    def add_funds(self, ctx: Context, channel_id: bytes, amount: int) -> None:
        """
        Add to an open channel's deposit; anyone may, the sender gets back what is left.

        Raises:
            UnknownChannel: There is no such channel, or it is closed.
            AmountIsZero: There is nothing to add.
            CoinMismatch: The call carries other coin than the amount, or some beside a token.
            FeeOnTransfer: Less arrived than was sent.
        """
        channel = self._open(channel_id)
        if amount == 0:
            raise AmountIsZero
        deposit = checked(channel.deposit + amount, _DEPOSIT_BITS)

        self._channels[channel_id] = channel._replace(deposit=deposit)
        self.emit(ChannelFunded(channel_id, amount))
        self._receive(ctx, channel.currency, amount)

    def extend(self, ctx: Context, channel_id: bytes, expiration: int) -> None:
        """
        Keep a channel open for longer.

        Raises:
            UnknownChannel: There is no such channel, or it is closed.
            NotChannelSender: The caller does not pay.
            ExpirationTooEarly: It is not later than what was agreed.
        """
        channel = self._open(channel_id)
        if channel.sender != ctx.sender:
            raise NotChannelSender(channel_id, ctx.sender)
        if expiration <= channel.expiration:
            raise ExpirationTooEarly(expiration, channel.expiration)

        self._channels[channel_id] = channel._replace(expiration=expiration)
        self.emit(ChannelExtended(channel_id, expiration))

    def claim(
        self, ctx: Context, channel_id: bytes, amount: int, signature: bytes, close: bool
    ) -> None:
        """
        Bring the sender's voucher for all that was paid so far; possible until the channel is
        closed, also after it has expired.

        Raises:
            UnknownChannel: There is no such channel, or it is closed.
            NotChannelRecipient: The caller is not who is paid.
            DepositExceeded: The voucher is for more than the channel holds.
            VoucherSpent: It adds nothing to what was claimed.
            WrongSigner: The signature is not the sender's.
        """
        channel = self._open(channel_id)
        if channel.recipient != ctx.sender:
            raise NotChannelRecipient(channel_id, ctx.sender)
        if amount > channel.deposit:
            raise DepositExceeded(channel_id, amount, channel.deposit)
        if amount <= channel.claimed:
            raise VoucherSpent(channel_id, amount, channel.claimed)
        digest = self.voucher_digest(ctx, channel_id, channel.nonce, amount)
        signer = recover(digest, signature)
        if signer == ZERO_ADDRESS or signer != channel.sender:
            raise WrongSigner(channel.sender, signer)

        claimed = channel._replace(claimed=amount)
        self._channels[channel_id] = claimed
        self._owe(channel.currency, ctx.sender, amount - channel.claimed)
        self.emit(ChannelClaimed(channel_id, ctx.sender, amount - channel.claimed))
        if close:
            self._close(channel_id, claimed)

    def reclaim(self, ctx: Context, channel_id: bytes) -> None:
        """
        Close a channel that has expired; what was not claimed is the sender's.

        Raises:
            UnknownChannel: There is no such channel, or it is closed.
            NotChannelSender: The caller does not pay.
            ChannelNotExpired: The recipient still has time.
        """
        channel = self._open(channel_id)
        if channel.sender != ctx.sender:
            raise NotChannelSender(channel_id, ctx.sender)
        if ctx.timestamp < channel.expiration:
            raise ChannelNotExpired(channel_id, channel.expiration)
        self._close(channel_id, channel)

    def withdraw(self, ctx: Context, currency: Address, account: Address) -> None:
        """
        Pay an account all that it is owed in a currency; anyone may trigger it.

        Raises:
            NothingOwed: The account is owed nothing in the currency.
            PaymentRefused: The account does not take coin.
        """
        owed = self._owed.get((currency, account), 0)
        if owed == 0:
            raise NothingOwed(account)
        self._owed[currency, account] = 0
        self._held[currency] -= owed
        self.emit(CurrencyPaid(account, currency, owed))
        if currency != COIN:
            self._pay(ctx, currency, account, owed)
        elif not self._takes_coin(account):
            raise PaymentRefused(account, owed)

    def channel_id_of(
        self, ctx: Context, sender: Address, recipient: Address, currency: Address
    ) -> bytes:
        """Return the number of a sender's channel to a recipient in a currency, open or not."""
        del ctx
        return channel_id_of(sender, recipient, currency)

    def channel_of(self, ctx: Context, channel_id: bytes) -> Channel:
        """Return a channel; a closed one keeps its nonce."""
        del ctx
        return self._channel(channel_id)

    def owed_to(self, ctx: Context, currency: Address, account: Address) -> int:
        """Return what an account may withdraw."""
        del ctx
        owed: int = self._owed.get((currency, account), 0)
        return owed

    def held_of(self, ctx: Context, currency: Address) -> int:
        """Return all that channels hold and accounts are owed in a currency."""
        del ctx
        held: int = self._held.get(currency, 0)
        return held

    def is_currency(self, ctx: Context, currency: Address) -> bool:
        """Return whether a currency is on the list."""
        del ctx
        return self._is_listed(currency)

    def voucher_digest(self, ctx: Context, channel_id: bytes, nonce: int, amount: int) -> bytes:
        """Return what a sender signs (EIP-712) to have paid an amount in all."""
        del ctx
        voucher = _voucher_hash(channel_id, nonce, amount)
        return typed_data_digest(self._domain.separator, voucher)

    def eip712_domain(self, ctx: Context) -> DomainDescription:
        """Return the domain that vouchers are signed in (ERC-5267)."""
        del ctx
        return self._domain.description

    def _receive(self, ctx: Context, currency: Address, amount: int) -> None:
        expected = amount if currency == COIN else 0
        if ctx.value != expected:
            raise CoinMismatch(expected, ctx.value)
        self._held[currency] = self._held.get(currency, 0) + amount
        if currency == COIN:
            return
        self._pull_whole(ctx, currency, amount)

    def _close(self, channel_id: bytes, channel: Channel) -> None:
        returned = channel.deposit - channel.claimed
        self._owe(channel.currency, channel.sender, returned)
        self._channels[channel_id] = _CLOSED._replace(nonce=channel.nonce + 1)
        self.emit(ChannelClosed(channel_id, channel.sender, returned))

    def _owe(self, currency: Address, account: Address, amount: int) -> None:
        self._owed[currency, account] = self._owed.get((currency, account), 0) + amount

    def _channel(self, channel_id: bytes) -> Channel:
        channel: Channel = self._channels.get(channel_id, _CLOSED)
        return channel

    def _open(self, channel_id: bytes) -> Channel:
        channel = self._channel(channel_id)
        if channel.deposit == 0:
            raise UnknownChannel(channel_id)
        return channel

    def _is_listed(self, currency: Address) -> bool:
        return currency == COIN or self._is_token(currency)

    def _takes_coin(self, account: Address) -> bool:
        # Of the deployment's contracts only the timelock does; everybody else is taken for an
        # account without code.
        world = self._world
        return account == world.timelock.address or account not in world.addresses.values()
