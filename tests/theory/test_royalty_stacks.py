"""
T11 and T10 of theory.json: royalty stacks up a chain under each rule, and what they do to a price.

Chains of forks are born, paid and distributed in the reference model and the contracts, in
lockstep. The absolute rule is Story's LAP, the edge rule its LRP.
"""

import json
from fractions import Fraction
from pathlib import Path

import pytest

from protocol.lineage import Parent, RoyaltyStackTooHigh
from protocol.money import BPS, WAD
from protocol.royalties import ABSOLUTE, EDGE, LEAF
from tests.open_market import role
from tests.royalty_markets import chain, distribute, owed, pay, shares, started_by_rule

THEORY = json.loads((Path(__file__).parents[1] / "vectors/theory.json").read_text())
ITEMS = {item["id"]: item for item in THEORY["items"]}
each_depth = pytest.mark.parametrize(
    "case", ITEMS["T11"]["expected"], ids=lambda case: f"depth {case['k']}"
)
start = pytest.fixture(scope="module")(started_by_rule)


def received(market, case):
    """What each maker gets of one token that the leaf is paid, the root's first."""
    royalty_bps, depth = round(case["r"] * BPS), case["k"]
    models = chain(market, *[royalty_bps] * depth)
    pay(market, models[-1], WAD)
    distribute(market, reversed(models))
    got = owed(market, [f"depth {each}" for each in range(depth + 1)])
    assert sum(got) == WAD
    return [Fraction(each, WAD) for each in got]


@each_depth
def test_edge_by_edge_the_leaf_keeps_one_share_and_the_root_gets_the_product(start, case):
    rate, depth = Fraction(round(case["r"] * BPS), BPS), case["k"]

    got = received(start(EDGE), case)

    between = [rate**distance * (1 - rate) for distance in range(depth)]
    assert got == [rate**depth, *reversed(between)]
    assert float(got[-1]) == case["LRP_leaf_keeps"]
    assert float(got[0]) == pytest.approx(case["root_LRP"], rel=1e-12)


@each_depth
def test_under_the_absolute_rule_the_stack_is_the_sum(start, case):
    rate, depth = Fraction(round(case["r"] * BPS), BPS), case["k"]
    market = start(ABSOLUTE)

    got = received(market, case)

    assert got == [*[rate] * depth, 1 - depth * rate]
    assert float(1 - got[-1]) == case["LAP_stack"]


@each_depth
def test_under_the_leaf_rule_each_ancestor_gets_a_share_of_a_shrinking_rest(start, case):
    rate, depth = Fraction(round(case["r"] * BPS), BPS), case["k"]

    got = received(start(LEAF), case)

    nearest_first = [rate * (1 - rate) ** (distance - 1) for distance in range(1, depth + 1)]
    assert got == [*reversed(nearest_first), (1 - rate) ** depth]


def test_an_absolute_stack_above_the_whole_is_refused_at_birth(start):
    # T11: k r exceeds the whole when k > 1 / r; here r = 10 %, so the eleventh level is refused.
    market = start(ABSOLUTE)
    models = chain(market, *[1_000] * 10)
    registration = market.registration("eleventh", shares("depth 11"))
    parent = Parent(models[-1], 1, 1_000)

    refused = market.refusal("lineage", "fork", parent, registration, sender=market.creator)

    assert refused == RoyaltyStackTooHigh(11_000, BPS)


@pytest.mark.parametrize(
    ("rule", "kept"),
    [(ABSOLUTE, Fraction(7, 10)), (EDGE, Fraction(9, 10)), (LEAF, Fraction(729, 1_000))],
    ids=["absolute", "edge", "leaf"],
)
def test_the_price_that_pays_best_rises_with_the_royalties_stacked_above_it(start, rule, kept):
    # T10: with demand D = 1 - p and marginal cost c, royalties on revenue make it
    # p* = (1 + c / (1 - rho)) / 2; three ancestors at a tenth each are its rho = 0.3 if absolute.
    case = ITEMS["T10"]["expected"][-1]
    cost = Fraction(str(case["c"]))
    if rule == ABSOLUTE:
        assert kept == 1 - Fraction(str(case["rho"]))
    market = start(rule)
    models = chain(market, 1_000, 1_000, 1_000)
    leaf, maker = models[-1], role("depth 3").address
    people, steps = 1_000, 100
    profits, before = {}, 0
    for step in range(50, 80):
        price = Fraction(step, steps)
        # People value a call evenly from 0 to 1 token, and buy where it is worth its price.
        calls = sum(Fraction(2 * person + 1, 2 * people) >= price for person in range(people))
        pay(market, leaf, int(price * calls * WAD))
        distribute(market, (leaf,))
        income = market.view("revenue", "owed_to", maker) - before
        before += income
        profits[price] = Fraction(income, WAD) - calls * cost
    best = max(profits, key=lambda price: profits[price])

    optimum = (1 + cost / kept) / 2
    assert abs(best - optimum) <= Fraction(1, steps)
    if rule == ABSOLUTE:
        assert float(optimum) == pytest.approx(case["price"])
