"""Cheating stops where theory puts it: at D = p s S / ((1 - p) G) = 1."""

import math

import numpy as np
import pytest

from protocol.deployment import Deployment
from protocol.world import World
from sim.catalogue import Catalogue, Workshop
from sim.deterrence import Response, Responses, threshold
from sim.ledger import Ledger
from sim.lockstep import ModelOnly
from sim.market import Market
from sim.run import GENESIS, ProofOracle
from sim.scenario.loading import parse_scenario
from sim.streams import stream
from zk import Prover

# D = 1 at 0.98 * 0.4 / (0.02 * 0.005) = 3,920 MNFT: nine hosts from D = 0.6 to 1.4.
LADDER = """
question: Where does cheating stop?
ticks: 6
chain: {engine: none}
protocol: {spot_check_rate: 2%, wrong_output_slash: 0.5%, minimum_host_stake: 100 MNFT}
workload:
  domains: [{name: digits, demand: 100%}]
  hidden_units: [8]
  request_pool: 1
population:
  creators: {count: 1, price_sigma: 0, dynamic_pricing: 0%, new_version: 0%}
  fine_tuners: {count: 0}
  hosts:
    count: 9
    stake: 2352 MNFT
    stake_step: 16.66%
    latency_sigma: 0
    outage: 0%
    cheating: {share: 100%, gain: 0.4 MNFT, sensitivity: 20}
  validators: {count: 1, uptime: 100%, checks_per_tick: 100}
  users: {count: 60, activity: 5, activity_sigma: 0.3, budget: 300 MNFT, malformed: 0%}
  holders: {count: 1}
"""


def play(seed, cache):
    scenario = parse_scenario(LADDER, "here", "here").scenario
    catalogue = Catalogue()
    world = World(Deployment(scenario.protocol.values(), GENESIS), ProofOracle(catalogue))
    with Prover(1) as prover:
        workshop = Workshop(scenario.workload, seed, cache, prover)
        market = Market(scenario, seed, ModelOnly(world), workshop, Ledger(), catalogue)
        market.genesis()
        for _ in range(scenario.ticks):
            market.step()
    return market


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    return tmp_path_factory.mktemp("cache")


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_half_of_the_calls_are_cheated_within_a_tenth_of_where_theory_says(seed, cache):
    market = play(seed, cache)

    responses = [each for host in market.hosts for each in host.responses]
    lowest = [each for each in responses if each.deterrence < 0.65]
    highest = [each for each in responses if each.deterrence > 1.35]

    assert threshold(responses) == pytest.approx(1, abs=0.1)
    assert sum(each.cheated for each in lowest) > 0.9 * sum(each.served for each in lowest) > 0
    assert sum(each.cheated for each in highest) < 0.1 * sum(each.served for each in highest)


def test_the_threshold_is_found_between_the_neighbours_of_one_half():
    responses = [Response(0.8, 100, 90), Response(1.2, 100, 40)]

    assert threshold(responses) == pytest.approx(0.8 + 0.4 * (0.9 - 0.5) / (0.9 - 0.4))


def test_calls_at_the_same_deterrence_count_together():
    parts = [Response(0.5, 60, 60), Response(0.5 + 1e-9, 40, 30), Response(1.5, 100, 10)]
    whole = [Response(0.5, 100, 90), Response(1.5, 100, 10)]

    assert threshold(parts) == pytest.approx(threshold(whole))


def test_a_share_that_rises_by_chance_is_merged_with_its_neighbour():
    noisy = [Response(0.5, 100, 80), Response(0.7, 100, 90), Response(1.3, 100, 0)]
    merged = [Response(0.6, 200, 170), Response(1.3, 100, 0)]

    assert threshold(noisy) == pytest.approx(threshold(merged))


@pytest.mark.parametrize(
    "responses",
    [
        [],
        [Response(0.5, 0, 0), Response(1.5, 0, 0)],
        [Response(0.5, 100, 100), Response(0.7, 100, 60)],
        [Response(1.5, 100, 30), Response(1.7, 100, 0)],
    ],
)
def test_without_responses_on_both_sides_there_is_no_threshold(responses):
    assert threshold(responses) is None


def test_the_estimate_recovers_the_middle_of_a_logistic_answer():
    rng = stream(5, "answers")
    levels = np.linspace(0.4, 1.6, 25)

    for slope in (4, 8, 16):
        shares = [1 / (1 + math.exp(slope * (level - 1))) for level in levels]
        responses = [
            Response(float(level), 400, int(rng.binomial(400, share)))
            for level, share in zip(levels, shares, strict=True)
        ]
        assert threshold(responses) == pytest.approx(1, abs=0.05)


def test_responses_added_up_have_the_same_threshold_and_grow_with_different_stakes_alone():
    every = [Response(level / 4, 10, max(0, 10 - 2 * level)) for level in range(8)] * 50
    added = Responses()
    for each in every:
        added.add(each)

    assert len(list(added)) == 8
    assert threshold(added) == threshold(every) is not None
