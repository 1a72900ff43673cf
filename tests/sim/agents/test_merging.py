"""Fine-tuners merge where that pays more than a fork, which it does where tasks are alike."""

from statistics import mean

import pytest

from protocol.money import WAD
from sim.metrics import measure

SCENARIO = """
question: Who merges what?
ticks: 25
chain: {engine: none}
protocol: {spot_check_rate: 0%}
workload:
  domains:
    - {name: upright, demand: 34%}
    - {name: left, demand: 33%, rotation: 14 deg}
    - {name: right, demand: 33%, rotation: -14 deg}
  hidden_units: [8]
  request_pool: 3
  input_commitment: hash
population:
  creators: {count: 2, royalty: 5%, derivatives: approval, new_version: 0%}
  fine_tuners:
    {count: 5, review: 30%, forks_each: 2, fork_cost: 4 MNFT, fork_cost_sigma: 0, evasion: 0%,
     merging: 100%, merge_cost: 1 MNFT}
  hosts: {count: 1, cheating: {share: 0%}}
  validators: {count: 1}
  users: {count: 15, activity: 1, activity_sigma: 0.5, budget: 200 MNFT, rechoice: 20%}
  holders: {count: 1}
"""
FAR = SCENARIO.replace("rotation: 14 deg", "rotation: 60 deg").replace("-14 deg", "-60 deg")
SEEDS = (1, 2)


@pytest.fixture(scope="module")
def play(open_market):
    """Return a function: from a scenario to its markets at their end, seed by seed."""

    def played(text):
        markets = [open_market(text, seed) for seed in SEEDS]
        for market in markets:
            for _ in range(market.scenario.ticks):
                market.step()
        return markets

    return played


@pytest.fixture(scope="module")
def alike(play):
    return play(SCENARIO)


@pytest.fixture(scope="module")
def far(play):
    return play(FAR)


@pytest.fixture(scope="module")
def waiting(open_market):
    """A market in which merges cost too much to be made, so that there is one to plan."""
    market = open_market(SCENARIO.replace("merge_cost: 1 MNFT", "merge_cost: 1000000 MNFT"))
    for _ in range(10):
        market.step()
    return market


def merged(market):
    """The merged models on offer, each with its parents' listings."""
    for listing in market.catalogue.newest():
        parents = market.view("lineage", "parents_of", listing.model_id)
        if len(parents) > 1:
            yield listing, [market.catalogue.of(each.model_id, each.version) for each in parents]


def births(market):
    total = market.recorder.total
    return total["merges"], total["forks"]


def test_merges_are_made_where_tasks_are_alike_and_forks_where_they_are_far_apart(alike, far):
    near, apart = ([births(market) for market in markets] for markets in (alike, far))

    assert all(merges > 0 for merges, _ in near)
    assert sum(merges for merges, _ in near) > 2 * sum(merges for merges, _ in apart)
    assert sum(forks for _, forks in apart) > sum(forks for _, forks in near)
    rates = [
        mean(measure(market, market.recorder)["merge_frequency"] for market in markets)
        for markets in (alike, far)
    ]
    assert rates[0] == pytest.approx(mean(merges for merges, _ in near) * 30 / 25)
    assert rates[0] > rates[1]


def test_a_merged_model_is_worse_than_its_parents_at_each_task_and_better_over_all(alike):
    gains, losses = [], []
    for market in alike:
        for listing, parents in merged(market):
            domains = sorted({parent.domain for parent in parents})
            own = [listing.accuracy[domain] for domain in domains]
            best = [max(parent.accuracy[domain] for parent in parents) for domain in domains]
            means = [mean(parent.accuracy[domain] for domain in domains) for parent in parents]
            losses.append(mean(best) - mean(own))
            gains.append(mean(own) - mean(means))
    # A generalist: each task costs it a little against the specialist, over all it gains.
    assert 0 < mean(losses) < 0.1
    assert mean(gains) > 0


def test_only_models_of_one_base_are_averaged_and_no_set_of_them_twice(alike):
    for market in alike:
        sets = [frozenset(each.published.cid for each in parents) for _, parents in merged(market)]
        assert sets
        assert len(set(sets)) == len(sets)
        for listing, parents in merged(market):
            assert {parent.published.base for parent in parents} == {listing.published.base}
            assert {parent.published.architecture for parent in parents} == {
                listing.published.architecture
            }


