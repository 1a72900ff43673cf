"""Three royalty rules, on the model and on the contracts: chains, diamonds, limits."""

from itertools import permutations

import pytest

from protocol import lineage
from protocol.lineage import Parent, RoyaltyStackTooHigh
from protocol.money import WAD
from protocol.revenue_events import Distributed, RoyaltyPaid
from protocol.royalties import ABSOLUTE, EDGE, LEAF, RULES, join
from sim.divergence import Divergence
from sim.streams import stream
from tests.royalty_markets import PAID, chain, distribute, owed, pay, shares, started_by_rule

start = pytest.fixture(scope="module")(started_by_rule)
every_rule = pytest.mark.parametrize("rule", range(3), ids=RULES)


def diamond(market):
    base = market.register("base", shares("base"))
    left = market.fork("left", base, 1_000, shares("left"))
    right = market.fork("right", base, 1_000, shares("right"))
    top = market.merge("top", ((left, 1_000), (right, 1_000)), shares("top"))
    return base, left, right, top


@pytest.mark.parametrize(
    ("rule", "received"),
    [
        # The worked example of Story's documentation: LRP, then LAP.
        (EDGE, (5_000, 95_000, 900_000)),
        (ABSOLUTE, (50_000, 100_000, 850_000)),
        # A source document's sample: a tenth to the parent, then a twentieth of what is left.
        (LEAF, (45_000, 100_000, 855_000)),
    ],
    ids=RULES,
)
def test_a_chain_of_three_gets_what_each_rule_says(start, rule, received):
    market = start(rule)
    models = chain(market, 500, 1_000)
    pay(market, models[-1])

    distribute(market, reversed(models))

    assert owed(market, ("depth 0", "depth 1", "depth 2")) == received
    market.executor.end_tick(market.now, full=True)


@pytest.mark.parametrize(
    ("rule", "received", "royalties"),
    [
        (EDGE, (20_000, 90_000, 90_000, 800_000), ((3, 2), (1_000, 1_000))),
        # Story's production counts paths: two lead to the base, so it gets its tenth twice.
        (ABSOLUTE, (200_000, 100_000, 100_000, 600_000), ((4, 3, 2), (1_000, 1_000, 2_000))),
        # The youngest is paid first; the base once, for there is only one rest.
        (LEAF, (81_000, 90_000, 100_000, 729_000), ((4, 3, 2), (1_000, 1_000, 1_000))),
    ],
    ids=RULES,
)
def test_a_diamond_gets_what_each_rule_says_in_whatever_order_it_is_distributed(
    start, rule, received, royalties
):
    market = start(rule)
    models = diamond(market)
    names = ("base", "left", "right", "top")
    expected_ids = royalties[0] if rule != EDGE else models[1:3]
    assert market.view("lineage", "royalties_of", models[-1]) == (expected_ids, royalties[1])
    assert market.view("lineage", "royalty_rule") == rule

    for times, order in enumerate(permutations(models), start=1):
        pay(market, models[-1])
        distribute(market, order)
        # Whatever an order left behind goes up with one more pass.
        distribute(market, reversed(models))
        assert owed(market, names) == tuple(times * each for each in received)


@pytest.mark.parametrize("rule", [ABSOLUTE, LEAF], ids=RULES[1:])
def test_a_royalty_that_was_received_owes_no_royalty(start, rule):
    market = start(rule)
    _, parent, child = chain(market, 1_000, 1_000)
    pay(market, child, 1_000)
    distribute(market, (child,))
    assert market.view("revenue", "accrued_of", parent) == 100
    assert market.view("revenue", "exempt_of", parent) == 100

    pay(market, parent, 50)
    receipt = market.call("revenue", "distribute", parent, sender=market.user)

    # A tenth of the fifty that the parent earned itself, of the hundred that it was paid nothing.
    root = parent - 1
    assert market.events(receipt) == [RoyaltyPaid(parent, root, 5), Distributed(parent, 5, 145, 0)]
    assert market.view("revenue", "exempt_of", parent) == 0


