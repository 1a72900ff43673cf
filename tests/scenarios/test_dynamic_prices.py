"""scenarios/dynamic-prices.yaml: what moving prices do for a queue, and who pays, over seeds."""

import math

import pytest

from sim.experiments.statistics import mean_interval
from tests.scenarios.conftest import Figures, Play

NAME = "dynamic-prices"
FIXED = {"population.creators.dynamic_pricing": "0%"}
WHO_LOOK = {"population.users.price_coefficient": "4"}
SEEDS = (1, 2, 3, 4, 5)


@pytest.fixture(scope="module")
def fixed(play: Play) -> list[Figures]:
    return [play(NAME, seed, FIXED).figures for seed in SEEDS]


@pytest.fixture(scope="module")
def moving(play: Play) -> list[Figures]:
    return [play(NAME, seed).figures for seed in SEEDS]


def ratios(kpi: str, of: list[Figures], to: list[Figures]) -> list[float]:
    """The logarithm of one arm's figure over the other's, seed by seed."""
    return [math.log(one[kpi] / other[kpi]) for one, other in zip(of, to, strict=False)]


def test_users_pay_more_for_a_call_whose_price_moves(fixed, moving):
    paid = mean_interval(ratios("revenue_per_1000_calls", moving, fixed))

    assert paid.low > math.log(1.2)
    assert paid.high < math.log(2.5)


def test_the_queue_is_a_little_shorter_and_fewer_calls_are_served(fixed, moving):
    queue = mean_interval(ratios("latency_p95", moving, fixed))
    served = mean_interval(ratios("calls_served", moving, fixed))

    assert math.log(0.85) < queue.low < queue.high < 0
    assert math.log(0.9) < served.low < served.high < 0


def test_users_who_answer_to_prices_shorten_it_more(play, fixed, moving):
    who_look = [play(NAME, seed, WHO_LOOK).figures for seed in SEEDS[:2]]

    for much, little in zip(
        ratios("latency_p95", who_look, fixed), ratios("latency_p95", moving, fixed), strict=False
    ):
        assert math.log(0.7) < much < little < 0
