"""Sweeps on real clusters of this machine: a worker is killed, no replica is lost, none doubled."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

import mnft
from sim.progress import Silent
from sim.runs import open_run
from tests.sim.experiments.small import SCENARIO

SWEEP = "sweep:\n  replicas: 6\n  arms: {plain: {}, busy: {population.users.activity: 5}}\n"
BIN = Path(sys.executable).parent


class Killing(Silent):
    """Kills a worker when the third replica is over, and notes every outcome."""

    def __init__(self, kill):
        self._kill = kill
        self.seen = []

    def replica(self, over, **last):
        self.seen.append((last["arm"], last["replica"]))
        if len(self.seen) == 3:
            self._kill()


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def digests(folder):
    return {
        path.parent.relative_to(folder).as_posix(): open_run(path.parent).manifest.digests.trace
        for path in folder.rglob("manifest.json")
    }


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    folder = tmp_path_factory.mktemp("cluster")
    (folder / "mine.yaml").write_text(SCENARIO + SWEEP)
    return folder


@pytest.fixture(scope="module")
def expected(place):
    """What processes of this machine reach; keys and models are made here once."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(place)
        return digests(mnft.sweep("mine.yaml", out="here").folder)


def ray_command(*arguments):
    environment = {**os.environ, "RAY_USAGE_STATS_ENABLED": "0"}
    command = [str(BIN / "ray"), *arguments]
    subprocess.run(command, env=environment, check=True, capture_output=True, timeout=120)


def raylets():
    return {each.pid for each in psutil.process_iter(["name"]) if each.info["name"] == "raylet"}


@pytest.fixture
def ray_cluster(tmp_path_factory):
    """Two nodes of one processor each: the address, and a function that kills the second."""
    ray = pytest.importorskip("ray", reason="the extra `cluster` is not installed")
    before = raylets()
    port = free_port()
    small = ("--num-cpus", "1", "--object-store-memory", "80000000", "--disable-usage-stats")
    ray_command("start", "--head", "--port", str(port), "--include-dashboard=false", *small)
    first = raylets() - before
    ray_command("start", "--address", f"127.0.0.1:{port}", *small)
    (second,) = raylets() - before - first

    def kill():
        parent = psutil.Process(second)
        for each in [*parent.children(recursive=True), parent]:
            each.kill()

    yield f"127.0.0.1:{port}", kill
    ray.shutdown()
    for pid in raylets() - before:
        psutil.Process(pid).kill()
    ray_command("stop", "--force")


@pytest.fixture
def dask_cluster(place):
    """A scheduler and two workers: the address, and a function that kills a worker."""
    distributed = pytest.importorskip("distributed", reason="the extra `cluster` is not installed")
    port = free_port()
    address = f"tcp://127.0.0.1:{port}"
    started = []

    def start(*arguments):
        process = subprocess.Popen(
            [str(BIN / "dask"), *arguments],
            cwd=place,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        started.append(process)
        return process

    start("scheduler", "--host", "127.0.0.1", "--port", str(port), "--no-dashboard")
    time.sleep(2)
    workers = [
        start("worker", address, "--nthreads", "1", "--no-dashboard", "--no-nanny")
        for _ in range(2)
    ]
    yield address, lambda: os.killpg(workers[1].pid, signal.SIGKILL)
    distributed.default_client().close()
    for process in started:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def assert_whole(folder, heard, expected):
    assert digests(folder) == expected
    assert len(heard.seen) == len(set(heard.seen)) == len(expected) == 12
    assert not list(folder.rglob("*.partial"))


@pytest.mark.cluster
@pytest.mark.filterwarnings("default")
def test_a_ray_node_that_dies_takes_no_replica_with_it(place, expected, ray_cluster, monkeypatch):
    monkeypatch.chdir(place)
    address, kill = ray_cluster
    heard = Killing(kill)

    found = mnft.sweep(
        "mine.yaml", out="ray", jobs=2, backend="ray", address=address, progress=heard
    )

    assert not found.failed
    assert_whole(found.folder, heard, expected)


@pytest.mark.cluster
@pytest.mark.filterwarnings("default")
def test_a_dask_worker_that_dies_takes_no_replica_with_it(
    place, expected, dask_cluster, monkeypatch
):
    monkeypatch.chdir(place)
    address, kill = dask_cluster
    heard = Killing(kill)

    found = mnft.sweep(
        "mine.yaml", out="dask", jobs=2, backend="dask", address=address, progress=heard
    )

    assert not found.failed
    assert_whole(found.folder, heard, expected)
