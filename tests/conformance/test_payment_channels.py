"""Payment channels in coin and tokens: the same on the model and on every engine."""

import json
from pathlib import Path

import pytest

from protocol.errors import AmountIsZero, NothingOwed
from protocol.gateway_errors import WrongSigner
from protocol.hashing import domain_separator, keccak, typed_data_digest, words
from protocol.money import MAX_UINT256, WAD
from protocol.openzeppelin import erc20
from protocol.openzeppelin.errors import ERC20InsufficientAllowance, Panic
from protocol.parameters import DAY
from protocol.payment_channels import (
    COIN,
    DOMAIN,
    VOUCHER_TYPE_HASH,
    Channel,
    channel_id_of,
    voucher_digest,
)
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
from protocol.stable_token import UNIT
from protocol.streams import RecipientInvalid
from protocol.types import ZERO_ADDRESS
from sim.accounts import account
from tests.conftest import SEED

PUBLISHED = json.loads(Path("tests/vectors/mpe_channel.json").read_text())
TOKENS = {"settlement_token": WAD, "stable_token": UNIT, "taxed_token": WAD}
USER, HOST = account(SEED, "user"), account(SEED, "host")


class Channels:
    """A user with money in every currency, a host, and what they call."""

    def __init__(self, machine):
        self.machine = machine
        self.address = machine.addresses["payment_channels"]
        for token, unit in TOKENS.items():
            deployer = machine.deployment.deployer
            self.must(token, "transfer", USER.address, 1_000 * unit, sender=deployer)
            self.must(token, "approve", self.address, MAX_UINT256, sender=USER.address)

    def must(self, contract, function, *arguments, sender, value=0):
        receipt = self.machine.call(contract, function, *arguments, sender=sender, value=value)
        assert receipt.ok, receipt.refusal
        return receipt

    def call(self, function, *arguments, sender=USER, value=0):
        """Call as somebody, and return the events, or the refusal."""
        receipt = self.machine.call(
            "payment_channels", function, *arguments, sender=sender.address, value=value
        )
        return [log.event for log in receipt.events] if receipt.ok else receipt.refusal

    def view(self, function, *arguments):
        return self.machine.view("payment_channels", function, *arguments)

    def currency(self, name):
        return COIN if name == "coin" else self.machine.addresses[name]

    def open(self, name, deposit, days=10):
        currency, value = self.currency(name), deposit if name == "coin" else 0
        opened = self.call("open", HOST.address, currency, deposit, self.machine.now + days * DAY,
                           value=value)  # fmt: skip
        return channel_id_of(USER.address, HOST.address, currency), opened

    def voucher(self, channel_id, amount, nonce=0, signer=USER):
        return signer.sign(voucher_digest(self.machine.deployment, channel_id, nonce, amount))

    def claim(self, channel_id, amount, *, nonce=0, close=False):
        signature = self.voucher(channel_id, amount, nonce)
        return self.call("claim", channel_id, amount, signature, close, sender=HOST)

    def holds(self, name):
        """Return what the contract has in a currency: of coin only an engine knows."""
        if name != "coin":
            return self.machine.view(name, "balance_of", self.address)
        if self.machine.name == "model":
            return self.view("held_of", COIN)
        return self.machine.executor.balance(self.address)


@pytest.fixture
def channels(machine):
    return Channels(machine)


@pytest.mark.parametrize("name", ["coin", "settlement_token", "stable_token"])
def test_vouchers_add_up_and_the_last_one_closes_the_channel(channels, name):
    currency, expiration = channels.currency(name), channels.machine.now + 10 * DAY
    channel_id, opened = channels.open(name, 1_000)
    parties = (channel_id, USER.address, HOST.address)
    assert opened[0] == ChannelOpened(*parties, currency, 0, 1_000, expiration)
    assert channels.holds(name) == channels.view("held_of", currency) == 1_000
    held = Channel(USER.address, 0, HOST.address, expiration, currency, 1_000, 0)
    assert channels.view("channel_of", channel_id) == held

    value = 500 if name == "coin" else 0
    assert channels.call("add_funds", channel_id, 500, value=value)[0] == ChannelFunded(
        channel_id, 500
    )
    later = expiration + DAY
    assert channels.call("extend", channel_id, later) == [ChannelExtended(channel_id, later)]
    assert channels.claim(channel_id, 300) == [ChannelClaimed(channel_id, HOST.address, 300)]
    assert channels.claim(channel_id, 300) == VoucherSpent(channel_id, 300, 300)
    assert channels.claim(channel_id, 1_501) == DepositExceeded(channel_id, 1_501, 1_500)
    assert channels.claim(channel_id, 1_000, close=True) == [
        ChannelClaimed(channel_id, HOST.address, 700),
        ChannelClosed(channel_id, USER.address, 500),
    ]
    assert channels.claim(channel_id, 1_001) == UnknownChannel(channel_id)

    for who, amount in ((HOST, 1_000), (USER, 500)):
        assert channels.view("owed_to", currency, who.address) == amount
        paid = channels.call("withdraw", currency, who.address, sender=HOST)
        assert paid[0] == CurrencyPaid(who.address, currency, amount)
        if name != "coin":
            assert paid[1:] == [erc20.Transfer(channels.address, who.address, amount)]
    assert channels.holds(name) == channels.view("held_of", currency) == 0
    assert channels.call("withdraw", currency, HOST.address) == NothingOwed(HOST.address)


