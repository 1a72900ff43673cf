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
from protocol.gateway import MAXIMUM_ENTRIES
from protocol.hashing import create_address, domain_separator, keccak, typed_data_digest, words
from protocol.money import MAX_UINT256
from protocol.openzeppelin.erc20 import Transfer
from protocol.parameters import DAY, resolve
from protocol.types import Address, Event
from sim.accounts import Account
from sim.chain.deployment import Blueprint, blueprints
from sim.chain.revm import RevmEngine
from tests.benchmarks.settling import LOCKED, Customer, Settling, gas_of, groups
from tests.open_market import CALL_PRICE, role

SIZES = (1, 10, 64, 100, 1_000)
BOOK = "channel_book"
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


@dataclass
class User:
    """Somebody who was served: a session with the host, and a channel to it."""

    customer: Customer
    channel_id: bytes
    claimed: int = 0

    @property
    def account(self) -> Account:
        """Whose session and channel it is."""
        return self.customer.account


class Payments(Settling):
    """A host and its users, who have all been settled, have all paid and been claimed from once."""

    def __init__(self, users: int) -> None:
        self.deployment = Deployment(values=resolve({}), genesis_timestamp=1_700_006_400)
        engine = RevmEngine()
        book = book_of(self.deployment)
        engine.deploy(self.deployment, [*blueprints(self.deployment), book])
        super().__init__(engine, self.deployment)
        self.book = book.address
        chain_id = self.deployment.chain_id
        self.separator = domain_separator("ChannelBook", "1", chain_id, self.book)
        self.opening: dict[str, int] = {}
        self.users = [self.join_both(role(f"user-{number}")) for number in range(users)]
        for way in WAYS.values():
            way(self, self.users, 1)

    def gas(self, contract: str, function: str, *arguments: Any, sender: Account) -> int:
        """Return the gas of a call that must succeed."""
        return self.must(contract, function, *arguments, sender=sender).gas or 0

    def join_both(self, account: Account) -> User:
        """Open a session and a channel, and note what each opening took."""
        customer = self.join(account)
        self.gas("settlement_token", "approve", self.book, MAX_UINT256, sender=account)
        terms = (self.market.host.address, LOCKED, self.market.now + 300 * DAY, 1)
        opened = self.must(BOOK, "open", *terms, sender=account)
        self.opening = {"session": customer.opening_gas, "channel": opened.gas or 0}
        return User(customer, opened.value)

    def settle_and_release(self, users: Sequence[User], each: int) -> int:
        """Settle receipts of users in batches, release these, and return the gas."""
        settled = self.settle([user.customer for user in users], each)
        return gas_of(settled) + gas_of(self.release(settled))

    def transfers(self, users: Sequence[User], each: int) -> int:
        """Let users pay every inference at once, and return the gas."""
        return gas_of([self.transfer(user.account) for user in users for _ in range(each)])

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
    "gateway": Payments.settle_and_release,
    "transfer": Payments.transfers,
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
