"""How a host spreads what it can serve over what is asked of it."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from sim.agents.host import ration
from sim.streams import stream

REQUESTS = st.lists(st.integers(0, 50), max_size=20)
UNIT = st.floats(0, 1, exclude_max=True)


@given(REQUESTS, st.floats(0, 1), UNIT)
def test_nobody_gets_more_than_asked_and_the_total_is_the_share(asked, share, offset):
    taken = ration(asked, share, offset)

    assert len(taken) == len(asked)
    assert all(0 <= got <= wanted for got, wanted in zip(taken, asked, strict=True))
    assert abs(sum(taken) - share * sum(asked)) < 1 + 1e-6


@given(REQUESTS, UNIT)
def test_everything_is_taken_where_all_can_be(asked, offset):
    assert ration(asked, 1.0, offset) == asked


def test_lone_calls_are_refused_as_often_as_those_of_large_requests():
    offsets = stream(3, "offsets").random(2_000)
    asked = [1] * 10 + [10]

    taken = np.mean([ration(asked, 0.9, offset) for offset in offsets.tolist()], axis=0)

    assert np.allclose(taken / asked, 0.9, atol=0.03)
