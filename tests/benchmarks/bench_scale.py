"""
Population scale: a year of ten thousand users, a tenth of it in lockstep, and how time and memory
grow.

    python tests/benchmarks/bench_scale.py [year] [lockstep] [users] [ticks]

Each run is a process of its own; what is printed is what the operating system reports of it and its
workers. Runs that are compared with each other share a cache, filled before, so that making keys
does not count. Fits are by least squares, on processor time: a line, and the power of what grows.
"""

import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from measured import Measured, measure

YEAR = """
question: Does an economy of {users:,} users keep its books for {ticks} days?
ticks: {ticks}
chain: {{engine: none}}
protocol: {{spot_check_rate: 0.001%, initial_supply: 100000000 MNFT}}
workload: {{hidden_units: [16, 24], request_pool: 100}}
population:
  users: {{count: {users}, activity: 0.08, budget: 100 MNFT}}
  hosts: {{count: 6, capacity: 20000}}
  creators: {{new_version: 0.1%}}
"""
STEADY = """
question: What does one more day cost where every day is alike?
ticks: {ticks}
chain: {{engine: none}}
protocol: {{spot_check_rate: 0%, initial_supply: 1000000000 MNFT}}
workload: {{hidden_units: [8], request_pool: 100, input_commitment: hash}}
population:
  users: {{count: {users}, churn: 0%, budget: 10000 MNFT, activity: 0.1}}
  hosts: {{count: 3, capacity: 20000, stake: 20000 MNFT, cheating: {{share: 0%}}}}
  creators: {{new_version: 0%}}
  fine_tuners: {{count: 0}}
"""


class Fit(NamedTuple):
    """The line through values over sizes: what it has at size zero, per unit of size, and R²."""

    base: float
    slope: float
    r_squared: float


def fit(sizes: Sequence[float], values: Sequence[float]) -> Fit:
    """Return the line that fits values best."""
    x, y = np.array(sizes, dtype=float), np.array(values, dtype=float)
    slope, base = np.polyfit(x, y, 1)
    residue = float(((y - base - slope * x) ** 2).sum())
    return Fit(float(base), float(slope), 1 - residue / float(((y - y.mean()) ** 2).sum()))


def power(sizes: Sequence[float], values: Sequence[float]) -> float:
    """
    Return the p of base + c * size^p, whatever the base, for sizes each twice the one before.

    y(2n) - y(n) = c (2^p - 1) n^p: the slope of the differences on logarithmic axes.
    """
    return float(np.polyfit(np.log(sizes[:-1]), np.log(np.diff(values)), 1)[0])


def run(text: str, users: int, ticks: int, folder: Path, *arguments: str) -> Measured:
    """Run a scenario for so many users and ticks, and print what it took."""
    scenario = folder / f"users-{users}-ticks-{ticks}.yaml"
    scenario.write_text(text.format(users=users, ticks=ticks))
    measured = measure(scenario, folder, arguments)
    print(f"{users:,} users x {ticks} ticks: {measured.text()}", flush=True)
    return measured


def grow(text: str, sizes: Sequence[tuple[int, int]], by: int) -> None:
    """Run growing sizes (users, ticks) after a warm-up; `by` says which of the two is fitted."""
    with tempfile.TemporaryDirectory() as folder:
        run(text, *sizes[0], Path(folder))
        runs = [run(text, *size, Path(folder)) for size in sizes]
    name = ("user", "tick")[by]
    fitted = [size[by] for size in sizes]
    seconds, receipts = [each.processor_s for each in runs], [each.receipts for each in runs]
    time, memory = fit(fitted, seconds), fit(fitted, [each.peak_bytes for each in runs])
    print(
        f"  time: {time.base:.1f} s and {1_000 * time.slope:.2f} ms per {name}, "
        f"R² {time.r_squared:.4f}, power {power(fitted, seconds):.2f}\n"
        f"  receipts: power {power(fitted, receipts):.2f}\n"
        f"  memory: {memory.base / 2**20:.0f} MiB and {memory.slope / 2**10:.1f} KiB per {name}, "
        f"R² {memory.r_squared:.4f}",
        flush=True,
    )


def year(users: int, *arguments: str) -> None:
    """Run a year with an empty cache."""
    with tempfile.TemporaryDirectory() as folder:
        run(YEAR, users, 365, Path(folder), *arguments)


PARTS = {
    "year": lambda: year(10_000),
    "lockstep": lambda: year(1_000, "--engine", "revm"),
    "users": lambda: grow(YEAR, [(users, 60) for users in (1_000, 2_000, 4_000, 8_000)], by=0),
    "ticks": lambda: grow(STEADY, [(300, ticks) for ticks in (60, 120, 240, 480, 960)], by=1),
}


def main() -> None:
    """Measure the parts that are named, or all."""
    for part in sys.argv[1:] or PARTS:
        print(f"--- {part}", flush=True)
        PARTS[part]()


if __name__ == "__main__":
    main()
