"""`mnft sweep` as it is typed: what it prints, what it returns, what it leaves."""

import json

import pytest

from sim.cli import main
from tests.sim.experiments.small import SCENARIO

SWEEP = """
claims: [{kpi: calls_refused_share, comparison: "<=", threshold: 5%}]
sweep:
  replicas: 2
  arms: {plain: {}, busy: {population.users.activity: 5}}
"""


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sweep")
    (folder / "mine.yaml").write_text(SCENARIO + SWEEP)
    return folder


@pytest.fixture
def mnft(place, monkeypatch, capsys):
    """Return a function that types a command there: exit code, standard output, standard error."""
    monkeypatch.chdir(place)

    def typed(*arguments):
        code = main(["sweep", "mine.yaml", "--jobs", "1", *arguments])
        return code, *capsys.readouterr()

    return typed


def test_a_sweep_says_what_it_will_take_what_came_of_it_and_shows_a_page(mnft, place):
    code, out, err = mnft("--out", "done", "--progress", "json")

    assert code == 0
    assert "the first run, which says what the others will take" in err
    assert "4 runs (2 arms, 2 seeds each), 1 already complete, 3 to do, 1 jobs" in err
    assert "MiB, by the runs that are complete" in err
    assert "3 done, 1 skipped, 0 failed" in out
    assert "1 jobs at" in out
    assert (place / "done/report.html").read_text().startswith("<!DOCTYPE html>")
    events = [json.loads(line) for line in err.splitlines() if line.startswith("{")]
    assert [each["event"] for each in events] == ["replica"] * 4 + ["done"]
    assert events[3]["done"] + events[3]["skipped"] == events[3]["total"] == 4


def test_json_is_one_document_and_nothing_else(mnft, place):
    code, out, _ = mnft("--out", "done", "--json", "--progress", "none")

    document = json.loads(out)
    assert code == 0
    assert document["schema"] == "mnft.sweep/1"
    assert document["arms"] == ["plain", "busy"]
    counted = [document[f"replicas_{state}"] for state in ("done", "failed", "skipped")]
    assert sum(counted) == 4
    assert counted[1] == 0
    assert document["report"] == str(place / "done/report.html")
    assert set(document) >= {"folder", "wall_s", "efficiency", "failed"}


def test_a_dry_run_runs_nothing(mnft, place):
    code, out, err = mnft("--out", "dry", "--dry-run", "--replicas", "50")

    assert (code, out) == (0, "")
    assert "100 runs (2 arms, 50 seeds each), 0 already complete" in err
    assert not (place / "dry").exists()


def test_a_failed_replica_is_named_with_its_command_and_the_exit_code_is_5(mnft, place):
    foreign = place / "mixed/busy/replica-1"
    foreign.mkdir(parents=True)
    (foreign / "letter.txt").write_text("keep me")

    code, out, _ = mnft("--out", "mixed", "--progress", "none")

    assert code == 5
    assert "3 done" in out or "2 done, 1 skipped" in out
    assert "failed  busy, seed 4180092475: UserError" in out
    assert "mnft run mine.yaml --seed 4180092475 --set 'population.users.activity=5'" in out
    assert (foreign / "letter.txt").read_text() == "keep me"


def test_what_is_wrong_with_a_sweep_is_an_error_of_the_users(mnft, place):
    (place / "mine.yaml").write_text(SCENARIO + "sweep:\n  grid: {population.hosts.stak: [1]}\n")
    code, _, err = mnft()
    (place / "mine.yaml").write_text(SCENARIO + SWEEP)

    assert code == 2
    assert "`population.hosts.stak` names no value" in err
    assert "did you mean population.hosts.stake?" in err
