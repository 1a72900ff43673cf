"""Whatever order calls settle in, a meter grants no more than its windows allow."""

from hypothesis import given
from hypothesis import strategies as st

from protocol.access_terms import NO_METER

ORIGIN, WINDOW = 1_000, 30
limits = st.integers(0, 10**6)
epochs = st.lists(st.integers(ORIGIN - 10, ORIGIN + 5 * WINDOW), min_size=1, max_size=80)


def use_all(limit, visits):
    """Take all that a gate grants at each visit; return the meter's epochs and what was taken."""
    meter, taken = NO_METER, []
    for epoch in visits:
        meter = meter.rolled(epoch, ORIGIN, WINDOW)
        granted = max(limit - meter.used - meter.carried(ORIGIN, WINDOW), 0)
        meter = meter._replace(used=meter.used + granted)
        taken.append((meter.epoch, granted))
    return taken


def window_of(epoch):
    return (epoch - ORIGIN) // WINDOW


@given(limits, epochs)
def test_no_window_gives_more_than_its_limit(limit, visits):
    taken = use_all(limit, visits)
    for window in {window_of(epoch) for epoch, _ in taken}:
        assert sum(calls for epoch, calls in taken if window_of(epoch) == window) <= limit


@given(limits, epochs, st.integers(1, WINDOW))
def test_days_in_a_row_give_the_limit_and_their_own_share_of_it(limit, visits, days):
    taken = use_all(limit, visits)
    for first in range(ORIGIN, ORIGIN + 5 * WINDOW):
        within = sum(calls for epoch, calls in taken if first <= epoch < first + days)
        # A whole limit may have been saved up; beyond it each day adds its share, rounded.
        assert within * WINDOW <= limit * (WINDOW + days)


@given(limits, epochs)
def test_a_meter_never_runs_back(limit, visits):
    seen = [epoch for epoch, _ in use_all(limit, visits)]
    assert seen == sorted(seen)
    assert min(seen) >= ORIGIN


@given(st.integers(1, 10**6))
def test_an_even_user_gets_its_whole_limit_in_every_window(share):
    limit, meter = share * WINDOW, NO_METER
    for epoch in range(ORIGIN, ORIGIN + 4 * WINDOW):
        meter = meter.rolled(epoch, ORIGIN, WINDOW)
        assert limit - meter.used - meter.carried(ORIGIN, WINDOW) >= share
        meter = meter._replace(used=meter.used + share)
