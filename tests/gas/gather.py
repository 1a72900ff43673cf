"""
Measure gas, and print docs/gas.md.

    python tests/gas/gather.py
"""

import subprocess
import sys
import tempfile
from collections import defaultdict
from pathlib import Path

HOME = Path(__file__).parents[2]
sys.path.insert(0, str(HOME))

from sim.chain.pyevm import PyEvmEngine  # noqa: E402
from sim.rulebook.record import record  # noqa: E402
from sim.trace import open_trace  # noqa: E402
from tests.gas.measured import (  # noqa: E402
    SIZES,
    GasOf,
    of_entries,
    of_record,
    of_settlement,
    of_walks,
    summary,
)
from tests.gas.page import PAGE, text  # noqa: E402

SCENARIO = HOME / "scenarios/quickstart.yaml"
WALKS = 2


def main() -> None:
    """Measure everything, and write the page."""
    transfer, settled = of_settlement(PyEvmEngine(), SIZES)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        recorded = record(folder)
        engine = PyEvmEngine()
        engine.deploy(recorded.deployment)
        start = engine.snapshot()
        economy = of_record(recorded, engine)
        engine.revert(start)
        everything: GasOf = defaultdict(list)
        for part in (of_walks(recorded, engine, WALKS), of_quickstart(folder)):
            for function, used in part.items():
                everything[function] += used
    page = text(summary(economy), summary(everything), transfer, settled)
    PAGE.write_text(page, encoding="utf-8")


def of_quickstart(folder: Path) -> GasOf:
    """Run the quickstart as shipped, on py-evm."""
    out = folder / "quickstart"
    command = ("-m", "sim.cli", "run", str(SCENARIO), "--engine", "py-evm", "--out", str(out))
    subprocess.run(
        [sys.executable, *command, "--progress", "none", "--quiet"], cwd=HOME, check=True
    )
    return of_entries(open_trace(out / "trace.jsonl").entries())


if __name__ == "__main__":
    main()
