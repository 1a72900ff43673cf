"""Sealed weights in a market: who buys keys, who copies, and what a wrong key comes to."""

import pytest

from protocol.hashing import keccak
from protocol.key_releases_terms import OVER
from protocol.money import WAD
from sim.catalogue import Workshop
from sim.metrics import measure
from sim.scenario.schema import Domain, Workload
from sim.streams import stream
from sim.workload.errors import WorkloadError
from sim.workload.models import train
from sim.workload.sealing import draw_key
from sim.workload.store import Cid

SCENARIO = """
question: Who buys keys?
ticks: 14
chain: {engine: none}
protocol: {spot_check_rate: 0%, challenge_window: 3d}
workload:
  domains:
    - {name: digits, demand: 50%}
    - {name: turned, demand: 50%, rotation: 35 deg}
  hidden_units: [8]
  request_pool: 3
  input_commitment: hash
  weights: sealed
population:
  creators: {count: 1, new_version: 0%, key_fee: 10 MNFT, dynamic_pricing: 0%}
  fine_tuners:
    {count: 2, review: 60%, forks_each: 1, fork_cost: 1 MNFT, fork_cost_sigma: 0, evasion: 0%,
     budget: 100 MNFT}
  copiers: {count: 1, copies_each: 1, copy_cost: 1 MNFT, review: 60%, budget: 100 MNFT}
  hosts: {count: 1, cheating: {share: 0%}}
  validators: {count: 1}
  users: {count: 20, activity: 2, activity_sigma: 0.5, budget: 400 MNFT, rechoice: 20%}
  holders: {count: 1}
"""


@pytest.fixture(scope="module")
def played(open_market):
    """Return a function: from a text to its market at the end."""

    def to_the_end(text, spoil=None):
        market = open_market(text, 1)
        for _ in range(market.scenario.ticks):
            market.step()
            if spoil is not None:
                spoil(market)
        return market

    return to_the_end


@pytest.fixture(scope="module")
def sealed(played):
    return played(SCENARIO)


def test_what_lies_in_the_open_is_sealed_and_named_by_the_registry(sealed):
    store = sealed.workshop.store
    copies = sealed.copies()
    for listing in sealed.catalogue.newest():
        version = sealed.view("model_registry", "version_of", listing.model_id, listing.version)
        content = store.get(Cid(version.storage_uri.removeprefix("ipfs://")))
        is_copy = listing.model_id in copies
        assert content.startswith(b"mnft.sealed/1\n") != is_copy


def test_the_open_store_never_sees_what_is_sealed(tmp_path):
    workload = Workload(weights="sealed", domains=(Domain(name="digits", demand=1.0),))
    workshop = Workshop(workload, 1, tmp_path, prover=None)
    network = train(workshop.domains[0], 4, stream(1, "network"), epochs=1)
    key = draw_key(stream(1, "key"))

    published = workshop.publish(network, 0, key=key)

    (only,) = workshop.store.folder.iterdir()
    assert only.name == published.stored.cid != published.cid
    read = workshop.read(published, key.key, key.commitment)
    assert keccak(read) == published.weights_hash
    with pytest.raises(WorkloadError, match="the key is not the one"):
        workshop.read(published, bytes(32), key.commitment)


def test_whoever_forks_or_copies_a_sealed_model_bought_its_key(sealed):
    buyers = {(each.asker, each.listing.model_id) for each in sealed.keys.requests}
    assert sealed.copiers[0].originals
    for copier in sealed.copiers:
        for original in copier.originals.values():
            assert (copier.name, original.model_id) in buyers
    forks = [offer for tuner in sealed.fine_tuners for offer in tuner.offers]
    assert forks
    for offer in forks:
        (parent,) = sealed.view("lineage", "parents_of", offer.listing.model_id)
        assert (offer.listing.owner, parent.model_id) in buyers


def test_fees_reach_the_model_when_nobody_complained(sealed):
    closed = [
        held
        for asked in sealed.keys.requests
        if (held := sealed.keys.status(asked.request_id)).status == OVER
    ]
    assert closed
    assert {held.fee for held in closed} == {10 * WAD}
    recorded = sealed.recorder
    assert recorded.total["key_fees"] == sum(held.fee for held in closed)
    assert recorded.total["keys_released"] == len(sealed.keys.requests)


def test_a_copy_answers_as_its_original_and_costs_less(sealed):
    (copier,) = sealed.copiers
    ((model_id, original),) = copier.originals.items()
    copy = sealed.catalogue.of(model_id, 1)
    assert copy.published.weights_hash != original.published.weights_hash
    assert copy.accuracy.tolist() == original.accuracy.tolist()
    assert not sealed.view("lineage", "parents_of", model_id)
    prices = [offer.price for offer in copier.offers]
    assert prices[0] < sealed.shelf.price_of(original.model_id)


def test_a_key_above_what_a_model_earns_is_bought_by_nobody(played):
    rich = SCENARIO.replace("budget: 100 MNFT", "budget: 9000 MNFT")
    market = played(rich.replace("key_fee: 10 MNFT", "key_fee: 8000 MNFT"))
    assert not market.keys.requests
    assert len(market.catalogue.newest()) == 1


def test_who_gets_another_key_complains_and_has_its_fee_back(played):
    other = draw_key(stream(1, "another"))

    def spoil(market):
        for creator in market.creators:
            creator.keeper._keys = dict.fromkeys(creator.keeper._keys, other)

    market = played(SCENARIO, spoil)

    assert market.keys.requests
    recorded = market.recorder
    assert recorded.calls["key_releases", "complain"] == recorded.total["keys_released"]
    assert recorded.total["key_fees"] == 0
    assert not any(tuner.offers for tuner in market.fine_tuners)
    assert not market.copies()


def test_in_the_open_nobody_asks_for_a_key(played):
    market = played(SCENARIO.replace("weights: sealed", "weights: open"))
    assert market.copies()
    assert not any(contract == "key_releases" for contract, _ in market.recorder.calls)
    assert {each.published.stored.form for each in market.catalogue.newest()} == {"whole"}
    figures = measure(market, market.recorder)
    assert figures["copied_revenue_share"] > 0
    assert figures["originals_earned"] > 0
