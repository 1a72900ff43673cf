"""Limits compared: what one allows in a period of the other, epoch by epoch."""

from hypothesis import given
from hypothesis import strategies as st

from protocol.policies import NO_POLICY

LIMITS = st.builds(
    lambda calls, epochs: NO_POLICY._replace(calls_per_period=calls, period_epochs=epochs),
    st.integers(1, 40),
    st.integers(1, 12),
)


def most_calls(limit, first, epochs):
    """What a limit allows from an epoch on: all calls of each period that the time touches."""
    periods = {epoch // limit.period_epochs for epoch in range(first, first + epochs)}
    return len(periods) * limit.calls_per_period


@given(child=LIMITS, parent=LIMITS)
def test_a_limit_that_is_kept_is_kept_in_every_period(child, parent):
    length = parent.period_epochs
    most = max(most_calls(child, period * length, length) for period in range(child.period_epochs))
    if child.limits(parent):
        assert most <= parent.calls_per_period
    elif length % child.period_epochs == 0 or child.period_epochs % length == 0:
        assert most > parent.calls_per_period
