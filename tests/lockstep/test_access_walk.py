"""A random walk through access, credits, passes and leases, in lockstep; some numbers extreme."""

from typing import Any

import numpy as np

from protocol.access_terms import MODES, NO_GRANTS, Claim
from protocol.credits import CreditOffer
from protocol.money import MAX_UINT256, WAD
from protocol.parameters import DAY
from protocol.subscriptions import SubscriptionOffer
from protocol.types import ZERO_ADDRESS
from sim.invariants import judge_all
from sim.streams import stream
from tests.noted_market import NotedMarket
from tests.open_market import DEPOSIT

STEPS = 500
MAX_UINT64 = 2**64 - 1
SHARES = (0, 1, 2_500, 10_000)
COLLECTIONS = ("model_registry", "credits", "subscriptions", "gateway")


class Walk:
    """Chooses calls that mostly make sense, and some that never do."""

    def __init__(self, market: NotedMarket, rng: np.random.Generator) -> None:
        self.market, self.rng = market, rng
        self.people = [market.user, market.guest("second"), market.guest("third")]
        self.sessions = {who.address: market.session_of(who, DEPOSIT // 2) for who in self.people}
        self.refusals: set[str] = set()
        for who in (*self.people, market.creator):
            for spender in ("credits", "subscriptions", "access"):
                market.fund(who, spender, 100 * WAD)

    def pick(self, choices: Any) -> Any:
        return choices[int(self.rng.integers(len(choices)))]

    def seldom(self) -> bool:
        return bool(self.rng.random() < 0.15)

    def anyone(self) -> Any:
        return self.pick([*self.people, self.market.creator])

    def owner(self) -> Any:
        return self.anyone() if self.seldom() else self.market.creator

    def do(self, contract: str, function: str, *arguments: Any, sender: Any) -> None:
        receipt = self.market.call(contract, function, *arguments, sender=sender)
        if receipt.refusal is not None:
            self.refusals.add(type(receipt.refusal).__name__)

    def grant(self) -> None:
        market = self.market
        grants = NO_GRANTS._replace(
            is_closed=bool(self.rng.random() < 0.3),
            allowlist_discount_bps=self.pick(SHARES),
            gate_discount_bps=self.pick(SHARES[2:]),
            stake_discount_bps=self.pick((2_500, 5_000, 10_000, 10_001)),
            collection=market.address(self.pick(COLLECTIONS if self.seldom() else COLLECTIONS[:1])),
            first_token_id=self.pick((0, 2)) if self.seldom() else 1,
            last_token_id=self.pick((0, MAX_UINT64)) if self.seldom() else 3,
            gate_calls=self.pick((0, 7, 30, MAX_UINT64)),
            calls_per_unit=self.pick((1, 9, MAX_UINT64)),
            stake_unit=self.pick((0, 1, WAD)),
        )
        self.do("access", "set_grants", market.model_id, grants, sender=self.owner())

    def allow(self) -> None:
        accounts = (self.pick(self.people).address,) * (65 if self.seldom() else 1)
        is_allowed = bool(self.rng.random() < 0.3)
        model_id = self.market.model_id
        self.do("access", "set_allowed", model_id, accounts, is_allowed, sender=self.owner())

    def stake(self) -> None:
        function = self.pick(("lock", "lock", "unlock"))
        amount = self.pick((0, 1, WAD, 3 * WAD, MAX_UINT256))
        self.do("access", function, self.market.model_id, amount, sender=self.anyone())

    def withdraw(self) -> None:
        self.do("access", "withdraw", self.market.model_id, sender=self.anyone())

    def offer(self) -> None:
        price = self.pick((0, 1, WAD // 20))
        credit = CreditOffer(price, self.pick((0, DAY, 40 * DAY, 2**32 - 1)), self.pick((0, 1, 2)),
                             self.seldom() or self.seldom())  # fmt: skip
        offer = SubscriptionOffer(price, self.pick((0, 5, 40)), self.pick((DAY, 30 * DAY)))
        kind = self.pick((("credits", credit), ("subscriptions", offer)))
        self.do(kind[0], "set_offer", self.market.model_id, kind[1], sender=self.owner())

    def buy(self) -> None:
        cost, model_id = self.pick((MAX_UINT256, MAX_UINT256, 1)), self.market.model_id
        calls = self.pick((0, 3, 25, MAX_UINT64))
        self.do("credits", "buy", model_id, calls, cost, sender=self.anyone())

    def subscribe(self) -> None:
        cost, who = self.pick((MAX_UINT256, MAX_UINT256, 1)), self.anyone()
        if self.rng.random() < 0.5:
            self.do("subscriptions", "subscribe", self.market.model_id, cost, sender=who)
        else:
            self.do("subscriptions", "renew", self.token("subscriptions"), cost, sender=who)

    def token(self, contract: str) -> int:
        count = self.market.view(contract, "count")
        return int(self.rng.integers(0, count + 2))

    def own(self, contract: str, who: Any) -> int:
        """Return a token of somebody's, or any."""
        view = self.market.view
        ids = range(1, view(contract, "count") + 1)
        own = [each for each in ids if view(contract, "owner_of", each) == who.address]
        return self.pick(own) if own and not self.seldom() else self.token(contract)

    def present(self) -> None:
        who = self.pick(self.people)
        claim = Claim(
            self.own("subscriptions", who),
            self.own("model_registry", who),
            self.own("credits", who),
        )
        model_id = 9 if self.seldom() else self.market.model_id
        self.do("access", "present", model_id, claim, sender=who)

    def hand_over(self) -> None:
        contract = self.pick(("credits", "subscriptions", "model_registry", "model_registry"))
        token = self.token(contract)
        owner = self.market.view(contract, "owner_of", token)
        sender = owner if isinstance(owner, str) and not self.seldom() else self.anyone().address
        if contract == "model_registry" and token == self.market.model_id:
            return
        to = self.pick(self.people).address
        self.do(contract, "transfer_from", sender, to, token, sender=sender)

    def lease(self) -> None:
        token = self.token("subscriptions")
        owner = self.market.view("subscriptions", "owner_of", token)
        sender = owner if isinstance(owner, str) and not self.seldom() else self.anyone()
        user = self.pick((ZERO_ADDRESS, self.anyone().address, self.anyone().address))
        expires = self.market.now + self.pick((-1, 0, 2 * DAY, 9 * DAY))
        self.do("subscriptions", "set_user", token, user, expires, sender=sender)

    def lapse(self) -> None:
        contract = self.pick(("credits", "subscriptions"))
        self.do(contract, "lapse", self.token(contract), sender=self.anyone())
        self.do("credits", "refund", self.token("credits"), sender=self.anyone())

    def settle(self) -> None:
        entries = []
        for who in self.people[: int(self.rng.integers(1, 4))]:
            session_id = self.sessions[who.address]
            settled = self.market.view("gateway", "session_of", session_id).settled_sequence
            calls = self.pick((1, 3, 12))
            epoch = self.market.epoch - int(self.rng.integers(0, 4))
            entries.append(self.market.entry(session_id, settled + 1, settled + calls, epoch=epoch))
        self.do("gateway", "settle", self.market.model_id, bytes(32), tuple(entries),
                sender=self.market.host)  # fmt: skip

    def wait(self) -> None:
        self.market.wait(self.pick((1, DAY // 2, DAY, 6 * DAY, 29 * DAY)))


ACTIONS = {
    Walk.grant: 6,
    Walk.allow: 2,
    Walk.stake: 3,
    Walk.withdraw: 2,
    Walk.offer: 3,
    Walk.buy: 6,
    Walk.subscribe: 4,
    Walk.present: 7,
    Walk.hand_over: 5,
    Walk.lease: 4,
    Walk.lapse: 3,
    Walk.settle: 12,
    Walk.wait: 4,
}


def test_a_long_walk_through_access_never_diverges(lockstep):
    market = NotedMarket(lockstep.executor, lockstep.deployment)
    market.wait(20 * DAY)
    for name in ("second", "third"):
        market.register(name, {market.creator.address: 10_000})
    walk = Walk(market, stream(5, "walk"))
    weights = np.array(list(ACTIONS.values())) / sum(ACTIONS.values())

    for choice in walk.rng.choice(len(ACTIONS), size=STEPS, p=weights):
        list(ACTIONS)[choice](walk)
    lockstep.executor.end_tick(market.now, full=True)

    findings = {
        each.name: found for each, found in judge_all(lockstep.executor.world, market.ledger)
    }
    assert {name: each for name, each in findings.items() if each.state == "violated"} == {}
    granted = {MODES[mode] for _, _, mode in market.ledger.access.by_user}
    assert granted == {"subscription", "allowlist", "token gate", "stake gate", "credits"}
    assert walk.refusals >= {
        "AccessRefused",
        "AllowlistSizeInvalid",
        "AmountIsZero",
        "CostAboveMaximum",
        "DiscountAboveWhole",
        "InsufficientStake",
        "LeaseRunning",
        "NoOffer",
        "NotModelOwner",
        "NotPassHolder",
        "NotTransferable",
        "NothingUnbonding",
        "StillUnbonding",
        "StillValid",
        "TokenRangeInvalid",
        "UnknownCollection",
        "VersionNotServable",
    }
