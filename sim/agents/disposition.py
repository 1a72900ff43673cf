"""How an owner of models is disposed: how patient it is, and whether it pays royalties by habit."""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from protocol.money import BPS
from sim.streams import stream

if TYPE_CHECKING:
    from sim.market import Market

_SEEN = 10
"""Last sales that a seller can see when it looks at what others pay."""


class Sale(NamedTuple):
    """A model that changed owners; amounts in base units."""

    tick: int
    model_id: int
    seller: str
    buyer: str
    price: int
    protocol_fee: int
    royalty: int
    royalty_due: int


class Disposition:
    """
    An owner's discount rate per year, and its habit.

    The rate is lognormal, and drawn anew whenever the owner's need for cash changes. That such
    changes come at random is why the same thing is sold again and again among people who agree on
    what it earns (Duffie, Garleanu and Pedersen 2005, Econometrica 73).
    """

    def __init__(self, market: "Market", name: str) -> None:
        self._traits = market.scenario.population.collectors
        self._name = name
        self._change = market.per_day(self._traits.discount_change)
        self._review = market.per_day(self._traits.review)
        self._needs = stream(market.seed, f"{name}/needs")
        self._draws = stream(market.seed, f"{name}/sales")
        self._honours = True
        self.rate = self._new_rate()

    def pass_tick(self) -> None:
        """Let a tick pass: now and then the rate changes."""
        if self._needs.random() < self._change:
            self.rate = self._new_rate()

    def reviews(self) -> bool:
        """Whether the owner thinks about a model, or about what is for sale, in this tick."""
        return bool(self._draws.random() < self._review)

    def royalty_share(self, least: int, sales: Sequence[Sale]) -> int:
        """
        Return which share of the royalty the owner will pay (bps): all of it, or the least.

        Everybody pays at first. Now and then an owner tries what happens if it does not, or looks
        at a recent sale of somebody else and does as that seller did if it kept more (Schlag 1998,
        Journal of Economic Theory 78: imitate who did better). Paying less always keeps more, so
        the habit only fades, the faster the more have dropped it.
        """
        tries, looks, which = self._draws.random(3)
        seen = [sale for sale in sales[-_SEEN:] if sale.seller != self._name]
        if tries < self._traits.evasion:
            self._honours = False
        elif seen and looks < self._traits.imitation:
            sale = seen[int(which * len(seen))]
            self._honours = self._honours and sale.royalty == sale.royalty_due
        return BPS if self._honours else least

    def _new_rate(self) -> float:
        spread = self._traits.discount_sigma * self._needs.standard_normal()
        return float(self._traits.discount * math.exp(spread))
