import json
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from protocol.types import Call, Receipt
from sim.cli import main
from sim.divergence import Divergence
from sim.runs import Manifest, RunIdentity, RunSummary, RunWriter, ScenarioName, open_run
from sim.runs.manifest import Digests, Invariants
from sim.scenario.loading import LoadedScenario

ROOT = Path(__file__).parents[2]

RUN_SCHEMA = {
    "type": "object",
    "required": [
        "run",
        "digest",
        "ticks",
        "calls_compared",
        "divergences",
        "proofs_verified_on_chain",
        "invariants_violated",
        "wall_s",
        "report",
        "state",
        "claims",
        "kpis",
    ],
    "properties": {
        "schema": {"const": "mnft.run/1"},
        "state": {"type": "string"},
        "digest": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
        "ticks": {"type": "integer"},
        "calls_compared": {"type": "integer"},
        "divergences": {"type": "integer"},
        "proofs_verified_on_chain": {"type": "integer"},
        "invariants_violated": {"type": "integer"},
        "wall_s": {"type": "number", "exclusiveMinimum": 0},
        "report": {"type": ["string", "null"]},
        "kpis": {"type": "object", "additionalProperties": {"type": ["number", "null"]}},
        "claims": {
            "type": "array",
            "items": {"type": "object", "required": ["kpi", "threshold", "observed", "state"]},
        },
    },
}

SCENARIO = """\
question: Is it alive?
ticks: 3
chain: {engine: none}
workload:
  domains: [{name: digits, demand: 100%}]
population:
  creators: {count: 1}
  fine_tuners: {count: 0}
  hosts: {count: 1}
  validators: {count: 1}
  users: {count: 5}
  holders: {count: 1}
claims:
  - {kpi: models, comparison: ">=", threshold: 2, why: one creator has one model}
"""


def start(
    folder: Path, *options: str, before: Callable[[], None] | None = None
) -> subprocess.Popen[str]:
    (folder / "alive.yaml").write_text(SCENARIO, encoding="utf-8")
    return subprocess.Popen(
        [sys.executable, "-m", "sim.cli", "run", "alive.yaml", *options],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        preexec_fn=before,  # noqa: PLW1509 - the limit must hold for the child alone
    )


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, int, str, str]:
    folder = tmp_path_factory.mktemp("whole-run")
    process = start(folder, "--seed", "5", "--json", "--progress", "json", "--fail-on", "red")
    out, err = process.communicate()
    return folder, process.returncode, out, err


def test_a_run_prints_one_document_and_its_progress_apart(
    ran: tuple[Path, int, str, str],
) -> None:
    folder, _, out, err = ran
    document = json.loads(out)
    events = [json.loads(line) for line in err.splitlines()]

    Draft202012Validator(RUN_SCHEMA).validate(document)
    assert document["run"] == "runs/alive/seed-5"
    assert (document["ticks"], document["seed"], document["engine"]) == (3, 5, "none")
    assert document["invariants_violated"] == document["divergences"] == 0
    assert (folder / document["report"]).is_file()
    assert [event["event"] for event in events] == ["tick", "tick", "tick", "done"]


def test_a_red_claim_fails_only_where_that_is_asked_for(ran: tuple[Path, int, str, str]) -> None:
    _, code, out, _ = ran

    assert json.loads(out)["state"] == "red"
    assert code == 1


def test_the_folder_opens_verified_and_names_no_place_of_this_machine(
    ran: tuple[Path, int, str, str],
) -> None:
    folder, _, out, _ = ran
    run = open_run(folder / "runs/alive/seed-5")

    assert run.manifest.digests.trace == json.loads(out)["digest"]
    assert run.scenario_text == SCENARIO
    assert run.manifest.kpis["models"] == 1.0
    parameters = run.parameters.set_index("key")
    assert parameters.loc["seed", "set_by"] == "--set"
    assert str(folder) not in (run.folder / "manifest.json").read_text(encoding="utf-8")


