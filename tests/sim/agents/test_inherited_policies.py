"""Forks of strict models ask users for as much where they have to, and for nothing where not."""

from pathlib import Path
from statistics import mean

import pytest

from sim.metrics import measure

SHIPPED = Path(__file__).parents[3] / "scenarios/inherited-policies.yaml"
SMALLER = {
    "ticks: 60": "ticks: 40\nchain: {engine: none}",
    "count: 100": "count: 25",
    "review: {value: 10%": "review: {value: 100%",
    "request_pool: {value: 25": "request_pool: {value: 3",
}
SEEDS = (1, 2)


@pytest.fixture(scope="module")
def played(open_market):
    """Return the markets of both arms, free and bound, seed by seed, at their end."""
    free = SHIPPED.read_text(encoding="utf-8")
    for old, new in SMALLER.items():
        assert free.count(old) == 1
        free = free.replace(old, new)
    bound = free.replace(
        "derivatives: {value: free, why: forks may", "derivatives: {value: bound, why: forks may"
    )
    assert bound != free

    def play(text, seed):
        market = open_market(text, seed)
        for _ in range(market.scenario.ticks):
            market.step()
        return market

    return [(play(free, seed), play(bound, seed)) for seed in SEEDS]


def forks(market):
    return [each for each in market.catalogue.newest() if market.shelf.depth_of(each.model_id)]


def policies(market):
    """The policy of each fork's licence, None without one."""
    book = market.recorder.policies.policies
    return [book.get(market.shelf.licence_of(each)) for each in forks(market)]


def figure(market, name):
    return measure(market, market.recorder)[name]


def test_a_policy_that_binds_comes_along_with_every_fork(played):
    for _, bound in played:
        assert forks(bound)
        assert set(policies(bound)) == {bound.licensing.policy()}
        assert figure(bound, "policed_revenue_share") == 1


def test_one_that_does_not_is_left_behind_by_every_fork_and_nothing_else_is(played):
    for free, _ in played:
        assert forks(free)
        assert set(policies(free)) == {None}
        for fork in forks(free):
            (parent,) = free.view("lineage", "parents_of", fork.model_id)
            of_parent = free.view("model_registry", "licence_of", parent.model_id, parent.version)
            terms = [
                free.view("licences", "terms_of", licence_id)
                for licence_id in (free.shelf.licence_of(fork), of_parent)
            ]
            assert terms[0] == terms[1]


def test_users_go_where_nothing_is_asked(played):
    shares = [figure(free, "policed_revenue_share") for free, _ in played]
    assert all(share < 0.95 for share in shares)
    assert mean(shares) < 0.85
    unserved = [[figure(arm, "calls_unserved_share") for arm in arms] for arms in played]
    assert mean(free for free, _ in unserved) < mean(bound for _, bound in unserved)
