import sys

import pytest

import mnft

SCENARIO = """
question: Do the commands work as functions?
ticks: 3
chain: {engine: none}
workload: {hidden_units: [8], request_pool: 5}
population:
  creators: {count: 1}
  fine_tuners: {count: 0}
  hosts: {count: 1}
  validators: {count: 1}
  users: {count: 3}
  holders: {count: 1}
"""


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    folder = tmp_path_factory.mktemp("library")
    scenario = folder / "small.yaml"
    scenario.write_text(SCENARIO)
    return mnft.run(scenario, out=folder / "run", changes={"seed": 5, "ticks": 4})


def test_a_run_from_python_is_the_run_of_the_command(finished):
    assert finished.manifest.seed == 5
    assert finished.manifest.ticks == 4
    assert set(finished.metrics["tick"]) == {0, 1, 2, 3}


def test_a_replay_reaches_the_digest_of_the_run(finished):
    assert mnft.replay(finished, engine="revm") == finished.manifest.digests.trace


def test_a_finished_run_can_be_asked_through_web3(finished):
    market = mnft.chain(finished)

    token = market.contracts["settlement_token"]

    assert market.w3.eth.chain_id == 31_337
    assert token.functions.symbol().call() == "MNFT"
    assert token.functions.totalSupply().call() == 10_000_000 * 10**18


def test_a_wrong_change_is_one_clear_error(tmp_path):
    scenario = tmp_path / "small.yaml"
    scenario.write_text(SCENARIO)

    with pytest.raises(mnft.ScenarioError, match="tickz"):
        mnft.run(scenario, out=tmp_path / "run", changes={"tickz": 3})

    assert not (tmp_path / "run").exists()


def test_the_documented_names_are_complete_and_sorted():
    assert mnft.__all__ == sorted(mnft.__all__)
    assert all(getattr(mnft, name) is not None for name in mnft.__all__)
    assert "mnft" in sys.modules