def test_a_channel_opened_again_honours_no_voucher_of_its_earlier_life(channels):
    channel_id, _ = channels.open("stable_token", 100)
    channels.claim(channel_id, 10, close=True)
    closed = channels.view("channel_of", channel_id)
    assert closed == Channel(ZERO_ADDRESS, 1, ZERO_ADDRESS, 0, ZERO_ADDRESS, 0, 0)

    _, opened = channels.open("stable_token", 100)
    assert opened[0].nonce == 1
    assert isinstance(channels.claim(channel_id, 20, nonce=0), WrongSigner)
    assert channels.claim(channel_id, 20, nonce=1) == [ChannelClaimed(channel_id, HOST.address, 20)]


def test_the_sender_takes_back_what_is_left_from_the_expiration_on(channels):
    channel_id, _ = channels.open("coin", 1_000)
    expiration = channels.machine.now + 10 * DAY
    channels.machine.wait(10 * DAY - 1)
    assert channels.call("reclaim", channel_id) == ChannelNotExpired(channel_id, expiration)
    channels.machine.wait(1)
    # As long as the sender has not acted, the recipient still may.
    assert channels.claim(channel_id, 400) == [ChannelClaimed(channel_id, HOST.address, 400)]
    assert channels.call("reclaim", channel_id) == [ChannelClosed(channel_id, USER.address, 600)]
    assert channels.claim(channel_id, 500) == UnknownChannel(channel_id)


def test_a_currency_that_takes_a_fee_is_refused_by_what_arrived(channels):
    taxed = channels.currency("taxed_token")
    assert channels.view("is_currency", taxed) is True
    _, refused = channels.open("taxed_token", 1_000)
    assert refused == FeeOnTransfer(taxed, 1_000, 990)
    # Of 99 units a hundredth is none: everything arrives, and what arrives is booked.
    channel_id, opened = channels.open("taxed_token", 99)
    assert opened[0].deposit == channels.holds("taxed_token") == 99
    refused = channels.call("add_funds", channel_id, 100)
    assert refused == FeeOnTransfer(taxed, 100, 99)


def test_coin_goes_only_to_those_who_take_it(channels):
    gateway = channels.machine.addresses["gateway"]
    expiration = channels.machine.now + DAY
    channels.call("open", gateway, COIN, 7, expiration, value=7)
    channel_id = channel_id_of(USER.address, gateway, COIN)
    signature = channels.voucher(channel_id, 7)
    channels.must("payment_channels", "claim", channel_id, 7, signature, False, sender=gateway)
    assert channels.call("withdraw", COIN, gateway) == PaymentRefused(gateway, 7)
    assert channels.view("owed_to", COIN, gateway) == 7 == channels.holds("coin")


def test_refusals_carry_the_same_arguments(channels):
    now, stable = channels.machine.now, channels.currency("stable_token")
    host, user = HOST.address, USER.address

    def opening(recipient, currency, deposit, expiration, value=0):
        return channels.call("open", recipient, currency, deposit, expiration, value=value)

    assert opening(ZERO_ADDRESS, COIN, 1, now + 1) == RecipientInvalid(ZERO_ADDRESS)
    assert opening(user, COIN, 1, now + 1) == RecipientInvalid(user)
    assert opening(host, host, 1, now + 1) == UnknownCurrency(host)
    assert opening(host, COIN, 0, now + 1) == AmountIsZero()
    assert opening(host, COIN, 1, now) == ExpirationTooEarly(now, now)
    assert opening(host, COIN, 2, now + 1, value=1) == CoinMismatch(2, 1)
    assert opening(host, stable, 2, now + 1, value=2) == CoinMismatch(0, 2)
    channel_id, _ = channels.open("stable_token", 1_000)
    assert opening(host, stable, 1, now + 1) == ChannelKnown(channel_id)

    assert channels.call("add_funds", channel_id, 0) == AmountIsZero()
    assert channels.call("add_funds", channel_id, 2, value=2) == CoinMismatch(0, 2)
    in_coin, _ = channels.open("coin", 7)
    assert channels.call("add_funds", in_coin, 2, value=1) == CoinMismatch(2, 1)
    assert channels.call("add_funds", channel_id, 2**128 - 1) == Panic(0x11)
    refused = channels.call("add_funds", channel_id, 1, sender=HOST)
    assert refused == ERC20InsufficientAllowance(channels.address, 0, 1)
    refused = channels.call("extend", channel_id, now + 99 * DAY, sender=HOST)
    assert refused == NotChannelSender(channel_id, host)
    until = now + 10 * DAY
    assert channels.call("extend", channel_id, until) == ExpirationTooEarly(until, until)
    refused = channels.call("reclaim", channel_id, sender=HOST)
    assert refused == NotChannelSender(channel_id, host)
    refused = channels.call("claim", channel_id, 1, channels.voucher(channel_id, 1), False)
    assert refused == NotChannelRecipient(channel_id, user)
    unknown = b"\x07" * 32
    for function, arguments in (
        ("add_funds", (1,)), ("extend", (until,)), ("claim", (1, b"", False)), ("reclaim", ())
    ):  # fmt: skip
        assert channels.call(function, unknown, *arguments) == UnknownChannel(unknown)


