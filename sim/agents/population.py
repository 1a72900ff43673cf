"""The users' decisions, vectorised over the population; each user draws from streams of its own."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from protocol.money import WAD
from protocol.parameters import DAY
from sim.agents.choice import Floats, draw, inclusive_value, logit
from sim.agents.paths import DECISIONS, Integers, Paths
from sim.scenario.schema import Scenario
from sim.streams import stream

Booleans = NDArray[np.bool_]

NO_CHOICE = -1
_LEAVING, _REVIEWING, _MODEL, _HOST = range(DECISIONS)
HOST_NEST_SCALE = 0.5 / 3
"""
Dissimilarity of a model's hosts: choice is 3 / 0.5 times sharper among hosts than among models
(calibration 9).
"""


@dataclass(frozen=True)
class Conditions:
    """
    What licences ask of users, one row each, for the models on offer, one column each.

    `surcharge` is MNFT per call beyond the price, `reluctance` utility lost, `served` the share of
    a user's calls that are allowed, `is_barred` says where none is.
    """

    surcharge: Floats
    reluctance: Floats
    served: Floats
    is_barred: Booleans

    def judged(self, value: Floats, users: Integers, model: int) -> Floats:
        """
        Return what a model is worth to users who get only a part of their calls.

        A call that is not served has the outside option's utility, 0.
        """
        less = value - self.reluctance[users, model]
        worth = np.where(less > 0, self.served[users, model] * less, less)
        judged: Floats = np.where(self.is_barred[users, model], -np.inf, worth)
        return judged


@dataclass(frozen=True)
class Offers:
    """
    What can be had this tick: M models, H hosts.

    `accuracy` is measured, per model and domain; `price` is MNFT for a typical call; `latency` is
    the hosts' last
    median, in seconds; `is_served[m, h]` says whether host h serves model m;
    `is_open[m]` whether its licence allows commercial use; `is_on_record[m]` whether it can be
    traced to its data; `token_price` is the token's price in outside money over that of the first
    tick; `conditions` are what strict licences ask for; `ratio[u, m]` what a call costs each
    chooser over its price, where calls can be paid ahead.
    """

    model_ids: tuple[int, ...]
    accuracy: Floats
    price: Floats
    latency: Floats
    is_served: Booleans
    is_open: Booleans
    is_on_record: Booleans
    token_price: float = 1.0
    conditions: Conditions | None = None
    ratio: Floats | None = None

    def price_to(self, users: Integers, model: int) -> Floats:
        """Return what a call of a model costs users, MNFT: one number where it is the same."""
        price: Floats = self.price[model]
        if self.conditions is None:
            return price
        surcharged: Floats = price + self.conditions.surcharge[users, model]
        return surcharged


def chance_per_tick(chance: float, period_seconds: int, tick_seconds: int) -> float:
    """
    Return the chance per tick of something with a given chance per period, at a constant hazard.
    """
    per_tick: float = 1 - (1 - chance) ** (tick_seconds / period_seconds)
    return per_tick


class Population:
    """
    Heterogeneous users: activity, budget, taste, and a habit.

    Activity is lognormal (sigma 2.0 reproduces the published concentration of requests over
    clients). A user stays with a model and a host until the session ends or a chance per day makes
    it choose anew.
    """

    def __init__(self, scenario: Scenario, seed: int, demand: Floats | None = None) -> None:
        """Draw everybody; `demand` multiplies what they want, tick by tick."""
        users = scenario.population.users
        self._users = users
        self._seed = seed
        self._review_chance = chance_per_tick(users.rechoice, DAY, scenario.tick)
        self._churn_chance = chance_per_tick(users.churn, 30 * DAY, scenario.tick)
        self._demand_shares = np.cumsum([domain.demand for domain in scenario.workload.domains])
        self._tastes: dict[int, Floats] = {}
        count = self.count = users.count
        self.activity = np.empty(count)
        self.budget: Floats = np.empty(count)
        self.domain: Integers = np.empty(count, dtype=np.int64)
        self.is_commercial: Booleans = np.empty(count, dtype=np.bool_)
        for user in range(count):
            self._draw_traits(user)
        self._paths = Paths(seed, self.activity * (scenario.tick / DAY), scenario.ticks, demand)
        self.is_here: Booleans = np.ones(count, dtype=np.bool_)

    def _draw_traits(self, user: int) -> None:
        users, rng = self._users, stream(self._seed, f"user-{user}/traits")
        activity, budget = rng.standard_normal(2)
        domain, commercial = rng.random(2)
        self.activity[user] = users.activity * np.exp(users.activity_sigma * activity)
        # Who calls more has more to spend: the median budget belongs to the median activity.
        per_activity = users.budget / WAD * np.exp(users.budget_sigma * budget)
        self.budget[user] = per_activity * np.exp(users.activity_sigma * activity)
        last = len(self._demand_shares) - 1
        self.domain[user] = min(int(np.searchsorted(self._demand_shares, domain)), last)
        self.is_commercial[user] = commercial < users.commercial

    def wanted(self, tick: int) -> Integers:
        """Return how many calls each user wants in a tick: none once it has left."""
        wanted: Integers = self._paths.wanted(tick) * self.is_here
        return wanted

    def leave(self, tick: int) -> Integers:
        """Let users churn, each with its chance per tick; return who left."""
        leaving = self.is_here & (self._paths.draws(tick)[_LEAVING] < self._churn_chance)
        self.is_here[leaving] = False
        return np.flatnonzero(leaving)

    def who_chooses(self, tick: int, has_session: Booleans) -> Integers:
        """
        Return the users with demand who choose: those without a session, and those whose habit
        breaks.
        """
        breaks_habit = self._paths.draws(tick)[_REVIEWING] < self._review_chance
        return np.flatnonzero((self.wanted(tick) > 0) & (~has_session | breaks_habit))

    def choose(self, tick: int, choosers: Integers, offers: Offers) -> tuple[Integers, Integers]:
        """
        Return the model and the host (indices into the offers, or NO_CHOICE) that each chooser
        takes.

        A logit over models and the outside option, over each model's hosts a nested logit:
        V = quality * accuracy - price * ln(price) + taste - outside, hosts: - latency * seconds.
        Sources: Berry 1994; Train 2009, chapter 4.
        """
        host_values = np.broadcast_to(
            -self._users.latency_coefficient * offers.latency, (len(choosers), len(offers.latency))
        )
        draws = self._paths.draws(tick)
        utilities = self._model_utilities(choosers, offers, host_values)
        model = draw(logit(utilities), draws[_MODEL, choosers])
        model[model == len(offers.model_ids)] = NO_CHOICE
        host = np.full(len(choosers), NO_CHOICE, dtype=np.int64)
        for column in np.unique(model[model != NO_CHOICE]):
            rows, hosts = np.flatnonzero(model == column), np.flatnonzero(offers.is_served[column])
            values = host_values[np.ix_(rows, hosts)] / HOST_NEST_SCALE
            weights = np.exp(values - values.max(axis=1, keepdims=True))
            host[rows] = hosts[draw(weights, draws[_HOST, choosers[rows]])]
        return model, host

    def expected_calls(self, domain: int) -> float:
        """
        Return the calls per day that a domain's users are likely to make, as a survey of users
        would say: calls on the chain do not name their domain.
        """
        return float(self.activity[self.is_here & (self.domain == domain)].sum())

    def _model_utilities(self, choosers: Integers, offers: Offers, host_values: Floats) -> Floats:
        users = self._users
        utilities = np.full((len(choosers), len(offers.model_ids)), -np.inf)
        domain, commercial = self.domain[choosers], self.is_commercial[choosers]
        for column, model_id in enumerate(offers.model_ids):
            price = offers.price_to(choosers, column) * offers.token_price
            if offers.ratio is not None:
                price = price * offers.ratio[:, column]
            value = (
                users.quality_coefficient * offers.accuracy[column, domain]
                - users.price_coefficient * np.log(price)
                + users.taste_sigma * self._taste(model_id)[choosers]
                - users.outside_utility
                + users.traceability * offers.is_on_record[column]
                + inclusive_value(host_values[:, offers.is_served[column]], HOST_NEST_SCALE)
            )
            if offers.conditions is not None:
                value = offers.conditions.judged(value, choosers, column)
            utilities[:, column] = np.where(commercial & ~offers.is_open[column], -np.inf, value)
        return utilities

    def _taste(self, model_id: int) -> Floats:
        # Drawn in the users' order, so that one more user leaves the others' tastes as they were.
        if model_id not in self._tastes:
            rng = stream(self._seed, f"model-{model_id}/taste")
            self._tastes[model_id] = rng.standard_normal(self.count)
        return self._tastes[model_id]
