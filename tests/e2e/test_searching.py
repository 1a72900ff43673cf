"""The searches through the command line, with real runs: killed, refused, incomplete, again."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pytest

import sim.run
from sim.cli import main
from sim.experiments import optional

ROOT = Path(__file__).parents[2]
SCENARIO = """
question: Which price earns most?
ticks: 2
chain: {engine: none}
protocol: {spot_check_rate: 0%}
workload:
  hidden_units: [8]
  request_pool: 3
  input_commitment: hash
  domains: [{name: digits, demand: 100%}]
population:
  creators: {count: 1, price_sigma: 0}
  fine_tuners: {count: 0}
  hosts: {count: 1, cheating: {share: 0%}}
  validators: {count: 0}
  users: {count: 20, activity: 1, activity_sigma: 0.5}
  holders: {count: 0}
sensitivity:
  samples: 2
  ranges: {population.creators.price_per_call: [0.5 MNFT, 20 MNFT]}
  kpis: [revenue_total]
discovery:
  samples: 10
  ranges: {population.hosts.stake: [10 MNFT, 2000 MNFT]}
  fails: {kpi: revenue_total, comparison: "<", threshold: 1 MNFT}
optimise:
  trials: 4
  batch: 2
  ranges: {population.creators.price_per_call: [0.5 MNFT, 20 MNFT]}
  objectives: [{kpi: revenue_total, direction: maximise}]
"""


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A folder with the scenario; keys and models are made once for all tests."""
    folder = tmp_path_factory.mktemp("searching")
    (folder / "price.yaml").write_text(SCENARIO)
    return folder


@pytest.fixture
def mnft(place, monkeypatch, capsys):
    """Return a function that runs a command in that folder: exit code, document."""
    monkeypatch.chdir(place)

    def command(name, *arguments):
        options = ["--json", "--progress", "none"]
        code = main([name, "price.yaml", "--jobs", "1", *options, *arguments])
        return code, json.loads(capsys.readouterr().out)

    return command


def documented_fields(command):
    page = (ROOT / "docs/commands.md").read_text("utf-8")
    (row,) = re.findall(rf"^\| `{command} --json` \| `[^`]+` \| (.*) \|$", page, re.MULTILINE)
    return set(re.findall(r"`(\w+)`", re.sub(r"\([^)]*\)", "", row)))


def test_a_search_carried_out_again_runs_nothing_and_finds_the_same(mnft, place, monkeypatch):
    code, first = mnft("sensitivity", "--out", "first")
    assert code == 0
    assert set(first) == documented_fields("sensitivity") | {"schema"}
    assert first["points"] == first["runs"] == 4
    (of_kpi,) = first["figures"]
    assert [row["index"] for row in of_kpi["indices"]] == ["mu_star", "mu", "sigma"]
    assert (place / "first/report.html").is_file()
    assert (place / "first/point-00003/replica-0/manifest.json").is_file()

    def must_not_run(*_: object, **__: object) -> None:
        raise AssertionError("a complete replica was run again")

    monkeypatch.setattr(sim.run, "run", must_not_run)
    code, again = mnft("sensitivity", "--out", "first")

    assert (code, again) == (0, first)


def test_a_search_killed_by_the_system_ends_as_it_would_have(mnft, place):
    code, whole = mnft("optimise", "--out", "whole")
    assert code == 0
    assert set(whole) == documented_fields("optimise") | {"schema"}
    assert whole["trials"] == whole["feasible"] == 4
    command = [sys.executable, "-m", "sim.cli", "optimise", "price.yaml", "--jobs", "1"]
    child = subprocess.Popen(
        [*command, "--out", "killed"],
        cwd=place,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    started = time.monotonic()
    while not (place / "killed/trial-0002").exists():
        assert child.poll() is None, "it ended before it could be killed"
        assert time.monotonic() - started < 120
        time.sleep(0.02)
    os.killpg(child.pid, signal.SIGKILL)
    child.wait()
    assert not (place / "killed/search.json").exists()

    code, resumed = mnft("optimise", "--out", "killed")

    assert code == 0
    assert {**resumed, "folder": "", "report": ""} == {**whole, "folder": "", "report": ""}
    tables = [pd.read_parquet(place / name / "trials.parquet") for name in ("whole", "killed")]
    pd.testing.assert_frame_equal(*tables)


def test_runs_that_failed_are_counted_and_named(mnft, monkeypatch):
    real = sim.run.run

    def fails_once(loaded, seed, folder, *rest, **named):
        if folder.parent.name == "point-00001":
            raise OSError("no room")
        return real(loaded, seed, folder, *rest, **named)

    monkeypatch.setattr(sim.run, "run", fails_once)
    code, document = mnft("sensitivity", "--out", "failing")

    assert code == 5
    assert (document["runs"], document["failed"]) == (4, 1)
    # Of two trajectories one is whole, and one says nothing of how effects vary.
    assert document["figures"][0]["why_none"]


def test_a_point_that_the_rules_refuse_is_said_before_anything_runs(mnft, place):
    code, document = mnft("discover", "--out", "refused")

    assert (code, document["code"]) == (2, "E172")
    assert "hosts stake" in document["problem"]
    assert not (place / "refused").exists()


def test_a_scenario_without_the_block_is_refused(mnft, place):
    (place / "plain.yaml").write_text("question: q?\n")
    assert main(["optimise", "plain.yaml", "--json"]) == 2


def test_a_missing_package_is_named_with_the_extra_that_has_it(mnft, monkeypatch):
    def not_installed(name):
        raise ModuleNotFoundError(f"No module named {name!r}", name=name.partition(".")[0])

    monkeypatch.setattr(optional, "import_module", not_installed)
    code, document = mnft("sensitivity")

    assert (code, document["code"]) == (2, "E170")
    assert document["allowed"] == ["pip install 'mnft[search]'"]
