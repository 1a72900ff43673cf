"""Settlement, batch by batch: what benchmarks, the page of gas and its test measure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from protocol.deployment import Deployment
from protocol.gateway import MAXIMUM_ENTRIES, MAXIMUM_RELEASES
from protocol.money import WAD
from protocol.parameters import DAY
from protocol.types import Receipt
from sim.accounts import Account
from tests.open_market import CALL_PRICE, OpenMarket

LOCKED = 1_000 * WAD


@dataclass
class Customer:
    """Somebody with a session, how much of it is settled, and what opening it took."""

    account: Account
    session_id: bytes
    opening_gas: int
    settled: int = 0


class Settling:
    """A host that settles sessions, on any executor of calls."""

    def __init__(self, executor: Any, deployment: Deployment) -> None:
        self.market = OpenMarket(executor, deployment)

    def must(self, contract: str, function: str, *arguments: Any, sender: Account) -> Receipt:
        """Return the receipt of a call that must succeed."""
        receipt = self.market.call(contract, function, *arguments, sender=sender)
        assert receipt.ok, receipt.refusal
        return receipt

    def join(self, account: Account) -> Customer:
        """Fund an account, and open its session."""
        self.market.fund(account, "gateway", 3 * LOCKED)
        self.must("gateway", "deposit", LOCKED, sender=account)
        return self.open(account)

    def open(self, account: Account, nonce: int = 1, maximum_total: int = LOCKED) -> Customer:
        """Open a session of an account that has deposited."""
        market = self.market
        session = market.session(
            user=account.address,
            maximum_total=maximum_total,
            nonce=nonce,
            expires_at=market.now + 300 * DAY,
        )
        signature = market.sign(session, account)
        opened = self.must("gateway", "open_session", session, signature, sender=market.host)
        return Customer(account, opened.value, opened.gas or 0)

    def settle(self, customers: Sequence[Customer], each: int) -> list[Receipt]:
        """Settle so many further receipts of each customer, an entry each, in full batches."""
        market = self.market
        return [
            self.must(
                *("gateway", "settle", market.model_id, bytes(32)),
                tuple(self._entry(customer, each) for customer in some),
                sender=market.host,
            )
            for some in groups(customers, MAXIMUM_ENTRIES)
        ]

    def release(self, settled: Sequence[Receipt]) -> list[Receipt]:
        """Release batches after their challenge window, as many at once as can be."""
        self.market.wait_for_release()
        batch_ids = [receipt.value for receipt in settled]
        return [
            self.must("gateway", "release", some, sender=self.market.host)
            for some in groups(batch_ids, MAXIMUM_RELEASES)
        ]

    def transfer(self, account: Account) -> Receipt:
        """Let somebody pay the host for an inference at once, as ERC-20 does."""
        host = self.market.host.address
        return self.must("settlement_token", "transfer", host, CALL_PRICE, sender=account)

    def _entry(self, customer: Customer, each: int) -> Any:
        first, customer.settled = customer.settled + 1, customer.settled + each
        return self.market.entry(customer.session_id, first, customer.settled)


def groups(items: Sequence[Any], size: int) -> Iterator[tuple[Any, ...]]:
    """Yield the items in groups of a size; the last may be smaller."""
    return (tuple(items[start : start + size]) for start in range(0, len(items), size))


def gas_of(receipts: Sequence[Receipt]) -> int:
    """Return the gas of several receipts."""
    return sum(receipt.gas or 0 for receipt in receipts)
