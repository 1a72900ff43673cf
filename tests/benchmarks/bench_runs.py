"""
Whole runs: the first scenario in lockstep, and the model alone with 2,000 users.

    python tests/benchmarks/bench_runs.py

Each run is a process of its own, with an empty cache; wall time, processor time and the peak memory
of the process and its workers are what the operating system reports.
"""

import tempfile
from pathlib import Path

from measured import ROOT, measure

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


def report(name: str, scenario: Path, *arguments: str) -> None:
    """Run a scenario in an empty folder, and print what it took."""
    with tempfile.TemporaryDirectory() as folder:
        print(f"{name}: {measure(scenario, Path(folder), arguments).text()}", flush=True)


def main() -> None:
    """Measure all three."""
    quickstart = ROOT / "scenarios" / "quickstart.yaml"
    report("quickstart, py-evm in lockstep", quickstart)
    report("quickstart, revm in lockstep", quickstart, "--engine", "revm")
    with tempfile.TemporaryDirectory() as folder:
        scenario = Path(folder) / "model-only.yaml"
        scenario.write_text(MODEL_ONLY)
        report("model only, 2,000 users x 120 ticks", scenario)


if __name__ == "__main__":
    main()
