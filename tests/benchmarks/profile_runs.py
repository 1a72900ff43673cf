"""
Where time goes: the three main paths under a sampling profiler, as tables.

    python tests/benchmarks/profile_runs.py [model] [pyevm] [revm]

py-spy looks at the process a hundred times a second and writes down the stack; it changes nothing
in the process. A sample belongs to the layer of its innermost frame that is ours or py-evm's, so
numpy counts for who called it. Workers that make keys and proofs are not sampled. The samples stay
in the folder that is printed, in the form that flame graphs are drawn from.
"""

import re
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from bench_runs import MODEL_ONLY
from measured import ROOT

LAYERS = (
    ("making keys and proofs, verifying", r"zk/"),
    ("EVM: py-evm", r"eth/|eth_utils/|<EVM block>|trie/|rlp/|py_ecc/"),
    ("EVM: engine and codec", r"sim/chain/"),
    ("reference model", r"protocol/"),
    ("comparing model and chain", r"sim/lockstep"),
    ("inference, training, receipts", r"sim/workload/|sim/receipting|sim/catalogue"),
    ("trace, ledger, tables", r"sim/(trace|ledger|tables|diary|runs/|metrics|invariants|run\.py)"),
    ("report", r"reports/|sim/(cli|commands/|summary)"),
    ("agents, demand, market", r"sim/"),
    ("starting: imports", r"<frozen importlib"),
)
PATHS = {"model": ("none", ""), "pyevm": ("py-evm", "quickstart"), "revm": ("revm", "quickstart")}
"""Each path's engine, and its scenario; without one the benchmark's own."""
PHASES = {
    "imports": "<frozen importlib._bootstrap>: _find_and_load",
    "genesis": "sim/market.py: Market.genesis",
    "publish: train, fork, price": "sim/market.py: Market._publish",
    "verify: check, prove, beacon": "sim/market.py: Market._verify",
    "demand: choose, open sessions": "sim/demand.py: Demand._choose",
    "demand: serve, sign receipts": "sim/demand.py: Demand._serve",
    "settle: batches, closed sessions, releases": "sim/market.py: Market._settle",
    "vote": "sim/politics.py: Politics.step",
    "collect": "sim/market.py: Market._collect",
    "compare views and balances": "sim/lockstep.py: Lockstep.end_tick",
    "measure, judge invariants": "sim/run.py: _Attempt._measure",
    "carry the trace out again": "sim/run.py: _Attempt._judge_determinism",
    "write tables and the page": "sim/tables.py: write_tables|sim/cli.py: _render_report",
    "in all of them: calls on the engine": "sim/chain/engine.py: Engine.execute",
    "in all of them: calls on the model": "protocol/world.py: World.execute",
}
"""What a run does, and the functions below which it does so."""
_PLACE = re.compile(r"^(.*) \((.*?)(?::\d+)?\)$")


def samples(folded: Path) -> Iterator[tuple[list[tuple[str, str]], int]]:
    """Yield each stack, outermost first, as (function, file), and how often it was seen."""
    for line in folded.read_text().splitlines():
        stack, _, count = line.rpartition(" ")
        matches = (_PLACE.match(frame) for frame in stack.split(";"))
        yield [(match[1], match[2]) for match in matches if match], int(count)


def layer_of(stack: list[tuple[str, str]]) -> str:
    """Return the layer of the innermost frame that belongs to one."""
    for _, file in reversed(stack):
        for layer, pattern in LAYERS:
            if re.match(pattern, file):
                return layer
    return "other"


def show(folded: Path) -> None:
    """Print samples as a table of layers and a table of phases."""
    layers: Counter[str] = Counter()
    phases: Counter[str] = Counter()
    for stack, count in samples(folded):
        if not any("sim/run.py" in file or "sim/cli" in file for _, file in stack):
            continue  # Another thread: the profiler sees all.
        layers[layer_of(stack)] += count
        functions = {f"{file}: {name}" for name, file in stack}
        for phase, places in PHASES.items():
            phases[phase] += count * (not functions.isdisjoint(places.split("|")))
    total = layers.total()
    print("| layer | share |\n| --- | --- |")
    for layer, count in layers.most_common():
        print(f"| {layer} | {count / total:.1%} |")
    print("\n| phase | share |\n| --- | --- |")
    for phase in PHASES:
        print(f"| {phase} | {phases[phase] / total:.1%} |")


def record(path: str, folder: Path) -> Path:
    """Run a path under the profiler, and return the file of its samples."""
    engine, name = PATHS[path]
    scenario = ROOT / "scenarios" / f"{name}.yaml"
    if not name:
        scenario = folder / "model-only.yaml"
        scenario.write_text(MODEL_ONLY)
    folded = folder / f"{path}.folded"
    profiler = ["py-spy", "record", "--rate", "100", "--format", "raw", "--output", str(folded)]
    profiler[0] = str(Path(sys.executable).with_name("py-spy"))
    command = [sys.executable, "-m", "sim.cli", "run", str(scenario), "--engine", engine]
    subprocess.run(
        [*profiler, "--", *command], cwd=folder, check=True, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
    return folded


def main() -> None:
    """Profile the paths that are named, or all."""
    folder = Path(tempfile.mkdtemp(prefix="mnft-profile-"))
    for path in sys.argv[1:] or PATHS:
        print(f"\n--- {path}\n", flush=True)
        show(record(path, folder))
    print(f"\nsamples: {folder}")


if __name__ == "__main__":
    main()
