"""Fine-tuners fork where the child will earn its cost, by the users' own logit."""

import math

import pytest

from protocol.money import BPS, WAD
from sim.streams import stream

SCENARIO = """
question: Which fork pays?
ticks: 5
chain: {engine: none}
workload: {hidden_units: [8], request_pool: 3, input_commitment: hash}
population:
  creators: {count: 1, models_each: 2, royalty: 10%, derivatives: free}
  fine_tuners: {count: 1, review: 100%, hurdle: 1.5, evasion: 0%, forks_each: 1, horizon: 60d}
  hosts: {count: 1}
  validators: {count: 1}
  users: {count: 20}
  holders: {count: 1}
"""


@pytest.fixture(scope="module")
def market(open_market):
    launched = open_market(SCENARIO)
    launched.step()
    return launched


@pytest.fixture
def tuner(market, monkeypatch):
    """The fine-tuner before a decision whose plan is known."""
    (agent,) = market.fine_tuners
    monkeypatch.setattr(agent, "draws", drawn(after_review=True))
    monkeypatch.setattr(agent, "known", agent.plan(), raising=False)
    monkeypatch.setattr(agent, "draws", drawn())
    return agent


def drawn(*, after_review=False):
    draws = stream(3, "a decision")
    if after_review:
        draws.random()
    return draws


def test_expected_revenue_is_share_times_demand_times_what_is_kept(market, tuner):
    people, plan = market.scenario.population, tuner.known
    users = people.users

    def weight(accuracy, price):
        value = users.quality_coefficient * accuracy - users.outside_utility
        return math.exp(value) / price**users.price_coefficient

    own = weight(0.95, plan.price / WAD)
    offered = [
        weight(each.accuracy[plan.domain], market.shelf.price_of(each.model_id) / WAD)
        for each in market.catalogue.newest()
    ]
    here = market.population.domain == plan.domain
    # Two ways to choose anew in 60 days: by habit 1 % a day, and when a 30-day session ends.
    hazard = 60 * 0.01 + 60 / 30
    reach = 1 - (1 - math.exp(-hazard)) / hazard
    calls = market.population.activity[here].sum() * 60 * reach
    fees = sum(market.parameter(name) for name in ("protocolFeeBps", "verificationPoolBps"))
    kept = 1 - (fees + people.creators.host_fee + people.creators.data_pool) / BPS

    assert len(offered) == 2
    assert plan.royalty_bps == 1_000
    assert plan.revenue == pytest.approx(
        own / (1 + own + sum(offered)) * calls * plan.price * kept * 0.9
    )


def test_of_all_domains_the_one_that_earns_most_is_planned(market, tuner):
    domains = range(len(market.workshop.domains))
    demand = [market.population.expected_calls(domain) for domain in domains]

    assert sum(demand) == pytest.approx(market.population.activity.sum())
    assert 0 < market.population.expected_calls(tuner.known.domain) <= max(demand)


def test_a_fork_that_does_not_clear_the_hurdle_is_not_made(tuner):
    tuner.fork_cost = int(tuner.known.revenue / 1.5 * 1.000_001)

    assert list(tuner.consider_fork()) == []
    assert tuner.costs == 0


def test_a_fork_that_clears_the_hurdle_is_trained_paid_for_and_registered(market, tuner):
    tuner.fork_cost = int(tuner.known.revenue / 1.5 * 0.999_999)

    call = next(tuner.consider_fork())

    parent, registration = call.arguments
    listing = tuner.known.parent
    assert (call.contract, call.function) == ("lineage", "fork")
    assert parent == (listing.model_id, listing.version, 1_000)
    assert registration.weights_hash != listing.published.weights_hash
    assert registration.licence_id == market.shelf.licence_of(listing)
    assert tuner.costs == tuner.fork_cost


def test_who_has_as_many_forks_as_allowed_makes_no_more(tuner, monkeypatch):
    tuner.fork_cost = 0
    monkeypatch.setattr(tuner, "offers", [object()])

    assert list(tuner.consider_fork()) == []


def test_models_whose_licence_forbids_forks_are_left_alone(open_market):
    closed = open_market(SCENARIO.replace("derivatives: free", "derivatives: none"))
    closed.step()

    assert closed.shelf.forkable() == []
    assert closed.fine_tuners[0].plan() is None
