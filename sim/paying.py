"""How users pay for calls: singly, ahead, behind a gate, in a club; whichever is cheapest."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from sim.agents.base import Actions
from sim.agents.choice import Floats
from sim.agents.paths import Integers
from sim.agents.user import User
from sim.catalogue import Listing

if TYPE_CHECKING:
    from sim.market import Market


class Ways:
    """What choosers know of the ways to pay for each model, in the order of the listings."""

    def __init__(
        self,
        market: "Market",
        choosers: Integers,
        listings: Sequence[Listing],
        prices: Sequence[int],
    ) -> None:
        self._market, self._listings = market, listings
        self._plans = market.prepaying.plans(choosers, listings, prices)
        self._gates = market.gating.plans(choosers, listings, prices)
        self._rights = market.inference_rights.plans(choosers, listings, prices)
        self._badges = market.badging.ratios(choosers, listings)
        self._clubs = market.clubs.ratios(choosers, listings)
        self._poaching = market.poaching.ratios(choosers, listings)
        self._ratio = self._least()

    def ratio(self) -> Floats | None:
        """Return what a call costs over its price, choosers by models; None where that is 1."""
        return self._ratio

    def _least(self) -> Floats | None:
        ratios = [
            np.column_stack([each.ratio for each in ways])
            for ways in (self._plans, self._gates, self._rights)
            if ways is not None
        ]
        ratios += [each for each in (self._badges, self._clubs, self._poaching) if each is not None]
        return np.minimum.reduce(ratios) if ratios else None

    def prepare(self, user: User, row: int, model: int, *, is_new: bool) -> Actions:
        """Do what makes the calls of the chosen model cheapest; pay ahead for a new session."""
        model_id = self._listings[model].model_id
        yield from self._market.badging.show(user, self._listings[model])
        yield from self._market.poaching.show(user, self._listings[model])
        if self._rights is not None:
            buys = bool(self._rights[model].buys[row])
            yield from self._market.inference_rights.take_up(user, model_id, buys=buys)
        is_joining = self._is_joining(row, model)
        if is_joining:
            yield from self._market.clubs.join(user, self._listings[model])
        plans = self._plans[model] if self._plans is not None else None
        if self._gates is not None:
            gate = self._gates[model]
            is_best = not is_joining and (plans is None or gate.ratio[row] < plans.ratio[row])
            units = int(gate.units[row]) if is_best else 0
            yield from self._market.gating.hold(user, model_id, units)
            if is_best and units:
                return
        if is_new and plans is not None and not is_joining:
            yield from self._market.prepaying.prepay(user, model_id, plans, row)

    def _is_joining(self, row: int, model: int) -> bool:
        """Return whether being a member of a model's club is its cheapest way for a chooser."""
        if self._clubs is None or self._ratio is None:
            return False
        return bool(self._clubs[row, model] == self._ratio[row, model] < 1)
