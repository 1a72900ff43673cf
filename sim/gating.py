"""Stake gates: which discount owners grant, and who locks stake for it because it pays."""

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from protocol.money import BPS
from sim.agents.base import Actions
from sim.agents.choice import Floats
from sim.agents.creator import Creator
from sim.agents.expectations import weight_of
from sim.agents.gates import (
    STEP_BPS,
    WINDOW_DAYS,
    Gate,
    Habits,
    Holding,
    affordable,
    carry,
    held,
    income,
    preferred,
)
from sim.agents.paths import Integers
from sim.agents.plans import expected_demand, leaving_per_day
from sim.agents.publisher import Offer
from sim.agents.user import User, tokens
from sim.catalogue import Listing
from sim.streams import stream

if TYPE_CHECKING:
    from sim.market import Market


class Granted(NamedTuple):
    """
    A discount (a share) that an owner granted, the income it expected over that of none, and what
    it asks for it each period (base units).
    """

    tick: int
    model_id: int
    owner: str
    right: str
    discount: float
    expected: float
    fee: int = 0


class Gating:
    """Gates of all models; where no owner considers one nothing ever happens."""

    def __init__(self, market: "Market") -> None:
        self._market = market
        people = market.scenario.population
        self._terms, users = people.creators.gate, people.users
        self.is_considered = bool(self._terms.owners)
        self._leaving_per_day = leaving_per_day(users.churn, users.rechoice)
        self._carry = carry(users.forgone_return, users.token_volatility)
        self._gates: dict[int, Gate] = {}
        self._units: Counter[tuple[int, int]] = Counter()
        self._waiting: dict[tuple[int, int], int] = {}
        self._last: dict[int, int] = {}
        self._draws = {
            owner.name: stream(market.seed, f"{owner.name}/gates") for owner in self._owners()
        }
        self.granted: list[Granted] = []
        self.returns: Counter[tuple[bool, bool]] = Counter()
        """Choices anew, by whether the user held stake at its last model, and took that again."""

    def step(self) -> None:
        """Let owners review their gates, and users withdraw stake that has waited."""
        for owner in self._owners():
            for offer in owner.offers:
                chance = self._market.per_day(self._terms.review)
                if self._draws[owner.name].random() < chance:
                    self._market.perform(owner, self._review(owner, offer))
        for (row, model_id), until in list(self._waiting.items()):
            if self._market.now >= until:
                user = self._market.users[row]
                self._market.perform(user, self._withdraw(user, model_id))

    def plans(
        self, choosers: Integers, listings: Sequence[Listing], prices: Sequence[int]
    ) -> list[Holding] | None:
        """Return what each chooser would do with each model's gate; None without any gate."""
        if not self._gates:
            return None
        return [
            self._plan(choosers, listing.model_id, tokens(price))
            for listing, price in zip(listings, prices, strict=True)
        ]

    def note(self, row: int, model_id: int | None) -> None:
        """Note what a user chose who chose anew, None for no model."""
        before = self._last.get(row)
        if before is not None:
            self.returns[bool(self._units[row, before]), before == model_id] += 1
        if model_id is not None:
            self._last[row] = model_id

    def last(self, row: int) -> int | None:
        """Return the model that a user took last, None for none."""
        return self._last.get(row)

    def hold(self, user: User, model_id: int, units: int) -> Actions:
        """Lock or unlock stake for the model that a user chose; unlock all for every other."""
        for (row, other), locked in list(self._units.items()):
            if row == user.row and other != model_id and locked:
                yield from self._unlock(user, other, locked)
        more = units - self._units[user.row, model_id]
        if more > 0:
            yield from self._lock(user, model_id, more)
        elif more < 0:
            yield from self._unlock(user, model_id, -more)

    def leave(self, user: User) -> Actions:
        """Unlock all that a user has locked who leaves the market."""
        yield from self.hold(user, 0, 0)

    def _lock(self, user: User, model_id: int, units: int) -> Actions:
        amount = units * self._terms.stake
        if not (yield from user.provide("access", amount)):
            return
        receipt = yield user.call("access", "lock", model_id, amount)
        if receipt.ok:
            self._units[user.row, model_id] += units

    def _unlock(self, user: User, model_id: int, units: int) -> Actions:
        receipt = yield user.call("access", "unlock", model_id, units * self._terms.stake)
        if receipt.ok:
            self._units[user.row, model_id] -= units
            lock = self._market.view("access", "lock_of", model_id, user.address)
            self._waiting[user.row, model_id] = lock.withdrawable_at

    def _withdraw(self, user: User, model_id: int) -> Actions:
        receipt = yield user.call("access", "withdraw", model_id)
        if receipt.ok:
            del self._waiting[user.row, model_id]

    def _owners(self) -> Sequence[Creator]:
        return self._market.creators[: self._terms.owners]

    def _review(self, owner: Creator, offer: Offer) -> Actions:
        """Grant the discount that promises most, where it promises more than today's."""
        model_id = offer.listing.model_id
        most = min(self._terms.largest_discount, owner.largest_discount(offer))
        incomes = self._incomes(offer.listing, range(0, most + 1, STEP_BPS))
        best = preferred(incomes, self._discount_bps(model_id))
        if best is None:
            return
        grants = self._market.view("access", "grants_of", model_id)._replace(
            stake_discount_bps=best,
            calls_per_unit=self._terms.calls if best else 0,
            stake_unit=self._terms.stake if best else 0,
        )
        receipt = yield owner.call("access", "set_grants", model_id, grants)
        if receipt.ok:
            self._gates[model_id] = self._gate(best)
            expected = incomes[best] / incomes[0]
            granted = Granted(
                self._market.tick, model_id, owner.name, "stake", best / BPS, expected
            )
            self.granted.append(granted)

    def _incomes(self, listing: Listing, discounts_bps: Sequence[int]) -> dict[int, float]:
        """Return what an owner expects of its users at each discount, as a survey would say."""
        population = self._market.population
        everybody = np.flatnonzero(population.is_here)
        own, rest = self.standing(listing, everybody)
        return {
            discount: income(
                population.activity[everybody],
                own,
                rest,
                self._price_coefficient,
                self._expected(listing.model_id, everybody, self._gate(discount)),
            )
            for discount in discounts_bps
        }

    def standing(self, listing: Listing, users: Integers) -> tuple[Floats, Floats]:
        """Return a model's weight in users' logits at its price, and all else's as it is now."""
        own, rest = self.weight(listing, users), np.ones(len(users))
        for other in self._market.catalogue.newest():
            if other.model_id != listing.model_id:
                ratio = self._cheapest(other.model_id, users)
                rest += self.weight(other, users) * ratio**-self._price_coefficient
        return own, rest

    def _cheapest(self, model_id: int, users: Integers) -> Floats:
        """Return what a call of a model costs users over its price who may pay ahead or stake."""
        ratio = self._expected(model_id, users).ratio
        if not self._market.prepaying.is_offered:
            return ratio
        price = self._market.shelf.price_of(model_id)
        return np.minimum(ratio, self._market.prepaying.plan(users, model_id, price).ratio)

    def weight(self, listing: Listing, users: Integers) -> Floats:
        """Return a model's weight in users' logits at its price."""
        weights = [
            weight_of(self._market, listing, domain)
            for domain in range(len(self._market.workshop.domains))
        ]
        weight: Floats = np.array(weights)[self._market.population.domain[users]]
        return weight

    @property
    def _price_coefficient(self) -> float:
        return self._market.scenario.population.users.price_coefficient

    def _expected(self, model_id: int, users: Integers, gate: Gate | None = None) -> Holding:
        """Return what users are likely to hold who are as rich as at the start, and hold none."""
        population, price = self._market.population, tokens(self._market.shelf.price_of(model_id))
        gate, none = gate or self._gate_of(model_id), np.zeros(len(users), dtype=np.int64)
        habits = self._habits(users)
        spending = self._spending(habits, price)
        limit = affordable(population.budget[users], spending, gate.stake)
        return held(habits, price, gate, none, limit)

    def _plan(self, choosers: Integers, model_id: int, price: float) -> Holding:
        """Return what users would hold who know what they have."""
        market, gate, habits = self._market, self._gate_of(model_id), self._habits(choosers)
        locked = np.array([self._units[row, model_id] for row in choosers.tolist()])
        users = [market.users[row] for row in choosers.tolist()]
        wealth = np.array([tokens(user.wealth()) for user in users])
        limit = locked + affordable(wealth, self._spending(habits, price), gate.stake)
        return held(habits, price, gate, locked, limit)

    def _habits(self, users: Integers) -> Habits:
        activity = self._market.population.activity[users]
        return Habits(activity, self._leaving_per_day, self._carry)

    def _spending(self, habits: Habits, price: float) -> Floats:
        window = expected_demand(habits.calls_per_day, habits.leaving_per_day, WINDOW_DAYS)
        return price * window[0]

    def _gate(self, discount_bps: int) -> Gate:
        return Gate(tokens(self._terms.stake), self._terms.calls, discount_bps / BPS)

    def _gate_of(self, model_id: int) -> Gate:
        return self._gates.get(model_id, self._gate(0))

    def _discount_bps(self, model_id: int) -> int:
        return round(self._gate_of(model_id).discount * BPS)
