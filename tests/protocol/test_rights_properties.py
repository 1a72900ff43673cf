"""Whoever holds revenue units when, what was shared is what holders earned, and a remainder."""

from hypothesis import given
from hypothesis import strategies as st

from protocol.money import BPS
from protocol.rights_terms import REVENUE
from protocol.world import World
from tests.open_market import role
from tests.rights_market import RightsMarket

HOLDERS = ("creator", "first investor", "second investor")
holders = st.sampled_from(HOLDERS)
moves = st.tuples(st.just("move"), holders, holders, st.integers(0, BPS))
payments = st.tuples(st.just("earn"), st.integers(10, 10**9))
histories = st.lists(moves | payments, max_size=12)


@given(st.integers(1, BPS), histories)
def test_units_earn_in_proportion_to_the_time_that_they_are_held(
    deployment, is_valid_proof, units, history
):
    market = RightsMarket(World(deployment, is_valid_proof), deployment)
    right_id = market.mint(REVENUE, maximum_units=units)
    rights = market.address("rights")
    balances = dict.fromkeys(HOLDERS, 0) | {"creator": units}
    expected = dict.fromkeys(HOLDERS, 0)
    per_unit = 0

    for step, *arguments in history:
        if step == "earn":
            market.earn(*arguments)
            now = market.view("rights", "per_unit_of", right_id)
            for who in HOLDERS:
                expected[who] += balances[who] * (now - per_unit)
            per_unit = now
        else:
            sender, receiver, amount = arguments
            amount = min(amount, balances[sender])
            address = role(receiver).address
            market.must("rights", "transfer", address, right_id, amount, sender=role(sender))
            balances[sender] -= amount
            balances[receiver] += amount

    accounts = {who: role(who).address for who in HOLDERS}
    earned = {
        who: market.view("rights", "owed_to", address)
        + market.view("rights", "earned_of", right_id, address)
        for who, address in accounts.items()
    }
    assert earned == expected
    held = market.view("settlement_token", "balance_of", rights)
    # Less than a unit of money for each unit of the right waits for the next payment.
    assert 0 <= held - sum(earned.values()) < units
