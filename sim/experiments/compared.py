"""From a sweep's folder to its comparison: what was planned, what was carried out, what failed."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from sim.errors import UserError, nearest
from sim.experiments.comparison import Comparison, Plan, Settings
from sim.experiments.sweep import read_document
from sim.experiments.tidy import run_folders
from sim.runs.manifest import Manifest
from sim.runs.reader import read_manifest
from sim.scenario.loading import LoadedScenario, parse_scenario
from sim.scenario.schema import Scenario

_OWN = frozenset({"seed"})
"""Parameters that a replica has of its own."""


class Finished(NamedTuple):
    """A complete replica: its folder below the sweep's, and what its run says of itself."""

    place: str
    manifest: Manifest


class Failed(NamedTuple):
    """A replica that has no run, and why."""

    arm: str
    replica: int
    seed: int
    error: str


class Compared(NamedTuple):
    """
    A sweep that can be compared: complete replicas by arm, failed ones, the comparison.

    `command` carries the same sweep out again.
    """

    folder: Path
    runs: Mapping[str, tuple[Finished, ...]]
    failed: tuple[Failed, ...]
    comparison: Comparison
    command: str


def open_compared(folder: Path) -> Compared:
    """
    Return the comparison of a sweep's complete replicas, as its scenario wants them compared.

    An arm without any complete replica is left out, and so are replicas of earlier, longer sweeps.

    Raises:
        UserError: There is no sweep, no complete replica, or the baseline is none of the arms.
    """
    document = read_document(folder)
    found: dict[str, list[Finished]] = {arm["name"]: [] for arm in document["arms"]}
    for place in run_folders(folder):
        manifest = read_manifest(place)
        if manifest.arm in found and manifest.seed in document["seeds"]:
            name = place.relative_to(folder).as_posix()
            found[manifest.arm].append(Finished(name, manifest))
    runs = {arm: tuple(each) for arm, each in found.items() if each}
    if not runs:
        raise UserError(str(folder), "no replica is complete", "a sweep that has one", "E130")
    loaded = _scenario(folder, next(iter(runs.values()))[0], document["changes"])
    plan = plan_of(loaded.scenario)
    _require_arm(plan.baseline, tuple(runs), folder)
    settings = {arm: _settings(folder / each[0].place) for arm, each in runs.items()}
    sweep = loaded.scenario.sweep
    looked = sweep is not None and sweep.until is not None
    return Compared(
        folder,
        runs,
        tuple(
            Failed(each["arm"], each["replica"], each["seed"], each["error"])
            for each in document["failed"]
        ),
        Comparison(_figures(runs), settings, plan, looked),
        _command(loaded.name, document),
    )


def _command(name: str, document: Mapping[str, Any]) -> str:
    changes = "".join(f" --set '{path}={text}'" for path, text in document["changes"].items())
    return f"mnft sweep {name}.yaml --replicas {len(document['seeds'])}{changes}"


def plan_of(scenario: Scenario) -> Plan:
    """Return how a scenario wants its arms compared; its first claim decides unless it says."""
    compare = scenario.compare
    claimed = scenario.claims[0].kpi if scenario.claims else ""
    if compare is None:
        return Plan(primary=claimed)
    return Plan(compare.baseline, compare.primary or claimed, compare.matters_from, compare.kpis)


def _scenario(folder: Path, first: Finished, changes: Mapping[str, str]) -> LoadedScenario:
    path = folder / first.place / "scenario.yaml"
    text = path.read_text(encoding="utf-8")
    return parse_scenario(text, str(path), first.manifest.scenario.name, changes)


def _settings(folder: Path) -> Settings:
    rows = json.loads((folder / "parameters.json").read_text(encoding="utf-8"))
    return {row["key"]: row["value"] for row in rows if row["key"] not in _OWN}


def _figures(runs: Mapping[str, Sequence[Finished]]) -> pd.DataFrame:
    rows = [
        (arm, each.manifest.replica, each.manifest.seed, kpi, value)
        for arm, listed in runs.items()
        for each in listed
        for kpi, value in each.manifest.kpis.items()
    ]
    columns = ["arm", "replica", "seed", "kpi", "value"]
    return pd.DataFrame(rows, columns=columns).astype({"value": "float64"})


def _require_arm(baseline: str, arms: tuple[str, ...], folder: Path) -> None:
    if baseline and baseline not in arms:
        near = nearest(baseline, arms)
        hint = f"; did you mean {near}?" if near else ""
        raise UserError(
            f"{folder}: compare.baseline",
            f"no arm with a complete replica is called `{baseline}`{hint}",
            ", ".join(arms),
            "E108",
        )
