"""Units of rights that are asked for and sold: by whom, to whom, for how much."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from protocol.money import BPS, WAD
from protocol.rights_terms import KINDS
from sim.agents.base import Actions, MarketAgent
from sim.agents.user import tokens

if TYPE_CHECKING:
    from sim.market import Market


class Asked(NamedTuple):
    """What a holder asks for a unit (base units), and how much it is worth to itself."""

    seller: MarketAgent
    price: int
    own_worth: int
    expires_at: int


class UnitSale(NamedTuple):
    """Units that were sold; amounts for all of them, in base units."""

    tick: int
    model_id: int
    kind: str
    seller: str
    buyer: str
    units: int
    amount: int
    own_worth: int


class UnitBook:
    """Every holder's ask for the units of a right, and all sales."""

    def __init__(self, market: "Market") -> None:
        self._market = market
        self._asked: dict[tuple[int, int, str], Asked] = {}
        self.sales: list[UnitSale] = []

    def on_sale(self, kind: int) -> Iterator[tuple[int, Asked]]:
        """Yield the models of which a right is for sale, and what each seller asks for a unit."""
        for (model_id, of_kind, _), asked in self._asked.items():
            if of_kind == kind and self._market.now <= asked.expires_at:
                yield model_id, asked

    def cheapest(self, model_id: int, kind: int, but: MarketAgent | None = None) -> Asked | None:
        """Return the lowest ask for a unit, but one agent's own; None where there is none."""
        asks = [
            asked
            for model, asked in self.on_sale(kind)
            if model == model_id and asked.seller is not but
        ]
        return min(asks, key=lambda asked: asked.price, default=None)

    def ask(self, seller: MarketAgent, model_id: int, kind: int, price: int, own: int) -> Actions:
        """List all that a holder has of a right; in place of what it asked before."""
        market = self._market
        right_id = market.view("rights", "id_of", model_id, kind)
        left = market.view("rights", "balance_of", seller.address, right_id)
        if left == 0:
            return
        until = market.now + market.scenario.population.creators.rights.listing
        receipt = yield seller.call("rights", "list", right_id, left, price, until)
        if receipt.ok:
            self._asked[model_id, kind, seller.name] = Asked(seller, price, own, until)

    def end(self, seller: MarketAgent, model_id: int, kind: int) -> Actions:
        """End a holder's listing, if it has one."""
        if self._asked.pop((model_id, kind, seller.name), None) is not None:
            right_id = self._market.view("rights", "id_of", model_id, kind)
            yield seller.call("rights", "list", right_id, 0, 0, 0)

    def buy(
        self, buyer: MarketAgent, model_id: int, kind: int, asked: Asked, most: int | None = None
    ) -> Actions:
        """Buy as many units as there are, cash allows and are wanted; Rights may pull the price."""
        market, seller = self._market, asked.seller
        right_id = market.view("rights", "id_of", model_id, kind)
        listed = market.view("rights", "listing_of", right_id, seller.address).units
        cash = market.view("settlement_token", "balance_of", buyer.address)
        units = min(listed, cash // asked.price, listed if most is None else most)
        if units == 0:
            return
        cost = units * asked.price
        receipt = yield buyer.call("rights", "buy", right_id, seller.address, units, cost)
        if receipt.ok:
            names = (KINDS[kind], seller.name, buyer.name)
            own = units * asked.own_worth
            self.sales.append(UnitSale(market.tick, model_id, *names, units, cost, own))
        if units == listed:
            self._asked.pop((model_id, kind, seller.name))

    def resold_for(self, kind: int) -> float:
        """
        Return what a unit has brought its buyers so far by being sold on, MNFT.

        Proceeds over all units that were sold: what a buyer may expect who knows the market.
        """
        sold = [sale for sale in self.sales if sale.kind == KINDS[kind]]
        second = sum(sale.amount for sale in sold if not self.is_makers(sale))
        kept = 1 - self._market.parameter("protocolFeeBps") / BPS
        return kept * tokens(second) / sum(sale.units for sale in sold) if sold else 0.0

    def is_makers(self, sale: UnitSale) -> bool:
        """Whether units were sold by who made the model."""
        return self._market.catalogue.of(sale.model_id, 1).owner == sale.seller


def base_units(amount: float) -> int:
    """Return an amount of MNFT in base units, for an ask."""
    # In whole millionths of a millionth of a token: where machines' floats may differ is cut off.
    return int(amount * 10**12) * (WAD // 10**12)
