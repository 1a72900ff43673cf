"""Processes for ezkl's work: where they keep things, and when they end."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from zk.cache import Cache
from zk.keys import Keys, prepare
from zk.workers import Worker

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("home", [None, "/proc"])
def test_keys_are_made_without_a_home_that_can_be_written(
    home: str | None,
    keys: Keys,
    integer_model: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if home is None:
        monkeypatch.delenv("HOME")
    else:
        monkeypatch.setenv("HOME", home)

    again = prepare(integer_model, keys.settings, Cache(tmp_path))

    assert again.key_digest == keys.key_digest


def test_a_closed_worker_leaves_no_folder_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with Worker() as worker:
        assert worker.call(os.getpid) != os.getpid()
        assert list(tmp_path.iterdir())

    assert not list(tmp_path.iterdir())


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere it ends after its job")
@pytest.mark.parametrize("job", ["time.sleep, 600", "os.getpid"])
def test_a_worker_ends_with_its_parent_busy_or_not(job: str, tmp_path: Path) -> None:
    program = (
        "import os, time\n"
        "from zk.workers import Worker\n"
        "worker = Worker()\n"
        f"worker.call({job})\n"
        "time.sleep(600)\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "TMPDIR": str(tmp_path)}
    parent = subprocess.Popen([sys.executable, "-c", program], env=environment)
    workers = _children(parent.pid)

    parent.send_signal(signal.SIGKILL)
    parent.wait()

    _, alive = psutil.wait_procs(workers, timeout=10)
    assert not alive


def _children(process: int) -> list[psutil.Process]:
    """Return the children of a process when it has some."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        if children := psutil.Process(process).children(recursive=True):
            # The child asks the kernel for its end soon after it began.
            time.sleep(0.5)
            return children
        time.sleep(0.05)
    raise TimeoutError
