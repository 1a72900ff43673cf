"""`mnft check` as continuous integration types it, also against another build of the contracts."""

import json
import shutil
import subprocess
from pathlib import Path
from xml.etree import ElementTree

import pandas as pd
import pytest

import sim.run
from sim.cli import main
from sim.invariants import INVARIANTS, Finding
from tests.sim.experiments.small import SCENARIO

ROOT = Path(__file__).parents[2]
FAULT = ("emit Staked(msg.sender, role, amount);", "emit Staked(msg.sender, role, amount + 1);")


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    folder = tmp_path_factory.mktemp("check")
    (folder / "mine.yaml").write_text(SCENARIO)
    return folder


@pytest.fixture
def mnft(place, monkeypatch, capsys):
    """Return a function that types a check there: exit code, standard output, standard error."""
    monkeypatch.chdir(place)

    def typed(*arguments):
        code = main(["check", "mine.yaml", "--jobs", "1", "--progress", "none", *arguments])
        return code, *capsys.readouterr()

    return typed


def test_where_nothing_breaks_the_exit_code_is_0(mnft, place):
    code, out, err = mnft("--seeds", "2", "--junit", "results/check.xml")

    assert code == 0
    assert out == "1 scenarios, 2 runs: nothing broke\n"
    assert "1 scenarios, 2 seeds each: 2 runs" in err
    root = ElementTree.parse(place / "results/check.xml").getroot()
    assert int(root.get("tests")) == 2 * (len(INVARIANTS) + 2)
    assert root.get("failures") == "0"


def test_a_broken_invariant_is_told_with_tick_amounts_and_command(mnft, monkeypatch):
    def judged(world, ledger):
        return [(each, Finding("violated", "short 4 MNFT")) for each in INVARIANTS[:1]]

    monkeypatch.setattr(sim.run, "judge_invariants", judged)

    code, out, _ = mnft("--seeds", "1")
    assert code == 4
    assert "CRITICAL  mine, seed 1, tick 0: invariant 1, value is conserved" in out
    assert "short 4 MNFT; after call" in out
    assert "again   mnft run mine.yaml --seed 1" in out

    code, out, _ = mnft("--seeds", "1", "--json")
    document = json.loads(out)
    assert (code, document["exit_code"]) == (4, 4)
    (run,) = document["runs"]
    assert run["invariants"]["1"] == "violated"
    assert run["broken"][0]["severity"] == "critical"


def test_a_broken_invariant_is_a_figure_of_its_run(mnft, place, monkeypatch):
    monkeypatch.setattr(
        sim.run,
        "judge_invariants",
        lambda world, ledger: [(each, Finding("violated", "short")) for each in INVARIANTS[:2]],
    )

    mnft("--seeds", "1", "--out", "broken")

    (manifest,) = (json.loads(each.read_text()) for each in place.glob("broken/**/manifest.json"))
    assert manifest["kpis"]["invariants_violated"] == 2


def test_warnings_count_where_they_are_asked_for(mnft):
    code, out, _ = mnft("--seeds", "1", "--fail-on", "warning")

    assert code == 1
    assert "WARNING  mine, seed 1: warning" in out
    assert "Nobody was slashed" in out


def test_runs_are_kept_where_they_are_asked_for(mnft, place):
    code, _, _ = mnft("--seeds", "1", "--out", "kept")

    assert code == 0
    assert len(pd.read_parquet(place / "kept/mine/replica-0/tables/invariants.parquet")) > 0


def test_a_build_that_cannot_be_used_is_an_error_of_the_users(mnft, place):
    (place / "empty").mkdir()

    code, _, err = mnft("--contracts", "empty")

    assert code == 2
    assert "there is no contract here" in err


@pytest.fixture(scope="module")
def faulty(tmp_path_factory):
    """The contracts compiled with a fault planted in a copy of Staking.sol."""
    if not (ROOT / "contracts/node_modules").is_dir() or shutil.which("node") is None:
        pytest.skip("the Solidity compiler is not installed (make setup-dev)")
    home = tmp_path_factory.mktemp("contracts")
    shutil.copytree(ROOT / "contracts/src", home / "src")
    for name in ("build.mjs", "package.json"):
        shutil.copy(ROOT / "contracts" / name, home / name)
    (home / "node_modules").symlink_to(ROOT / "contracts/node_modules")
    source = home / "src/Staking.sol"
    text = source.read_text()
    assert text.count(FAULT[0]) == 1
    source.write_text(text.replace(*FAULT))
    subprocess.run(["node", "build.mjs", "Staking"], cwd=home, check=True, capture_output=True)
    return home / "artifacts"


def test_a_fault_in_another_build_is_found_at_the_first_call_that_strays(mnft, faulty):
    code, out, _ = mnft("--seeds", "1", "--engine", "revm", "--contracts", str(faulty))

    assert code == 3
    assert "invariant 11, model and contracts agree" in out
    assert "DIVERGENCE" in out
    assert "of staking.stake: model and contract disagree" in out
    assert "Staked(" in out


def test_our_own_build_does_not_stray(mnft):
    folder = ROOT / "contracts/artifacts"
    code, out, _ = mnft("--seeds", "1", "--engine", "revm", "--contracts", str(folder))

    assert (code, out) == (0, "1 scenarios, 1 runs: nothing broke\n")
