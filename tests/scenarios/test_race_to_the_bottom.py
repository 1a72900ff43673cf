"""scenarios/race-to-the-bottom.yaml: hosts bid their margin away, to the owners, over seeds."""

import pytest

from sim.experiments.statistics import mean_interval
from tests.scenarios.conftest import Play, Played

NAME = "race-to-the-bottom"
FIXED = {"population.creators.host_bids": "0%"}
FLOOR = {"protocol.minimum_host_fee": "35%"}
SEEDS = (1, 2, 3)
COST_OVER_PRICE = 0.155
PROTOCOL_FEE = 0.025
LATE_TICKS = 10


@pytest.fixture(scope="module")
def race(play: Play) -> list[Played]:
    return [play(NAME, seed) for seed in SEEDS]


@pytest.fixture(scope="module")
def fixed(play: Play) -> list[Played]:
    return [play(NAME, seed, FIXED) for seed in SEEDS[:1]]


@pytest.fixture(scope="module")
def floor(play: Play) -> list[Played]:
    return [play(NAME, seed, FLOOR) for seed in SEEDS[:1]]


def late_share(played: Played) -> float:
    """What hosts got of what was released in the last ticks; the treasury got 2.5 % of it."""
    table = played.metrics.pivot_table(index="tick", columns="kpi", values="value")
    table = table.tail(LATE_TICKS)
    share: float = table["host_revenue"].sum() / (table["protocol_fees"].sum() / PROTOCOL_FEE)
    return share


def test_the_share_of_hosts_ends_near_what_computing_costs(race):
    shares = [late_share(each) for each in race]

    # What is released lags the tariff by the challenge window, so the last cuts are not in it yet.
    assert all(COST_OVER_PRICE <= share < 0.2 for share in shares)
    assert mean_interval(shares).high < 0.2


def test_a_least_share_ends_the_race_where_it_stands(fixed, floor):
    assert [late_share(each) for each in fixed] == [pytest.approx(0.5, abs=1e-6)]
    assert [late_share(each) for each in floor] == [pytest.approx(0.35, abs=1e-6)]


def test_users_pay_and_are_served_as_before(fixed, race, floor):
    for before, bidding, least in zip(fixed, race, floor, strict=False):
        for kpi in ("revenue_total", "calls_served", "latency_p95"):
            expected = pytest.approx(before.figures[kpi], rel=0.02)
            assert bidding.figures[kpi] == expected
            assert least.figures[kpi] == expected
