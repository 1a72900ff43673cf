"""
A run that is stopped, in whichever way and moment, leaves no process and no half run.

That the same command completes it then is for `tests/kill`.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

ROOT = Path(__file__).parents[2]
RUN = Path("runs/stopped/seed-1")
SCENARIO = """\
question: Is nothing left of a run that was stopped?
ticks: 9
chain: {engine: none}
protocol: {spot_check_rate: 5%}
workload:
  domains: [{name: digits, demand: 100%}]
  hidden_units: [8]
  request_pool: 3
  input_commitment: hash
population:
  creators: {count: 1, price_sigma: 0, new_version: 0%}
  fine_tuners: {count: 0}
  hosts: {count: 1}
  validators: {count: 1}
  users: {count: 5, activity: 2, activity_sigma: 0.5, budget: 300 MNFT}
  holders: {count: 1}
"""


def start(folder: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "sim.cli", "run", "stopped.yaml", "--json", "--progress", "json"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        start_new_session=True,
    )


def scenario_in(folder: Path) -> Path:
    (folder / "stopped.yaml").write_text(SCENARIO, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with keys in its cache, from a run that nobody stopped."""
    folder = scenario_in(tmp_path_factory.mktemp("whole"))
    out, err = start(folder).communicate(timeout=120)
    assert out, err
    assert json.loads(out)["kpis"]["checks_passed"] > 0
    return folder


def workers_of(process: subprocess.Popen[str]) -> list[psutil.Process]:
    return psutil.Process(process.pid).children(recursive=True)


def while_keys_are_made(process: subprocess.Popen[str]) -> None:
    """Wait until a worker has work that takes ezkl a while."""
    while not any(worker.cpu_times().user > 0.6 for worker in workers_of(process)):
        time.sleep(0.01)


def while_ticks_pass(process: subprocess.Popen[str]) -> None:
    assert process.stderr is not None
    for line in process.stderr:
        if json.loads(line).get("tick", 0) >= 5:
            return


def interrupt(process: subprocess.Popen[str]) -> None:
    """Press Ctrl-C: the terminal tells the whole group."""
    os.killpg(process.pid, signal.SIGINT)


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a busy worker ends after its job")
@pytest.mark.parametrize(
    ("moment", "stop"),
    [
        (while_keys_are_made, interrupt),
        (while_keys_are_made, subprocess.Popen.kill),
        (while_ticks_pass, interrupt),
        (while_ticks_pass, subprocess.Popen.kill),
    ],
)
def test_a_stopped_run_leaves_nothing(
    whole: Path,
    tmp_path: Path,
    moment: Callable[[subprocess.Popen[str]], None],
    stop: Callable[[subprocess.Popen[str]], None],
) -> None:
    folder = scenario_in(tmp_path)
    if moment is while_ticks_pass:
        shutil.copytree(whole / ".mnft-cache", folder / ".mnft-cache")
    process = start(folder)
    moment(process)
    workers = workers_of(process)

    stop(process)
    out, err = process.communicate(timeout=30)

    if stop is interrupt:
        assert process.returncode == 130
        assert json.loads(out)["code"] == "interrupted"
        assert "Traceback" not in err
    else:
        assert process.returncode == -signal.SIGKILL
    _, alive = psutil.wait_procs(workers, timeout=10)
    assert not alive
    assert not (folder / RUN).exists()
