"""
Whole runs: the first scenario in lockstep, and the model alone with 2,000 users.

    python tests/benchmarks/bench_runs.py

Each run is a process of its own, with an empty cache; wall time, processor time and the peak memory
of the process and its workers are what the operating system reports.
"""

import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import psutil

ROOT = Path(__file__).parents[2]
MODEL_ONLY = """
question: How fast is the model alone?
ticks: 120
chain: {engine: none}
protocol: {spot_check_rate: 0.01%, initial_supply: 20000000 MNFT}
workload: {hidden_units: [16, 24], request_pool: 100}
population:
  users: {count: 2000}
  hosts: {count: 6, capacity: 5000}
"""


def peak_memory(process: subprocess.Popen[bytes], peaks: list[int]) -> None:
    """Watch a process and its children; append the largest sum of resident memory, in bytes."""
    largest = 0
    while process.poll() is None:
        try:
            top = psutil.Process(process.pid)
            family = [top, *top.children(recursive=True)]
            largest = max(largest, sum(each.memory_info().rss for each in family))
        except psutil.Error:
            pass
        time.sleep(0.1)
    peaks.append(largest)


def measure(name: str, scenario: Path, arguments: list[str]) -> None:
    """Run a scenario in an empty folder, and print what it took."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "sim.cli", "run", str(scenario), "--json", *arguments]
        before, started = os.times(), time.perf_counter()
        process = subprocess.Popen(
            command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        peaks: list[int] = []
        watch = threading.Thread(target=peak_memory, args=(process, peaks))
        watch.start()
        output, _ = process.communicate()
        wall, after = time.perf_counter() - started, os.times()
        watch.join()
        done = json.loads(output)
        processor = after.children_user - before.children_user
        print(
            f"{name}: {wall:.1f} s wall, {processor:.1f} s processor, {peaks[0] / 2**20:,.0f} MiB; "
            f"{done['receipts']:,} receipts, {done['calls_compared']:,} calls compared, "
            f"{done['proofs_verified_on_chain']} proofs on chain, {done['divergences']} divergences"
        )


def main() -> None:
    """Measure both."""
    quickstart = ROOT / "scenarios" / "quickstart.yaml"
    measure("quickstart, py-evm in lockstep", quickstart, [])
    measure("quickstart, revm in lockstep", quickstart, ["--engine", "revm"])
    with tempfile.TemporaryDirectory() as folder:
        scenario = Path(folder) / "model-only.yaml"
        scenario.write_text(MODEL_ONLY)
        measure("model only, 2,000 users x 120 ticks", scenario, [])


if __name__ == "__main__":
    main()
