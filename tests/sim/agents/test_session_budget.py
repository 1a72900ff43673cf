"""A session covers what its user hardly exceeds."""

import pytest

from sim.agents.paths import BURST_SHAPE
from sim.agents.user import likely_calls
from sim.streams import stream

DAYS = 30


@pytest.mark.parametrize("calls_per_day", [0.2, 1.0, 10.0])
def test_most_users_call_less_than_a_session_covers(calls_per_day):
    rng = stream(9, "bursts")
    rates = calls_per_day * rng.gamma(BURST_SHAPE, 1 / BURST_SHAPE, (4_000, DAYS))
    calls = rng.poisson(rates).sum(axis=1)

    covered = (calls <= likely_calls(calls_per_day, DAYS)).mean()

    assert 0.95 < covered < 0.995
