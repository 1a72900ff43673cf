import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from sim.cli import app, main
from sim.runs import Manifest, RunIdentity, RunWriter, ScenarioName
from sim.runs.manifest import Digests

ROOT = Path(__file__).parents[2]
QUICKSTART = ROOT / "scenarios/quickstart.yaml"
HEAVY = ("numpy", "pandas", "pyarrow", "pydantic", "eth", "web3", "pyrevm", "ezkl", "mesa", "rich")

ERROR_SCHEMA = {
    "type": "object",
    "required": ["schema", "code", "file", "line", "column", "problem", "allowed", "errors"],
    "properties": {
        "schema": {"const": "mnft.error/1"},
        "code": {"type": "string", "pattern": "^E[0-9]{3}$"},
        "file": {"type": "string"},
        "line": {"type": ["integer", "null"]},
        "column": {"type": ["integer", "null"]},
        "allowed": {"type": "array", "items": {"type": "string"}},
        "errors": {"type": "array", "minItems": 1},
    },
}


def mnft(
    *arguments: str, environment: Mapping[str, str] | None = None, cwd: Path = ROOT
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "sim.cli", *arguments],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(ROOT), **(environment or {})},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )


def a_run(folder: Path) -> None:
    with RunWriter(folder, RunIdentity("toy", 7), {}) as writer:
        writer.text("trace.jsonl", "")
        writer.finish(
            Manifest(
                scenario=ScenarioName(name="toy", question="Does it work?"),
                seed=7,
                engine="none",
                ticks=2,
                ticks_asked=2,
                tick_seconds=86_400,
                state="not asked",
                digests=Digests(trace="ab" * 32, state="cd", scenario="ef"),
            ),
            {},
        )


@pytest.fixture
def bad(tmp_path: Path) -> Path:
    path = tmp_path / "bad.yaml"
    path.write_text("question: q?\ntics: 60\nchain: {engine: geth}\n")
    return path


def fastest(*arguments: str) -> float:
    def once() -> float:
        started = os.times().children_user + os.times().children_system
        assert mnft(*arguments).returncode == 0
        return os.times().children_user + os.times().children_system - started

    return min(once() for _ in range(2))


def test_help_answers_at_once() -> None:
    # Processor time: what the machine does besides must not fail the test.
    assert fastest("--help") < 0.3


def test_a_scenario_is_validated_within_a_second() -> None:
    assert fastest("validate", str(QUICKSTART)) < 1.0


@pytest.mark.parametrize(
    ("statement", "allowed"),
    [
        ("from sim.cli import main; main(['--help'])", ()),
        ("import mnft", ()),
        (f"from sim.cli import main; main(['validate', {str(QUICKSTART)!r}])", ("pydantic",)),
    ],
)
def test_nothing_heavy_is_imported_before_it_is_needed(
    statement: str, allowed: tuple[str, ...]
) -> None:
    code = f"{statement}\nimport sys\nprint(*sys.modules, file=sys.stderr)"
    ran = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )

    assert set(ran.stderr.split()) & set(HEAVY) <= set(allowed)


def test_importing_the_package_changes_no_global() -> None:
    code = (
        "import logging, multiprocessing, sys, warnings\n"
        "before = (list(logging.root.handlers), logging.root.level, list(warnings.filters),\n"
        "          multiprocessing.get_start_method(allow_none=True), sys.excepthook)\n"
        "import mnft\n"
        "after = (list(logging.root.handlers), logging.root.level, list(warnings.filters),\n"
        "         multiprocessing.get_start_method(allow_none=True), sys.excepthook)\n"
        "assert before == after and 'random' not in dir(mnft)\n"
    )
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)


def test_every_public_name_exists_and_no_other_does() -> None:
    import mnft as package  # noqa: PLC0415

    for name in package.__all__:
        assert getattr(package, name) is not None
    assert dir(package) == sorted(package.__all__)
    with pytest.raises(AttributeError, match="nothing"):
        package.nothing  # noqa: B018


def test_a_valid_scenario_exits_with_zero(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["validate", str(QUICKSTART)]) == 0
    out, err = capsys.readouterr()

    assert f"Next: mnft run {QUICKSTART}" in out
    assert err == ""


def test_errors_go_to_standard_error_with_exit_code_two(
    bad: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["validate", str(bad)]) == 2
    out, err = capsys.readouterr()

    assert out == ""
    assert err.count("error[") == 2
    assert f"{bad}:2:1" in err
    assert "Traceback" not in err


