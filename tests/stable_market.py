"""A model that is priced in the stable token: what tests of currencies begin with."""

from typing import Any

from protocol.money import MAX_UINT256, WAD
from protocol.stable_token import UNIT
from sim.accounts import Account
from tests.open_market import OpenMarket

STABLE_PRICE = UNIT // 20
STABLE_DEPOSIT = 500 * UNIT
SUPPLY = 100_000 * WAD


class StableMarket(OpenMarket):
    """An open market with a second model, whose calls are paid with the stable token."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.stable = self.address("stable_token")
        self.mnft = self.address("settlement_token")
        # The owner's share is half, the creator's own the other half.
        shares = {self.creator.address: 5_000, self.address("model_registry"): 5_000}
        self.in_mnft, self.model_id = self.model_id, self.register("stable", shares)
        self.must("pricing", "set_currency", self.model_id, self.stable, sender=self.creator)
        tariff = self.tariff._replace(per_call=STABLE_PRICE)
        self.must("pricing", "set_tariff", self.model_id, tariff, sender=self.creator)
        self.fund_stable(self.user)
        self.must("gateway", "deposit_in", self.stable, STABLE_DEPOSIT, sender=self.user)

    def fund_stable(self, who: Account, spender: str = "gateway") -> None:
        """Give stable tokens to an account that lets a contract take any of them."""
        self.give("stable_token", who, 1_000 * UNIT, spender)

    def give(self, token: str, who: Account, amount: int, spender: str) -> None:
        """Give tokens of any kind to an account that lets a contract take any of them."""
        self.must(token, "transfer", who.address, amount, sender=self.deployment.deployer)
        self.must(token, "approve", self.address(spender), MAX_UINT256, sender=who)

    def stable_session(self, **changes: Any) -> Any:
        """Return a session for 100 calls of the model that is priced in the stable token."""
        usual = {"maximum_price": STABLE_PRICE, "maximum_total": 100 * STABLE_PRICE}
        return self.session(**usual | changes)

    def paid(self, calls: int) -> int:
        """Let the user call the model and the batch be released; return what the calls cost."""
        batch_id = self.settle(self.entry(self.open(self.stable_session()), 1, calls))
        self.wait_for_release()
        self.must("gateway", "release", (batch_id,), sender=self.host)
        return calls * STABLE_PRICE
