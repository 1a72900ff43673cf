"""Contributors have shares, ask for badges where these make calls cheaper, and nobody else can."""

import pytest

from protocol.badges import NotContributor
from sim.errors import ScenarioError
from sim.scenario.loading import parse_scenario

SCENARIO = """
question: Who asks for a badge?
ticks: 30
chain: {engine: none}
protocol: {spot_check_rate: 0%}
workload:
  domains: [{name: digits, demand: 100%}]
  hidden_units: [8]
  request_pool: 3
  input_commitment: hash
population:
  creators:
    count: 2
    price_sigma: 0
    dynamic_pricing: 0%
    price_review: 0%
    new_version: 0%
    contributors: {count: 3, share: 2%, calls: 60, largest_discount: 50%, review: 100%}
  fine_tuners: {count: 0}
  hosts: {count: 1, settle_every: 7, outage: 0%, cheating: {share: 0%}}
  validators: {count: 1}
  users:
    count: 12
    activity: 1
    activity_sigma: 0.5
    budget: 600 MNFT
    budget_sigma: 0.3
    price_coefficient: 5
    rechoice: 10%
    pretending: 30%
  holders: {count: 1}
"""


@pytest.fixture(scope="module")
def market(open_market):
    market = open_market(SCENARIO)
    for _ in range(market.scenario.ticks):
        market.step()
    return market


def test_the_registry_names_contributors_with_their_shares(market):
    rows = {user.row for user in market.badging.contributors()}
    assert len(rows) == 6
    for creator in market.creators:
        model_id = creator.offers[0].listing.model_id
        accounts, shares_bps = market.view("model_registry", "contributors_of", model_id)
        named = dict(zip(accounts, shares_bps, strict=True))
        assert named.pop(creator.address) == 10_000 - 3 * 200
        assert named == market.badging.shares(creator.name)


def test_badges_go_to_contributors_alone_and_pretenders_are_refused(market):
    count = market.view("badges", "count")
    contributors = {user.address for user in market.badging.contributors()}
    owners = {market.view("badges", "owner_of", badge) for badge in range(1, count + 1)}
    assert owners
    assert owners <= contributors
    reasons = {key.reason for key in market.recorder.refusals if key.contract == "badges"}
    assert reasons == {NotContributor.__name__}


def test_badges_make_calls_cheaper_and_shares_are_withdrawn(market):
    book = market.recorder
    assert book.total["calls_by_token_gate"] > 0
    assert book.total["discounts"] > 0
    assert not book.faults
    withdrawn = [market.tally.withdrawn[user.address] for user in market.badging.contributors()]
    assert all(withdrawn)


@pytest.mark.parametrize(
    ("given", "users", "problem"),
    [
        ("count: 7, share: 2%", 12, "2 creators name 7 users each, there are 12"),
        ("count: 30, share: 3%", 60, "contributors and whoever owns the model get 100%"),
    ],
)
def test_more_contributors_than_there_can_be_are_refused(given, users, problem):
    text = SCENARIO.replace("count: 3, share: 2%", given).replace("count: 12", f"count: {users}")
    text = text.replace("count: 2\n", "count: 2\n    owner_share: 10%\n", 1)

    with pytest.raises(ScenarioError, match=problem):
        parse_scenario(text, "here", "here")


def test_without_a_discount_nobody_asks_for_a_badge(open_market):
    market = open_market(SCENARIO.replace("largest_discount: 50%", "largest_discount: 0%"))
    for _ in range(10):
        market.step()

    assert market.recorder.total["calls_settled"] > 0
    assert market.view("badges", "count") == 0
