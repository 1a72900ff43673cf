"""What a model is worth to an owner, and what to ask for it."""

import math
from collections.abc import Sequence
from statistics import NormalDist
from typing import NamedTuple

from protocol.parameters import DAY

YEAR_DAYS = 365
_CHANCES = tuple(percent / 100 for percent in range(1, 100))


class Ask(NamedTuple):
    """A price in MNFT, and what its seller expects to gain by asking it."""

    price: float
    gain: float


def worth(income_per_day: float, rate: float, horizon_seconds: int) -> float:
    """
    Return what a steady income is worth today: a (1 - exp(-r H)) / r.

    The rate r is per year, continuously compounded; income per day, horizon H in seconds.
    """
    days = horizon_seconds / DAY
    daily = rate / YEAR_DAYS
    return income_per_day * (days if daily * days < 1e-9 else -math.expm1(-daily * days) / daily)


def lognormal_quantiles(median: float, sigma: float) -> tuple[float, ...]:
    """Return the rates below which 1 to 99 % of a lognormal distribution lie."""
    normal = NormalDist()
    return tuple(median * math.exp(sigma * normal.inv_cdf(chance)) for chance in _CHANCES)


def best_ask(own: float, kept: float, values: Sequence[float], buyers: int) -> Ask:
    """
    Return the posted price that promises a seller most: argmax (k p - v) (1 - (1 - q(p))^n).

    `own` is v, what the model is worth to the seller; `kept` is k, what a sale leaves of the price;
    `values` are what it is worth to the 1 to 99 % most patient of n alike buyers, so that q is the
    chance that one of them pays. Source: Riley and Zeckhauser 1983, a posted price is the best that
    a seller of one thing can do. What it would bring to sell later is left out.
    """
    asks = (
        Ask(value, (kept * value - own) * (1 - (1 - chance) ** buyers))
        for chance, value in zip(_CHANCES, values, strict=True)
    )
    return max(asks, key=lambda ask: ask.gain)
