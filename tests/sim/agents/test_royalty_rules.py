"""The royalty rule decides how deep forks go, what their makers keep and what ancestors get."""

from statistics import mean

import pytest

from protocol.lineage import Parent
from protocol.royalties import RULES
from sim.metrics import measure

SCENARIO = """
question: How deep do forks go under this rule, and who is paid?
ticks: 25
chain: {engine: none}
protocol: {spot_check_rate: 0%, royalty_rule: edge}
workload:
  domains: [{name: digits, demand: 50%}, {name: turned, demand: 50%, rotation: 35 deg}]
  hidden_units: [8]
  request_pool: 3
  input_commitment: hash
population:
  creators: {count: 1, royalty: 20%, new_version: 0%}
  fine_tuners:
    {count: 5, review: 30%, forks_each: 2, fork_cost: 0.2 MNFT, evasion: 0%, depth_preference: 4}
  hosts: {count: 1, cheating: {share: 0%}}
  validators: {count: 1}
  users: {count: 12, activity: 1, activity_sigma: 0.5, budget: 200 MNFT, rechoice: 20%}
  holders: {count: 1}
"""
SEEDS = (1, 2)


@pytest.fixture(scope="module")
def played(open_market):
    """Return, for each rule, the markets at their end, seed by seed."""

    def play(rule, seed):
        market = open_market(SCENARIO.replace("rule: edge", f"rule: {rule}"), seed)
        for _ in range(market.scenario.ticks):
            market.step()
        return market

    return {rule: [play(rule, seed) for seed in SEEDS] for rule in RULES}


@pytest.fixture(scope="module")
def figures(played):
    """Return a function: from a rule and a figure to its values, seed by seed."""
    measured = {
        rule: [measure(market, market.recorder) for market in markets]
        for rule, markets in played.items()
    }
    return lambda rule, name: [each[name] for each in measured[rule]]


def test_chains_grow_deepest_where_depth_costs_nothing_and_stop_where_a_stack_is_the_whole(figures):
    deepest = {rule: figures(rule, "deepest_fork") for rule in RULES}

    # Five levels at a fifth each leave nothing: the fifth is allowed, and pays nobody to make.
    assert max(deepest["absolute"]) <= 4
    assert min(deepest["edge"]) > max(deepest["absolute"])
    assert mean(deepest["edge"]) >= mean(deepest["leaf"]) > mean(deepest["absolute"])


def test_only_edge_by_edge_a_maker_keeps_the_same_at_any_depth(figures):
    assert figures("edge", "leaf_share") == [pytest.approx(0.8)] * len(SEEDS)
    assert figures("edge", "deepest_stack") == [pytest.approx(0.2)] * len(SEEDS)
    for rule, owed in (("absolute", lambda k: 0.2 * k), ("leaf", lambda k: 1 - 0.8**k)):
        depths = figures(rule, "deepest_fork")
        assert figures(rule, "deepest_stack") == [pytest.approx(owed(k)) for k in depths]
        assert all(share < 0.8 for share in figures(rule, "leaf_share"))


def test_ancestors_get_more_where_all_of_them_are_paid(played):
    royalties = {
        rule: [market.recorder.total["royalties"] for market in markets]
        for rule, markets in played.items()
    }
    paid = {
        rule: [market.recorder.total["accrued"] for market in markets]
        for rule, markets in played.items()
    }
    share = {rule: sum(royalties[rule]) / sum(paid[rule]) for rule in RULES}
    assert share["absolute"] > share["edge"]
    assert share["leaf"] > share["edge"]


def test_a_fine_tuner_counts_what_the_rule_leaves(played):
    for rule, markets in played.items():
        shelf = markets[0].shelf
        deepest = max(markets[0].catalogue.newest(), key=lambda each: shelf.depth_of(each.model_id))
        depth = shelf.depth_of(deepest.model_id)
        parent = Parent(deepest.model_id, 1, 2_000)
        expected = {
            "edge": 0.8,
            "absolute": max(0, 1 - 0.2 * (depth + 1)),
            "leaf": 0.8**depth * 0.8,
        }
        assert shelf.kept_by_child((parent,)) == pytest.approx(expected[rule])
        own = {"edge": 0.8, "absolute": 1 - 0.2 * depth, "leaf": 0.8**depth}
        assert shelf.kept_by(deepest.model_id) == pytest.approx(own[rule])
