"""Owners put trainings on record where users pay for it, and data providers share in forks."""

from pathlib import Path

import pytest

from protocol.hashing import keccak
from protocol.money import BPS, WAD
from sim.agents.provenance import worth_of_a_record
from sim.workload.training import data_bytes

ROOT = Path(__file__).parents[3]
SHIPPED = (ROOT / "scenarios/provenance.yaml").read_text(encoding="utf-8")


def text(cost):
    """Return the shipped scenario at another cost of a record."""
    assert SHIPPED.count("value: 50 MNFT") == 1
    return SHIPPED.replace("value: 50 MNFT", f"value: {cost}")


@pytest.fixture(scope="module")
def after_a_tick(open_market):
    """Return a market of the shipped scenario after two ticks, at a cost of a record."""

    def opened(cost, seed=1):
        market = open_market(text(cost), seed)
        for _ in range(2):
            market.step()
        return market

    return opened


def on_record(market):
    return sum(market.shelf.is_on_record(each) for each in market.catalogue.newest())


@pytest.mark.parametrize("seed", [1, 2])
def test_all_record_below_the_worth_to_the_last_and_nobody_above_that_to_the_first(
    after_a_tick, seed
):
    found = [on_record(after_a_tick(cost, seed)) for cost in ("50 MNFT", "250 MNFT", "1000 MNFT")]

    assert found[0] == 4
    assert 0 < found[1] < 4
    assert found[2] == 0


def test_a_record_is_worth_the_calls_that_it_draws_from_the_others(after_a_tick):
    market = after_a_tick("1000 MNFT")
    listing = market.catalogue.newest()[0]
    people = market.scenario.population
    activity = float(market.population.activity[market.population.is_here].sum())
    days = people.fine_tuners.horizon / 86_400
    most = activity * days * market.shelf.price_of(listing.model_id) * 0.405

    worth = worth_of_a_record(market, listing)

    # A quarter of the calls becomes e / (e + 3): 22.5 % of them, of three quarters of the horizon.
    assert worth / most == pytest.approx(0.225 * 0.75, rel=0.1)


def test_the_ledger_holds_the_hashes_of_the_real_data_and_the_real_log(after_a_tick):
    market = after_a_tick("50 MNFT")
    store = market.workshop.store
    digits = keccak(data_bytes(market.workshop.domains[0]))

    for listing in market.catalogue.newest():
        (step,), complete = market.view(
            "dataset_registry", "trace_of", listing.model_id, listing.version
        )
        assert complete
        assert step.content_hashes == (digits,)
        assert step.log_hash == keccak(store.get(listing.log.cid))
        assert step.operations == listing.log.operations == 20 * 1_347 // 32
    dataset = market.view("dataset_registry", "dataset_of", 1)
    assert dataset.owner == market.providers[0].address
    assert keccak(store.get(dataset.uri.removeprefix("ipfs://"))) == digits


def test_a_forks_data_pool_is_shared_by_gradient_steps(open_market):
    market = open_market(text("1 MNFT").replace("value: 20%", "value: 100%"))
    for _ in range(4):
        market.step()
    fork = next(each for each in market.catalogue.newest() if each.domain == 1)
    base, own = market.providers[0].address, market.providers[1].address

    shares = dict(zip(*market.view("revenue", "data_providers_of", fork.model_id), strict=True))

    steps, _ = market.view("dataset_registry", "trace_of", fork.model_id, 1)
    tuned, trained = (step.operations for step in steps)
    assert shares == {own: BPS - BPS * trained // (trained + tuned), base: BPS * trained // (
        trained + tuned
    )}  # fmt: skip
    assert market.shelf.is_on_record(fork)


def test_a_market_that_asks_for_no_records_has_none(open_market):
    market = open_market(text("0 MNFT").replace("when_it_pays", "never"))
    for _ in range(2):
        market.step()

    assert market.view("dataset_registry", "count") == 0
    assert on_record(market) == 0
    assert not [each for each in market.recorder.calls if each[0] == "dataset_registry"]


def test_a_record_costs_its_owner(after_a_tick):
    market = after_a_tick("50 MNFT")

    assert [creator.costs for creator in market.creators] == [50 * WAD] * 4
    assert market.recorder.total["trainings"] == 4
    assert market.recorder.on_record == {1, 2, 3, 4}
