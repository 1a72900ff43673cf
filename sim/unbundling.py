"""Rights that are sold apart from calls: what creators ask for them, and who buys."""

import math
from typing import TYPE_CHECKING

from protocol.money import BPS, WAD
from protocol.rights_terms import FINE_TUNE, REVENUE, RightTerms
from sim.accounts import account
from sim.agents.base import Actions, MarketAgent
from sim.agents.creator import Creator
from sim.agents.fork_rights import ask_for_a_fork
from sim.agents.investor import Investor
from sim.agents.publisher import Offer
from sim.agents.valuation import Ask, best_ask, lognormal_quantiles, worth
from sim.catalogue import Listing
from sim.streams import stream
from sim.unit_book import base_units

if TYPE_CHECKING:
    from sim.market import Market


class Unbundling:
    """The market for rights; where no creator sells any nothing ever happens in it."""

    def __init__(self, market: "Market") -> None:
        self._market = market
        people = market.scenario.population
        self._terms = people.creators.rights
        self.sells_forks = self._terms.fine_tune == "sold"
        self.investors = [
            Investor(market, account(market.seed, f"investor-{n + 1}"))
            for n in range(people.investors.count)
        ]
        self._rates = lognormal_quantiles(
            people.investors.discount, people.investors.discount_sigma
        )
        self._own_rates: dict[str, float] = {}
        self._draws = {
            owner.name: stream(market.seed, f"{owner.name}/rights")
            for owner in market.creators
            if self.sells_forks or self._terms.revenue_units
        }

    def step(self) -> None:
        """Let creators review what they ask, and investors look around."""
        if not self._draws:
            return
        for owner in self._market.creators:
            for offer in owner.offers:
                if self._draws[owner.name].random() < self._market.per_day(self._terms.review):
                    self._market.perform(owner, self._review(owner, offer))
        self._market.everyone(self.investors, "invest")

    def fork_price(self, parent: Listing) -> int | None:
        """Return what a right to fork a model costs: 0 where none is asked for, None if none is."""
        if not self._is_creators(parent):
            return 0
        asked = self._market.units.cheapest(parent.model_id, FINE_TUNE)
        return None if asked is None else asked.price

    def worth_of_unit(self, model_id: int, rate: float) -> int:
        """
        Return what a unit of a revenue right is worth at a discount rate, in base units.

        A ten-thousandth of the owner's share of payments as they were over the last 30 days.
        """
        horizon = self._market.scenario.population.investors.horizon
        return base_units(worth(self._market.resale.income_of(model_id), rate, horizon) / BPS)

    def collect(self, holder: MarketAgent) -> Actions:
        """Withdraw what an account's revenue units have earned, and what it sold rights for."""
        market = self._market
        if self._terms.revenue_units:
            for owner in market.creators:
                for offer in owner.offers:
                    model_id = offer.listing.model_id
                    right_id = market.view("rights", "id_of", model_id, REVENUE)
                    if market.view("rights", "earned_of", right_id, holder.address):
                        yield holder.call("rights", "settle", model_id, holder.address)
        if market.units.sales and market.view("rights", "owed_to", holder.address):
            yield holder.call("rights", "withdraw", holder.address)

    def _is_creators(self, parent: Listing) -> bool:
        return self.sells_forks and any(
            parent.owner == creator.name for creator in self._market.creators
        )

    def _review(self, owner: Creator, offer: Offer) -> Actions:
        if self.sells_forks:
            ask, lost = ask_for_a_fork(self._market, offer)
            yield from self._ask(owner, offer, FINE_TUNE, ask, base_units(lost))
        if self._terms.revenue_units:
            yield from self._ask_for_revenue(owner, offer)

    def _ask_for_revenue(self, owner: Creator, offer: Offer) -> Actions:
        """Ask the price that promises most of investors who differ in patience alone."""
        model_id = offer.listing.model_id
        own = self.worth_of_unit(model_id, self._rate_of(owner))
        fee = self._market.parameter("protocolFeeBps") / BPS
        values = [self.worth_of_unit(model_id, rate) / WAD for rate in self._rates]
        ask = best_ask(own / WAD, 1 - fee, values, len(self.investors))
        yield from self._ask(owner, offer, REVENUE, ask, own)

    def _ask(self, owner: Creator, offer: Offer, kind: int, ask: Ask, own: int) -> Actions:
        """List what the owner has of a right; where no price promises a gain, end the listing."""
        market, model_id = self._market, offer.listing.model_id
        right_id = market.view("rights", "id_of", model_id, kind)
        price = base_units(ask.price)
        if ask.gain <= 0 or price <= 0:
            yield from market.units.end(owner, model_id, kind)
            return
        if not market.view("rights", "issued_of", right_id):
            units = self._terms.fork_rights if kind == FINE_TUNE else self._terms.revenue_units
            yield owner.call("rights", "fix_terms", model_id, kind, RightTerms(units, 0, 0))
            yield owner.call("rights", "mint", model_id, kind, units)
        yield from market.units.ask(owner, model_id, kind, price, own)

    def _rate_of(self, owner: Creator) -> float:
        """Return a creator's discount rate per year: lognormal, drawn once."""
        if owner.name not in self._own_rates:
            normal = stream(self._market.seed, f"{owner.name}/patience").standard_normal()
            spread = self._terms.discount_sigma * normal
            self._own_rates[owner.name] = self._terms.discount * math.exp(spread)
        return self._own_rates[owner.name]