def test_a_replay_on_a_chain_reaches_the_same_digest(
    ran: tuple[Path, int, str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    folder, _, out, _ = ran

    assert main(["replay", str(folder / "runs/alive/seed-5"), "--engine", "py-evm", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["digest"] == document["expected"] == json.loads(out)["digest"]


def test_one_call_is_shown_decoded(
    ran: tuple[Path, int, str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["replay", str(ran[0] / "runs/alive/seed-5"), "--explain", "3"]) == 0
    assert "replayed on py-evm: the same" in capsys.readouterr().out


def test_a_report_built_again_is_the_same_page(
    ran: tuple[Path, int, str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    page = ran[0] / "runs/alive/seed-5/report.html"
    before = page.read_bytes()

    assert main(["report", str(page.parent)]) == 0
    assert capsys.readouterr().out.strip() == str(page)
    assert page.read_bytes() == before


def test_an_interrupted_run_exits_with_130_and_leaves_nothing_half_written(
    tmp_path: Path,
) -> None:
    process = start(tmp_path, "--progress", "json", "--set", "ticks=5000")
    assert process.stderr is not None
    assert json.loads(process.stderr.readline())["event"] == "tick"

    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)

    assert process.returncode == 130
    assert out == ""
    assert "Again: mnft run alive.yaml" in err
    assert "Traceback" not in err
    assert not (tmp_path / "runs/alive/seed-1").exists()


def test_a_violated_invariant_exits_with_4_and_names_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def violated(loaded: LoadedScenario, seed: int, folder: Path, *_: object) -> RunSummary:
        with RunWriter(folder, RunIdentity(loaded.name, seed), {}) as writer:
            finding = {"id": "I-01", "name": "all is covered", "tick": 2, "state": "violated"}
            row = {**finding, "detail": "short of 4.2 MNFT"}
            writer.table("invariants", {name: [value] for name, value in row.items()})
            manifest = Manifest(
                scenario=ScenarioName(name=loaded.name, question="q?"),
                seed=seed,
                engine="none",
                ticks=2,
                ticks_asked=3,
                tick_seconds=86_400,
                state="INVALID",
                digests=Digests(trace="ab" * 32, state="cd", scenario="ef"),
                invariants=Invariants(held=9, violated=1),
            )
            return RunSummary(writer.finish(manifest, {}), folder, 1.0)

    monkeypatch.setattr("sim.run.run", violated)
    monkeypatch.setattr("sim.cli._render_report", lambda folder: folder / "report.html")
    (tmp_path / "alive.yaml").write_text(SCENARIO, encoding="utf-8")
    arguments = ["run", str(tmp_path / "alive.yaml"), "--out", str(tmp_path / "out")]

    assert main([*arguments, "--progress", "none"]) == 4
    out, err = capsys.readouterr()
    assert "INVALID" in out
    assert err.startswith("INVARIANT I-01 violated at tick 2: all is covered\n  short of 4.2 MNFT")


def test_a_full_disk_is_one_error_and_no_run_stands_there(tmp_path: Path) -> None:
    def limit() -> None:
        # Room for the scenario's copy, not for its parameters.
        resource.setrlimit(resource.RLIMIT_FSIZE, (2_000, 2_000))

    process = start(tmp_path, "--progress", "none", before=limit)
    out, err = process.communicate(timeout=60)

    assert process.returncode == 2
    assert out == ""
    assert err.startswith("error[E132]: the disk is full")
    assert not (tmp_path / "runs/alive/seed-1").exists()


def test_a_divergence_exits_with_3_and_shows_both_sides(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def diverged(*_: object) -> None:
        call = Call("gateway", "deposit", (1,), "0x" + "11" * 20, 0)  # type: ignore[arg-type]
        raise Divergence("py-evm", 41, 18_204, call, Receipt(value=1), Receipt(value=2))

    monkeypatch.setattr("sim.run.run", diverged)
    (tmp_path / "alive.yaml").write_text(SCENARIO, encoding="utf-8")
    arguments = ["run", str(tmp_path / "alive.yaml"), "--out", str(tmp_path / "out")]

    assert main([*arguments, "--progress", "none"]) == 3
    assert "DIVERGENCE  tick 41, call 18,204 of gateway.deposit" in capsys.readouterr().err
    assert main([*arguments, "--json", "--progress", "none"]) == 3
    document = json.loads(capsys.readouterr().out)
    assert (document["code"], document["tick"], document["call"]) == ("divergence", 41, 18_204)
