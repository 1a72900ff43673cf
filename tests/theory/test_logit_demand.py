"""How this market's users answer to a moving price, and what the warnings say of it."""

import math

import numpy as np
import pytest

import mnft
from sim.agents.choice import logit
from sim.agents.population import Offers, Population
from sim.price_stability import elasticity, steepness
from sim.scenario.loading import parse_scenario

USERS = 400
MARKET = """
question: How do users answer to a price?
ticks: 2
population:
  users: {{count: 400, activity_sigma: 1, price_coefficient: {b}, taste_sigma: {taste}}}
"""
SMALL = """
question: Do prices overshoot?
ticks: 3
chain: {engine: none}
protocol: {price_step: 100%, spot_check_rate: 0%}
workload: {domains: [{name: digits, demand: 100%}], hidden_units: [8], request_pool: 2}
population:
  creators: {count: 1, dynamic_pricing: 100%, capacity: 8, price_sigma: 0}
  fine_tuners: {count: 0}
  hosts: {count: 1, cheating: {share: 0%}}
  validators: {count: 1}
  users: {count: 30, activity: 1, activity_sigma: 0, price_coefficient: 20, malformed: 0%}
  holders: {count: 1}
"""


def calls(population, price):
    """Expected calls per day of the first of three like models, at its own price."""
    everyone = np.arange(USERS)
    offers = Offers(
        model_ids=(1, 2, 3),
        accuracy=np.full((3, 4), 0.9),
        price=np.array([price, 1.0, 1.0]),
        latency=np.array([0.4]),
        is_served=np.ones((3, 1), dtype=np.bool_),
        is_open=np.ones(3, dtype=np.bool_),
        is_on_record=np.zeros(3, dtype=np.bool_),
    )
    latencies = np.full((USERS, 1), -0.2)
    shares = logit(population._model_utilities(everyone, offers, latencies))
    return float(population.activity @ shares[:, 0])


def where_the_target_is_met(population, target):
    low, high = 1e-9, 1e9
    for _ in range(200):
        middle = math.sqrt(low * high)
        low, high = (middle, high) if calls(population, middle) > target else (low, middle)
    return low


@pytest.mark.parametrize("taste", [0, 1])
@pytest.mark.parametrize("share", [0.1, 0.4, 0.8])
@pytest.mark.parametrize("b", [0.5, 4])
def test_the_elasticity_at_the_target_is_that_of_the_users_themselves(taste, share, b):
    scenario = parse_scenario(MARKET.format(b=b, taste=taste), "here", "here").scenario
    population = Population(scenario, 1)
    demand = float(population.activity.sum())
    target = share * demand
    price, nudge = where_the_target_is_met(population, target), 1e-4

    up, down = (calls(population, price * math.exp(by)) for by in (nudge, -nudge))
    true = -(math.log(up) - math.log(down)) / (2 * nudge)

    formula = elasticity(b, target, demand)
    if taste == 0:
        assert formula == pytest.approx(true, rel=1e-4)
    else:
        # Who has a taste for the model stays: the formula is a bound, and not a loose one.
        assert 0.7 * formula < true < formula


def test_a_price_that_demand_never_reaches_does_not_swing():
    assert elasticity(20, 100, 100) == 0
    assert steepness(1, 20, 101, 100) == 0
    assert steepness(0.125, 16, 0, 100) == 2


def warnings_of(tmp_path, **changes):
    path = tmp_path / "small.yaml"
    path.write_text(SMALL)
    finished = mnft.run(path, out=tmp_path / "run", changes=changes)
    return [text for text in finished.manifest.warnings if "overshoot" in text]


def test_a_run_warns_of_prices_that_overshoot_by_what_its_users_asked(tmp_path):
    (warning,) = warnings_of(tmp_path)

    assert "in 1 of 1 models" in warning
    assert "and a price settles below 2" in warning


def test_a_run_with_the_smaller_step_does_not(tmp_path):
    assert warnings_of(tmp_path, **{"protocol.price_step": "5%"}) == []
