"""
What users' own streams say, tick by tick: how much they want, and the draws that decide for them.
"""

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.agents.choice import Floats
from sim.streams import stream

Integers = NDArray[np.int64]

DECISIONS = 4
"""Uniform draws per user and tick: for leaving, for choosing anew, for a model, for a host."""
BURST_SHAPE = 1 / (1.2**2 - 1)
"""
Shape of the Gamma-distributed daily rate that gives arrivals a coefficient of variation of 1.2
(calibration 3).
"""
WINDOW = 64
"""Ticks that are drawn at once: memory grows with the users, and not with the ticks of a run."""


class Paths:
    """
    Demand and decisions of every user, drawn a window of ticks at a time, in the order of time.

    Demand per tick is Poisson with a Gamma-distributed rate, so arrivals are burstier than Poisson.
    What is drawn does not depend on the window: each stream goes on where it stood.
    """

    def __init__(self, seed: int, rates: Floats, ticks: int, factors: Floats | None = None) -> None:
        """
        Prepare the users' streams; `rates` has the mean calls per tick of each user, `factors` what
        multiplies them in each tick.
        """
        users = range(len(rates))
        self._rates = rates
        self._ticks = ticks
        self._factors = factors
        self._decisions = _Streams(stream(seed, f"user-{user}/choice") for user in users)
        self._bursts = _Streams(stream(seed, f"user-{user}/demand") for user in users)
        self._arrivals = _Streams(self._after_all_bursts(seed, user) for user in users)
        self._first = 0
        self._wanted: Integers = np.empty((0, len(rates)), dtype=np.int64)
        self._draws: Floats = np.empty((0, DECISIONS, len(rates)))

    def wanted(self, tick: int) -> Integers:
        """Return how many calls each user wants in a tick."""
        row = self._row(tick)
        wanted: Integers = self._wanted[row]
        return wanted

    def draws(self, tick: int) -> Floats:
        """Return the uniform draws of a tick: a row per decision, a column per user."""
        row = self._row(tick)
        draws: Floats = self._draws[row]
        return draws

    def _row(self, tick: int) -> int:
        """Return the tick's row in the window, having drawn the windows up to it."""
        if tick < self._first:
            raise IndexError(f"tick {tick} has passed: the window begins at {self._first}")
        while tick >= self._first + len(self._wanted):
            self._go_on()
        return tick - self._first

    def _go_on(self) -> None:
        first = self._first + len(self._wanted)
        ticks, users = min(WINDOW, self._ticks - first), len(self._rates)
        if ticks <= 0:
            raise IndexError(f"the run has {self._ticks} ticks")
        wanted = np.empty((users, ticks), dtype=np.int64)
        for user, (bursts, arrivals) in enumerate(zip(self._bursts, self._arrivals, strict=True)):
            rates = self._rates[user] * bursts.gamma(BURST_SHAPE, 1 / BURST_SHAPE, ticks)
            if self._factors is not None:
                rates *= self._factors[first : first + ticks]
            wanted[user] = arrivals.poisson(rates)
        draws = np.empty((users, DECISIONS, ticks))
        for user, decisions in enumerate(self._decisions):
            # The stream holds one decision after the other, each for all ticks of the run.
            for decision in range(DECISIONS):
                decisions.random(out=draws[user, decision])
                self._decisions.skip(self._ticks - ticks)
            self._decisions.skip(ticks - DECISIONS * self._ticks)
        self._first = first
        self._wanted = np.ascontiguousarray(wanted.T)
        self._draws = np.ascontiguousarray(draws.transpose(2, 1, 0))

    def _after_all_bursts(self, seed: int, user: int) -> np.random.Generator:
        # The stream of demand holds the bursts of all ticks, then their arrivals.
        demand = stream(seed, f"user-{user}/demand")
        for first in range(0, self._ticks, WINDOW):
            demand.gamma(BURST_SHAPE, 1 / BURST_SHAPE, min(WINDOW, self._ticks - first))
        return demand


class _Streams:
    """
    Streams of one purpose, a user's each, of which only the place is kept: a tenth of a generator.
    """

    def __init__(self, generators: Iterable[np.random.Generator]) -> None:
        self._places = [generator.bit_generator.state["state"] for generator in generators]
        self._machine = np.random.PCG64()
        self._generator = np.random.Generator(self._machine)

    def __iter__(self) -> Iterator[np.random.Generator]:
        """Yield each user's generator at its place, and keep the place that it is left at."""
        state: Any = self._machine.state
        for user, place in enumerate(self._places):
            state["state"] = place
            self._machine.state = state
            yield self._generator
            self._places[user] = self._machine.state["state"]

    def skip(self, draws: int) -> None:
        """Move the running user's generator by some uniform draws, back if they are negative."""
        self._machine.advance(draws)