@pytest.mark.parametrize(
    "arguments",
    [
        ["validate", "BAD", "--json"],
        ["validate", "nowhere.yaml", "--json"],
        ["run", "BAD", "--json"],
        ["run", "--json"],
        ["run", "BAD", "--engine", "geth", "--json"],
        ["validate", "BAD", "--set", "seed", "--json"],
        ["replay", "nowhere", "--json"],
        ["prove", "nowhere.onnx", "nowhere.json", "--json", "--progress", "none"],
        ["nothing", "--json"],
    ],
)
def test_each_error_is_one_json_document_where_json_is_asked_for(
    arguments: list[str], bad: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(bad) if word == "BAD" else word for word in arguments]) == 2
    out, err = capsys.readouterr()

    Draft202012Validator(ERROR_SCHEMA).validate(json.loads(out))
    assert err == ""


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["run"], "Missing argument"),
        (["run", "x.yaml", "--seed", "many"], "--seed"),
        (["run", "x.yaml", "--progress", "loud"], "loud"),
        (["frobnicate"], "frobnicate"),
        (["validate", "x.yaml", "--frobnicate"], "--frobnicate"),
        (["report", "nowhere"], "there is no run here"),
        (["replay", "nowhere"], "there is no run here"),
        (["explain", "E999"], "no such code"),
    ],
)
def test_a_wrong_command_or_option_is_one_error(
    arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    out, err = capsys.readouterr()

    assert out == ""
    assert words in err
    assert err.count("error[E") == 1


def test_an_interruption_says_how_to_go_on(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("sim.commands.inspecting.show_kpis", interrupted)

    assert main(["kpis"]) == 130
    assert "Again: mnft kpis" in capsys.readouterr().err


def test_a_bug_of_ours_leaves_a_crash_file_and_no_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("planted")

    monkeypatch.setattr("sim.commands.inspecting.show_kpis", broken)

    assert main(["kpis"]) == 70
    err = capsys.readouterr().err
    crash = Path(err.rpartition("details: ")[2].strip())
    assert "Traceback" not in err
    assert "ZeroDivisionError: planted" in crash.read_text(encoding="utf-8")
    crash.unlink()


def test_a_reader_that_leaves_early_is_no_error() -> None:
    command = f"{sys.executable} -m sim.cli kpis | head -1"
    ran = subprocess.run(
        ["bash", "-c", f"set -o pipefail; {command}"], cwd=ROOT, capture_output=True, check=False
    )

    assert ran.stderr == b""
    assert ran.returncode == 0


@pytest.mark.parametrize(
    "environment", [{}, {"NO_COLOR": "1"}, {"TERM": "dumb"}, {"PYTHONIOENCODING": "ascii"}]
)
def test_a_pipe_gets_no_escape_and_no_letter_it_cannot_hold(
    environment: dict[str, str], bad: Path
) -> None:
    for arguments in (["explain", "E101"], ["validate", str(bad)]):
        ran = mnft(*arguments, environment=environment)
        assert "\x1b" not in ran.stdout + ran.stderr
        assert "Traceback" not in ran.stderr


def test_the_defaults_list_every_key_with_its_source(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["defaults", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)

    rows = {row["key"]: row for row in document["parameters"]}
    assert rows["protocol.spot_check_rate"]["value"] == "5%"
    assert all(row["source"] for row in rows.values())


def test_validate_shows_who_set_what(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["validate", str(QUICKSTART), "--show", "--json", "--set", "seed=99"]
    assert main(arguments) == 0
    rows = {row["key"]: row for row in json.loads(capsys.readouterr().out)["parameters"]}

    assert (rows["seed"]["value"], rows["seed"]["set_by"]) == ("99", "--set")
    assert rows["protocol.spot_check_rate"]["set_by"].startswith("line ")
    assert rows["protocol.spot_check_rate"]["why"]
    assert rows["protocol.epoch"]["set_by"] == "default"


def test_runs_are_listed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    a_run(tmp_path / "toy/seed-7")
    RunWriter(tmp_path / "toy/seed-8", RunIdentity("toy", 8), {})

    assert main(["runs", str(tmp_path)]) == 0
    out = capsys.readouterr().out
    assert "not asked" in out
    assert "abababababab" in out
    assert "not complete" in out
    assert main(["runs", str(tmp_path / "nowhere")]) == 0
    assert "no runs below" in capsys.readouterr().err


def test_every_code_can_be_explained(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain"]) == 0
    listed = capsys.readouterr().out
    assert main(["explain", "e101"]) == 0
    assert "right:  spot_check_rate: 2%" in capsys.readouterr().out
    assert listed.startswith("E100  ")


def test_every_command_has_help(capsys: pytest.CaptureFixture[str]) -> None:
    names = [str(command.callback.__name__) for command in app.registered_commands]

    assert len(set(names)) == len(names) > 15
    for name in names:
        assert main([name, "--help"]) == 0
        assert "Usage: mnft" in capsys.readouterr().out
