"""Passes let to others: by whom, to whom, and for how much (ERC-4907)."""

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from protocol.money import WAD
from protocol.parameters import DAY
from protocol.prepaid_token import Prepaid
from sim.agents.choice import Floats
from sim.agents.paths import Integers
from sim.agents.plans import expected_demand, expected_used, leaving_per_day
from sim.agents.user import User, tokens
from sim.streams import stream

if TYPE_CHECKING:
    from sim.market import Market


class Let(NamedTuple):
    """A pass that was let: what was left of it, and what for (base units)."""

    tick: int
    model_id: int
    owner: str
    tenant: str
    calls: int
    rent: int


class Leasing:
    """
    The market for passes that are worth more to others; nothing happens unless users look.

    A pass is worth to a user what its calls would cost it otherwise, singly or by one of its own,
    as far as it expects to make them before the pass expires: r p E[min(D, calls left)]. To one who
    left the market or took another model that is nothing. It is let to whom it is worth most, for
    half of what both together gain (Nash 1950), where they gain the price of a call at least.
    """

    def __init__(self, market: "Market") -> None:
        self._market = market
        users = market.scenario.population.users
        self.is_open = bool(users.leasing)
        self._chance = market.per_day(users.leasing)
        self._leaving_per_day = leaving_per_day(users.churn, users.rechoice)
        self._draws = stream(market.seed, "leases")
        self.let: list[Let] = []

    def step(self) -> None:
        """Let who holds a pass look for a tenant, each with the scenario's chance."""
        if not self.is_open:
            return
        for row, model_id, pass_id, prepaid in self._market.prepaying.passes():
            if self._draws.random() < self._chance:
                self._offer(row, model_id, pass_id, prepaid)

    def salvage(self) -> float:
        """
        Return what a prepaid call that its buyer did not use has brought so far, MNFT.

        Rents over the calls that were let or lapsed: what a buyer may expect who knows the market.
        """
        unused = sum(each.calls for each in self.let) + self._market.tally.calls_lapsed
        return tokens(sum(each.rent for each in self.let)) / unused if self.let else 0.0

    def _offer(self, row: int, model_id: int, pass_id: int, prepaid: Prepaid) -> None:
        market = self._market
        seekers = self._seekers(row, model_id)
        if not len(seekers):
            return
        worth = self._worth(seekers, model_id, prepaid)
        best = int(worth.argmax())
        is_used = bool(market.population.is_here[row]) and market.gating.last(row) == model_id
        own = float(self._worth(np.array([row]), model_id, prepaid)[0]) if is_used else 0.0
        if worth[best] - own < tokens(market.shelf.price_of(model_id)):
            return
        rent = int((own + worth[best]) / 2 * 10**6) * (WAD // 10**6)
        owner, tenant = market.users[row], market.users[int(seekers[best])]
        if self._agree(owner, tenant, pass_id, prepaid.expires_at, rent):
            market.perform(tenant, market.prepaying.move_in(row, tenant, model_id))
            names = (owner.name, tenant.name)
            self.let.append(Let(market.tick, model_id, *names, prepaid.calls_left, rent))

    def _agree(self, owner: User, tenant: User, pass_id: int, until: int, rent: int) -> bool:
        """Pay the rent by a plain transfer, then name the tenant: no contract binds the two."""
        market = self._market
        if not market.perform(tenant, tenant.have_ready(rent)):
            return False
        if not market.perform(tenant, tenant.pay(owner.address, rent)):
            return False
        naming = owner.call("subscriptions", "set_user", pass_id, tenant.address, until)
        return market.carry_out(owner.name, naming).ok

    def _seekers(self, owner: int, model_id: int) -> Integers:
        """Return the other users of a model who have no calls left that were paid ahead."""
        market = self._market
        return np.array(
            [
                row
                for row in np.flatnonzero(market.population.is_here).tolist()
                if row != owner
                and market.gating.last(row) == model_id
                and not market.prepaying.calls_left(row, model_id)
            ],
            dtype=np.int64,
        )

    def _worth(self, users: Integers, model_id: int, prepaid: Prepaid) -> Floats:
        market = self._market
        days = (prepaid.expires_at - market.now) / DAY
        activity = market.population.activity[users]
        mean, deviation = expected_demand(activity, self._leaving_per_day, max(days, 1.0))
        used = expected_used(float(prepaid.calls_left), mean, deviation)
        price = market.shelf.price_of(model_id)
        ratio = market.prepaying.plan(users, model_id, price).ratio
        worth: Floats = tokens(price) * ratio * used
        return worth
