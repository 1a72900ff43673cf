"""Sweeps that are compared, through the command line, with real runs."""

import json
import re
from contextlib import redirect_stdout
from io import StringIO

import pytest

from sim.cli import main

SCENARIO = """
question: Does a check rate of 20 % end cheating, and what does it cost?
ticks: 3
chain: {engine: none}
protocol: {spot_check_rate: 1%, minimum_host_stake: 50 MNFT}
workload: {hidden_units: [8], request_pool: 3, input_commitment: hash}
population:
  creators: {count: 1}
  fine_tuners: {count: 0}
  holders: {count: 0}
  validators: {count: 1}
  users: {count: 8, activity: 2, activity_sigma: 0.5}
  hosts: {count: 1, stake: 100 MNFT, cheating: {share: 100%, gain: 0.4 MNFT, sensitivity: 10}}
claims: [{kpi: cheat_share, quantifier: at_end, comparison: "<=", threshold: 5%}]
"""
ARMS = """
sweep:
  replicas: 2
  arms: {rare: {}, often: {protocol.spot_check_rate: 20%}}
compare: {kpis: [revenue_total]}
"""


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A folder with the scenarios; models are made once for all tests."""
    folder = tmp_path_factory.mktemp("comparing")
    (folder / "arms.yaml").write_text(SCENARIO + ARMS)
    (folder / "seeds.yaml").write_text(SCENARIO)
    return folder


@pytest.fixture(scope="module")
def swept(place):
    """The folder of a sweep of both arms, and the document that the command printed."""
    printed = StringIO()
    with redirect_stdout(printed):
        options = ["--out", str(place / "arms"), "--jobs", "1", "--json"]
        assert main(["sweep", str(place / "arms.yaml"), *options]) == 0
    return place / "arms", json.loads(printed.getvalue())


def test_a_sweep_ends_with_the_page_that_compares_its_arms(swept):
    folder, document = swept
    page = (folder / "report.html").read_text("utf-8")

    assert document["report"] == str(folder / "report.html")
    assert "Paired differences" in page
    assert "could not be made" not in page


def test_the_replay_command_of_the_page_reaches_the_digest_below_it(swept, monkeypatch, capsys):
    folder, _ = swept
    page = (folder / "report.html").read_text("utf-8")
    command = re.search(r"<code data-command>mnft (replay [^<]+)</code>", page)[1]
    digest = re.search(r'<code data-digest="trace">(\w+)</code>', page)[1]
    capsys.readouterr()
    monkeypatch.chdir(folder)

    assert main([*command.split(), "--engine", "revm", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["digest"] == digest


def test_compare_prints_one_document_with_every_interval_named(swept, capsys):
    assert main(["compare", str(swept[0]), "--json"]) == 0

    found = json.loads(capsys.readouterr().out)
    assert found["schema"] == "mnft.comparison/1"
    assert (found["baseline"], found["primary"]) == ("rare", "cheat_share")
    assert found["differing"] == ["protocol.spot_check_rate"]
    first = found["differences"][0]
    assert (first["kpi"], first["pairs"], first["dropped"]) == ("cheat_share", 2, 0)
    assert first["difference"]["estimator"] == "mean paired difference"
    assert first["mean"] < 0


def test_compare_says_in_words_what_differs(swept, capsys):
    assert main(["compare", str(swept[0]), "--color", "never"]) == 0

    said = capsys.readouterr().out
    assert "often - rare" in said
    assert re.search(r"primary +cheated calls +\w+: \[percentage points\] .* over 2 pairs", said)


def test_one_arm_of_several_seeds_gets_the_page_of_a_run_with_claims_over_all(
    place, monkeypatch, capsys
):
    monkeypatch.chdir(place)

    arguments = ["sweep", "seeds.yaml", "--out", "seeds", "--jobs", "1", "--replicas", "2"]
    assert main(arguments) == 0
    page = (place / "seeds" / "report.html").read_text("utf-8")

    assert "claims over 2 seeds" in page
    assert "failed in 2 of 2\u202fseeds" in page
    assert "Wilson interval over 2\u202fseeds" in page
    assert "mnft replay all/replica-0" in page


def test_what_is_no_sweep_is_one_clear_error(place, monkeypatch, capsys):
    monkeypatch.chdir(place)

    assert main(["compare", "."]) == 2
    assert "there is no sweep here" in capsys.readouterr().err
