"""A role without anybody in it is refused where it is needed, and does no harm elsewhere."""

import re
from itertools import product

import pytest

import mnft
from sim.errors import ScenarioError
from sim.scenario.loading import parse_scenario

ROLES = ("creators", "fine_tuners", "hosts", "validators", "users", "holders")
NEEDED = ("creators", "hosts", "users")
SCENARIO = """\
question: Does an economy of creators, hosts and users alone run?
ticks: 6
chain: {engine: revm}
protocol: {spot_check_rate: 0%}
workload:
  domains: [{name: digits, demand: 100%}]
  hidden_units: [8]
  request_pool: 3
  input_commitment: hash
population:
  creators: {count: 1}
  fine_tuners: {count: 0}
  hosts: {count: 1}
  validators: {count: 0}
  users: {count: 8, activity: 3, activity_sigma: 0.5}
  holders: {count: 0}
"""


@pytest.mark.parametrize("has_checks", [True, False])
@pytest.mark.parametrize("has_proposal", [True, False])
def test_every_empty_role_that_is_needed_is_named_and_no_other(has_checks, has_proposal):
    for present in product((True, False), repeat=len(ROLES)):
        here = dict(zip(ROLES, present, strict=True))
        counts = ", ".join(f"{role}: {{count: {int(here[role])}}}" for role in ROLES)
        text = (
            f"question: q?\npopulation: {{{counts}}}\n"
            f"protocol: {{spot_check_rate: {'5%' if has_checks else '0%'}}}\n"
        )
        if has_proposal:
            text += "governance: {proposals: [{tick: 1, parameter: protocol_fee, value: 1%}]}\n"
        needed = (*NEEDED, *["validators"] * has_checks, *["holders"] * has_proposal)

        assert empty(text) == {role for role in needed if not here[role]}, text


def empty(text):
    """Return the roles that the errors of a scenario say nobody has."""
    try:
        parse_scenario(text, "here", "here")
    except ScenarioError as error:
        return {re.search(r"no (?:token )?(\w+)", each.problem)[1] for each in error.problems}
    return set()


def test_creators_hosts_and_users_alone_are_an_economy(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "few.yaml").write_text(SCENARIO)

    run = mnft.run("few.yaml")

    assert run.manifest.counts.receipts > 0
    assert run.manifest.counts.divergences == run.manifest.invariants.violated == 0
