"""Poaching: discounts for whoever holds a pass that a rival sold, as all the world can see it."""

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from protocol.money import BPS
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
from sim.prepaying import SUBSCRIPTIONS
from sim.streams import stream

if TYPE_CHECKING:
    from sim.market import Market


class _Gate(NamedTuple):
    """A discount, and the last pass that has it."""

    discount_bps: int
    last_pass: int


_NO_GATE = _Gate(0, 0)


class Poaching:
    """
    Which owners open gates over rivals' passes; where none considers it nothing ever happens.

    Who bought a pass is on the chain, for good: a purchase history for everybody. An owner grants
    those who have one the discount at which it expects most of them, by their logit. As the pass
    makes the rival's calls cheaper to them its own share of their calls is small, their elasticity
    b (1 - s) high: a discount pays for them where it would not for all (Fudenberg, Tirole 2000).
    """

    def __init__(self, market: "Market") -> None:
        self._market = market
        people = market.scenario.population
        self._terms, self._users = people.creators.poaching, people.users
        self._leaving_per_day = leaving_per_day(self._users.churn, self._users.rechoice)
        first = max(0, len(market.creators) - self._terms.owners)
        self._owners = market.creators[first:]
        self._draws = {
            owner.name: stream(market.seed, f"{owner.name}/poaching") for owner in self._owners
        }
        self._gates: dict[int, _Gate] = {}
        self._shown: set[tuple[int, int]] = set()
        self.calls: Counter[str] = Counter()

    def step(self) -> None:
        """Let owners review the discounts for their rivals' customers."""
        chance = self._market.per_day(self._terms.review)
        for owner in self._owners:
            for offer in owner.offers:
                if self._draws[owner.name].random() < chance:
                    self._market.perform(owner, self._review(owner, offer))

    def ratios(self, choosers: Integers, listings: Sequence[Listing]) -> Floats | None:
        """Return what a call costs over its price, choosers by models; None without gates."""
        if not self._gates:
            return None
        ratios = np.ones((len(choosers), len(listings)))
        for column, listing in enumerate(listings):
            gate = self._gates.get(listing.model_id, _NO_GATE)
            rows = np.array([self._pass_for(row, listing) > 0 for row in choosers.tolist()])
            if gate.discount_bps and rows.any():
                ratios[rows, column] = self._holding(choosers[rows], gate.discount_bps).ratio
        return ratios

    def show(self, user: User, listing: Listing) -> Actions:
        """Present a rival's pass where it makes calls cheaper, from then on."""
        pass_id = self._pass_for(user.row, listing)
        if pass_id and (user.row, listing.model_id) not in self._shown:
            self._shown.add((user.row, listing.model_id))
            yield from self._market.prepaying.show_token(user, listing.model_id, pass_id)

    def note(self, row: int, listing: Listing, calls: int) -> None:
        """Count the calls of whoever bought a pass: those of the model that sold it, and all."""
        if row in self._market.prepaying.bought:
            self.calls["all"] += calls
            _, model_id = self._market.prepaying.bought[row]
            self.calls["loyal"] += calls * (model_id == listing.model_id)

    def _pass_for(self, row: int, listing: Listing) -> int:
        """Return the pass by which a user has a discount at a model, 0 for none."""
        gate = self._gates.get(listing.model_id, _NO_GATE)
        pass_id, sold_by = self._market.prepaying.bought.get(row, (0, 0))
        is_open = gate.discount_bps and pass_id <= gate.last_pass
        return pass_id if is_open and sold_by != listing.model_id else 0

    def _review(self, owner: Creator, offer: Offer) -> Actions:
        """Grant the discount that promises most; let it hold for the passes sold since, too."""
        market, model_id = self._market, offer.listing.model_id
        holders = self._holders(model_id)
        if not len(holders):
            return
        most = min(self._terms.largest_discount, owner.largest_discount(offer))
        own, rest = market.gating.standing(offer.listing, holders)
        calls, elasticity = market.population.activity[holders], self._users.price_coefficient
        incomes = {
            discount_bps: income(calls, own, rest, elasticity, self._holding(holders, discount_bps))
            for discount_bps in range(0, most + 1, STEP_BPS)
        }
        today = self._gates.get(model_id, _NO_GATE)
        best = preferred(incomes, today.discount_bps)
        gate = _Gate(
            today.discount_bps if best is None else best, market.view(SUBSCRIPTIONS, "count")
        )
        if gate == today or not (gate.discount_bps or today.discount_bps):
            return
        grants = market.view("access", "grants_of", model_id)._replace(
            gate_discount_bps=gate.discount_bps,
            collection=market.world.addresses[SUBSCRIPTIONS],
            first_token_id=1,
            last_token_id=gate.last_pass,
            gate_calls=self._terms.calls,
        )
        receipt = yield owner.call("access", "set_grants", model_id, grants)
        if receipt.ok:
            self._gates[model_id] = gate
            if best is not None:
                place, expected = (market.tick, model_id, owner.name), incomes[best] / incomes[0]
                granted = Granted(*place, "rival's pass", best / BPS, expected)
                market.gating.granted.append(granted)

    def _holders(self, model_id: int) -> Integers:
        """Return the users in the market who bought a pass of another model."""
        bought, is_here = self._market.prepaying.bought, self._market.population.is_here
        rows = [row for row, (_, sold_by) in bought.items() if is_here[row] and sold_by != model_id]
        return np.array(sorted(rows), dtype=np.int64)

    def _holding(self, rows: Integers, discount_bps: int) -> Holding:
        activity = self._market.population.activity[rows]
        return by_token(activity, self._leaving_per_day, self._terms.calls, discount_bps / BPS)
