"""The token on every machine."""

import pytest
from coincurve import PrivateKey

from protocol.hashing import keccak, public_key_address, typed_data_digest, words
from protocol.money import MAX_UINT256
from protocol.openzeppelin.erc20_votes import DelegateChanged, DelegateVotesChanged
from protocol.openzeppelin.errors import (
    INDEX_OUT_OF_BOUNDS,
    ERC20InsufficientAllowance,
    ERC20InsufficientBalance,
    ERC20InvalidSpender,
    ERC2612InvalidSigner,
    ERC5805FutureLookup,
    Panic,
)
from protocol.settlement_token import Approval, Transfer
from protocol.types import ZERO_ADDRESS, ZERO_HASH, Log, Receipt

PERMIT = keccak(
    b"Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)"
)


def logs(*events):
    return tuple(Log("settlement_token", event) for event in events)


def token(machine, sender, function, *arguments):
    return machine.call("settlement_token", function, *arguments, sender=sender)


def ask(machine, function, *arguments):
    return machine.view("settlement_token", function, *arguments)


def test_a_transfer_moves_tokens_and_votes_in_this_order(machine, user, host):
    machine.fund(user, 100)
    delegated = token(machine, user, "delegate", user)
    sent = token(machine, user, "transfer", host, 40)
    refused = token(machine, user, "transfer", host, 61)

    assert delegated == Receipt(
        events=logs(DelegateChanged(user, ZERO_ADDRESS, user), DelegateVotesChanged(user, 0, 100))
    )
    assert sent == Receipt(
        value=True, events=logs(Transfer(user, host, 40), DelegateVotesChanged(user, 100, 60))
    )
    assert refused == Receipt(refusal=ERC20InsufficientBalance(user, 60, 61))


def test_an_allowance_is_spent(machine, user, host):
    machine.fund(user, 100)
    token(machine, user, "approve", host, 30)

    assert token(machine, host, "transfer_from", user, host, 30).events == logs(
        Transfer(user, host, 30)
    )
    assert token(machine, host, "burn_from", user, 1) == Receipt(
        refusal=ERC20InsufficientAllowance(host, 0, 1)
    )


def test_past_votes_are_found_among_many_checkpoints(machine, user, host):
    machine.fund(user, 100)
    token(machine, user, "delegate", user)
    start = machine.now
    for _ in range(12):
        machine.wait(10)
        token(machine, user, "transfer", host, 1)
    machine.wait(1)

    past = [ask(machine, "get_past_votes", user, start + age) for age in range(-10, 121, 5)]
    assert past == [0, 0] + [100 - age // 10 for age in range(0, 121, 5)]
    assert ask(machine, "num_checkpoints", user) == 13
    assert tuple(ask(machine, "checkpoints", user, 12)) == (start + 120, 88)
    assert ask(machine, "checkpoints", user, 13) == Panic(INDEX_OUT_OF_BOUNDS)
    assert ask(machine, "get_past_votes", user, MAX_UINT256) == ERC5805FutureLookup(
        MAX_UINT256, machine.now
    )


def permit_of(machine, spender):
    """Return an owner, and a signed permit of theirs for 50 units."""
    key = PrivateKey(keccak(b"the signing holder"))
    owner = public_key_address(key.public_key)
    struct = keccak(words(PERMIT, owner, spender, 50, 0, machine.now))
    digest = typed_data_digest(ask(machine, "domain_separator"), struct)
    signed = key.sign_recoverable(digest, hasher=None)
    return owner, (owner, spender, 50, machine.now, 27 + signed[64], signed[:32], signed[32:64])


def test_a_permit_is_brought_by_anyone_and_used_once(machine, host, intruder):
    owner, permit = permit_of(machine, host)

    assert token(machine, intruder, "permit", *permit) == Receipt(
        events=logs(Approval(owner, host, 50))
    )
    again = token(machine, intruder, "permit", *permit).refusal
    assert isinstance(again, ERC2612InvalidSigner)
    assert again.owner == owner
    assert ask(machine, "nonces", owner) == 1


def test_a_permit_for_nobody_is_refused_and_stays_unused(machine, intruder):
    owner, permit = permit_of(machine, ZERO_ADDRESS)

    refused = token(machine, intruder, "permit", *permit).refusal

    assert refused == ERC20InvalidSpender(ZERO_ADDRESS)
    assert ask(machine, "nonces", owner) == 0


@pytest.mark.parametrize("contract", ["settlement_token", "governor"])
def test_the_signing_domain_names_chain_and_contract(machine, contract):
    names = {"settlement_token": "Model NFT Token", "governor": "MnftGovernor"}
    chain, address = machine.deployment.chain_id, machine.addresses[contract]

    assert machine.view(contract, "eip712_domain") == (
        b"\x0f",
        names[contract],
        "1",
        chain,
        address,
        ZERO_HASH,
        (),
    )
