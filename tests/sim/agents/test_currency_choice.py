"""When a price in MNFT that is seldom reviewed costs more than the exchange's fee."""

import math

import numpy as np
import pytest

from sim.agents.currency_choice import is_stable_better, lapsed_share
from sim.streams import stream


@pytest.mark.parametrize(("margin", "reviews", "volatility"), [(0.9, 2.9, 0.9), (0.2, 12.0, 0.5)])
def test_the_share_is_that_of_a_random_walk_seen_at_its_reviews(margin, reviews, volatility):
    rng = stream(1, "walks")
    ages = rng.exponential(1 / reviews, 400_000)
    moved = volatility * np.sqrt(ages) * rng.standard_normal(len(ages))

    seen = float(np.mean(moved < -margin))

    assert lapsed_share(margin, reviews, volatility) == pytest.approx(seen, abs=0.003)


def test_a_price_that_stands_still_or_is_reviewed_at_once_stays_in_mnft():
    assert lapsed_share(0.5, 3.0, 0.0) == 0.0
    assert not is_stable_better(0.5, 3.0, 0.0, 0.0)
    assert is_stable_better(0.5, 3.0, 0.9, 0.003)
    assert not is_stable_better(0.5, 3_000.0, 0.9, 0.003)
    assert not is_stable_better(math.log(50), 3.0, 0.9, 0.003)
    assert is_stable_better(math.log(50), 3.0, 2.0, 0.003)
