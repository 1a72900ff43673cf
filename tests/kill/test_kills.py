"""
SIGKILL at random moments of `mnft run`, `sweep`, `prove` and `optimise`: each goes on to what the
undisturbed one reaches, no row twice, no process left, nothing half-written under a final name.

The suite kills `sweep`, whose runs are killed with it, and `prove` once, as
`tests/e2e/test_searching.py` does an optimisation; `make kill-test` does it until a hundred kills
are done.
"""

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import chdir, redirect_stdout
from io import StringIO
from pathlib import Path
from typing import NamedTuple

import numpy as np
import psutil
import pytest

import mnft
from sim.cli import main
from sim.runs import open_run
from sim.streams import stream
from sim.workload.exact import ExactWeights
from sim.workload.graph import to_onnx
from tests.sim.experiments.small import SCENARIO

KILLS = int(os.environ.get("MNFT_KILLS", "1"))
"""Kills of each command."""
SWEEP = "sweep: {replicas: 2}\n"
OPTIONS = ("--json", "--progress", "none")
OPTIMISE = """
optimise:
  trials: 3
  batch: 2
  ranges: {population.creators.price_per_call: [0.5 MNFT, 20 MNFT]}
  objectives: [{kpi: revenue_total, direction: maximise}]
"""


class Command(NamedTuple):
    """What is typed, and where it leaves its runs, if it leaves any."""

    words: tuple[str, ...]
    out: str


COMMANDS = {
    "run": Command(("run", "mine.yaml", "--out", "out"), "out"),
    "sweep": Command(("sweep", "mine.yaml", "--jobs", "2", "--out", "out"), "out"),
    "prove": Command(("prove", "model.onnx", "input.json"), ""),
    "optimise": Command(("optimise", "mine.yaml", "--jobs", "2", "--out", "out"), "out"),
}
CHOSEN = tuple(COMMANDS) if "MNFT_KILLS" in os.environ else ("sweep", "prove")


def prepare(folder: Path) -> None:
    (folder / "mine.yaml").write_text(SCENARIO + SWEEP + OPTIMISE)
    rng = np.random.default_rng(5)
    model = ExactWeights(
        rng.integers(-9, 9, (64, 4)),
        rng.integers(-9, 9, 4),
        rng.integers(-9, 9, (4, 10)),
        rng.integers(-9, 9, 10),
        hidden_bits=3,
        output_bits=3,
    )
    (folder / "model.onnx").write_bytes(to_onnx(model))
    image = rng.integers(0, 17, 64).tolist()
    (folder / "input.json").write_text(json.dumps({"input_data": [image]}))


def start(folder: Path, command: Command) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "sim.cli", *command.words, *OPTIONS],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def undisturbed(folder: Path, command: Command) -> dict:
    process = start(folder, command)
    out, err = process.communicate(timeout=300)
    assert process.returncode == 0, (out, err)
    return json.loads(out)


def carried_on(folder: Path, command: Command) -> dict:
    """Go on in this process, which has all of it imported already."""
    printed = StringIO()
    with chdir(folder), redirect_stdout(printed):
        assert main([*command.words, *OPTIONS]) == 0
    return json.loads(printed.getvalue())


def runs_below(folder: Path, command: Command) -> list[Path]:
    """Return the manifests that say that their run is complete."""
    if not command.out:
        return []
    found = [*(folder / command.out).rglob("manifest.json"), folder / command.out / "manifest.json"]
    return [path for path in set(found) if path.is_file() and ".partial" not in str(path)]


def reached(folder: Path, command: Command, document: dict) -> object:
    """Return what must be the same however often it was stopped."""
    if command.words[0] == "prove":
        return {name: document[name] for name in ("accepted", "verified", "bound", "output")}
    runs = {
        path.parent.relative_to(folder).as_posix(): open_run(path.parent).manifest.digests.trace
        for path in runs_below(folder, command)
    }
    rows = mnft.read(folder / command.out)
    assert not rows.duplicated(["arm", "replica", "seed", "tick", "kpi"]).any()
    found = {name: document[name] for name in ("trials", "front") if name in document}
    return runs, len(rows), json.dumps(found, sort_keys=True)


def left_over(session: int) -> list[psutil.Process]:
    """Return the processes of a session: all that a command starts stay in it."""
    found = []
    for each in psutil.process_iter():
        try:
            if os.getsid(each.pid) == session and each.status() != psutil.STATUS_ZOMBIE:
                found.append(each)
        except (psutil.NoSuchProcess, ProcessLookupError):
            continue
    return found


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a busy worker ends after its job")
@pytest.mark.parametrize("name", CHOSEN)
def test_killed_at_any_moment_it_goes_on_to_what_the_undisturbed_one_reaches(
    name: str, tmp_path: Path
) -> None:
    command = COMMANDS[name]
    whole, stopped = tmp_path / "whole", tmp_path / "stopped"
    for folder in (whole, stopped):
        folder.mkdir()
        prepare(folder)
    started = time.monotonic()
    expected = reached(whole, command, undisturbed(whole, command))
    takes = time.monotonic() - started
    moments = stream(1, f"kill-{name}")

    for _ in range(KILLS):
        process = start(stopped, command)
        moment = float(moments.random()) * takes
        try:
            process.wait(timeout=moment)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate(timeout=30)
        _, alive = psutil.wait_procs(left_over(process.pid), timeout=10)
        assert not alive
        for manifest in runs_below(stopped, command):
            open_run(manifest.parent)

    assert reached(stopped, command, carried_on(stopped, command)) == expected
    if command.out:
        assert not list((stopped / command.out).rglob("*.partial"))
