"""Contributors: their shares, their badges, and the discounts that owners grant for these."""

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from protocol.money import BPS
from protocol.types import Address
from sim.agents.base import Actions
from sim.agents.choice import Floats
from sim.agents.creator import Creator
from sim.agents.gates import STEP_BPS, Holding, by_token, income, preferred
from sim.agents.paths import Integers
from sim.agents.plans import leaving_per_day
from sim.agents.publisher import Offer
from sim.agents.user import User
from sim.catalogue import Listing
from sim.gating import Granted
from sim.streams import stream

if TYPE_CHECKING:
    from sim.market import Market


class Badging:
    """
    Who contributed to which creator's models, and what its badge is worth to it.

    An owner grants holders of its model's badges the discount at which it expects most of them, by
    their logit: their calls are more elastic than all users' where they are few. A contributor asks
    for its badge once it takes a model at which that makes calls cheaper; the badge is free.
    """

    def __init__(self, market: "Market") -> None:
        self._market = market
        people = market.scenario.population
        self._terms, self._users = people.creators.contributors, people.users
        self._leaving_per_day = leaving_per_day(self._users.churn, self._users.rechoice)
        self._helpers: dict[str, list[int]] = {}
        if self._terms.count:
            order = stream(market.seed, "contributors").permutation(people.users.count).tolist()
            for number, creator in enumerate(market.creators):
                first = number * self._terms.count
                self._helpers[creator.name] = order[first : first + self._terms.count]
        self._discounts_bps: dict[int, int] = {}
        self._shown: set[tuple[int, int]] = set()
        self._draws = {name: stream(market.seed, f"{name}/badges") for name in self._helpers}
        self.calls: Counter[str] = Counter()
        self._pretences = stream(market.seed, "badges/pretended")

    def contributors(self) -> list[User]:
        """Return the users who contributed to a creator's models."""
        return [self._market.users[row] for rows in self._helpers.values() for row in rows]

    def shares(self, owner: str) -> dict[Address, int]:
        """Return the shares of an owner's contributors, in basis points."""
        rows = self._helpers.get(owner, ())
        return {self._market.users[row].address: self._terms.share for row in rows}

    def step(self) -> None:
        """Let owners review the discounts of their contributors."""
        for owner in self._market.creators:
            if not (self._terms.largest_discount and self._helpers.get(owner.name)):
                continue
            for offer in owner.offers:
                if self._draws[owner.name].random() < self._market.per_day(self._terms.review):
                    self._market.perform(owner, self._review(owner, offer))

    def ratios(self, choosers: Integers, listings: Sequence[Listing]) -> Floats | None:
        """Return what a call costs over its price, choosers by models; None without discounts."""
        if not self._discounts_bps:
            return None
        ratios = np.ones((len(choosers), len(listings)))
        for column, listing in enumerate(listings):
            discount_bps = self._discounts_bps.get(listing.model_id, 0)
            rows = np.isin(choosers, self._helpers_of(listing))
            if discount_bps and rows.any():
                ratios[rows, column] = self._holding(choosers[rows], discount_bps).ratio
        return ratios

    def show(self, user: User, listing: Listing) -> Actions:
        """Ask for a model's badge where it makes calls cheaper, and present it from then on."""
        model_id = listing.model_id
        if not self._discounts_bps.get(model_id) or (user.row, model_id) in self._shown:
            return
        is_helper = user.row in self._helpers_of(listing)
        if not is_helper and self._pretences.random() >= self._users.pretending:
            return
        receipt = yield user.call("badges", "award", model_id, user.address)
        if receipt.ok:
            self._shown.add((user.row, model_id))
            yield from self._market.prepaying.show_token(user, model_id, receipt.value)

    def note(self, row: int, listing: Listing, calls: int) -> None:
        """Count the calls of contributors: those of models that they helped, and all."""
        if any(row in rows for rows in self._helpers.values()):
            self.calls["all"] += calls
            if row in self._helpers_of(listing):
                self.calls["helped"] += calls

    def _helpers_of(self, listing: Listing) -> list[int]:
        return self._helpers.get(listing.owner, [])

    def _review(self, owner: Creator, offer: Offer) -> Actions:
        """Grant contributors the discount that promises most, where that is more than today's."""
        market, model_id = self._market, offer.listing.model_id
        most = min(self._terms.largest_discount, owner.largest_discount(offer))
        rows = np.array(self._helpers[owner.name], dtype=np.int64)
        rows = rows[market.population.is_here[rows]]
        own, rest = market.gating.standing(offer.listing, rows)
        calls = market.population.activity[rows]
        incomes = {
            discount_bps: income(
                *(calls, own, rest, self._users.price_coefficient),
                self._holding(rows, discount_bps),
            )
            for discount_bps in range(0, most + 1, STEP_BPS)
        }
        best = preferred(incomes, self._discounts_bps.get(model_id, 0))
        if best is None:
            return
        grants = market.view("access", "grants_of", model_id)._replace(
            gate_discount_bps=best,
            collection=market.world.addresses["badges"],
            gate_calls=self._terms.calls,
        )
        receipt = yield owner.call("access", "set_grants", model_id, grants)
        if receipt.ok:
            self._discounts_bps[model_id] = best
            place = (market.tick, model_id, owner.name)
            expected = incomes[best] / incomes[0]
            market.gating.granted.append(Granted(*place, "badge", best / BPS, expected))

    def _holding(self, rows: Integers, discount_bps: int) -> Holding:
        """Return what contributors pay: the discount holds for as many calls as a badge has."""
        activity = self._market.population.activity[rows]
        return by_token(activity, self._leaving_per_day, self._terms.calls, discount_bps / BPS)
