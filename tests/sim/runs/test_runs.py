import json
import shutil
import subprocess
import sys
import textwrap
from dataclasses import dataclass
from pathlib import Path

import pytest

from protocol.types import Address, Event, Log
from sim.errors import UserError
from sim.runs import (
    Manifest,
    RunIdentity,
    RunWriter,
    ScenarioName,
    default_folder,
    list_runs,
    open_run,
)
from sim.runs.columns import ROWS_PER_CHUNK
from sim.runs.manifest import Digests

HOST = Address("0x" + "11" * 20)
TYPES = {
    "gateway.Paid": ("address", "uint256", "uint32", "bytes32", "bool", "uint16[]", "string"),
}


@dataclass(frozen=True, slots=True)
class Paid(Event):
    account: Address
    amount: int
    epoch: int
    leaf: bytes
    final: bool
    shares_bps: tuple[int, ...]
    memo: str


def manifest(seed: int = 7) -> Manifest:
    return Manifest(
        scenario=ScenarioName(name="toy", question="Does it work?"),
        seed=seed,
        engine="none",
        ticks=2,
        ticks_asked=2,
        tick_seconds=86_400,
        state="not asked",
        digests=Digests(trace="aa", state="bb", scenario="cc"),
    )


def paid(amount: int = 1, memo: str = "") -> Log:
    return Log("gateway", Paid(HOST, amount, 3, bytes(32), True, (1, 2), memo))


def write(folder: Path, *, seed: int = 7, events: int = 1) -> Manifest:
    with RunWriter(folder, RunIdentity("toy", seed), TYPES) as writer:
        writer.text("scenario.yaml", "question: Does it work?\n")
        writer.json("parameters.json", [{"key": "ticks", "value": "2"}])
        writer.text("trace.jsonl", "")
        writer.events(1, 5, [paid(2**256 - 1, 'a "quoted", comma and \u00e9')] * events)
        writer.metrics(1, {"calls_asked": 3, "price_level": None})
        writer.metrics(2, {"calls_asked": 4, "price_level": 1.25})
        writer.table("models", {"name": ["one", "two"], "paid": [2**70, 1]})
        writer.proof("1.bin", b"\x00\x01")
        return writer.finish(manifest(seed), {"wall_seconds": 1.5})


def test_what_was_written_is_read_back_exactly(tmp_path: Path) -> None:
    written = write(tmp_path / "run")

    run = open_run(tmp_path / "run")

    assert run.manifest == written
    assert run.scenario_text == "question: Does it work?\n"
    assert run.events == ("gateway.Paid",)
    event = run.event("gateway.Paid").iloc[0].to_dict()
    assert event == {
        "tick": 1,
        "call": 5,
        "account": HOST,
        "amount": str(2**256 - 1),
        "epoch": 3,
        "leaf": "0x" + "00" * 32,
        "final": True,
        "shares_bps": "[1,2]",
        "memo": 'a "quoted", comma and \u00e9',
    }
    assert list(run.table("models")["paid"]) == [str(2**70), "1"]
    assert run.proofs[0].read_bytes() == b"\x00\x01"
    assert list(run.parameters["key"]) == ["ticks"]


def test_metrics_are_tidy_and_a_figure_not_computed_is_missing(tmp_path: Path) -> None:
    write(tmp_path / "run")

    metrics = open_run(tmp_path / "run").metrics

    assert list(metrics.columns) == [
        "scenario",
        "arm",
        "replica",
        "seed",
        "tick",
        "kpi",
        "value",
        "unit",
    ]
    assert list(metrics["value"].isna()) == [False, True, False, False]
    assert list(open_run(tmp_path / "run").kpi("calls_asked")) == [3.0, 4.0]
    assert set(metrics["unit"]) == {"calls", "1"}


def test_events_beyond_one_chunk_are_all_kept_in_order(tmp_path: Path) -> None:
    count = 2 * ROWS_PER_CHUNK + 7
    with RunWriter(tmp_path / "run", RunIdentity("toy", 1), TYPES) as writer:
        for call in range(count):
            writer.events(0, call, [paid(call)])
        writer.finish(manifest(), {})

    assert list(open_run(tmp_path / "run").event("gateway.Paid")["call"]) == list(range(count))


def test_the_same_run_twice_gives_the_same_bytes(tmp_path: Path) -> None:
    first, second = write(tmp_path / "a" / "run"), write(tmp_path / "elsewhere" / "run")

    assert first == second
    assert (tmp_path / "a/run/manifest.json").read_bytes() == (
        tmp_path / "elsewhere/run/manifest.json"
    ).read_bytes()
    assert str(tmp_path) not in (tmp_path / "a/run/manifest.json").read_text()


def test_wall_time_enters_no_digest(tmp_path: Path) -> None:
    written = write(tmp_path / "run")

    assert "timing.json" not in written.files
    assert json.loads((tmp_path / "run/timing.json").read_text()) == {"wall_seconds": 1.5}


