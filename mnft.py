"""
The workbench from Python: the documented names, nothing else.

Each is imported when it is first used, so that `import mnft` is light and changes nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sim.errors import ScenarioError, UserError
    from sim.kpis import KPIS
    from sim.run import run
    from sim.runs import Run, list_runs, open_run
    from sim.scenario.loading import load_scenario, parse_scenario
    from sim.scenario.schema import Scenario
    from sim.trace import open_trace, replay

_HOMES = {
    "KPIS": "sim.kpis",
    "Run": "sim.runs",
    "Scenario": "sim.scenario.schema",
    "ScenarioError": "sim.errors",
    "UserError": "sim.errors",
    "list_runs": "sim.runs",
    "load_scenario": "sim.scenario.loading",
    "open_run": "sim.runs",
    "open_trace": "sim.trace",
    "parse_scenario": "sim.scenario.loading",
    "replay": "sim.trace",
    "run": "sim.run",
}

__all__ = [
    "KPIS",
    "Run",
    "Scenario",
    "ScenarioError",
    "UserError",
    "list_runs",
    "load_scenario",
    "open_run",
    "open_trace",
    "parse_scenario",
    "replay",
    "run",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'mnft' has no attribute '{name}'")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return __all__
