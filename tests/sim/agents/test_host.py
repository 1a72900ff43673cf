"""Hosts: what deters them, what they can serve, and what they refuse."""

import json
import math
from pathlib import Path

import pytest

from protocol.money import BPS, WAD
from protocol.parameters import PPM

THEORY = json.loads((Path(__file__).parents[2] / "vectors/theory.json").read_text())
(T4,) = (item for item in THEORY["items"] if item["id"] == "T4")

SCENARIO = """
question: What do hosts do?
ticks: 5
chain: {{engine: none}}
protocol: {{spot_check_rate: 10%, wrong_output_slash: 10%, minimum_host_stake: 100 MNFT}}
workload: {{hidden_units: [8], request_pool: 3, input_commitment: hash}}
population:
  creators: {{count: 1, dynamic_pricing: 0%}}
  fine_tuners: {{count: 0}}
  hosts: {{{hosts}}}
  validators: {{count: 1, uptime: 100%}}
  users: {{count: 8, activity: 4, activity_sigma: 0.5, budget: 5000 MNFT, {users}}}
  holders: {{count: 1}}
"""
# The critical stake of T4 at p = 10 %, s = 10 %, G = 100 is 9,000: half, all, one and a half of it.
LADDER = """
count: 3, stake: 4500 MNFT, stake_step: 100%,
cheating: {share: 100%, gain: 100 MNFT, sensitivity: 0.02}
"""


@pytest.fixture(scope="module")
def ladder(open_market):
    return open_market(SCENARIO.format(hosts=LADDER, users="malformed: 0%"))


@pytest.mark.parametrize("vector", T4["expected"], ids=str)
def test_deterrence_is_the_stake_over_the_critical_stake_of_theory(ladder, vector):
    changed = {
        "spotCheckRatePpm": round(vector["p"] * PPM),
        "wrongOutputSlashBps": round(vector["s"] * BPS),
    }

    for host in ladder.hosts:
        stake = host.bonded() / WAD
        assert vector["G"] * WAD == ladder.scenario.population.hosts.cheating.gain
        assert host.deterrence(changed) == pytest.approx(stake / vector["S_crit"])


def test_a_host_at_its_critical_stake_cheats_half_of_the_time(ladder):
    # Worth of cheating on a call: (1 - p) G - p s S = 90 - 0.01 S, in MNFT.
    expected = [1 / (1 + math.exp(-0.02 * worth)) for worth in (45, 0, -45)]

    assert [host.deterrence() for host in ladder.hosts] == [0.5, 1.0, 1.5]
    assert [host.cheating_chance() for host in ladder.hosts] == pytest.approx(expected)
    assert ladder.hosts[1].cheating_chance() == 0.5


def test_certain_discovery_deters_whatever_the_stake(ladder):
    assert all(host.deterrence({"spotCheckRatePpm": PPM}) == math.inf for host in ladder.hosts)


def test_an_honest_type_never_cheats_whatever_it_would_gain(open_market):
    hosts = "count: 2, cheating: {share: 0%, gain: 1000000 MNFT, sensitivity: 1000}"
    market = open_market(SCENARIO.format(hosts=hosts, users="malformed: 0%"))
    for _ in range(4):
        market.step()

    assert [host.cheating_chance() for host in market.hosts] == [0.0, 0.0]
    assert max(host.deterrence() for host in market.hosts) < 0.01
    assert market.tally.totals["served"] > 0
    assert market.tally.totals["cheated"] == 0


def test_a_host_serves_what_its_capacity_allows_and_slows_as_it_fills(open_market):
    hosts = "count: 1, capacity: 10, outage: 0%, cheating: {share: 0%}"
    market = open_market(SCENARIO.format(hosts=hosts, users="malformed: 0%"))
    (host,) = market.hosts
    was_full = 0
    for _ in range(5):
        market.step()
        record = host.record
        assert record.served <= 10
        assert market.tally.refused["HostAtCapacity"] == max(0, record.asked - 10)
        # M/M/1: mean time = service time / (1 - load), the load cut off at 95 %.
        load = min(0.95, record.served / 10)
        assert record.latency == pytest.approx(host.base_latency / (1 - load))
        was_full += record.asked > 10

    assert was_full > 0


def test_an_outage_fails_its_share_of_the_calls(open_market):
    hosts = "count: 1, outage: 100%, outage_severity: 100%, repair: 1d, cheating: {share: 0%}"
    market = open_market(SCENARIO.format(hosts=hosts, users="malformed: 0%"))
    refused = 0
    for _ in range(3):
        market.step()
        refused += market.tally.refused["HostDown"]

    assert refused > 0
    assert market.tally.totals["served"] == 0


def test_inputs_that_no_circuit_takes_are_refused_when_asked_and_cost_no_stake(open_market):
    hosts = "count: 1, cheating: {share: 0%}"
    market = open_market(SCENARIO.format(hosts=hosts, users="malformed: 100%"))
    (host,) = market.hosts
    refused = 0
    for _ in range(3):
        market.step()
        refused += market.tally.refused["InputOutOfBounds"]

    assert refused > 0
    assert market.tally.totals["served"] == 0
    assert host.bonded() == host.stake_wanted


@pytest.mark.parametrize(
    ("value", "is_admitted"), [(0, True), (16, True), (17, False), (-1, False)]
)
def test_grey_levels_are_admitted_within_the_bounds_of_the_registry(ladder, value, is_admitted):
    assert ladder.hosts[0].admits([8] * 63 + [value]) is is_admitted


def test_a_call_is_served_where_the_hosts_share_covers_its_cost(ladder):
    cost = ladder.scenario.population.hosts.compute_cost

    assert ladder.hosts[0].serves(2 * cost, BPS // 2)
    assert not ladder.hosts[0].serves(2 * cost - 1, BPS // 2)
