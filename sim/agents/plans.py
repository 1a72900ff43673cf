"""
What a model's calls cost a user one by one, by subscription, or by credits, and which is cheapest.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.agents.choice import Floats
from sim.agents.paths import BURST_SHAPE

PAY_PER_CALL, SUBSCRIBE, BUY_CREDITS = range(3)


class Terms(NamedTuple):
    """
    What a model's owner asks for, in MNFT: the price of a call, of a subscription's period with so
    many calls, and of a credit; infinity where there is no such offer. Times in days. `salvage` is
    what a call of a period that is not used brings by being let to somebody.
    """

    price: float
    period_cost: float
    period_calls: float
    period_days: float
    credit_price: float
    valid_days: float
    salvage: float = 0.0


class Plans(NamedTuple):
    """
    The cheapest way for each user: which, how many credits, and its cost over that of paying
    for each call.
    """

    kind: NDArray[np.int64]
    credits: Floats
    ratio: Floats


def cheapest(calls_per_day: Floats, leaving_per_day: float, terms: Terms) -> Plans:
    """
    Return what each user expects to cost it least per day.

    A user expects D calls in T days: mean a (1 - (1 - h)^T) / h at a calls a day and a chance h a
    day to go elsewhere, variance m + m a / k of a Poisson with a Gamma rate of shape k.
    Paying per call costs p m. A subscription of N calls costs S + p E[(D - N)+] - v E[(N - D)+] at
    a salvage value v. Of credits at c it buys the newsvendor's K, P(D > K) = c / p, for
    c K + p E[(D - K)+].
    Source: newsvendor (Arrow, Harris, Marschak 1951); flat rate or per use (Train, McFadden,
    Ben-Akiva 1987) without the taste for flat rates that they find.
    """
    from scipy.special import ndtri  # noqa: PLC0415 - a second to import

    price = terms.price
    costs = np.full((3, len(calls_per_day)), np.inf)
    costs[PAY_PER_CALL] = price
    if np.isfinite(terms.period_cost):
        mean, deviation = expected_demand(calls_per_day, leaving_per_day, terms.period_days)
        beyond = expected_above(terms.period_calls, mean, deviation)
        unused = terms.period_calls - mean + beyond
        costs[SUBSCRIBE] = (terms.period_cost + price * beyond - terms.salvage * unused) / mean
    bought = np.zeros(len(calls_per_day))
    if terms.credit_price < price:
        mean, deviation = expected_demand(calls_per_day, leaving_per_day, terms.valid_days)
        quantile = ndtri(1 - terms.credit_price / price)
        bought = np.maximum(np.floor(mean + quantile * deviation), 0.0)
        beyond = expected_above(bought, mean, deviation)
        costs[BUY_CREDITS] = (terms.credit_price * bought + price * beyond) / mean
        costs[BUY_CREDITS, bought == 0] = np.inf
    kind = costs.argmin(axis=0)
    return Plans(kind, bought, costs.min(axis=0) / price)


def leaving_per_day(churn: float, rechoice: float) -> float:
    """
    Return the chance a day that a user takes no more calls of its model: it leaves (a chance per 30
    days), or chooses anew (a chance per day).
    """
    stays_a_day: float = (1 - rechoice) * (1 - churn) ** (1 / 30)
    return 1 - stays_a_day


def expected_demand(
    calls_per_day: Floats, leaving_per_day: float, days: float
) -> tuple[Floats, Floats]:
    """Return mean and standard deviation of the calls in so many days of who may go elsewhere."""
    stays = days
    if leaving_per_day:
        stays = (1 - (1 - leaving_per_day) ** days) / leaving_per_day
    mean = calls_per_day * stays
    return mean, np.sqrt(mean * (1 + calls_per_day / BURST_SHAPE))


def expected_above(limit: Floats | float, mean: Floats, deviation: Floats) -> Floats:
    """Return E[(D - limit)+] of a normal D: the newsvendor's loss function."""
    from scipy.special import ndtr  # noqa: PLC0415 - a second to import

    z = (limit - mean) / deviation
    density = np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi)
    loss: Floats = deviation * (density - z * ndtr(-z))
    return loss


def expected_used(limit: Floats | float, mean: Floats, deviation: Floats) -> Floats:
    """Return E[min(D, limit)] of a normal D that is cut off below zero."""
    used: Floats = expected_above(0.0, mean, deviation) - expected_above(limit, mean, deviation)
    return used
