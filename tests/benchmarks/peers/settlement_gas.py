"""
Gas per inference of three ways to be paid, each a whole transaction on revm, in a steady state.

Ours settles batches of receipts in the Gateway (64 entries at most) and releases them after the
challenge window. The others are one ERC-20 transfer per inference, and a claim of a unidirectional
payment channel per user (fixtures/ChannelBook.sol), claimed one by one or 64 in a transaction.
"""

import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import eth_abi
from rounds import Outcome, serve

sys.path.insert(0, str(Path(__file__).parents[3]))

from protocol.deployment import ORDER, Deployment
from protocol.gateway import MAXIMUM_ENTRIES, MAXIMUM_RELEASES
from protocol.hashing import create_address, domain_separator, keccak, typed_data_digest, words
from protocol.money import WAD
from protocol.openzeppelin.erc20 import Transfer
from protocol.parameters import DAY, resolve
from protocol.types import Address, Event
from sim.accounts import Account
from sim.chain.deployment import Blueprint, blueprints
from sim.chain.revm import RevmEngine
from tests.open_market import CALL_PRICE, OpenMarket, role

SIZES = (1, 10, 64, 100, 1_000)
BOOK = "channel_book"
LOCKED = 1_000 * WAD
CLAIM_TYPE_HASH = keccak(b"Claim(bytes32 channelId,uint96 total)")


@dataclass(frozen=True)
class Opened(Event):
    channel_id: bytes
    payer: Address
    payee: Address
    locked: int


@dataclass(frozen=True)
class Claimed(Event):
    channel_id: bytes
    total: int


@dataclass(frozen=True)
class Closed(Event):
    channel_id: bytes


def book_of(deployment: Deployment) -> Blueprint:
    """Return the channels' contract, created after our own."""
    path = Path(__file__).parent / "fixtures/ChannelBook.json"
    artifact = json.loads(path.read_text(encoding="utf-8"))
    token = deployment.addresses["settlement_token"]
    return Blueprint(
        name=BOOK,
        address=create_address(deployment.deployer, len(ORDER)),
        abi=tuple(artifact["abi"]),
        code=bytes.fromhex(artifact["bytecode"][2:]) + eth_abi.encode(["address"], [token]),
        events=(Claimed, Closed, Opened, Transfer),
        errors=(),
    )


def groups(items: Sequence[Any], size: int) -> list[tuple[Any, ...]]:
    """Return the items in groups of a size; the last may be smaller."""
    return [tuple(items[start : start + size]) for start in range(0, len(items), size)]


@dataclass
class User:
    """Somebody who was served: a session with the host, and a channel to it."""

    account: Account
    session_id: bytes
    channel_id: bytes
    settled: int = 0
    claimed: int = 0


