"""Doubtful combinations are named before the run, and the shipped scenarios have none."""

import re
from pathlib import Path

import pytest

from sim.scenario.loading import load_scenario, parse_scenario

ROOT = Path(__file__).parents[3]
ASKED = "question: Is it sound?\n"


def codes(text):
    return [each.code for each in parse_scenario(ASKED + text, "here.yaml", "here").warnings]


def test_stake_that_is_free_before_a_check_can_fail_is_a_warning():
    # A check may fail 3 d of challenge and 2 d of answer after a settlement.
    assert codes("protocol: {unbonding: 5d}\n") == ["W204"]
    assert codes("protocol: {unbonding: 6d}\n") == []
    assert codes("protocol: {unbonding: 5d, spot_check_rate: 0%}\n") == []


def test_rewards_that_the_pool_cannot_pay_are_a_warning():
    prices = "population: {creators: {price_per_call: 1 MNFT, price_sigma: 0}}\n"

    # A check in fifty calls: 0.02 of 1 MNFT per call comes in, reward / 50 goes out.
    assert codes(prices + "protocol: {spot_check_rate: 2%, check_reward: 1 MNFT}\n") == []
    assert codes(prices + "protocol: {spot_check_rate: 2%, check_reward: 1.1 MNFT}\n") == ["W205"]


def test_collectors_of_models_that_pay_their_owner_nothing_are_a_warning():
    collectors = "collectors: {count: 2}"
    assert codes(f"population: {{{collectors}}}\n") == ["W206"]
    assert codes(f"population: {{{collectors}, creators: {{owner_share: 10%}}}}\n") == []


def test_merges_whose_royalties_the_rules_refuse_are_a_warning():
    merging = "population: {{fine_tuners: {{merging: 10%}}, creators: {{royalty: {royalty}}}}}\n"
    assert codes(merging.format(royalty="25.01%")) == ["W208"]
    assert codes(merging.format(royalty="25%")) == []
    assert codes("population: {creators: {royalty: 30%}}\n") == []


# 400 users who want exp(0.5) * 0.2 calls a day: 132 calls, of which a target of 33 is a quarter.
MOVING = """
protocol: {{price_step: {step}}}
population:
  creators: {{dynamic_pricing: {dynamic}, capacity: {capacity}}}
  users: {{count: 400, activity: 0.2, activity_sigma: 1, price_coefficient: 4, budget: 1 MNFT}}
"""


def swings(step="100%", dynamic="50%", capacity=66):
    return codes(MOVING.format(step=step, dynamic=dynamic, capacity=capacity)) == ["W207"]


def test_a_step_too_large_for_how_users_answer_to_prices_is_a_warning():
    # The elasticity at the target is 4 * (1 - 33 / 132) = 3, so T1's boundary is a step of 2 / 3.
    assert swings("66.8%")
    assert not swings("66.5%")
    assert not swings(dynamic="0%")


def test_the_remedies_that_the_warning_names_are_remedies():
    loaded = parse_scenario(
        ASKED + MOVING.format(step="100%", dynamic="50%", capacity=66), "m", "m"
    )
    (warning,) = loaded.warnings
    step, capacity = re.search(r"below ([\d.]+%), or a capacity from (\d+)", warning.note).groups()

    assert "is 3.00" in warning.problem
    assert swings(capacity=int(capacity) - 6)
    assert not swings(capacity=int(capacity))
    assert not swings(step=step)
    assert swings(step=f"{float(step[:-1]) + 0.1:.2f}%")


@pytest.mark.parametrize("path", sorted((ROOT / "scenarios").glob("*.yaml")), ids=lambda p: p.stem)
def test_a_shipped_scenario_has_no_warning_and_claims_something(path):
    loaded = load_scenario(path)

    assert loaded.warnings == ()
    assert loaded.scenario.claims


def test_the_quick_start_is_as_large_as_promised():
    people = load_scenario(ROOT / "scenarios/quickstart.yaml").scenario.population

    assert people.creators.count >= 5
    assert people.fine_tuners.count >= 5
    assert people.hosts.count >= 4
    assert people.validators.count >= 5
    assert people.users.count >= 200
