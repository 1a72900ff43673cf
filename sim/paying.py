"""How users pay for calls: singly, ahead, or less behind a gate; whichever is cheapest."""

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

    def ratio(self) -> Floats | None:
        """Return what a call costs over its price, choosers by models; None where that is 1."""
        ratios = [
            np.column_stack([each.ratio for each in ways])
            for ways in (self._plans, self._gates, self._rights)
            if ways is not None
        ]
        if self._badges is not None:
            ratios.append(self._badges)
        return np.minimum.reduce(ratios) if ratios else None

    def prepare(self, user: User, row: int, model: int, *, is_new: bool) -> Actions:
        """Do what makes the calls of the chosen model cheapest; pay ahead for a new session."""
        model_id = self._listings[model].model_id
        yield from self._market.badging.show(user, self._listings[model])
        if self._rights is not None:
            buys = bool(self._rights[model].buys[row])
            yield from self._market.inference_rights.take_up(user, model_id, buys=buys)
        plans = self._plans[model] if self._plans is not None else None
        if self._gates is not None:
            gate = self._gates[model]
            is_best = plans is None or gate.ratio[row] < plans.ratio[row]
            units = int(gate.units[row]) if is_best else 0
            yield from self._market.gating.hold(user, model_id, units)
            if is_best and units:
                return
        if is_new and plans is not None:
            yield from self._market.prepaying.prepay(user, model_id, plans, row)
