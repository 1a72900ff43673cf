"""Collectors: they buy models whose future income is worth more to them than the price asked."""

from protocol.money import MAX_UINT256
from sim.agents.base import Actions
from sim.agents.publisher import Publisher


class Collector(Publisher):
    """
    An owner who made nothing: it runs what it bought, and lives off the owner's share.

    It prices, plans capacity, approves forks and distributes as any owner does; it trains nothing.
    """

    def join(self) -> Actions:
        """Let the marketplace pull what purchases cost."""
        marketplace = self.market.world.addresses["marketplace"]
        yield self.call("settlement_token", "approve", marketplace, MAX_UINT256)

    def shop(self) -> Actions:
        """
        Now and then look at what is for sale, and buy the model with the largest surplus: what it
        is worth to this collector less its price, if that is positive and there is cash.
        """
        resale = self.market.resale
        if not resale.disposition_of(self).reviews():
            return
        cash = self.market.view("settlement_token", "balance_of", self.address)
        surplus, model_id, price = max(
            (
                (resale.worth_to(self, model_id) - price, model_id, price)
                for model_id, price in resale.on_sale(self)
                if price <= cash
            ),
            default=(0, 0, 0),
        )
        if surplus > 0:
            yield from resale.buy(self, model_id, price)
