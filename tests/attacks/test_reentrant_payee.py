"""A payee of coin is a contract that asks again while it is being paid."""

import pytest

from protocol.hashing import create_address, keccak
from protocol.payment_channels import COIN, channel_id_of, voucher_digest
from protocol.payment_channels_events import CurrencyPaid
from sim.accounts import account
from sim.chain.deployment import Blueprint, blueprints
from tests.conftest import SEED, Machine, new_engine

USER, VICTIM = account(SEED, "user"), account(SEED, "host")
OWED = 1_000


def creation(code: bytes) -> bytes:
    """Return creation code of a contract with a runtime code below 256 bytes."""
    return bytes.fromhex(f"60{len(code):02x}8060095f395ff3") + code


def asking_again(channels: str) -> bytes:
    """Return the code of a contract that, paid, calls `withdraw(COIN, itself)` once more."""
    selector = keccak(b"withdraw(address,address)")[:4]
    # The selector goes to memory, then the own address; then comes the call, and a stop.
    code = b"\x63" + selector + bytes.fromhex("60e01b5f52 30602452 5f5f60445f5f73")
    return code + bytes.fromhex(channels[2:]) + bytes.fromhex("5af15000")


@pytest.fixture(params=["py-evm", "revm"])
def machine(request, deployment):
    """An engine with two payees that are contracts: one asks again, one does nothing."""
    usual = blueprints(deployment)
    codes = (asking_again(deployment.addresses["payment_channels"]), b"\x00")
    payees = [
        Blueprint(
            f"payee {n}",
            create_address(deployment.deployer, len(usual) + n),
            (),
            creation(code),
            (),
            (),
        )
        for n, code in enumerate(codes)
    ]
    engine = new_engine(request.param)
    engine.deploy(deployment, (*usual, *payees))
    yield Machine(request.param, deployment, engine), *(payee.address for payee in payees)
    engine.close()


def owe(machine, payee, amount):
    """Let the user pay somebody an amount of coin through a channel, up to the withdrawal."""
    until = machine.now + 1_000
    arguments = (payee, COIN, amount, until)
    opened = machine.call("payment_channels", "open", *arguments, sender=USER.address, value=amount)
    assert opened.ok, opened.refusal
    channel_id = channel_id_of(USER.address, payee, COIN)
    signature = USER.sign(voucher_digest(machine.deployment, channel_id, 0, amount))
    arguments = (channel_id, amount, signature, False)
    claimed = machine.call("payment_channels", "claim", *arguments, sender=payee)
    assert claimed.ok, claimed.refusal


def test_who_asks_again_while_being_paid_is_paid_once(machine):
    machine, payee, quiet = machine
    for each in (payee, quiet, VICTIM.address):
        owe(machine, each, OWED)
    channels = machine.addresses["payment_channels"]

    def withdraw(who):
        paid = machine.call("payment_channels", "withdraw", COIN, who, sender=USER.address)
        assert [log.event for log in paid.events] == [CurrencyPaid(who, COIN, OWED)]
        assert machine.executor.balance(who) == OWED
        return paid

    # The payee did ask again: that costs gas, and brings nothing.
    assert withdraw(payee).gas > withdraw(quiet).gas + 500
    assert machine.executor.balance(channels) == OWED
    assert machine.view("payment_channels", "held_of", COIN) == OWED
    withdraw(VICTIM.address)
    assert machine.executor.balance(channels) == 0