def test_a_voucher_holds_for_one_signer_amount_nonce_channel_and_contract(channels):
    """The cases of SingularityNET's MultiPartyEscrow; its messages name no chain, ours do."""
    cases = PUBLISHED["signature_negative_cases"]
    amount = cases["base"]["amount"]
    channel_id, _ = channels.open("settlement_token", 2 * amount)
    other_id = channel_id_of(USER.address, HOST.address, COIN)
    deployment = channels.machine.deployment
    voucher = keccak(words(VOUCHER_TYPE_HASH, channel_id, 0, amount))

    def under(chain_id, contract):
        separator = domain_separator(*DOMAIN, chain_id, contract)
        return USER.sign(typed_data_digest(separator, voucher))

    wrong = {
        "other signer": channels.voucher(channel_id, amount, signer=HOST),
        "amount 27182": channels.voucher(channel_id, 27182),
        "nonce 1918": channels.voucher(channel_id, amount, nonce=1),
        "channelId 1941": channels.voucher(other_id, amount),
        "other contract address": under(deployment.chain_id, deployment.addresses["gateway"]),
    }
    assert list(wrong) == cases["must_fail"]
    wrong["other chain"] = under(deployment.chain_id + 1, channels.address)
    for signature in (*wrong.values(), b"", bytes(65)):
        refused = channels.call("claim", channel_id, amount, signature, False, sender=HOST)
        assert isinstance(refused, WrongSigner)
        assert refused.expected == USER.address != refused.recovered
    digest = channels.view("voucher_digest", channel_id, 0, amount)
    assert digest == voucher_digest(deployment, channel_id, 0, amount)
    signed = channels.call("claim", channel_id, amount, USER.sign(digest), False, sender=HOST)
    assert signed == [ChannelClaimed(channel_id, HOST.address, amount)]


def test_the_published_flow_leaves_everybody_with_the_same(channels):
    """
    MultiPartyEscrow's test flow: there a claim without sending back starts a new nonce and a sum
    of its own, here the sum goes on, so the second voucher is for both.
    """
    n1 = PUBLISHED["flow"]["N1"]
    expected = PUBLISHED["flow"]["steps"][-1]["balances"]
    opened = PUBLISHED["flow"]["steps"][1]["balances"]["acc4"]
    channel_id, _ = channels.open("stable_token", 2 * n1)
    channels.claim(channel_id, n1)
    assert channels.view("owed_to", channels.currency("stable_token"), HOST.address) == n1
    assert isinstance(channels.claim(channel_id, n1), VoucherSpent)
    channels.claim(channel_id, n1 + n1 - 1_000, close=True)
    owed = [
        channels.view("owed_to", channels.currency("stable_token"), each.address)
        for each in (HOST, USER)
    ]
    assert owed == [expected["acc6"], expected["acc4"] - opened]


def test_the_two_other_currencies_are_what_they_say(machine, user, host):
    deployer = machine.deployment.deployer
    for name, decimals, arrived, taxed in (
        ("stable_token", 6, 1_000, 0), ("taxed_token", 18, 990, 10)
    ):  # fmt: skip
        assert machine.view(name, "decimals") == decimals
        before = machine.view(name, "balance_of", deployer)
        assert machine.view(name, "total_supply") == before
        machine.call(name, "transfer", user, 10_000, sender=deployer)
        there = machine.view(name, "balance_of", user)
        moved = machine.call(name, "transfer", host, 1_000, sender=user)
        transfers = [erc20.Transfer(user, host, arrived)]
        transfers += [erc20.Transfer(user, deployer, taxed)] if taxed else []
        assert [log.event for log in moved.events] == transfers
        assert machine.view(name, "balance_of", host) == arrived
        assert machine.view(name, "balance_of", user) == there - 1_000
