"""
What common random numbers are worth: half widths of a difference with and without pairing.

Two arms of a scenario differ in one rule. Paired, the difference is taken within each seed;
unpaired, the arms are compared as if their seeds had been drawn apart (Welch). Run by hand:

    .venv/bin/python tests/benchmarks/bench_pairing.py [--change KEY=VALUE] [--seeds N] [--jobs N]
"""

import argparse
import math
import tempfile
from pathlib import Path

import joblib
import numpy as np
from scipy import stats

import mnft
from sim.claims import LEVEL
from sim.experiments.comparison import HEADLINE
from sim.experiments.design import replica_seeds
from sim.experiments.statistics import mean_interval

SCENARIO = Path(__file__).parents[2] / "scenarios" / "fork-economy.yaml"
CHANGE = "protocol.price_step=5%"
# Lockstep and commitments change no decision of any agent, and cost most of a run's time.
FAST = {"chain.engine": "none", "workload.input_commitment": "hash"}
ALSO = ("royalties_paid", "forks")


def figures(change: dict[str, str], seed: int) -> dict[str, float | None]:
    with tempfile.TemporaryDirectory() as folder:
        run = mnft.run(
            SCENARIO, out=Path(folder) / "run", changes={**FAST, **change, "seed": str(seed)}
        )
        return run.manifest.kpis


def welch(first: np.ndarray, second: np.ndarray) -> float:
    found = stats.ttest_ind(second, first, equal_var=False).confidence_interval(LEVEL)
    return float(found.high - found.low) / 2


def show(kpi: str, arms: list[list[dict[str, float | None]]]) -> None:
    both = [[math.nan if run[kpi] is None else run[kpi] for run in runs] for runs in arms]
    first, second = (np.array(values, dtype=float) for values in both)
    interval = mean_interval(second - first)
    if interval is None or interval.half_width == 0 or np.isnan(first).any():
        print(f"{kpi:24}  no difference in any seed, or not computed")
        return
    unpaired, paired = welch(first, second), interval.half_width
    together = float(np.corrcoef(first, second)[0, 1])
    print(
        f"{kpi:24} {first.mean():12.5g} {interval.estimate:12.4g} "
        f"{unpaired:12.4g} {paired:12.4g} {unpaired / paired:8.2f} {together:8.3f}"
    )


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__.strip().splitlines()[0])
    asked.add_argument("--change", default=CHANGE, help="the rule that the second arm changes")
    asked.add_argument("--seeds", type=int, default=20)
    asked.add_argument("--jobs", type=int, default=1)
    options = asked.parse_args()
    key, _, value = options.change.partition("=")
    seeds = replica_seeds(11, options.seeds)
    tasks = [(change, seed) for change in ({}, {key: value}) for seed in seeds]
    runs = joblib.Parallel(n_jobs=options.jobs)(joblib.delayed(figures)(*task) for task in tasks)
    arms = [runs[: len(seeds)], runs[len(seeds) :]]
    print(f"{SCENARIO.name}, second arm {options.change}, {len(seeds)} seeds, level {LEVEL:.0%}")
    print(f"{'KPI':24} {'mean':>12} {'difference':>12} {'unpaired':>12} {'paired':>12} "
          f"{'ratio':>8} {'corr.':>8}")  # fmt: skip
    for kpi in (*HEADLINE, *ALSO):
        show(kpi, arms)


if __name__ == "__main__":
    main()
