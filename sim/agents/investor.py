"""Investors: they buy shares of models' revenue that are worth more to them than the price."""

import math
from typing import TYPE_CHECKING

from protocol.money import MAX_UINT256
from protocol.rights_terms import REVENUE
from sim.accounts import Account
from sim.agents.base import Actions, MarketAgent
from sim.agents.publisher import COLLECT_EVERY
from sim.streams import stream

if TYPE_CHECKING:
    from sim.market import Market


class Investor(MarketAgent):
    """One investor, with a discount rate of its own; it keeps what it bought."""

    def __init__(self, market: "Market", account: Account) -> None:
        super().__init__(market, account)
        traits = market.scenario.population.investors
        self._draws = stream(market.seed, f"{self.name}/purchases")
        normal = stream(market.seed, f"{self.name}/patience").standard_normal()
        self.rate = traits.discount * math.exp(traits.discount_sigma * normal)
        self._review = market.per_day(traits.review)

    def join(self) -> Actions:
        """Let Rights pull what purchases cost."""
        rights = self.market.world.addresses["rights"]
        yield self.call("settlement_token", "approve", rights, MAX_UINT256)

    def invest(self) -> Actions:
        """
        Now and then buy units with the largest surplus: what one is worth to this investor less its
        price, if that is positive, and as many as there are and there is cash for.
        """
        if self._draws.random() >= self._review:
            return
        unbundling = self.market.unbundling
        surplus, model_id, best = max(
            (
                (unbundling.worth_of_unit(model_id, self.rate) - asked.price, model_id, asked)
                for model_id, asked in self.market.units.on_sale(REVENUE)
            ),
            key=lambda found: found[:2],
            default=(0, 0, None),
        )
        if best is not None and surplus > 0:
            yield from self.market.units.buy(self, model_id, REVENUE, best)

    def collect(self) -> Actions:
        """Withdraw what the units have earned."""
        if self.market.tick % COLLECT_EVERY == 0 or self.market.is_last_tick:
            yield from self.market.unbundling.collect(self)
