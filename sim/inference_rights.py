"""Rights to cheaper calls that last: makers sell them, users call by them and sell them on."""

import math
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from protocol.money import BPS
from protocol.parameters import DAY
from protocol.rights_terms import INFERENCE, RightTerms
from sim.agents.base import Actions, MarketAgent
from sim.agents.calling_rights import (
    Callers,
    CallsAsk,
    Unit,
    ask_for_calls,
    paid_share,
    worth_of_one_more,
)
from sim.agents.choice import Floats
from sim.agents.creator import Creator
from sim.agents.expectations import kept_share
from sim.agents.paths import Integers
from sim.agents.plans import expected_demand, leaving_per_day
from sim.agents.population import Booleans
from sim.agents.publisher import Offer
from sim.agents.user import User, tokens
from sim.catalogue import Listing
from sim.streams import stream
from sim.unit_book import base_units

if TYPE_CHECKING:
    from sim.market import Market


class Buying(NamedTuple):
    """What a call costs each user over its price, and who buys one more unit for that."""

    ratio: Floats
    buys: Booleans


class InferenceRights:
    """
    The market for inference rights; where no maker issues any nothing ever happens in it.

    A user buys a unit where what it saves on the calls of its stay, and what resale will bring,
    exceed its price. Who left the market or took another model takes its units out, waits a window,
    and sells them on.
    """

    def __init__(self, market: "Market") -> None:
        self._market = market
        people = market.scenario.population
        self._terms = people.creators.rights
        self.is_sold = bool(self._terms.inference_calls)
        leaving = leaving_per_day(people.users.churn, people.users.rechoice)
        self._stay = (leaving, people.fine_tuners.horizon / DAY)
        self._issued: dict[int, tuple[Listing, Unit]] = {}
        self._locked: Counter[tuple[int, int]] = Counter()
        self._waiting: dict[tuple[int, int], int] = {}
        self._idle: Counter[tuple[int, int]] = Counter()
        self._draws = {
            owner.name: stream(market.seed, f"{owner.name}/inference-rights")
            for owner in market.creators
            if self.is_sold
        }
        self._sellers_draws = stream(market.seed, "inference-rights/sold-on")

    def step(self) -> None:
        """Let makers review what they ask, and users sell what they have no use for."""
        if not self.is_sold:
            return
        market, review = self._market, self._market.per_day(self._terms.review)
        for owner in market.creators:
            for offer in owner.offers:
                if self._draws[owner.name].random() < review:
                    market.perform(owner, self._review(owner, offer))
        if self._terms.resale == "when_it_pays":
            self._give_up()
            for row, model_id in [key for key, units in self._idle.items() if units]:
                if self._sellers_draws.random() < review:
                    market.perform(market.users[row], self._sell_on(row, model_id))

    def _give_up(self) -> None:
        """Take out the units of those who left or went elsewhere; return those that waited."""
        market = self._market
        for row, model_id in [key for key, units in self._locked.items() if units]:
            if not self._uses(row, model_id):
                market.perform(market.users[row], self._unlock(row, model_id))
        for (row, model_id), until in list(self._waiting.items()):
            if market.now >= until:
                market.perform(market.users[row], self._reclaim(row, model_id))

    def plans(
        self, choosers: Integers, listings: Sequence[Listing], prices: Sequence[int]
    ) -> list[Buying] | None:
        """Return what each chooser would do with each model's units; None before any are issued."""
        if not self._issued:
            return None
        return [
            self._plan(choosers, listing.model_id, price)
            for listing, price in zip(listings, prices, strict=True)
        ]

    def take_up(self, user: User, model_id: int, *, buys: bool) -> Actions:
        """Lock the units that a user has of the model that it chose; buy one more if it wants."""
        market, key = self._market, (user.row, model_id)
        asked = market.units.cheapest(model_id, INFERENCE, user) if buys else None
        if asked is not None and (yield from user.provide("rights", asked.price)):
            before = len(market.units.sales)
            yield from market.units.buy(user, model_id, INFERENCE, asked, 1)
            bought = len(market.units.sales) - before
            self._idle[key] += bought
            if isinstance(asked.seller, User):
                self._idle[asked.seller.row, model_id] -= bought
        if self._idle[key]:
            yield from market.units.end(user, model_id, INFERENCE)
            receipt = yield user.call("rights", "lock", model_id, self._idle[key])
            if receipt.ok:
                self._locked[key] += self._idle.pop(key)

    def collect(self) -> None:
        """Pay users what they sold rights for."""
        market = self._market
        sellers = {sale.seller for sale in market.units.sales}
        for user in market.users:
            if user.name in sellers:
                market.perform(user, market.unbundling.collect(user))

    def _uses(self, row: int, model_id: int) -> bool:
        market = self._market
        return bool(market.population.is_here[row]) and market.gating.last(row) == model_id

    def _unlock(self, row: int, model_id: int) -> Actions:
        user, key = self._market.users[row], (row, model_id)
        receipt = yield user.call("rights", "unlock", model_id, self._locked[key])
        if receipt.ok:
            del self._locked[key]
            held = self._market.view("rights", "lock_of", model_id, user.address)
            self._waiting[key] = held.returnable_at

    def _reclaim(self, row: int, model_id: int) -> Actions:
        user = self._market.users[row]
        leaving = self._market.view("rights", "lock_of", model_id, user.address).leaving
        receipt = yield user.call("rights", "reclaim", model_id)
        if receipt.ok:
            del self._waiting[row, model_id]
            self._idle[row, model_id] += leaving

    def _plan(self, choosers: Integers, model_id: int, price: int) -> Buying:
        market = self._market
        if model_id not in self._issued:
            return Buying(np.ones(len(choosers)), np.zeros(len(choosers), dtype=np.bool_))
        _, unit = self._issued[model_id]
        activity, units = market.population.activity[choosers], self._units(choosers, model_id)
        ratio = paid_share(unit, activity, units, self._stay[0])
        asked = market.units.cheapest(model_id, INFERENCE)
        if asked is None:
            return Buying(ratio, np.zeros(len(choosers), dtype=np.bool_))
        worth = worth_of_one_more(unit, activity, units, self._stay, tokens(price))
        net = max(0.0, tokens(asked.price) - market.units.resold_for(INFERENCE))
        wealth = np.array([market.users[row].wealth() for row in choosers.tolist()], dtype=object)
        buys = (worth > net) & np.array(wealth > asked.price, dtype=np.bool_)
        # Its price is paid once; what the user then saves is weighed beside other models' calls.
        return Buying(
            np.where(buys, ratio * (1 - self._spared(worth, net, activity, price)), ratio), buys
        )

    def _spared(self, worth: Floats, net: float, activity: Floats, price: int) -> Floats:
        """Return what a unit saves over its net price, over what the calls of a stay cost."""
        calls, _ = expected_demand(activity, *self._stay)
        spared: Floats = (worth - net) / (tokens(price) * calls)
        return spared

    def _units(self, users: Integers, model_id: int) -> Floats:
        return np.array(
            [
                float(self._locked[row, model_id] + self._idle[row, model_id])
                for row in users.tolist()
            ]
        )

    def _review(self, owner: Creator, offer: Offer) -> Actions:
        """Ask what promises most; at first bind oneself to as many units as that price sells."""
        market, model_id = self._market, offer.listing.model_id
        if model_id in self._issued:
            unit = self._issued[model_id][1]
        else:
            most = min(self._terms.inference_discount, owner.largest_discount(offer))
            unit = Unit(self._terms.inference_calls, most / BPS)
        if unit.discount <= 0:
            return
        ask = self._ask(offer.listing, unit, owner, kept_share(market, offer.host_fee))
        if ask.gain <= 0:
            yield from market.units.end(owner, model_id, INFERENCE)
            return
        if model_id not in self._issued:
            units = max(1, math.ceil(ask.wanted))
            terms = RightTerms(units, unit.calls, round(unit.discount * BPS))
            yield owner.call("rights", "fix_terms", model_id, INFERENCE, terms)
            receipt = yield owner.call("rights", "mint", model_id, INFERENCE, units)
            if not receipt.ok:
                return
            self._issued[model_id] = offer.listing, unit
        own = base_units(ask.lost)
        yield from market.units.ask(owner, model_id, INFERENCE, base_units(ask.price), own)

    def _sell_on(self, row: int, model_id: int) -> Actions:
        """Ask what promises a holder most to whom the units are worth nothing."""
        market, user = self._market, self._market.users[row]
        listing, unit = self._issued[model_id]
        ask = self._ask(listing, unit, user, 0.0)
        if base_units(ask.price) > 0:
            yield from market.units.ask(user, model_id, INFERENCE, base_units(ask.price), 0)

    def _ask(
        self, listing: Listing, unit: Unit, seller: MarketAgent, kept_of_calls: float
    ) -> CallsAsk:
        market, population = self._market, self._market.population
        users = np.flatnonzero(population.is_here)
        own, rest = market.gating.standing(listing, users)
        callers = Callers(
            population.activity[users], self._units(users, listing.model_id), own, rest
        )
        rival = market.units.cheapest(listing.model_id, INFERENCE, seller)
        kept = 1 - market.parameter("protocolFeeBps") / BPS
        coefficient = market.scenario.population.users.price_coefficient
        return ask_for_calls(
            unit,
            callers,
            self._stay,
            (tokens(market.shelf.price_of(listing.model_id)), kept_of_calls, coefficient),
            (
                kept,
                market.units.resold_for(INFERENCE),
                None if rival is None else tokens(rival.price),
            ),
        )
