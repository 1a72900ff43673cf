import numpy as np
import pytest

from sim.agents.paths import BURST_SHAPE, DECISIONS, WINDOW, Paths
from sim.streams import stream

TICKS = 2 * WINDOW + 7
RATES = np.array([0.3, 40.0, 2.0])


def whole_run(user):
    """Return a user's demand and draws, each drawn for all ticks at once."""
    demand = stream(5, f"user-{user}/demand")
    rates = RATES[user] * demand.gamma(BURST_SHAPE, 1 / BURST_SHAPE, TICKS)
    return demand.poisson(rates), stream(5, f"user-{user}/choice").random((DECISIONS, TICKS))


def test_what_is_drawn_window_by_window_is_what_would_be_drawn_at_once():
    paths = Paths(5, RATES, TICKS)
    wanted, draws = zip(*[(paths.wanted(tick), paths.draws(tick)) for tick in range(TICKS)],
                        strict=True)  # fmt: skip

    for user in range(len(RATES)):
        whole_demand, whole_draws = whole_run(user)
        assert (np.array(wanted)[:, user] == whole_demand).all()
        assert (whole_draws == np.array(draws)[:, :, user].T).all()


def test_a_run_may_skip_ticks_but_not_go_back_or_beyond_its_end():
    paths = Paths(5, RATES, TICKS)

    assert paths.wanted(WINDOW)[1] == whole_run(1)[0][WINDOW]
    with pytest.raises(IndexError, match="tick 0 has passed"):
        paths.wanted(0)
    with pytest.raises(IndexError, match=f"the run has {TICKS} ticks"):
        paths.draws(TICKS)