def test_every_owner_approves_and_the_merged_model_is_active(alike):
    for market in alike:
        ended = market.catalogue.newest()[-1].model_id
        for listing, _ in merged(market):
            if listing.model_id != ended:
                assert market.view("lineage", "is_active", listing.model_id)
        assert not [refused for refused in market.recorder.refusals if refused.function == "merge"]


def test_the_data_pool_is_shared_by_all_whose_data_are_in_the_weights(alike):
    for market in alike:
        for listing, parents in merged(market):
            domains = {parent.domain for parent in parents}
            providers, shares = market.view("revenue", "data_providers_of", listing.model_id)
            assert set(providers) == {market.providers[domain].address for domain in domains}
            assert sum(shares) == 10_000
            assert max(shares) - min(shares) <= 1


def test_what_a_merge_is_expected_to_earn_is_its_measured_share_of_every_parents_task(waiting):
    market, shelf = waiting, waiting.shelf
    tuner = market.fine_tuners[0]

    plan = tuner._merger.plan(tuner.income, tuner.least_price())

    accuracy = market.workshop.float_accuracy(plan.network)
    incomes = [tuner.income(domain, accuracy[domain], plan.price) for domain in plan.domains]
    assert incomes == sorted(incomes, reverse=True)
    assert set(plan.domains) == {parent.domain for parent in plan.parents}
    assert [parent.royalty_bps for parent in plan.named] == [500] * len(plan.parents)
    assert plan.revenue == pytest.approx(sum(incomes) * shelf.kept_by_child(plan.named))
    assert shelf.kept_by_child(plan.named) == pytest.approx(1 - 0.05 * len(plan.parents))


def test_royalties_that_the_rules_refuse_together_are_planned_by_nobody(open_market):
    market = open_market(SCENARIO.replace("royalty: 5%", "royalty: 26%"))
    for _ in range(8):
        market.step()
    tuner = market.fine_tuners[0]

    assert list(tuner._merger._candidates())
    assert tuner._merger.plan(tuner.income, tuner.least_price()) is None
    assert births(market)[0] == 0


def test_a_merge_below_the_hurdle_is_not_made(waiting, monkeypatch):
    market, tuner = waiting, waiting.fine_tuners[0]
    people = market.scenario.population
    cheap = people.fine_tuners.model_copy(update={"merge_cost": WAD})
    cheaper = people.model_copy(update={"fine_tuners": cheap})
    monkeypatch.setattr(
        market, "scenario", market.scenario.model_copy(update={"population": cheaper})
    )
    monkeypatch.setattr(tuner, "offers", [])
    monkeypatch.setattr(market, "per_day", lambda _: 1.0)
    fork = tuner.plan()
    merge = tuner._merger.plan(tuner.income, tuner.least_price())
    monkeypatch.setattr(tuner, "plan", lambda: fork)
    monkeypatch.setattr(tuner._merger, "plan", lambda *_: merge)
    monkeypatch.setattr(tuner, "fork_cost", 10**9 * WAD)

    object.__setattr__(merge, "revenue", 1.21 * WAD)
    call = next(tuner.consider_fork())
    assert (call.contract, call.function) == ("lineage", "merge")
    assert call.arguments[0] == merge.named
    object.__setattr__(merge, "revenue", 1.19 * WAD)
    assert list(tuner.consider_fork()) == []


def test_a_merge_on_record_is_traced_to_all_data_in_its_weights(open_market):
    recorded = SCENARIO.replace(
        "royalty: 5%,", "royalty: 5%, record_training: always, record_cost: 1 MNFT,"
    )
    market = open_market(recorded)
    for _ in range(market.scenario.ticks):
        market.step()
    merges = [each for each in market.catalogue.newest() if each.log.is_mean]
    assert merges
    for merge in merges:
        version = (merge.model_id, merge.version)
        training = market.view("dataset_registry", "training_of", *version)
        assert (training.dataset_ids, training.log_hash) == ((), merge.log.log_hash)
        hashes, is_whole = market.view("dataset_registry", "data_of", *version)
        assert is_whole
        assert market.shelf.is_on_record(merge)
        ids = [market.view("dataset_registry", "dataset_id_of", each) for each in hashes]
        owners = {market.view("dataset_registry", "dataset_of", each).owner for each in ids}
        providers, _ = market.view("revenue", "data_providers_of", merge.model_id)
        assert set(providers) == owners
        assert len(owners) > 1
