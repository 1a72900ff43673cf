"""Royalties up families of any shape: nothing is lost, no order is better, each path counts."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from protocol.deployment import Deployment
from protocol.lineage import MAXIMUM_ANCESTORS, MAXIMUM_DEPTH, Parent
from protocol.parameters import resolve
from protocol.royalties import ABSOLUTE, EDGE, LEAF, royalties
from protocol.world import World
from tests.open_market import OpenMarket, role

GENESIS = 1_700_006_400
RULES = st.sampled_from([EDGE, ABSOLUTE, LEAF])
BIRTHS = st.lists(
    st.lists(st.tuples(st.integers(0, 30), st.sampled_from([0, 1, 999, 2_500])), max_size=4),
    min_size=1,
    max_size=12,
)
PAYMENTS = st.lists(st.tuples(st.integers(0, 30), st.integers(1, 10**6)), min_size=1, max_size=4)


def family(rule, births):
    """A market, and its models with the parents that they were born from."""
    deployment = Deployment(resolve({"royaltyRule": rule}), GENESIS)
    market = OpenMarket(World(deployment, lambda *_: False), deployment)
    market.fund(market.intruder, "revenue")
    models = {market.model_id: ()}
    for number, named in enumerate(births):
        parents = {}
        for place, royalty_bps in named:
            parents.setdefault(list(models)[place % len(models)], royalty_bps)
        chosen = tuple(Parent(each, 1, royalty_bps) for each, royalty_bps in parents.items())
        registration = market.registration(str(number), {role(f"maker {number}").address: 10_000})
        if len(chosen) == 0:
            function = ("model_registry", "register", registration)
        elif len(chosen) == 1:
            function = ("lineage", "fork", *chosen, registration)
        else:
            function = ("lineage", "merge", chosen, registration)
        receipt = market.call(*function, sender=market.creator)
        if receipt.ok:
            models[receipt.value] = chosen
    return market, models


def paths_above(models, model_id):
    """Every path upwards, as the model at its end and the royalty of its last step."""
    for parent in models[model_id]:
        yield parent.model_id, parent.royalty_bps
        yield from paths_above(models, parent.model_id)


def pay(market, models, payments):
    for place, amount in payments:
        model_id = list(models)[place % len(models)]
        market.must("revenue", "pay_model", model_id, amount, sender=market.intruder)


def distribute(market, order):
    """How many distributions there were."""
    return sum(
        market.call("revenue", "distribute", model_id, sender=market.user).ok for model_id in order
    )


def accounts(market, models):
    makers = [role(f"maker {number}").address for number in range(12)]
    owed = [market.view("revenue", "owed_to", each) for each in (market.creator.address, *makers)]
    return owed, [market.view("revenue", "accrued_of", each) for each in models]


@given(rule=RULES, births=BIRTHS)
def test_ancestors_stand_once_and_shares_count_paths_or_take_the_highest(rule, births):
    market, models = family(rule, births)

    for model_id in models:
        above = list(paths_above(models, model_id))
        ancestors = market.view("lineage", "ancestors_of", model_id)
        assert ancestors == tuple(sorted({each for each, _ in above}, reverse=True))
        assert all(ancestor < model_id for ancestor in ancestors)
        assert len(ancestors) <= MAXIMUM_ANCESTORS
        assert market.view("lineage", "depth_of", model_id) <= MAXIMUM_DEPTH
        if rule == EDGE:
            continue
        total: Counter[int] = Counter()
        for each, royalty_bps in above:
            known = total[each]
            total[each] = known + royalty_bps if rule == ABSOLUTE else max(known, royalty_bps)
        shares = tuple(total[each] for each in ancestors)
        assert market.view("lineage", "royalties_of", model_id) == (ancestors, shares)
        if rule == ABSOLUTE:
            assert sum(shares) <= 10_000


@given(
    rule=RULES,
    births=BIRTHS,
    payments=PAYMENTS,
    orders=st.lists(st.permutations(range(13)), min_size=2, max_size=2),
)
def test_nothing_is_lost_and_no_order_of_distribution_is_better(rule, births, payments, orders):
    paid, ends = sum(amount for _, amount in payments), []
    distributions = 0
    for order in orders:
        market, models = family(rule, births)
        pay(market, models, payments)
        known = list(models)
        distributions += distribute(market, [known[each] for each in order if each < len(known)])
        distributions += distribute(market, sorted(known, reverse=True))
        owed, accrued = accounts(market, models)
        assert sum(owed) + sum(accrued) == paid
        ends.append((owed, accrued))

    (one, _), (other, _) = ends
    if rule == EDGE:
        # What was received earlier or later is rounded apart: a unit per royalty at most.
        bound = 4 * distributions
        assert all(abs(a - b) <= bound for a, b in zip(one, other, strict=True))
    else:
        assert one == other


@given(
    amount=st.integers(0, 2**128),
    shares=st.lists(st.integers(0, 5_000), max_size=64),
    rule=RULES,
)
def test_royalties_never_exceed_what_they_are_paid_from(amount, shares, rule):
    within = rule == LEAF or sum(shares) <= 10_000
    paid = royalties(amount, tuple(shares), rule)

    assert len(paid) == len(shares)
    assert all(part >= 0 for part in paid)
    assert sum(paid) <= amount or not within
