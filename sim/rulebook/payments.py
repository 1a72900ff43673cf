"""Payments that no agent makes, for walks to stray from: a stream that ends early, two channels."""

from protocol.deployment import Deployment
from protocol.money import MAX_UINT256
from protocol.parameters import DAY
from protocol.payment_channels import COIN, channel_id_of, voucher_digest
from protocol.types import Address, Call
from sim.accounts import account

_SENDER, _RECIPIENT = account(0, "sender"), account(0, "recipient")
_DEPOSIT = 1_000


def payments(deployment: Deployment, now: int) -> list[Call]:
    """Return calls that all succeed, if they come one after the other at a time."""
    sender, recipient = _SENDER.address, _RECIPIENT.address
    addresses, until = deployment.addresses, now + DAY
    calls: list[Call] = []

    def add(
        contract: str, function: str, *arguments: object, by: Address = sender, coin: int = 0
    ) -> None:
        calls.append(Call(contract, function, arguments, by, now, coin))

    for token, spender in (("settlement_token", "streams"), ("stable_token", "payment_channels")):
        add(token, "transfer", sender, 10 * _DEPOSIT, by=deployment.deployer)
        add(token, "approve", addresses[spender], MAX_UINT256)
    add("streams", "create", recipient, _DEPOSIT, now - DAY, now, until, True)
    for currency, coin in ((addresses["stable_token"], 0), (COIN, _DEPOSIT)):
        channel_id = channel_id_of(sender, recipient, currency)
        signature = _SENDER.sign(voucher_digest(deployment, channel_id, 0, _DEPOSIT))
        add("payment_channels", "open", recipient, currency, _DEPOSIT, until, coin=coin)
        add("payment_channels", "add_funds", channel_id, _DEPOSIT, coin=coin)
        add("payment_channels", "extend", channel_id, until + DAY)
        claim = (channel_id, _DEPOSIT, signature, False)
        add("payment_channels", "claim", *claim, by=recipient)
        add("payment_channels", "withdraw", currency, recipient)
    return calls
