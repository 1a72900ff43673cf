"""A market whose model grants access: what tests of access begin with."""

from typing import Any

from protocol.access_terms import NO_GRANTS, Claim, Grants
from protocol.credits import CreditOffer
from protocol.money import MAX_UINT256, WAD
from protocol.parameters import DAY
from protocol.subscriptions import SubscriptionOffer
from sim.accounts import Account
from tests.open_market import CALL_PRICE, DEPOSIT, OpenMarket, role

CREDIT_OFFER = CreditOffer(CALL_PRICE // 2, 60 * DAY, 0, True)
PASS_OFFER = SubscriptionOffer(CALL_PRICE // 4, 20, 30 * DAY)


class ManagedMarket(OpenMarket):
    """An open market with helpers for what its owner grants and its users hold."""

    def set_grants(self, **changes: Any) -> Grants:
        grants = NO_GRANTS._replace(**changes)
        self.must("access", "set_grants", self.model_id, grants, sender=self.creator)
        return grants

    def gate(self, **changes: Any) -> Grants:
        """Give ten free calls a window for each model of the registry that there is."""
        registry = self.address("model_registry")
        count = self.view("model_registry", "count")
        usual = {
            "collection": registry,
            "first_token_id": 1,
            "last_token_id": count,
            "gate_calls": 10,
            "gate_discount_bps": 10_000,
        }
        return self.set_grants(**usual | changes)

    def claim(self, who: Account, *, pass_id: int = 0, gate: int = 0, credit: int = 0) -> None:
        claim = Claim(pass_id, gate, credit)
        self.must("access", "present", self.model_id, claim, sender=who)

    def credits(self, who: Account, calls: int, **changes: Any) -> int:
        """Sell credits to somebody who presents them at once; return the token."""
        offer = CREDIT_OFFER._replace(**changes)
        self.must("credits", "set_offer", self.model_id, offer, sender=self.creator)
        self.fund(who, "credits")
        credit_id = self.must("credits", "buy", self.model_id, calls, MAX_UINT256, sender=who)
        self.claim(who, credit=credit_id)
        return credit_id

    def subscribe(self, who: Account, **changes: Any) -> int:
        """Sell a pass to somebody who presents it at once; return the pass."""
        offer = PASS_OFFER._replace(**changes)
        self.must("subscriptions", "set_offer", self.model_id, offer, sender=self.creator)
        self.fund(who, "subscriptions")
        pass_id = self.must("subscriptions", "subscribe", self.model_id, MAX_UINT256, sender=who)
        self.claim(who, pass_id=pass_id)
        return pass_id

    def session_of(self, who: Account, maximum_total: int = 100 * WAD) -> bytes:
        """Open a session of somebody, for a year; return its id."""
        session = self.session(
            user=who.address, maximum_total=maximum_total, expires_at=self.now + 365 * DAY
        )
        return self.open(session, who)

    def guest(self, name: str) -> Account:
        """Return another user, with money in escrow."""
        guest = role(name)
        self.fund(guest, "gateway")
        self.must("gateway", "deposit", DEPOSIT, sender=guest)
        return guest

    def use(self, session_id: bytes, calls: int, **changes: Any) -> Any:
        """Settle the next calls of a session; return what the user paid for them."""
        _, before, settled, *_ = self.view("gateway", "session_of", session_id)
        self.settle(self.entry(session_id, settled + 1, settled + calls, **changes))
        _, after, *_ = self.view("gateway", "session_of", session_id)
        return after - before

    def authorized(self, who: Account, epoch: int | None = None) -> tuple[int, int]:
        """Return by what right somebody makes the next call, and how many calls that has."""
        epoch = self.epoch if epoch is None else epoch
        return tuple(self.view("access", "authorize", self.model_id, 1, who.address, epoch))

    @property
    def epoch(self) -> int:
        return self.now // self.deployment.values["epochSeconds"]
