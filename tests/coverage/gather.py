"""
Count what scenarios, walks and tests meet of the rulebook, and print docs/coverage.md.

    python tests/coverage/gather.py [--only COLUMN …]

With `--only` the other columns stay as they are on the page.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

HOME = Path(__file__).parents[2]
sys.path.insert(0, str(HOME))

from sim.progress import Silent  # noqa: E402
from sim.rulebook.coverage import Tally, coverage, tally  # noqa: E402
from sim.rulebook.fuzzing import Limit, fuzz  # noqa: E402
from sim.rulebook.record import record  # noqa: E402
from tests.coverage.gaps import GAPS, TESTS_ALONE  # noqa: E402
from tests.coverage.page import (  # noqa: E402
    PAGE,
    TESTS,
    WALKS,
    complaints,
    read,
    scenarios,
    text,
    titles,
)

CALLS, SEED = 40_000, 1
"""Those of `make fuzz`."""
TESTED = ("tests/protocol", "tests/conformance", "tests/attacks")


def of_scenario(scenario: Path, folder: Path) -> Tally:
    """Run a scenario on the model alone, as shipped, and count."""
    run = folder / scenario.stem
    command = ("-m", "sim.cli", "run", str(scenario), "--engine", "none", "--out", str(run))
    _carry_out(*command, "--progress", "none", "--quiet")
    return tally(run / "trace.jsonl")


def of_walks(folder: Path) -> Tally:
    """Walk, and count; walks that find something end the program."""
    found = fuzz(record(folder), SEED, "revm", Limit(CALLS, None), folder, Silent())
    if found.failure is not None:
        raise SystemExit(f"{found.failure}\ntrace   {found.trace}")
    return found.tally


def of_tests(folder: Path) -> Tally:
    """Run the tests on the model and in lockstep, and count in their worlds."""
    outcomes = folder / "outcomes.json"
    plugin = ("-p", "tests.coverage.recording", "--outcomes", str(outcomes))
    _carry_out("-m", "pytest", "-q", *plugin, *TESTED, "-k", "not py-evm and not revm")
    rows = json.loads(outcomes.read_text(encoding="utf-8"))
    return Counter({(function, outcome): times for function, outcome, times in rows})


def known(counted: Tally) -> Tally:
    """Return a column without rows that an earlier rulebook had."""
    rows = coverage(Counter()).rows
    return Counter(
        {(row.function, row.outcome): counted[row.function, row.outcome] for row in rows}
    )


def _carry_out(*arguments: str) -> None:
    done = subprocess.run(
        [sys.executable, *arguments], cwd=HOME, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise SystemExit(f"{' '.join(arguments)} failed:\n{done.stdout}{done.stderr}")


def main() -> int:
    ways: dict[str, Callable[[Path], Tally]] = {
        **{each.stem: lambda folder, each=each: of_scenario(each, folder) for each in scenarios()},
        WALKS: of_walks,
        TESTS: of_tests,
    }
    parser = argparse.ArgumentParser(description="Count what is met of the rulebook.")
    parser.add_argument("--only", nargs="+", choices=ways, default=list(ways))
    wanted = parser.parse_args().only
    columns = read(PAGE.read_text(encoding="utf-8")) if PAGE.exists() else {}
    with tempfile.TemporaryDirectory() as folder:

        def column(name: str) -> Tally:
            counted = ways[name](Path(folder))
            sys.stderr.write(f"{name}\n")
            return counted

        with ThreadPoolExecutor(os.cpu_count()) as pool:
            columns |= zip(wanted, pool.map(column, wanted), strict=True)
    columns = {name: known(columns.get(name, Counter())) for name in titles()}
    PAGE.write_text(text(columns, GAPS, TESTS_ALONE), encoding="utf-8")
    wrong = complaints(columns, GAPS)
    sys.stderr.writelines(f"{each}\n" for each in wrong)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
