"""What holds of escrow, sessions, batches and revenue whatever happens."""

from collections import Counter
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from protocol.deployment import Deployment
from protocol.money import WAD, split
from protocol.parameters import DAY, resolve
from protocol.types import Address
from protocol.world import World
from tests.open_market import OpenMarket, role

GENESIS = 1_700_006_400
SUPPLY = resolve({})["initialSupply"]
PRICE = WAD // 7
AMOUNTS = st.one_of(st.integers(0, 10), st.integers(0, 2_000 * WAD))


def new_market() -> OpenMarket:
    deployment = Deployment(values=resolve({}), genesis_timestamp=GENESIS)
    market = OpenMarket(World(deployment, lambda *_: False), deployment)
    market.fund(market.intruder, "revenue")
    tariff = market.tariff._replace(per_call=PRICE, per_input_token=1, data_pool_bps=777)
    market.must("pricing", "set_tariff", market.model_id, tariff, sender=market.creator)
    market.wait(DAY)
    return market


class SettlementMachine(RuleBasedStateMachine):
    """Any calls in any order, some of them nonsense: value is conserved, nothing paid twice."""

    def __init__(self) -> None:
        super().__init__()
        self.market = new_market()
        self.world = self.market.executor
        shares = {self.market.creator.address: 3_333, self.market.host.address: 6_667}
        self.models = [self.market.model_id]
        self.models.append(self.market.fork("child", self.models[0], 1_234, shares))
        self.sessions: list[bytes] = []
        self.settled: Counter[tuple[bytes, int]] = Counter()

    def call(self, contract: str, function: str, *arguments: Any, sender: Any) -> Any:
        before = self.world.digest()
        receipt = self.market.call(contract, function, *arguments, sender=sender)
        # A refused call leaves no trace.
        assert receipt.ok or self.world.digest() == before
        return receipt

    @rule(amount=AMOUNTS)
    def deposit(self, amount: int) -> None:
        self.call("gateway", "deposit", amount, sender=self.market.user)

    @rule(amount=AMOUNTS)
    def withdraw(self, amount: int) -> None:
        self.call("gateway", "withdraw", amount, sender=self.market.user)

    @rule(nonce=st.integers(0, 5), maximum_total=AMOUNTS, lifetime=st.integers(0, 9))
    def open_session(self, nonce: int, maximum_total: int, lifetime: int) -> None:
        session = self.market.session(
            nonce=nonce,
            maximum_total=maximum_total,
            maximum_price=WAD,
            expires_at=self.market.now + lifetime * DAY,
        )
        signature = self.market.sign(session)
        receipt = self.call("gateway", "open_session", session, signature, sender=self.market.host)
        if receipt.ok:
            self.sessions.append(receipt.value)

    @rule(
        place=st.integers(0, 9),
        shift=st.integers(-1, 1),
        count=st.integers(0, 4),
        age=st.integers(0, 9),
    )
    def settle(self, place: int, shift: int, count: int, age: int) -> None:
        if not self.sessions:
            return
        session_id = self.sessions[place % len(self.sessions)]
        state = self.market.view("gateway", "session_of", session_id)
        first = max(state.settled_sequence + 1 + (shift if age % 3 == 0 else 0), 0)
        entry = self.market.entry(
            session_id,
            first,
            first + count,
            epoch=self.market.now // DAY - age // 3,
            input_tokens=age,
        )
        model_id = state.session.model_id
        receipt = self.call(
            "gateway", "settle", model_id, bytes(32), (entry,), sender=self.market.host
        )
        if receipt.ok:
            self.settled.update((session_id, n) for n in range(first, first + count + 1))

    @rule(batch_id=st.integers(0, 6))
    def release(self, batch_id: int) -> None:
        self.call("gateway", "release", (batch_id,), sender=self.market.intruder)

    @rule(batch_id=st.integers(0, 6), place=st.integers(0, 9), refund=AMOUNTS)
    def check(self, batch_id: int, place: int, refund: int) -> None:
        if not self.sessions:
            return
        verification = self.market.address("verification")
        if self.call("gateway", "hold", batch_id, sender=verification).ok:
            session_id = self.sessions[place % len(self.sessions)]
            self.call("gateway", "settle_check", batch_id, session_id, refund, sender=verification)

    @rule(place=st.integers(0, 9), by_host=st.booleans())
    def close(self, place: int, by_host: bool) -> None:
        if not self.sessions:
            return
        session_id = self.sessions[place % len(self.sessions)]
        self.call("gateway", "request_close", session_id, sender=self.market.user)
        sender = self.market.host if by_host else self.market.intruder
        self.call("gateway", "close_session", session_id, sender=sender)

    @rule(which=st.integers(0, 1), amount=AMOUNTS)
    def pay_model(self, which: int, amount: int) -> None:
        self.call("revenue", "pay_model", self.models[which], amount, sender=self.market.intruder)

    @rule(which=st.integers(0, 1))
    def distribute(self, which: int) -> None:
        self.call("revenue", "distribute", self.models[which], sender=self.market.intruder)

    @rule(amount=AMOUNTS)
    def pay_checker(self, amount: int) -> None:
        verification = self.market.address("verification")
        checker = self.market.intruder.address
        self.call("revenue", "pay_checker", checker, amount, sender=verification)

    @rule(which=st.sampled_from(("host", "creator", "intruder")))
    def withdraw_revenue(self, which: str) -> None:
        account = getattr(self.market, which).address
        self.call("revenue", "withdraw", account, sender=self.market.user)

    @rule(which=st.integers(0, 1), shares=st.sampled_from(((10_000,), (1, 9_999), (3_000, 7_000))))
    def name_data_providers(self, which: int, shares: tuple[int, ...]) -> None:
        accounts = (self.market.user.address, self.market.host.address)[: len(shares)]
        model_id = self.models[which]
        self.call(
            "revenue",
            "set_data_providers",
            model_id,
            accounts,
            shares,
            sender=self.market.creator,
        )

    @rule(days=st.integers(1, 4))
    def wait(self, days: int) -> None:
        self.market.wait(days * DAY)

    def balance(self, contract: str) -> int:
        address = self.market.address(contract)
        return self.market.view("settlement_token", "balance_of", address)

    @invariant()
    def the_gateway_holds_exactly_what_it_owes(self) -> None:
        gateway = self.world.gateway
        escrows = sum(map(sum, gateway._escrows.values()))
        assert self.balance("gateway") == escrows + sum(b.held for b in gateway._batches.values())

    @invariant()
    def what_is_locked_is_what_open_sessions_may_still_spend(self) -> None:
        locked: Counter[Address] = Counter()
        for state in self.world.gateway._sessions.values():
            assert 0 <= state.spent <= state.session.maximum_total
            if not state.closed:
                locked[state.session.user] += state.session.maximum_total - state.spent
        for user, (available, user_locked) in self.world.gateway._escrows.items():
            assert user_locked == locked[user]
            assert available >= 0

    @invariant()
    def revenue_holds_exactly_what_it_owes(self) -> None:
        revenue = self.world.revenue
        accrued = sum(accrual for accrual, _ in revenue._accruals.values())
        owed = sum(revenue._owed.values())
        assert self.balance("revenue") == accrued + owed + revenue._pool.value

    @invariant()
    def a_receipt_settles_at_most_once(self) -> None:
        assert all(times == 1 for times in self.settled.values())
        for (session_id, sequence), _ in self.settled.items():
            state = self.world.gateway._sessions[session_id]
            assert sequence <= state.settled_sequence

    @invariant()
    def no_token_is_made_or_lost(self) -> None:
        token = self.world.settlement_token
        assert sum(token._balances.values()) == SUPPLY


