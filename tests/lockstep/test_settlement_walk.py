"""A long random walk through settlement and revenue, extreme numbers included, in lockstep."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from protocol.money import MAX_UINT256, WAD
from protocol.parameters import DAY
from protocol.pricing import Tariff
from protocol.sessions import Entry, Session
from protocol.types import ZERO_ADDRESS, Receipt
from sim.streams import stream
from tests.open_market import OpenMarket, role

STEPS = 700
MAX_UINT64 = 2**64 - 1
AMOUNTS = (0, 1, 3, WAD, 7 * WAD, 2**64, 2**128 - 1, 2**128, MAX_UINT256)
SMALL_AMOUNTS = (1, 3, WAD // 3, WAD, 7 * WAD)
SHARES = (
    (),
    (10_000,),
    (5_000, 5_000),
    (1, 9_999),
    (0, 10_000),
    (10_000, 1),
    (3_333, 3_333, 3_334),
)
BYTES = (b"", b"\0" * 65, b"\1" * 65, b"\2" * 64)


def tariff(
    dynamic: bool = False, price: int = WAD // 7, host_fee: int = 3_000, data_pool: int = 500
) -> Tariff:
    return Tariff(dynamic, price, 1, 2, 3, 4, WAD // 2, 2 * WAD, 20, host_fee, data_pool)


@dataclass
class Walk:
    """Chooses calls that mostly make sense, and some that never do."""

    market: OpenMarket
    rng: np.random.Generator
    sessions: dict[bytes, Session] = field(default_factory=dict)
    batches: list[int] = field(default_factory=list)
    models: list[int] = field(default_factory=list)
    refusals: set[str] = field(default_factory=set)
    nonce: int = 100

    def pick(self, choices: Any) -> Any:
        return choices[int(self.rng.integers(len(choices)))]

    def seldom(self) -> bool:
        return bool(self.rng.random() < 0.07)

    def anyone(self) -> Any:
        market = self.market
        return self.pick((market.user, market.host, market.creator, market.intruder))

    def call(self, contract: str, function: str, *arguments: Any, sender: Any) -> Receipt:
        receipt = self.market.call(contract, function, *arguments, sender=sender)
        if receipt.refusal is not None:
            self.refusals.add(type(receipt.refusal).__name__)
        return receipt

    def amount(self) -> int:
        return self.pick(AMOUNTS if self.seldom() else SMALL_AMOUNTS)

    def deposit(self) -> None:
        self.call("gateway", "deposit", self.amount(), sender=self.anyone())

    def withdraw(self) -> None:
        self.call("gateway", "withdraw", self.amount(), sender=self.anyone())

    def open_session(self) -> None:
        market = self.market
        self.nonce += 1
        session = market.session(
            nonce=self.pick((0, MAX_UINT256, 101)) if self.seldom() else self.nonce,
            model_id=self.pick((0, 99, MAX_UINT256)) if self.seldom() else self.pick(self.models),
            maximum_total=self.amount() if self.seldom() else 9 * WAD,
            maximum_price=self.pick((0, MAX_UINT256)) if self.seldom() else WAD,
            expires_at=self.pick((market.now - 1, MAX_UINT64, *[market.now + 9 * DAY] * 5)),
            version=self.pick((0, 2, 2**32 - 1)) if self.seldom() else 1,
            host=self.anyone().address if self.seldom() else market.host.address,
            user=ZERO_ADDRESS if self.seldom() else market.user.address,
            commercial=self.seldom(),
            territory=int(self.rng.integers(256)),
            use_case=int(self.rng.integers(256)),
        )
        signature = market.sign(session, self.anyone() if self.seldom() else None)
        if self.seldom():
            signature = self.pick((*BYTES, signature[:64] + b"\0", signature + b"\0"))
        opened = self.call("gateway", "open_session", session, signature, sender=self.anyone())
        if opened.ok:
            self.sessions[opened.value] = session

    def settle(self) -> None:
        entries = tuple(self.an_entry() for _ in range(int(self.rng.integers(1, 4))))
        known = [self.sessions[e.session_id] for e in entries if e.session_id in self.sessions]
        model_id = known[0].model_id if known and not self.seldom() else self.pick((1, 0, 2, 99))
        entries = tuple(e for e in entries if self.seldom() or self.is_of(e, model_id))
        if self.seldom():
            entries *= 20
        sender = self.anyone() if self.seldom() else self.market.host
        root = self.rng.bytes(32)
        settled = self.call("gateway", "settle", model_id, root, entries, sender=sender)
        if settled.ok:
            self.batches.append(settled.value)

    def is_of(self, entry: Entry, model_id: int) -> bool:
        session = self.sessions.get(entry.session_id)
        return session is not None and session.model_id == model_id

    def an_entry(self) -> Entry:
        session_id = self.a_session()
        state = self.market.view("gateway", "session_of", session_id)
        settled = getattr(state, "settled_sequence", 0)
        first = self.pick((0, 1, settled, settled + 2)) if self.seldom() else settled + 1
        first = min(first, MAX_UINT64)
        last = min(first + int(self.rng.integers(0, 4)), MAX_UINT64)
        if self.seldom():
            last = self.pick((0, MAX_UINT64))
        epoch = self.market.now // DAY - int(self.rng.integers(0, 3))
        if self.seldom():
            epoch = self.pick((0, MAX_UINT64, self.market.now // DAY + 1, epoch - 8))
        usage = [
            MAX_UINT64 if self.rng.random() < 0.02 else int(self.rng.integers(50)) for _ in "four"
        ]
        return Entry(session_id, epoch, first, last, *usage)

    def a_session(self) -> bytes:
        if self.seldom() or not self.sessions:
            return bytes(32)
        return self.pick(list(self.sessions)[-12:])

    def a_batch(self) -> int:
        if self.seldom() or not self.batches:
            return self.pick((0, MAX_UINT256, 10_000))
        return self.pick(self.batches)

    def release(self) -> None:
        count = self.pick((0, 33)) if self.seldom() else 1
        batches = tuple(self.a_batch() for _ in range(count))
        self.call("gateway", "release", batches, sender=self.anyone())

    def request_close(self) -> None:
        sender = self.anyone() if self.seldom() else self.market.user
        self.call("gateway", "request_close", self.a_session(), sender=sender)

    def close_session(self) -> None:
        self.call("gateway", "close_session", self.a_session(), sender=self.anyone())

    def check(self) -> None:
        sender = self.anyone() if self.seldom() else self.market.address("verification")
        batch_id = self.a_batch()
        if self.call("gateway", "hold", batch_id, sender=sender).ok:
            session_id = self.a_session()
            self.call("gateway", "settle_check", batch_id, session_id, self.amount(), sender=sender)

    def pay_checker(self) -> None:
        sender = self.anyone() if self.seldom() else self.market.address("verification")
        checker = self.anyone().address
        self.call("revenue", "pay_checker", checker, self.amount() // 10, sender=sender)

    def credit(self) -> None:
        model_id = self.pick(self.models)
        self.call("revenue", "credit", model_id, ZERO_ADDRESS, WAD, 1, 1, sender=self.anyone())

    def pay_model(self) -> None:
        model_id = self.pick((0, 99, MAX_UINT256)) if self.seldom() else self.pick(self.models)
        self.call("revenue", "pay_model", model_id, self.amount(), sender=self.market.intruder)

    def set_data_providers(self) -> None:
        model_id = self.pick((0, 99)) if self.rng.random() < 0.05 else self.pick(self.models)
        shares = self.pick(SHARES)
        providers = tuple(role(f"provider {number}").address for number in range(len(shares)))
        if self.seldom():
            providers = self.pick((providers[1:], (ZERO_ADDRESS,) * len(shares), providers[:1] * 2))
        sender = self.anyone() if self.seldom() else self.market.creator
        self.call("revenue", "set_data_providers", model_id, providers, shares, sender=sender)

    def distribute(self) -> None:
        model_id = self.pick((0, 99)) if self.seldom() else self.pick(self.models)
        self.call("revenue", "distribute", model_id, sender=self.anyone())

    def withdraw_revenue(self) -> None:
        account = self.pick((self.anyone().address, self.market.address("timelock"), ZERO_ADDRESS))
        self.call("revenue", "withdraw", account, sender=self.anyone())

    def set_tariff(self) -> None:
        prices = tariff(
            dynamic=bool(self.rng.integers(2)),
            price=self.pick((0, WAD // 7, 3)),
            host_fee=self.pick((0, 6_000)),
            data_pool=self.pick((0, 1, 3_000)),
        )
        model_id = self.pick(self.models)
        self.call("pricing", "set_tariff", model_id, prices, sender=self.market.creator)

    def wait(self) -> None:
        self.market.wait(self.pick((1, DAY // 2, DAY, 3 * DAY)))


ACTIONS = {
    Walk.deposit: 3,
    Walk.withdraw: 2,
    Walk.open_session: 9,
    Walk.settle: 12,
    Walk.release: 6,
    Walk.request_close: 2,
    Walk.close_session: 2,
    Walk.check: 2,
    Walk.pay_checker: 1,
    Walk.credit: 1,
    Walk.pay_model: 2,
    Walk.set_data_providers: 2,
    Walk.distribute: 4,
    Walk.withdraw_revenue: 2,
    Walk.set_tariff: 1,
    Walk.wait: 5,
}


def test_a_long_walk_through_settlement_and_revenue_never_diverges(lockstep):
    market = OpenMarket(lockstep.executor, lockstep.deployment, tariff())
    market.fund(market.intruder, "revenue")
    creator, host = market.creator.address, market.host.address
    child = market.fork("child", market.model_id, 1_000, {creator: 3_333, host: 6_667})
    market.must("pricing", "set_tariff", child, tariff(dynamic=True), sender=market.creator)
    walk = Walk(market, stream(11, "walk"), models=[market.model_id, child])
    weights = np.array(list(ACTIONS.values())) / sum(ACTIONS.values())

    for choice in walk.rng.choice(len(ACTIONS), size=STEPS, p=weights):
        list(ACTIONS)[choice](walk)
    lockstep.executor.end_tick(market.now, full=True)

    assert len(walk.sessions) > 20
    assert len(walk.batches) > 20
    assert walk.refusals >= {
        "BatchHeld",
        "BatchReleased",
        "BatchSizeInvalid",
        "CloseTooEarly",
        "ContributorInvalid",
        "DataProvidersAlreadySet",
        "EmptyEntry",
        "EpochAfterExpiry",
        "EpochOutOfWindow",
        "HostNotActive",
        "InsufficientEscrow",
        "ModelNotActive",
        "NothingAccrued",
        "NothingOwed",
        "OnlyGateway",
        "OnlyVerification",
        "Panic",
        "PriceAboveMaximum",
        "ReceiptReplayed",
        "SequenceGap",
        "SessionClosed",
        "SessionExpired",
        "SessionMaximumExceeded",
        "UnknownBatch",
        "UnknownSession",
        "VersionNotServable",
        "WrongModel",
        "WrongSigner",
    }
