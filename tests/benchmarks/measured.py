"""A run of a scenario as a process of its own, and what it took as the operating system says."""

import json
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import psutil

ROOT = Path(__file__).parents[2]


class Measured(NamedTuple):
    """Seconds of wall and processor time, and bytes at the peak, of a process and its workers."""

    wall_s: float
    processor_s: float
    peak_bytes: int
    summary: dict[str, Any]

    @property
    def receipts(self) -> int:
        """How many calls were metered."""
        receipts: int = self.summary["receipts"]
        return receipts

    def text(self) -> str:
        """Return the figures in one line."""
        done = self.summary
        return (
            f"{self.wall_s:.1f} s wall, {self.processor_s:.1f} s processor, "
            f"{self.peak_bytes / 2**20:,.0f} MiB; {done['receipts']:,} receipts, "
            f"{done['calls_compared']:,} calls compared, {done['proofs_verified_on_chain']} proofs "
            f"on chain, {done['divergences']} divergences"
        )


class _Watch(threading.Thread):
    """Looks at a process and its children five times a second."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        super().__init__(daemon=True)
        self._process = process
        self.peak_bytes = 0
        self.seconds: dict[int, float] = {}

    def run(self) -> None:
        while self._process.poll() is None:
            try:
                top = psutil.Process(self._process.pid)
                family = [top, *top.children(recursive=True)]
                memory = sum(each.memory_info().rss for each in family)
                self.peak_bytes = max(self.peak_bytes, memory)
                for each in family:
                    used = each.cpu_times()
                    self.seconds[each.pid] = used.user + used.system
            except psutil.Error:
                pass
            time.sleep(0.2)


def measure(scenario: Path, folder: Path, arguments: Sequence[str] = ()) -> Measured:
    """Run a scenario in a folder, whose cache it fills or finds filled."""
    command = [sys.executable, "-m", "sim.cli", "run", str(scenario), "--json", *arguments]
    started = time.perf_counter()
    process = subprocess.Popen(
        command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    watch = _Watch(process)
    watch.start()
    output, _ = process.communicate()
    wall = time.perf_counter() - started
    watch.join()
    summary = json.loads(output)
    return Measured(wall, sum(watch.seconds.values()), watch.peak_bytes, summary)
