"""Run folders: written as the run goes on, whole or resumable at any moment, then verified."""

from sim.runs.manifest import Manifest, RunSummary, ScenarioName
from sim.runs.reader import Run, RunListing, default_folder, list_runs, open_run
from sim.runs.writer import RunIdentity, RunWriter

__all__ = [
    "Manifest",
    "Run",
    "RunIdentity",
    "RunListing",
    "RunSummary",
    "RunWriter",
    "ScenarioName",
    "default_folder",
    "list_runs",
    "open_run",
]
