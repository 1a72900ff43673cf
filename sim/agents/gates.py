"""What a stake gate is worth: how many units users lock, and what discounts earn their owner."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from sim.agents.choice import Floats
from sim.agents.paths import Integers
from sim.agents.plans import expected_demand, expected_used

WINDOW_DAYS = 30.0
"""Days in which a unit's calls count, and that unlocked stake waits (Access)."""
MOST_UNITS = 100
"""Units among which a user looks for the best number."""
STEP_BPS = 500
"""Owners think in discounts of five points; smaller ones are not worth a transaction."""
WORTHWHILE = 1.01
"""Income over today's from which another discount is granted."""
_YEAR_DAYS = 365.0


class Gate(NamedTuple):
    """
    What an owner grants: so many calls a window at a discount (a share of the price) for each unit
    of stake, MNFT.
    """

    stake: float
    calls: int
    discount: float


class Habits(NamedTuple):
    """
    What users know of themselves: calls a day, the chance a day to go elsewhere, and what holding a
    token costs a year, as a share.
    """

    calls_per_day: Floats
    leaving_per_day: float
    carry: float


class Holding(NamedTuple):
    """
    The best that each user can do with a gate: units to hold, what a call then costs over its
    price, and the share of its price that the owner forgoes.
    """

    units: Integers
    ratio: Floats
    forgone: Floats


def carry(forgone_return: float, volatility: float) -> float:
    """
    Return what holding a token costs a year, as a share of its price.

    What it would earn elsewhere, and the premium for its risk: half the variance of ln(price), for
    a log utility.
    Source: Pratt 1964, with a relative risk aversion of 1.
    """
    return forgone_return + volatility**2 / 2


def held(habits: Habits, price: float, gate: Gate, locked: Integers, limit: Integers) -> Holding:
    """
    Return what users do who may hold up to `limit` units, and have locked some already.

    In a window a user expects D calls, and stays for T days of it. With k units of N calls it saves
    d p E[min(D, k N)]; each unit costs stake * carry * (T + 30) / 365, as it waits for a window
    after it was unlocked. For units that are locked already that wait is no reason: it comes in any
    case. This is what binds (switching costs: Klemperer 1987).
    """
    mean, deviation = expected_demand(habits.calls_per_day, habits.leaving_per_day, WINDOW_DAYS)
    stays = mean / habits.calls_per_day
    units = np.arange(min(MOST_UNITS, int(limit.max(initial=0))) + 1)
    calls = (units * gate.calls).astype(np.float64)
    covered = expected_used(calls, mean[:, None], deviation[:, None])
    per_day = gate.stake * habits.carry / _YEAR_DAYS
    waiting = np.maximum(units - locked[:, None], 0) * WINDOW_DAYS
    costs = per_day * (units * stays[:, None] + waiting)
    gains = np.where(units <= limit[:, None], gate.discount * price * covered - costs, -np.inf)
    best = gains.argmax(axis=1)
    rows = np.arange(len(best))
    share = np.minimum(covered[rows, best] / mean, 1.0)
    ratio = 1 - gains[rows, best] / (price * mean)
    return Holding(best, ratio, gate.discount * share)


def by_token(calls_per_day: Floats, leaving_per_day: float, calls: int, discount: float) -> Holding:
    """Return what users pay who have a token: the discount holds for as many calls as it has."""
    mean, deviation = expected_demand(calls_per_day, leaving_per_day, WINDOW_DAYS)
    used = expected_used(float(calls), mean, deviation)
    forgone = discount * np.minimum(used / mean, 1.0)
    return Holding(np.ones(len(mean), dtype=np.int64), 1 - forgone, forgone)


def preferred(incomes: Mapping[int, float], today: int) -> int | None:
    """Return the discount that promises most, None where that is hardly more than today's."""
    best = max(incomes, key=lambda discount_bps: incomes[discount_bps], default=0)
    if best == today or incomes[best] <= WORTHWHILE * incomes.get(today, 0.0):
        return None
    return best


def affordable(wealth: Floats, spending: Floats, stake: float) -> Integers:
    """Return the units that users can lock who keep what they spend in a window."""
    units: Integers = np.maximum((wealth - spending) / stake, 0.0).astype(np.int64)
    return units


def income(
    calls_per_day: Floats, weight: Floats, rest: Floats, price_coefficient: float, holding: Holding
) -> float:
    """
    Return what users pay a model per day, in prices of a call.

    Each user's logit: of a calls a day a share w r^-b / (w r^-b + rest) goes to the model, whose
    weight is w at its price, r what a call costs over that, b the price coefficient; of the price
    the discount is forgone. So a discount d that all have pays while b (1 - s) > 1: the share's
    elasticity to the price, s the share.
    Source: Berry 1994.
    """
    own = weight * holding.ratio**-price_coefficient
    return float((calls_per_day * own / (own + rest) * (1 - holding.forgone)).sum())