class Payments:
    """A host and its users, who have all been settled, have all paid and been claimed from once."""

    def __init__(self, users: int) -> None:
        self.deployment = Deployment(values=resolve({}), genesis_timestamp=1_700_006_400)
        engine = RevmEngine()
        book = book_of(self.deployment)
        engine.deploy(self.deployment, [*blueprints(self.deployment), book])
        self.market = OpenMarket(engine, self.deployment)
        self.book = book.address
        chain_id = self.deployment.chain_id
        self.separator = domain_separator("ChannelBook", "1", chain_id, self.book)
        self.opening: dict[str, int] = {}
        self.users = [self.join(role(f"user-{number}")) for number in range(users)]
        for way in WAYS.values():
            way(self, self.users, 1)

    def gas(self, contract: str, function: str, *arguments: Any, sender: Account) -> int:
        """Return the gas of a call that must succeed."""
        receipt = self.market.call(contract, function, *arguments, sender=sender)
        assert receipt.ok, receipt.refusal
        return receipt.gas or 0

    def join(self, account: Account) -> User:
        """Open a session and a channel, and note what each opening took."""
        market = self.market
        market.fund(account, "gateway", 3 * LOCKED)
        unlimited = 2**256 - 1
        self.gas("settlement_token", "approve", self.book, unlimited, sender=account)
        self.gas("gateway", "deposit", LOCKED, sender=account)
        session = market.session(user=account.address, maximum_total=LOCKED)
        signature = market.sign(session, account)
        receipt = market.call("gateway", "open_session", session, signature, sender=market.host)
        assert receipt.ok, receipt.refusal
        expiry = market.now + 300 * DAY
        terms = (market.host.address, LOCKED, expiry, 1)
        opened = market.call(BOOK, "open", *terms, sender=account)
        assert opened.ok, opened.refusal
        self.opening = {"session": receipt.gas or 0, "channel": opened.gas or 0}
        return User(account, receipt.value, opened.value)

    def settle(self, users: Sequence[User], each: int) -> int:
        """Settle receipts of users in batches, release these, and return the gas."""
        batch_ids, gas = [], 0
        for part in groups(users, MAXIMUM_ENTRIES):
            entries = tuple(self._entry(user, each) for user in part)
            call = ("gateway", "settle", self.market.model_id, bytes(32), entries)
            receipt = self.market.call(*call, sender=self.market.host)
            assert receipt.ok, receipt.refusal
            batch_ids.append(receipt.value)
            gas += receipt.gas or 0
        self.market.wait_for_release()
        for some in groups(batch_ids, MAXIMUM_RELEASES):
            gas += self.gas("gateway", "release", some, sender=self.market.host)
        return gas

    def _entry(self, user: User, each: int) -> Any:
        first, user.settled = user.settled + 1, user.settled + each
        return self.market.entry(user.session_id, first, user.settled)

    def transfer(self, users: Sequence[User], each: int) -> int:
        """Let users pay every inference at once, and return the gas."""
        host = self.market.host.address
        call = ("settlement_token", "transfer", host, CALL_PRICE)
        return sum(self.gas(*call, sender=user.account) for user in users for _ in range(each))

    def claim(self, users: Sequence[User], each: int) -> int:
        """Claim from one channel after the other, and return the gas."""
        host = self.market.host
        return sum(self.gas(BOOK, "claim", self._claim(user, each), sender=host) for user in users)

    def claim_many(self, users: Sequence[User], each: int) -> int:
        """Claim from as many channels in a transaction as a batch has entries."""
        gas = 0
        for part in groups(users, MAXIMUM_ENTRIES):
            claims = tuple(self._claim(user, each) for user in part)
            gas += self.gas(BOOK, "claim_many", claims, sender=self.market.host)
        return gas

    def _claim(self, user: User, each: int) -> tuple[bytes, int, bytes]:
        user.claimed += each * CALL_PRICE
        struct = keccak(words(CLAIM_TYPE_HASH, user.channel_id, user.claimed))
        digest = typed_data_digest(self.separator, struct)
        return user.channel_id, user.claimed, user.account.sign(digest)

    def collect(self) -> int:
        """Pay out what settlement credited to model, creator and host, and return the gas."""
        market = self.market
        gas = self.gas("revenue", "distribute", market.model_id, sender=market.creator)
        for account in (market.host, market.creator):
            gas += self.gas("revenue", "withdraw", account.address, sender=account)
        return gas


Way = Callable[[Payments, Sequence[User], int], int]
WAYS: dict[str, Way] = {
    "gateway": Payments.settle,
    "transfer": Payments.transfer,
    "claim": Payments.claim,
    "claims together": Payments.claim_many,
}


def play() -> Outcome:
    """Return the gas per inference by size and way: one each of many users, and many of one."""
    payments = Payments(max(SIZES))
    many = {
        str(size): {
            name: way(payments, payments.users[:size], 1) / size for name, way in WAYS.items()
        }
        for size in SIZES
    }
    alone = {
        str(size): {
            name: way(payments, payments.users[:1], size) / size for name, way in WAYS.items()
        }
        for size in SIZES
    }
    return {
        "many users": many,
        "one user": alone,
        "opening": payments.opening,
        "collect": payments.collect(),
    }


if __name__ == "__main__":
    serve(play)