def test_under_the_absolute_rule_no_stack_exceeds_the_whole(start):
    market = start(ABSOLUTE)
    models = chain(market, *[1_000] * 10)
    newest = Parent(models[-1], 1, 1_000)

    def refusal(royalty_bps):
        registration = market.registration(f"at {royalty_bps}", shares("depth 11"))
        parent = newest._replace(royalty_bps=royalty_bps)
        return market.refusal("lineage", "fork", parent, registration, sender=market.creator)

    assert refusal(1_000) == RoyaltyStackTooHigh(11_000, 10_000)
    assert refusal(1) == RoyaltyStackTooHigh(10_001, 10_000)
    assert refusal(0) is None
    pay(market, models[-1])
    distribute(market, reversed(models))
    assert owed(market, [f"depth {depth}" for depth in range(11)]) == (*[PAID // 10] * 10, 0)


def test_stacked_diamonds_reach_the_whole_when_every_path_counts(start):
    # Story's production against its test double: with k diamonds at rate r, 4r(2^k - 1), not 4rk.
    market = start(ABSOLUTE)
    bottom = market.register("bottom", shares("base"))
    for level in range(1, 5):
        sides = tuple(
            (market.fork(f"{level} {side}", bottom, 100, shares(side)), 100)
            for side in ("left", "right")
        )
        bottom = market.merge(f"top {level}", sides, shares("top"))
        stack = sum(market.view("lineage", "royalties_of", bottom)[1])
        assert stack == 400 * (2**level - 1)
    sides = tuple(market.fork(f"last {side}", bottom, 100, shares("left")) for side in range(2))
    parents = tuple(Parent(each, 1, 100) for each in sides)

    registration = market.registration("too much", shares("top"))
    refused = market.refusal("lineage", "merge", parents, registration, sender=market.creator)

    assert refused == RoyaltyStackTooHigh(12_400, 10_000)


@pytest.mark.parametrize("rule", [ABSOLUTE, LEAF], ids=RULES[1:])
def test_a_model_that_counts_diamonds_otherwise_is_found_out(start, rule, monkeypatch):
    market = start(rule)
    other = LEAF if rule == ABSOLUTE else ABSOLUTE
    monkeypatch.setattr(lineage, "join", lambda one, two, _: join(one, two, other))
    diamond(market)

    with pytest.raises(Divergence, match=r"lineage\.royalties_of"):
        market.executor.end_tick(market.now)


@every_rule
def test_the_widest_lineage_is_distributed_in_one_transaction(start, rule):
    market = start(rule)
    merged = []
    for group in range(7):
        roots = [market.register(f"{group} {place}", shares("root")) for place in range(8)]
        merged.append(market.merge(f"{group}", tuple((each, 10) for each in roots), shares("one")))
    last = market.register("last", shares("root"))
    top = market.merge("top", tuple((each, 10) for each in (*merged, last)), shares("top"))
    pay(market, top, WAD)

    receipt = market.call("revenue", "distribute", top, sender=market.user)

    paid = [event for event in market.events(receipt) if isinstance(event, RoyaltyPaid)]
    assert len(paid) == (8 if rule == EDGE else 64)
    # Every payee's accrual is written for the first time here: it never costs more.
    assert receipt.gas < 4_500_000


@every_rule
@pytest.mark.parametrize("seed", range(2))
def test_model_and_contracts_agree_on_any_family_and_any_order(start, rule, seed):
    market = start(rule)
    rng = stream(seed, "families")
    makers = [shares(f"maker {place}") for place in range(4)]
    models = [market.register("root", makers[0])]
    for number in range(24):
        named = rng.choice(models, size=min(len(models), int(rng.integers(0, 4))), replace=False)
        parents = tuple(
            Parent(int(each), 1, int(royalty))
            for each, royalty in zip(named, rng.choice((0, 333, 1_000), size=3), strict=False)
        )
        registration = market.registration(str(number), makers[number % 4])
        name, arguments = {
            0: ("model_registry.register", (registration,)),
            1: ("lineage.fork", (*parents, registration)),
        }.get(len(parents), ("lineage.merge", (parents, registration)))
        receipt = market.call(*name.split("."), *arguments, sender=market.creator)
        if receipt.ok:
            models.append(receipt.value)
        pay(market, int(rng.choice(models)), int(rng.integers(1, 10**6)))
        distribute(market, [int(each) for each in rng.choice(models, size=3)])
        market.executor.end_tick(market.now)
    market.executor.end_tick(market.now, full=True)

    assert max(market.view("lineage", "depth_of", each) for each in models) > 3
