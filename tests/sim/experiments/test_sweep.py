"""Sweeps: each run once, what is complete left alone, failures told and nobody stopped."""

import json
import multiprocessing
import os
import signal

import pytest

import mnft
from sim.errors import UserError
from sim.experiments import replica as replica_module
from sim.experiments.pool import carry_out_all
from sim.experiments.replica import Replica, carry_out
from sim.experiments.sweep import locked, read_document
from sim.progress import Silent
from sim.runs import open_run
from tests.sim.experiments.small import SCENARIO

SWEEP = """
sweep:
  replicas: 2
  arms: {plain: {}, busy: {population.users.activity: 5}}
"""


class Heard(Silent):
    """Notes what it is told."""

    def __init__(self):
        self.replicas = []

    def replica(self, over, **last):
        self.replicas.append((over, last))


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A folder to work in, with the scenario; keys and models are shared by its sweeps."""
    folder = tmp_path_factory.mktemp("sweeps")
    (folder / "mine.yaml").write_text(SCENARIO + SWEEP)
    return folder


@pytest.fixture(autouse=True)
def at_place(place, monkeypatch):
    monkeypatch.chdir(place)


@pytest.fixture(scope="module")
def swept(place):
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(place)
        return mnft.sweep("mine.yaml", out="done")


def digests(folder):
    return {
        path.parent.relative_to(folder).as_posix(): open_run(path.parent).manifest.digests.trace
        for path in folder.rglob("manifest.json")
    }


def test_every_arm_meets_every_seed_in_a_folder_of_its_own(swept):
    found = mnft.figures(swept.folder)

    assert swept.counts == {"done": 4}
    assert sorted(digests(swept.folder)) == [
        "busy/replica-0", "busy/replica-1", "plain/replica-0", "plain/replica-1",
    ]  # fmt: skip
    seeds = found.groupby("arm")["seed"].unique().map(list).to_dict()
    assert seeds["plain"] == seeds["busy"]
    assert len(set(seeds["plain"])) == 2


def test_replicas_differ_and_arms_differ(swept):
    assert len(set(digests(swept.folder).values())) == 4


def test_a_run_and_a_sweep_are_read_as_the_same_columns(swept):
    columns = ["scenario", "arm", "replica", "seed", "tick", "kpi", "value", "unit"]
    whole = mnft.read(swept.folder)
    one = mnft.read(swept.folder / "plain" / "replica-1")

    assert list(whole) == list(one) == columns
    assert set(whole["arm"]) == {"plain", "busy"}
    chosen = whole[(whole["arm"] == "plain") & (whole["replica"] == 1)].reset_index(drop=True)
    assert chosen.equals(one)
    assert len(whole) == 4 * len(one)
    assert set(mnft.read(swept.folder, ["treasury"])["kpi"]) == {"treasury"}


def test_figures_are_those_of_the_runs_manifests(swept):
    found = mnft.figures(swept.folder, ["treasury"]).set_index(["arm", "replica"])["value"]

    for arm, number in found.index:
        manifest = open_run(swept.folder / arm / f"replica-{number}").manifest
        assert found[arm, number] == manifest.kpis["treasury"]


def test_a_kpi_that_there_is_not_and_a_folder_without_runs_are_refused(swept, tmp_path):
    with pytest.raises(UserError, match="no such KPI"):
        mnft.read(swept.folder, ["treasure"])
    with pytest.raises(UserError, match="no complete run"):
        mnft.figures(tmp_path)


def test_what_is_complete_is_left_alone(swept):
    before = {path: path.stat().st_mtime_ns for path in swept.folder.rglob("manifest.json")}
    heard = Heard()

    again = mnft.sweep("mine.yaml", out="done", progress=heard)

    assert again.counts == {"skipped": 4}
    assert before == {path: path.stat().st_mtime_ns for path in swept.folder.rglob("manifest.json")}
    assert [last["state"] for _, last in heard.replicas] == ["skipped"] * 4
    assert heard.replicas[-1][0][:5] == (0, 4, 0, 0, 4)


def test_more_replicas_go_on_with_a_sweep_and_its_folder_is_the_same():
    first = mnft.sweep("mine.yaml", replicas=1)
    more = mnft.sweep("mine.yaml", replicas=2)

    assert first.folder == more.folder
    assert (first.counts, more.counts) == ({"done": 2}, {"skipped": 2, "done": 2})


def test_any_number_of_jobs_reaches_the_same_digests(swept):
    side_by_side = mnft.sweep("mine.yaml", out="two", jobs=2)

    assert digests(side_by_side.folder) == digests(swept.folder)
    assert 0 < side_by_side.efficiency <= 1


@pytest.mark.parametrize("damage", ["code", "scenario", "seed", "file"])
def test_what_another_run_or_a_broken_one_left_is_done_again(swept, place, damage):
    kept = Replica(SCENARIO, "mine.yaml", "mine", "plain", {}, 0, 1, place / "kept" / "replica-0")
    assert carry_out(kept).state in ("done", "skipped")
    manifest = kept.folder / "manifest.json"
    content = json.loads(manifest.read_text())
    if damage == "code":
        content["versions"]["code"] = "another"
    elif damage == "scenario":
        content["digests"]["scenario"] = "another"
    elif damage == "seed":
        content["seed"] = 2
    manifest.write_text(json.dumps(content))
    if damage == "file":
        (kept.folder / "trace.jsonl").write_text("")

    assert carry_out(kept).state == "done"
    assert carry_out(kept).state == "skipped"


def test_a_failed_replica_is_told_with_what_repeats_it_and_stops_nobody(monkeypatch):
    run = replica_module._run

    def fails_once(replica, loaded):
        if (replica.arm, replica.replica) == ("busy", 1):
            raise MemoryError
        run(replica, loaded)

    monkeypatch.setattr(replica_module, "_run", fails_once)
    monkeypatch.setattr("sim.experiments.pool._once", lambda them, *_: map(carry_out, them))
    heard = Heard()

    found = mnft.sweep("mine.yaml", out="failing", progress=heard)

    assert found.counts == {"done": 3, "failed": 1}
    (failed,) = read_document(found.folder)["failed"]
    assert failed["arm"] == "busy"
    assert failed["changes"] == {"population.users.activity": "5"}
    assert failed["error"].startswith("MemoryError")
    assert failed["command"] == (
        f"mnft run mine.yaml --seed {failed['seed']} --set 'population.users.activity=5'"
    )
    assert [last["error"] for _, last in heard.replicas if last["state"] == "failed"]


def _dies(replica):
    if replica.replica == 1:
        os.kill(os.getpid(), signal.SIGKILL)
    return replica_module.Outcome(replica, "done")


def test_a_worker_that_dies_loses_no_other_replica(monkeypatch, tmp_path):
    monkeypatch.setattr("sim.experiments.pool.carry_out", _dies)
    four = [
        Replica("", "mine.yaml", "mine", "plain", {}, number, number, tmp_path / str(number))
        for number in range(4)
    ]

    found = sorted(carry_out_all(four, jobs=2), key=lambda each: each.replica.replica)

    assert [each.state for each in found] == ["done", "failed", "done", "done"]
    assert "the worker died" in found[1].error


def _hold(folder, held, release):
    with locked(folder):
        held.set()
        release.wait(30)


def test_two_sweeps_of_one_folder_are_refused_until_the_first_ends(tmp_path):
    context = multiprocessing.get_context("spawn")
    held, release = context.Event(), context.Event()
    other = context.Process(target=_hold, args=(tmp_path, held, release))
    other.start()
    assert held.wait(30)

    with pytest.raises(UserError, match="another process works in this folder"):
        mnft.sweep("mine.yaml", out=tmp_path)
    other.kill()
    other.join()

    with locked(tmp_path):
        pass


def test_arms_are_checked_before_anything_runs(place):
    (place / "wrong.yaml").write_text(
        SCENARIO + "sweep:\n  arms: {a: {}, b: {population.hosts.stake: 1 MNFT}}\n"
    )

    with pytest.raises(UserError, match=r"arm `b`.*population\.hosts\.stake = 1 MNFT"):
        mnft.sweep("wrong.yaml", out="never")
    assert not (place / "never").exists()


def test_two_arms_that_are_the_same_run_are_refused(place):
    (place / "same.yaml").write_text(SCENARIO + "sweep:\n  arms: {a: {}, b: {ticks: 2}}\n")

    with pytest.raises(UserError, match="run the very same scenario"):
        mnft.sweep("same.yaml", out="never")