SettlementMachine.TestCase.settings = settings(
    settings.get_profile("suite"), max_examples=15, stateful_step_count=40
)
TestSettlementConservesValue = SettlementMachine.TestCase


SHARES = st.lists(st.integers(1, 100), min_size=1, max_size=5).map(
    lambda weights: [
        *(weight * 10_000 // sum(weights) for weight in weights[1:]),
        10_000 - sum(weight * 10_000 // sum(weights) for weight in weights[1:]),
    ]
)


@given(st.integers(0, 2**128), SHARES)
def test_a_split_pays_all_but_less_than_a_unit_per_part(amount, shares):
    # T16: sum of the floors >= amount - (parts - 1).
    parts, dust = split(amount, shares)
    assert sum(parts) + dust == amount
    assert 0 <= dust <= len(shares) - 1


def family(royalties: list[int]) -> tuple[OpenMarket, list[int]]:
    """Return a chain of models, oldest first, each with two contributors."""
    market = new_market()
    models = [market.model_id]
    for number, royalty_bps in enumerate(royalties):
        shares = {role(f"maker {number}").address: 3_141, market.creator.address: 6_859}
        models.append(market.fork(f"model {number}", models[-1], royalty_bps, shares))
    return market, models


def settle_up(market: OpenMarket, models: list[int], order: list[int]) -> int:
    """Distribute in the order given, then once from the youngest model to the oldest."""
    count = 0
    for position in [*order, *reversed(range(len(models)))]:
        model_id = models[position % len(models)]
        count += market.call("revenue", "distribute", model_id, sender=market.user).ok
    return count


@settings(max_examples=20)
@given(
    st.lists(st.integers(0, 5_000), min_size=1, max_size=4),
    st.lists(st.integers(0, 10**6), min_size=5, max_size=5),
    st.lists(st.integers(0, 4), max_size=12),
)
def test_the_order_of_distribution_does_not_matter_up_to_dust(royalties, payments, order):
    owed, counts = [], 0
    for chosen in (order, []):
        market, models = family(royalties)
        for model_id, amount in zip(models, payments, strict=False):
            if amount:
                market.must("revenue", "pay_model", model_id, amount, sender=market.intruder)
        counts += settle_up(market, models, chosen)
        owed.append(dict(market.executor.revenue._owed))
        left = [market.view("revenue", "accrued_of", model_id) for model_id in models]
        # Two contributors and a parent: less than a unit each stays.
        assert all(dust <= 2 for dust in left)
        assert sum(owed[-1].values()) + sum(left) == sum(payments[: len(models)])

    # Each distribution rounds each account's part by less than a unit, and what stays is dust.
    for account in owed[0] | owed[1]:
        difference = owed[0].get(account, 0) - owed[1].get(account, 0)
        assert abs(difference) <= counts + 2 * len(models)
