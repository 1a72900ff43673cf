"""Rights to sealed weights: whoever holds one gets the key, and may sell it on when it has read."""

from typing import TYPE_CHECKING

from protocol.money import BPS
from protocol.rights_terms import KINDS, WEIGHTS, RightTerms
from sim.agents.base import Actions, MarketAgent
from sim.agents.publisher import Publisher
from sim.agents.reading_rights import ask_for_weights
from sim.agents.user import tokens
from sim.catalogue import Listing
from sim.streams import stream
from sim.unit_book import Asked, base_units

if TYPE_CHECKING:
    from sim.market import Market


class WeightsRights:
    """
    The market for weights rights; where no maker issues any nothing ever happens in it.

    A key that is out stays out, so a right that was used is worth to its holder what the next
    reader pays, less what that reader's model takes from the holder's own (first sale).
    """

    def __init__(self, market: "Market") -> None:
        self._market = market
        self._terms = market.scenario.population.creators.rights
        self.is_sold = bool(self._terms.weights_rights)
        self._read: dict[str, list[Listing]] = {}
        self._sellers: tuple[Publisher, ...] = ()
        if self.is_sold:
            self._sellers = (*market.creators, *market.fine_tuners, *market.copiers)
        self._draws = {
            each.name: stream(market.seed, f"{each.name}/weights-rights") for each in self._sellers
        }

    def step(self) -> None:
        """Let makers and those who have read review what they ask."""
        market = self._market
        for seller in self._sellers:
            own = [offer.listing for offer in seller.offers if seller.seals]
            for listing in (*own, *self._read.get(seller.name, ())):
                if self._draws[seller.name].random() < market.per_day(self._terms.review):
                    market.perform(seller, self._review(seller, listing))

    def cheapest(self, listing: Listing, buyer: MarketAgent) -> Asked | None:
        """Return the lowest ask for the right to a model's weights."""
        return self._market.units.cheapest(listing.model_id, WEIGHTS, buyer)

    def buy(self, buyer: MarketAgent, listing: Listing) -> Actions:
        """Buy one unit of who asks least."""
        asked = self.cheapest(listing, buyer)
        if asked is not None:
            rights = self._market.world.addresses["rights"]
            yield buyer.call("settlement_token", "approve", rights, asked.price)
            yield from self._market.units.buy(buyer, listing.model_id, WEIGHTS, asked, 1)

    def note_read(self, reader: MarketAgent, listing: Listing) -> None:
        """Take in that somebody got a key: it has no more use for the right."""
        if self.is_sold and self._terms.resale == "when_it_pays":
            self._read.setdefault(reader.name, []).append(listing)

    def resold_for(self) -> float:
        """Return what a right has brought its buyers so far by being sold on, MNFT."""
        return self._market.units.resold_for(WEIGHTS)

    def makers_proceeds(self, model_id: int) -> int:
        """Return what a model's maker was paid for weights rights, fees deducted."""
        kept = BPS - self._market.parameter("protocolFeeBps")
        return sum(
            sale.amount * kept // BPS
            for sale in self._market.units.sales
            if sale.kind == KINDS[WEIGHTS]
            and sale.model_id == model_id
            and self._market.units.is_makers(sale)
        )

    def _review(self, seller: Publisher, listing: Listing) -> Actions:
        market, model_id = self._market, listing.model_id
        rival = market.units.cheapest(model_id, WEIGHTS, seller)
        rivals = tokens(rival.price) if rival is not None else None
        ask, lost = ask_for_weights(market, listing, seller, self.resold_for(), rivals)
        price = base_units(ask.price)
        if ask.gain <= 0 or price <= 0:
            yield from market.units.end(seller, model_id, WEIGHTS)
            return
        if listing.owner == seller.name:
            right_id = market.view("rights", "id_of", model_id, WEIGHTS)
            if not market.view("rights", "issued_of", right_id):
                units = self._terms.weights_rights
                yield seller.call("rights", "fix_terms", model_id, WEIGHTS, RightTerms(units, 0, 0))
                yield seller.call("rights", "mint", model_id, WEIGHTS, units)
        yield from market.units.ask(seller, model_id, WEIGHTS, price, base_units(lost))
