"""
Shocks: paths from outside, known before the first tick and kept with the run.

A path is drawn from a stream of its own, so that a shock shifts nobody else's draws, or read from a
file; the run folder keeps it, and its file replays it without any randomness.
"""

import math
from collections.abc import Iterator, Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from protocol.parameters import DAY
from sim.agents.population import chance_per_tick
from sim.scenario.schema import Scenario
from sim.scenario.shocks import Shock
from sim.streams import stream

Floats = NDArray[np.float64]
YEAR = 365 * DAY
PRICES = ("token_price", "coin_price")
"""Targets that are prices in outside money."""
_DECAY = 0.94
"""Weight of a day's estimate of a variance in the next day's (RiskMetrics 1996)."""


class Path(NamedTuple):
    """A shock's values, one per tick."""

    name: str
    target: str
    values: Floats


class Shocks:
    """
    All shocks of a run, by what they move.

    Several of one target act together: demand and prices multiply, of outages the worst counts.
    """

    def __init__(
        self, scenario: Scenario, seed: int, files: Mapping[str, Mapping[int, float]]
    ) -> None:
        """Draw or read every path; `files` has the values by tick of each file that is named."""
        self.paths = tuple(_path(shock, scenario, seed, files) for shock in scenario.shocks)
        ones = np.ones(scenario.ticks)
        self._demand = _product(self._of("demand"), ones)
        self._outages = np.max([*self._of("outages"), ones * 0], axis=0)
        # Amounts in the scenario are meant at the price of the first tick.
        self._prices = {
            target: _product([values / values[0] for values in self._of(target)], ones)
            for target in PRICES
        }
        self._tick_seconds = scenario.tick
        self._volatility: dict[str, Floats] = {}

    @property
    def demand(self) -> Floats | None:
        """What multiplies the demand of each tick; None where no shock moves it."""
        return self._demand if self._of("demand") else None

    def failing_share(self, tick: int) -> float:
        """Return the share of a tick's calls that fail at every host."""
        return float(self._outages[tick])

    def token_price(self, tick: int) -> float:
        """Return the token's price in outside money, over that of the first tick; 1 at genesis."""
        return self._price("token_price", tick)

    def coin_price(self, tick: int) -> float:
        """Return the coin's price in outside money, over that of the first tick."""
        return self._price("coin_price", tick)

    def volatility(self, target: str, tick: int) -> float:
        """Return a price's standard deviation per year (of ln), as its path so far shows it."""
        if target not in self._volatility:
            self._volatility[target] = _volatility(self._prices[target], self._tick_seconds)
        return float(self._volatility[target][max(tick, 0)])

    def in_tokens(self, amount: int, tick: int) -> int:
        """
        Return what an amount of the first tick's tokens costs now, where outside money pays it.

        Twice as many tokens at half the price; rounded to whole units.
        """
        price = self.token_price(tick)
        return amount if price == 1.0 else round(amount / price)

    def _price(self, target: str, tick: int) -> float:
        prices = self._prices[target]
        return float(prices[min(max(tick, 0), len(prices) - 1)])

    def _of(self, target: str) -> list[Floats]:
        return [path.values for path in self.paths if path.target == target]


def _product(factors: list[Floats], ones: Floats) -> Floats:
    product: Floats = np.prod([ones, *factors], axis=0)
    return product


def _volatility(prices: Floats, tick: int) -> Floats:
    """Return what the path up to each tick says of the volatility: exponentially weighted."""
    decay = _DECAY ** (tick / DAY)
    variance, found = 0.0, np.zeros(len(prices))
    for at, change in enumerate(np.diff(np.log(prices)).tolist(), start=1):
        variance = decay * variance + (1 - decay) * change**2
        found[at] = math.sqrt(variance * YEAR / tick)
    return found


def _path(
    shock: Shock, scenario: Scenario, seed: int, files: Mapping[str, Mapping[int, float]]
) -> Path:
    ticks, tick = scenario.ticks, scenario.tick
    draws = stream(seed, f"shock-{shock.name}")
    match shock.process:
        case "file":
            read = files[shock.file]
            values = np.array(list(_filled(read, ticks)))
        case "gbm":
            values = _gbm(shock, ticks, tick, draws)
        case "outages":
            values = _outages(shock, ticks, tick, draws)
        case "season":
            at = (np.arange(ticks) - shock.first_peak) * tick / shock.period
            values = 1 + shock.amplitude * np.cos(2 * math.pi * at)
    return Path(shock.name, shock.target, values)


def _filled(values: Mapping[int, float], ticks: int) -> Iterator[float]:
    """Yield a value per tick: a tick that the file leaves out has the value of the one before."""
    last = values[0]
    for tick in range(ticks):
        last = values.get(tick, last)
        yield last


def _gbm(shock: Shock, ticks: int, tick: int, draws: np.random.Generator) -> Floats:
    # ln S(t + dt) - ln S(t) ~ N((mu - sigma^2 / 2) dt, sigma^2 dt); Glasserman 2003, section 3.2.
    years = tick / YEAR
    steps = draws.standard_normal(ticks - 1) * shock.volatility * math.sqrt(years)
    steps += (shock.drift - shock.volatility**2 / 2) * years
    values: Floats = np.exp(np.concatenate([[0.0], np.cumsum(steps)]))
    return values


def _outages(shock: Shock, ticks: int, tick: int, draws: np.random.Generator) -> Floats:
    begins = draws.random(ticks) < chance_per_tick(shock.chance, DAY, tick)
    lasts = max(1, math.ceil(shock.length / tick))
    # A length that ends within a tick fails that much of the tick.
    shares = np.full(lasts, shock.depth)
    shares[-1] *= shock.length / tick - (lasts - 1)
    values = np.zeros(ticks)
    for first in np.flatnonzero(begins).tolist():
        part = values[first : first + lasts]
        np.maximum(part, shares[: len(part)], out=part)
    return values
