"""Importing mnft changes nothing, and nothing is imported before it is needed."""

import ast
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import mnft

ROOT = Path(__file__).parents[1]
PACKAGES = ("protocol", "contracts", "zk", "sim", "reports")

GLOBALS = """
import json, logging, multiprocessing, random, sys, warnings
import matplotlib, numpy

# `rcParams["backend"]` would choose a backend; `_get` looks.

def state():
    names, keys, *rest = numpy.random.get_state()
    return [
        multiprocessing.get_start_method(allow_none=True),
        [repr(each) for each in logging.root.handlers], logging.root.level,
        matplotlib.rcParams._get("backend").__repr__(), sys.excepthook.__name__,
        hash(random.getstate()), [names, keys.tolist(), *map(str, rest)],
        [repr(each) for each in warnings.filters], sys.getrecursionlimit(),
    ]

before = state()
import mnft
{then}
print(json.dumps([before, state()]))
"""


def output_of(code: str) -> Any:
    ran = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return json.loads(ran.stdout.splitlines()[-1])


def test_importing_sets_no_global() -> None:
    before, after = output_of(GLOBALS.replace("{then}", ""))

    assert before == after


def test_using_every_name_sets_no_global() -> None:
    # Mesa, which sets the start method, comes with what runs a scenario.
    then = "for name in mnft.__all__: getattr(mnft, name)\nimport sim.run, reports.page"
    before, after = output_of(GLOBALS.replace("{then}", then))

    # Packages of others add warning filters of their own when they are used.
    filters = 7
    assert [*before[:filters], before[-1]] == [*after[:filters], after[-1]]


def test_help_imports_no_engine_and_nothing_heavy() -> None:
    code = (
        "import contextlib, io, json, sys\n"
        "from sim.cli import main\n"
        "with contextlib.redirect_stdout(io.StringIO()):\n"
        "    code = main(['--help'])\n"
        "print(json.dumps([code, sorted(sys.modules)]))"
    )
    code_returned, modules = output_of(code)

    assert code_returned == 0
    engines = {"sim.chain", "sim.market", "sim.run", "zk", "reports", "contracts"}
    heavy = {"eth", "ezkl", "matplotlib", "mesa", "numpy", "pandas", "pyrevm", "rich", "web3"}
    assert not (engines | heavy) & set(modules)


def test_the_public_names_are_sorted_and_complete() -> None:
    assert mnft.__all__ == sorted(mnft.__all__)
    assert set(mnft._HOMES) == set(mnft.__all__) == set(dir(mnft))
    assert all(getattr(mnft, name) is not None for name in mnft.__all__)
    declared = {
        alias.asname or alias.name
        for node in ast.walk(ast.parse((ROOT / "mnft.py").read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("sim.")
        for alias in node.names
    }
    assert declared == set(mnft.__all__)


def test_mesa_is_imported_by_one_module() -> None:
    importers = [
        path.relative_to(ROOT).as_posix()
        for package in PACKAGES
        for path in sorted((ROOT / package).rglob("*.py"))
        if "node_modules" not in path.parts and imports(path, "mesa")
    ]

    assert importers == ["sim/agents/base.py"]


def imports(path: Path, package: str) -> bool:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        match node:
            case ast.Import(names=names):
                if any(alias.name.partition(".")[0] == package for alias in names):
                    return True
            case ast.ImportFrom(module=str(module), level=0):
                if module.partition(".")[0] == package:
                    return True
            case _:
                pass
    return False