def test_an_interrupted_run_leaves_nothing_under_the_final_name(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    with (
        pytest.raises(KeyboardInterrupt),
        RunWriter(folder, RunIdentity("toy", 1), TYPES) as writer,
    ):
        writer.events(0, 0, [paid()])
        raise KeyboardInterrupt

    assert not folder.exists()
    with pytest.raises(UserError, match="interrupted") as refused:
        open_run(folder)
    assert refused.value.code == "E130"
    assert write(folder).seed == 7
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


def test_a_run_killed_outright_is_replaced_by_the_next(tmp_path: Path) -> None:
    code = textwrap.dedent(
        f"""
        import os, signal
        from pathlib import Path
        from sim.runs import RunIdentity, RunWriter
        writer = RunWriter(Path({str(tmp_path / "run")!r}), RunIdentity("toy", 1), {{}})
        writer.text("trace.jsonl", "half a li")
        os.kill(os.getpid(), signal.SIGKILL)
        """
    )
    root = Path(__file__).parents[3]
    subprocess.run([sys.executable, "-c", code], cwd=root, check=False)

    assert (tmp_path / "run.partial/trace.jsonl").exists()
    write(tmp_path / "run")
    assert open_run(tmp_path / "run").trace.read_text() == ""


def test_a_complete_run_is_replaced_whole(tmp_path: Path) -> None:
    write(tmp_path / "run", events=3)
    write(tmp_path / "run", events=1)

    assert len(open_run(tmp_path / "run").event("gateway.Paid")) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


def test_a_kill_between_the_two_renames_keeps_the_earlier_run(tmp_path: Path) -> None:
    write(tmp_path / "run")
    (tmp_path / "run").rename(tmp_path / "run.replaced")

    assert open_run(tmp_path / "run").manifest.seed == 7


def test_a_kill_while_the_earlier_run_was_removed_stops_no_later_one(tmp_path: Path) -> None:
    write(tmp_path / "run")
    (tmp_path / "run.replaced/events").mkdir(parents=True)
    (tmp_path / "run.replaced/trace.jsonl").write_text("what was not removed yet")

    write(tmp_path / "run", events=1)

    assert len(open_run(tmp_path / "run").event("gateway.Paid")) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


def test_a_folder_that_is_no_run_is_never_replaced(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")

    with pytest.raises(UserError, match="no run") as refused:
        RunWriter(tmp_path, RunIdentity("toy", 1), {})

    assert refused.value.code == "E133"
    assert (tmp_path / "thesis.txt").read_text() == "years of work"


@pytest.mark.parametrize("damage", ["missing", "changed", "no json", "unknown key", "no manifest"])
def test_a_damaged_run_is_refused_by_name(tmp_path: Path, damage: str) -> None:
    folder = tmp_path / "run"
    write(folder)
    match damage:
        case "missing":
            (folder / "tables/models.parquet").unlink()
        case "changed":
            (folder / "metrics.parquet").write_bytes(b"PAR1")
        case "no json":
            (folder / "manifest.json").write_text("{")
        case "unknown key":
            content = json.loads((folder / "manifest.json").read_text())
            (folder / "manifest.json").write_text(json.dumps({**content, "color": "red"}))
        case _:
            (folder / "manifest.json").unlink()

    with pytest.raises(UserError) as refused:
        open_run(folder)

    named = {"missing": "tables/models.parquet", "changed": "metrics.parquet"}
    assert named.get(damage, "run") in str(refused.value)
    assert refused.value.code == ("E130" if damage == "no manifest" else "E131")


def test_runs_are_listed_with_those_that_are_not_complete(tmp_path: Path) -> None:
    write(default_folder("toy", 7, tmp_path))
    RunWriter(default_folder("toy", 8, tmp_path), RunIdentity("toy", 8), {})

    listed = {each.folder.name: each.manifest for each in list_runs(tmp_path)}

    assert listed["seed-7"] is not None
    assert listed["seed-8.partial"] is None
    assert list(list_runs(tmp_path / "nowhere")) == []


def test_manifests_of_the_cache_beside_the_runs_are_no_runs(tmp_path: Path) -> None:
    entry = tmp_path / ".mnft-cache/zk/keys/ab/abcd"
    entry.mkdir(parents=True)
    (entry / "manifest.json").write_text("{}")

    assert list(list_runs(tmp_path)) == []


def test_a_full_disk_is_one_clear_error_and_keeps_nothing(tmp_path: Path) -> None:
    code = textwrap.dedent(
        f"""
        import resource, sys
        from pathlib import Path
        from sim.errors import UserError
        from sim.runs import RunIdentity, RunWriter
        resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))
        try:
            with RunWriter(Path({str(tmp_path / "run")!r}), RunIdentity("toy", 1), {{}}) as writer:
                writer.text("trace.jsonl", "x" * 100_000)
        except UserError as error:
            print(error.code, error)
        """
    )
    root = Path(__file__).parents[3]
    ran = subprocess.run(
        [sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True
    )

    assert ran.stdout.startswith("E132")
    assert "the disk is full" in ran.stdout
    assert not (tmp_path / "run").exists()


def test_a_table_of_another_name_lists_those_that_exist(tmp_path: Path) -> None:
    write(tmp_path / "run")

    with pytest.raises(UserError, match="models"):
        open_run(tmp_path / "run").table("modles")


def test_a_copied_folder_opens_anywhere(tmp_path: Path) -> None:
    write(tmp_path / "run")
    shutil.copytree(tmp_path / "run", tmp_path / "moved/away")

    assert open_run(tmp_path / "moved/away").manifest.scenario.name == "toy"
