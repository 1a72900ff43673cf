"""Fine-tuners publish one-bit deltas where those are as good; the registry names what they make."""

import pytest

from protocol.hashing import keccak
from sim.workload import deltas
from sim.workload.store import Cid

SCENARIO = """
question: Who publishes a delta?
ticks: 12
chain: {engine: none}
protocol: {spot_check_rate: 0%}
workload:
  domains:
    - {name: digits, demand: 34%}
    - {name: noisy, demand: 33%, noise: 5}
    - {name: turned, demand: 33%, rotation: 35 deg}
  hidden_units: [8]
  request_pool: 3
  input_commitment: hash
population:
  creators: {count: 1, new_version: 0%}
  fine_tuners:
    {count: 5, review: 60%, forks_each: 1, fork_cost: 1 MNFT, fork_cost_sigma: 0, evasion: 0%,
     stored: delta, delta_loss: 2%}
  hosts: {count: 1, cheating: {share: 0%}}
  validators: {count: 1}
  users: {count: 15, activity: 1, activity_sigma: 0.5, budget: 200 MNFT, rechoice: 20%}
  holders: {count: 1}
"""


@pytest.fixture(scope="module")
def market(open_market):
    market = open_market(SCENARIO, 1)
    for _ in range(market.scenario.ticks):
        market.step()
    return market


@pytest.fixture(scope="module")
def forks(market):
    return [each for each in market.catalogue.newest() if each.published.delta is not None]


def version_of(market, listing):
    return market.view("model_registry", "version_of", listing.model_id, listing.version)


def test_a_fork_is_a_delta_exactly_where_that_loses_no_more_than_its_maker_gives_up(forks):
    forms = {each.published.stored.form for each in forks}
    assert forms == {"whole", "delta"}
    for fork in forks:
        trial = fork.published.delta
        lost = trial.whole_accuracy - trial.accuracy
        assert (lost <= 0.02) == (fork.published.stored.form == "delta")
        kept = trial.accuracy if lost <= 0.02 else trial.whole_accuracy
        assert fork.published.accuracy == kept


def test_whoever_has_the_parent_makes_the_registered_file_of_the_delta_on_chain(market, forks):
    store = market.workshop.store
    small = [each for each in forks if each.published.stored.form == "delta"]
    for fork in small:
        version = version_of(market, fork)
        (parent,) = market.view("lineage", "parents_of", fork.model_id)
        file = store.get(market.catalogue.of(parent.model_id, parent.version).published.cid)
        content = store.get(Cid(version.storage_uri.removeprefix("ipfs://")))

        made = deltas.rebuild(file, content, version.weights_hash, "here")

        assert keccak(made) == version.weights_hash
        assert len(content) == fork.published.stored.size_bytes < len(made) / 10
    assert small


def test_by_default_forks_are_published_whole(open_market):
    whole = SCENARIO.replace("stored: delta, delta_loss: 2%", "popularity: 1")
    market = open_market(whole, 1)
    for _ in range(3):
        market.step()
    listings = market.catalogue.newest()
    assert len(listings) > 1
    assert {(each.published.stored.form, each.published.delta) for each in listings} == {
        ("whole", None)
    }
