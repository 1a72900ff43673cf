"""A random walk through rights of every kind, in lockstep: sold, handed on, locked, used, paid."""

from typing import Any

import numpy as np

from protocol.access_terms import INFERENCE_RIGHT
from protocol.licences import Terms
from protocol.lineage import Parent
from protocol.money import BPS, MAX_UINT256
from protocol.parameters import DAY
from protocol.rights_terms import FINE_TUNE, INFERENCE, KINDS, REVENUE, RightTerms
from sim.invariants import judge_all
from sim.streams import stream
from tests.noted_market import NotedMarket
from tests.open_market import DEPOSIT
from tests.rights_market import RightsMarket

STEPS = 500
WITH_APPROVAL = Terms(True, 1, 0, False, MAX_UINT256, MAX_UINT256)
TERMS = {kind: RightTerms(40, 0, 0) for kind in range(len(KINDS))}
TERMS[INFERENCE] = RightTerms(40, 7, 4_000)
TERMS[REVENUE] = RightTerms(7_000, 0, 0)


class NotedRightsMarket(NotedMarket, RightsMarket):
    """Both at once."""


class Walk:
    """Chooses calls that mostly make sense, and some that never do."""

    def __init__(self, market: NotedRightsMarket, rng: np.random.Generator) -> None:
        self.market, self.rng = market, rng
        shares = {market.creator.address: 3_000, market.address("model_registry"): 7_000}
        market.model_id = market.register("walked", shares, WITH_APPROVAL)
        market.must("pricing", "set_tariff", market.model_id, market.tariff, sender=market.creator)
        self.people = [market.user, market.guest("second"), market.guest("third"), market.creator]
        self.sessions = {
            who.address: market.session_of(who, DEPOSIT // 2) for who in self.people[:3]
        }
        self.refusals: set[str] = set()
        self.forks = 0
        for who in self.people:
            market.fund(who, "rights")
        market.fund(market.intruder, "revenue")

    def pick(self, choices: Any) -> Any:
        return choices[int(self.rng.integers(len(choices)))]

    def anyone(self) -> Any:
        return self.pick(self.people)

    def owner(self) -> Any:
        return self.anyone() if self.rng.random() < 0.2 else self.market.creator

    def right(self) -> tuple[int, int]:
        kind = int(self.rng.integers(len(KINDS)))
        return kind, self.market.right(kind)

    def do(self, contract: str, function: str, *arguments: Any, sender: Any) -> bool:
        receipt = self.market.call(contract, function, *arguments, sender=sender)
        if receipt.refusal is not None:
            self.refusals.add(type(receipt.refusal).__name__)
        return receipt.ok

    def mint(self) -> None:
        kind = int(self.rng.integers(len(KINDS) + 1))
        terms = TERMS.get(kind, TERMS[FINE_TUNE])
        model_id, owner = self.market.model_id, self.owner()
        self.do("rights", "fix_terms", model_id, kind, terms, sender=owner)
        units = self.pick((0, 3, terms.maximum_units // 4))
        self.do("rights", "mint", model_id, kind, units, sender=owner)

    def list(self) -> None:
        _, right_id = self.right()
        units, price = self.pick((0, 1, 5, 100)), self.pick((0, 1, 1_000_003))
        until = self.market.now + self.pick((-1, 0, 5 * DAY, 90 * DAY))
        self.do("rights", "list", right_id, units, price, until, sender=self.anyone())

    def buy(self) -> None:
        _, right_id = self.right()
        cost = self.pick((1, MAX_UINT256, MAX_UINT256))
        seller, units = self.anyone().address, self.pick((0, 1, 1, 4))
        self.do("rights", "buy", right_id, seller, units, cost, sender=self.anyone())

    def hand_on(self) -> None:
        _, right_id = self.right()
        to, units = self.anyone().address, self.pick((0, 1, 3, 50))
        self.do("rights", "transfer", to, right_id, units, sender=self.anyone())

    def lock(self) -> None:
        function, units = self.pick(("lock", "lock", "unlock")), self.pick((0, 1, 2))
        self.do("rights", function, self.market.model_id, units, sender=self.anyone())

    def reclaim(self) -> None:
        self.do("rights", "reclaim", self.market.model_id, sender=self.anyone())

    def fork(self) -> None:
        who = self.anyone()
        registration = self.market.registration(f"fork {self.forks}", {who.address: BPS})
        parent = Parent(self.market.model_id, 1, self.pick((0, 500)))
        self.forks += self.do("lineage", "fork", parent, registration, sender=who)

    def earn(self) -> None:
        model_id, amount = self.market.model_id, self.pick((1, 999_999, 10**9 + 7))
        self.do("revenue", "pay_model", model_id, amount, sender=self.market.intruder)
        self.do("revenue", "distribute", model_id, sender=self.anyone())

    def collect(self) -> None:
        account = self.anyone().address
        self.do("rights", "settle", self.market.model_id, account, sender=self.anyone())
        self.do("rights", "withdraw", account, sender=self.anyone())

    def use(self) -> None:
        who = self.pick(self.people[:3])
        session_id = self.sessions[who.address]
        settled = self.market.view("gateway", "session_of", session_id)[2]
        entry = self.market.entry(session_id, settled + 1, settled + self.pick((1, 3, 12)))
        batch = (self.market.model_id, bytes(32), (entry,))
        self.do("gateway", "settle", *batch, sender=self.market.host)

    def wait(self) -> None:
        self.market.wait(self.pick((1, DAY, 6 * DAY)))


ACTIONS = {
    Walk.mint: 5,
    Walk.list: 8,
    Walk.buy: 12,
    Walk.hand_on: 8,
    Walk.lock: 8,
    Walk.reclaim: 3,
    Walk.fork: 3,
    Walk.earn: 5,
    Walk.collect: 5,
    Walk.use: 8,
    Walk.wait: 2,
}


def test_a_long_walk_through_rights_never_diverges(lockstep):
    market = NotedRightsMarket(lockstep.executor, lockstep.deployment)
    walk = Walk(market, stream(5, "walk"))
    weights = np.array(list(ACTIONS.values())) / sum(ACTIONS.values())

    for choice in walk.rng.choice(len(ACTIONS), size=STEPS, p=weights):
        list(ACTIONS)[choice](walk)
    lockstep.executor.end_tick(market.now, full=True)

    findings = {
        each.name: found for each, found in judge_all(lockstep.executor.world, market.ledger)
    }
    assert {name: each for name, each in findings.items() if each.state == "violated"} == {}
    total = market.ledger.total
    assert total["fine_tunes_used"] >= 3
    assert total["revenue_shared"] > 0
    assert {mode for _, _, mode in market.ledger.access.by_user} == {INFERENCE_RIGHT}
    assert walk.refusals >= {
        "AmountIsZero",
        "CostAboveMaximum",
        "ERC6909InsufficientBalance",
        "InsufficientStake",
        "IssueAboveMaximum",
        "ListingOver",
        "NotModelOwner",
        "NotSoMany",
        "NothingEarned",
        "NothingOwed",
        "NothingUnbonding",
        "StillUnbonding",
        "TermsAreFixed",
        "UnknownRight",
    }
