"""Messages that accounts sign: who signs a call's, and the call with the signature made anew."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, NamedTuple

from protocol.hashing import keccak, typed_data_digest, words
from protocol.openzeppelin.erc20_votes import DELEGATION_TYPEHASH, PERMIT_TYPEHASH
from protocol.sessions import Session, session_digest
from protocol.types import Address, Call, Context
from protocol.world import World
from sim.accounts import Account


class _Message(NamedTuple):
    signer: Address
    digest: bytes


def signed(world: World, call: Call, keys: Mapping[Address, Account]) -> Call:
    """Return a call with the signature that it asks for; as it is where none of `keys` can."""
    held = _SIGNED.get((call.contract, call.function))
    if held is None:
        return call
    read, place = held
    signer, digest = read(world, call, Context(call.sender, 0, call.timestamp))
    if signer not in keys:
        return call
    signature: tuple[Any, ...] = (keys[signer].sign(digest),)
    if call.contract == "settlement_token":
        (whole,) = signature
        signature = (whole[64], whole[:32], whole[32:64])
    given = call.arguments
    arguments = (*given[:place], *signature, *given[place + len(signature) :])
    return replace(call, arguments=arguments)


def _permit(world: World, call: Call, ctx: Context) -> _Message:
    owner, spender, value, deadline, *_ = call.arguments
    nonce = world.settlement_token.nonces(ctx, owner)
    struct = words(PERMIT_TYPEHASH, owner, spender, value, nonce, deadline)
    return _Message(owner, _of_the_token(world, ctx, struct))


def _delegation(world: World, call: Call, ctx: Context) -> _Message:
    # Who signs is nowhere said: whoever brings it.
    struct = words(DELEGATION_TYPEHASH, *call.arguments[:3])
    return _Message(call.sender, _of_the_token(world, ctx, struct))


def _of_the_token(world: World, ctx: Context, struct: bytes) -> bytes:
    return typed_data_digest(world.settlement_token.domain_separator(ctx), keccak(struct))


def _session(world: World, call: Call, ctx: Context) -> _Message:
    del ctx
    session = Session(*call.arguments[0])
    return _Message(session.user, session_digest(world.deployment, session))


def _voucher(world: World, call: Call, ctx: Context) -> _Message:
    channel_id, amount, *_ = call.arguments
    channel = world.payment_channels.channel_of(ctx, channel_id)
    digest = world.payment_channels.voucher_digest(ctx, channel_id, channel.nonce, amount)
    return _Message(channel.sender, digest)


_Reader = Callable[[World, Call, Context], _Message]
_SIGNED: Mapping[tuple[str, str], tuple[_Reader, int]] = {
    ("settlement_token", "permit"): (_permit, 4),
    ("settlement_token", "delegate_by_sig"): (_delegation, 3),
    ("gateway", "open_session"): (_session, 1),
    ("payment_channels", "claim"): (_voucher, 2),
}
"""Functions that take a signature: how their message is read, and where the signature stands."""
