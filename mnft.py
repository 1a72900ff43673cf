"""
The workbench from Python: the documented names, nothing else.

Each is imported when it is first used, so that `import mnft` is light and changes nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sim.errors import ScenarioError, UserError
    from sim.experiments.tidy import figures, read
    from sim.kpis import KPIS
    from sim.library import chain, metadata, replay, run, sweep
    from sim.rulebook import call
    from sim.runs import Run, list_runs, open_run
    from sim.scenario.loading import load_scenario

_HOMES = {
    "KPIS": "sim.kpis",
    "Run": "sim.runs",
    "ScenarioError": "sim.errors",
    "UserError": "sim.errors",
    "call": "sim.rulebook",
    "chain": "sim.library",
    "figures": "sim.experiments.tidy",
    "list_runs": "sim.runs",
    "load_scenario": "sim.scenario.loading",
    "metadata": "sim.library",
    "open_run": "sim.runs",
    "read": "sim.experiments.tidy",
    "replay": "sim.library",
    "run": "sim.library",
    "sweep": "sim.library",
}

__all__ = [
    "KPIS",
    "Run",
    "ScenarioError",
    "UserError",
    "call",
    "chain",
    "figures",
    "list_runs",
    "load_scenario",
    "metadata",
    "open_run",
    "read",
    "replay",
    "run",
    "sweep",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'mnft' has no attribute '{name}'")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return __all__
