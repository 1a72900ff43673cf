"""A model whose owner has issued rights: what tests of rights begin with."""

from typing import Any

from protocol.parameters import DAY
from protocol.rights_terms import FINE_TUNE, INFERENCE, REVENUE, WEIGHTS, RightTerms
from tests.managed_market import ManagedMarket
from tests.open_market import role

UNIT_PRICE = 1_000_003
UNITS = {FINE_TUNE: 5, INFERENCE: 100, REVENUE: 10_000, WEIGHTS: 3}
CALLS_PER_UNIT, DISCOUNT_BPS = 20, 6_000


def terms_of(kind: int, **changes: int) -> RightTerms:
    """Return the usual terms of a kind."""
    gives = (CALLS_PER_UNIT, DISCOUNT_BPS) if kind == INFERENCE else (0, 0)
    return RightTerms(UNITS[kind], *gives)._replace(**changes)


class RightsMarket(ManagedMarket):
    """A market with a model whose owner has a share of its revenue, and an investor."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.buyer = role("investor")
        self.fund(self.buyer, "rights")
        shares = {self.creator.address: 4_000, self.address("model_registry"): 6_000}
        self.model_id = self.register("owned", shares)
        self.must("pricing", "set_tariff", self.model_id, self.tariff, sender=self.creator)

    def right(self, kind: int) -> int:
        """Return the number of a right of the model."""
        return self.view("rights", "id_of", self.model_id, kind)

    def mint(self, kind: int, **changes: int) -> int:
        """Let the owner mint all units of a kind; return the right's number."""
        terms = terms_of(kind, **changes)
        self.must("rights", "fix_terms", self.model_id, kind, terms, sender=self.creator)
        units = terms.maximum_units
        self.must("rights", "mint", self.model_id, kind, units, sender=self.creator)
        return self.right(kind)

    def list(self, right_id: int, units: int, seller: Any = None, days: int = 10) -> Any:
        """Put units up for sale."""
        expires_at = self.now + days * DAY
        return self.call(
            "rights", "list", right_id, units, UNIT_PRICE, expires_at, sender=seller or self.creator
        )

    def buy(self, right_id: int, units: int, seller: Any = None, buyer: Any = None) -> Any:
        """Buy units at what they cost."""
        seller = (seller or self.creator).address
        cost = units * UNIT_PRICE
        return self.call("rights", "buy", right_id, seller, units, cost, sender=buyer or self.buyer)

    def sell(self, kind: int, units: int, to: Any = None, **changes: int) -> int:
        """Mint all units of a kind and sell some; return the right's number."""
        right_id = self.mint(kind, **changes)
        assert self.list(right_id, units).ok
        assert self.buy(right_id, units, buyer=to).ok
        return right_id

    def earn(self, amount: int) -> None:
        """Let the model earn, and distribute it."""
        self.fund(self.intruder, "revenue", amount)
        self.must("revenue", "pay_model", self.model_id, amount, sender=self.intruder)
        self.must("revenue", "distribute", self.model_id, sender=self.intruder)

    def held(self, right_id: int, who: Any) -> int:
        """Return how many units somebody has."""
        return self.view("rights", "balance_of", getattr(who, "address", who), right_id)
