"""
The page of a long run: 10,000 ticks and 50 models, from the tables of a short real one.

    python tests/benchmarks/bench_report.py

A short run is played; its rows are repeated tick after tick, and its models one beside the other,
through the writer of runs. Time is that of the processor, memory the peak of the process alone.
"""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

import mnft
from sim.runs import Run, RunIdentity, RunWriter

TICKS, MODELS = 10_000, 50
SHORT = """
question: How long does the page of a long run take?
ticks: 40
chain: {engine: none}
protocol: {spot_check_rate: 5%}
workload: {hidden_units: [8], request_pool: 3}
population:
  users: {count: 20}
governance:
  proposals: [{tick: 10, parameter: protocol_fee, value: 5%}]
claims:
  - {kpi: deterrence_min, quantifier: every_tick, comparison: ">=", threshold: 1}
"""


def longer(table: pd.DataFrame, of: int, key: str) -> pd.DataFrame:
    """Return a table repeated until its key, counted from its least value, reaches a number."""
    least, span = int(table[key].min()), int(table[key].max() - table[key].min()) + 1
    times = -(-of // span)
    repeated = pd.concat([table] * times, ignore_index=True)
    repeated[key] += np.repeat(np.arange(times) * span, len(table))
    kept = repeated[repeated[key] < least + of].reset_index(drop=True)
    if "parent_id" in kept:
        shift = kept[key] - np.tile(table[key], times)[: len(kept)]
        kept["parent_id"] += np.where(kept["parent_id"] > 0, shift, 0)
    return kept


def stretched(run: Run, folder: Path) -> Path:
    """Write a complete run folder with the real run's columns, and more ticks and models."""
    keys = {"models": "model_id", "model_money": "model_id", "checks": "opened_tick"}
    with RunWriter(folder, RunIdentity("long", 1), {}) as writer:
        figures = run.metrics.pivot_table(
            index="tick", columns="kpi", values="value", aggfunc="last", dropna=False
        )
        measured = figures.astype(object).where(figures.notna(), None).to_dict("records")
        for tick in range(TICKS):
            writer.metrics(tick, measured[tick % len(measured)])
        for name in run.tables:
            table = run.table(name)
            key = keys.get(name, "tick")
            if key in table and len(table):
                table = longer(table, MODELS if key == "model_id" else TICKS, key)
            kinds = {column: _kind(table[column]) for column in table}
            writer.table(name, {column: table[column].tolist() for column in table}, kinds)
        writer.json("parameters.json", run.parameters.to_dict("records"))
        for name in ("scenario.yaml", "trace.jsonl"):
            writer.text(name, (run.folder / name).read_text(encoding="utf-8"))
        changes = {"ticks": TICKS, "ticks_asked": TICKS, "files": {}}
        writer.finish(run.manifest.model_copy(update=changes), {})
    return folder


def _kind(column: "pd.Series[object]") -> str:
    kinds = {"i": "int64", "f": "float64", "b": "bool"}
    return kinds.get(column.dtype.kind, "string")


def main() -> None:
    """Build the folder, and measure `mnft report` on it."""
    with tempfile.TemporaryDirectory() as scratch:
        os.chdir(scratch)
        Path("short.yaml").write_text(SHORT, encoding="utf-8")
        folder = stretched(mnft.run("short.yaml"), Path("long"))
        started = time.perf_counter()
        report = subprocess.Popen([sys.executable, "-m", "sim.cli", "report", str(folder)])
        _, status, used = os.wait4(report.pid, 0)
        wall = time.perf_counter() - started
        if status:
            sys.exit("the page could not be made")
        page = (folder / "report.html").stat().st_size
        print(
            f"page of {TICKS:,} ticks and {MODELS} models: {used.ru_utime:.1f} s processor, "
            f"{wall:.1f} s wall, {used.ru_maxrss / 1024:,.0f} MiB peak, {page / 1e6:.2f} MB"
        )


if __name__ == "__main__":
    main()
