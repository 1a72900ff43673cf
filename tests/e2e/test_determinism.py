"""Same scenario, same seed: the same digests, however proofs are blinded, wherever calls run."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SCENARIO = """
question: Is a run a function of its scenario and seed?
ticks: 6
chain: {engine: none, full_views_every: 3}
protocol: {spot_check_rate: 30%}
workload:
  domains: [{name: digits, demand: 100%}]
  hidden_units: [8]
  request_pool: 4
population:
  creators: {count: 1}
  fine_tuners: {count: 1, review: 100%, hurdle: 0}
  hosts: {count: 2, cheating: {share: 0%}}
  validators: {count: 2}
  users: {count: 8, activity: 0.4, activity_sigma: 0.5}
  holders: {count: 2}
"""


def run(folder, *arguments, hash_seed="0"):
    """Run the scenario in a folder of its own, so with an empty cache; return the JSON document."""
    folder.mkdir(parents=True, exist_ok=True)
    scenario = folder / "tiny.yaml"
    scenario.write_text(SCENARIO)
    done = subprocess.run(
        [sys.executable, "-m", "sim.cli", "run", scenario.name, "--json", *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        check=True,
    )
    return json.loads(done.stdout)


def digests(folder):
    return json.loads((folder / "runs/tiny/seed-1/manifest.json").read_text())["digests"]


@pytest.fixture(scope="module")
def first(tmp_path_factory):
    folder = tmp_path_factory.mktemp("first")
    document = run(folder, "--engine", "revm", hash_seed="1")
    return folder, document


def test_the_run_answers_checks_with_proofs_of_its_own(first):
    folder, document = first
    assert document["proofs_verified_on_chain"] >= 1
    assert document["kpis"]["proofs_verified"] == document["proofs_verified_on_chain"]
    assert document["divergences"] == document["invariants_violated"] == 0
    proofs = sorted((folder / "runs/tiny/seed-1/proofs").iterdir())
    assert len(proofs) == document["proofs_verified_on_chain"]
    kept = json.loads(proofs[0].read_text())
    assert len(kept["proof"]) > 1_000
    assert kept["instances"]


@pytest.mark.parametrize(("engine", "hash_seed"), [("none", "2"), ("py-evm", "3")])
def test_another_engine_hash_seed_and_blinding_lead_to_the_same_digests(
    first, tmp_path, engine, hash_seed
):
    folder, document = first

    again = run(tmp_path, "--engine", engine, hash_seed=hash_seed)

    assert again["digest"] == document["digest"]
    assert digests(tmp_path) == {**digests(folder), "scenario": digests(tmp_path)["scenario"]}
    on_chain = 0 if engine == "none" else document["proofs_verified_on_chain"]
    assert again["kpis"]["proofs_verified"] == again["proofs_verified_on_chain"] == on_chain
    trace = "runs/tiny/seed-1/trace.jsonl"
    assert (tmp_path / trace).read_bytes() != (folder / trace).read_bytes(), "proofs are blinded"


@pytest.mark.parametrize("engine", ["revm", "eth-tester"])
def test_the_command_that_the_page_prints_reaches_the_digest_that_it_prints(first, engine):
    folder, document = first
    run_folder = folder / "runs/tiny/seed-1"
    page = (run_folder / "report.html").read_text()
    command = re.search(r">(mnft replay [^<]+)<", page)[1].split()

    done = subprocess.run(
        [sys.executable, "-m", "sim.cli", *command[1:], "--engine", engine, "--json"],
        cwd=run_folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        check=True,
    )

    assert document["digest"] in page
    assert json.loads(done.stdout)["digest"] == document["digest"]
