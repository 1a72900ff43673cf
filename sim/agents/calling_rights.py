"""What a right to cheaper calls, which lasts and may be sold on, is worth, and what to ask."""

from typing import NamedTuple

import numpy as np

from sim.agents.choice import Floats
from sim.agents.gates import WINDOW_DAYS
from sim.agents.plans import expected_demand, expected_used


class Unit(NamedTuple):
    """What a unit gives: so many calls a window at a discount (a share of the price)."""

    calls: int
    discount: float


class Callers(NamedTuple):
    """
    What is known of users: calls a day, the units that each holds, and the model's weight and all
    else's in their logits.
    """

    calls_per_day: Floats
    units: Floats
    own: Floats
    rest: Floats


class CallsAsk(NamedTuple):
    """A price of a unit, MNFT; what asking it promises, how many it sells, what is lost by one."""

    price: float
    gain: float
    wanted: float
    lost: float


def paid_share(unit: Unit, calls_per_day: Floats, units: Floats, leaving_per_day: float) -> Floats:
    """Return what a call costs over its price to users who hold so many units."""
    mean, deviation = expected_demand(calls_per_day, leaving_per_day, WINDOW_DAYS)
    used = np.minimum(expected_used(units * unit.calls, mean, deviation), mean)
    share: Floats = 1 - unit.discount * np.where(units > 0, used / mean, 0.0)
    return share


def worth_of_one_more(
    unit: Unit, calls_per_day: Floats, units: Floats, stay: tuple[float, float], price: float
) -> Floats:
    """
    Return what one more unit saves users on the calls of their stay, MNFT.

    `stay` is the chance a day to go elsewhere, and the days that they look ahead.
    """
    leaving, days = stay
    calls, _ = expected_demand(calls_per_day, leaving, days)
    now = paid_share(unit, calls_per_day, units, leaving)
    then = paid_share(unit, calls_per_day, units + 1, leaving)
    saved: Floats = price * calls * (now - then)
    return saved


def ask_for_calls(
    unit: Unit,
    callers: Callers,
    stay: tuple[float, float],
    terms: tuple[float, float, float],
    market: tuple[float, float, float | None],
) -> CallsAsk:
    """
    Return the price of units that promises a seller most.

    Whoever a unit is worth p to buys it, if it takes the model: with chance s' by its logit, s if
    there were no unit. To the maker it is then worth k p, and it keeps m r' s' of its calls' price
    instead of m r s; r is what a call costs over its price. A holder keeps nothing of calls (m is
    0). What resale will bring a buyer comes on top of its worth; from a rival's price on nobody
    buys.

    `terms` are a call's price, m, and the price coefficient; `market` are k, what resale brings,
    and the lowest other ask. Source: the maker of a durable good sells down the demand curve
    (Coase 1972; Bulow 1982), unless it has bound itself not to make more.
    """
    price, kept_of_calls, coefficient = terms
    kept, resold_for, rival = market
    leaving, days = stay
    worth = worth_of_one_more(unit, callers.calls_per_day, callers.units, stay, price) + resold_for
    calls, _ = expected_demand(callers.calls_per_day, leaving, days)
    paid, chance = [], []
    for units in (callers.units, callers.units + 1):
        ratio = paid_share(unit, callers.calls_per_day, units, leaving)
        weight = callers.own * ratio**-coefficient
        paid.append(ratio)
        chance.append(weight / (weight + callers.rest))
    lost = kept_of_calls * price * calls * (chance[0] * paid[0] - chance[1] * paid[1])
    asks = []
    for asked in np.unique(worth if rival is None else np.append(worth, 0.99 * rival)).tolist():
        if asked <= 0 or (rival is not None and asked >= rival):
            continue
        buys = worth >= asked
        wanted = float(chance[1][buys].sum())
        given = float(lost[buys].sum())
        gain = kept * asked * wanted - given
        asks.append(CallsAsk(asked, gain, wanted, given / wanted if wanted else 0.0))
    return max(asks, key=lambda ask: ask.gain, default=CallsAsk(0.0, 0.0, 0.0, 0.0))
