"""What searches found, as plain JSON values: for `--json`, for the folder, for the page."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from sim.experiments.discovery import Box
from sim.experiments.optimisation import Direction, Trial
from sim.experiments.sensitivity import Indices
from sim.experiments.space import Dimension, changes_at, yaml_of
from sim.kpis import KPI_BY_NAME


def inputs_json(dimensions: Sequence[Dimension]) -> list[dict[str, Any]]:
    """Return the inputs with their ranges as a scenario file writes them."""
    return [
        {"path": each.path, "low": each.kind.show(each.low), "high": each.kind.show(each.high)}
        for each in dimensions
    ]


def indices_json(kpi: str, found: Indices) -> dict[str, Any]:
    """Return a figure's indices; mu and sigma of Morris have no interval."""
    return {
        "kpi": kpi,
        "label": KPI_BY_NAME[kpi].label,
        "unit": KPI_BY_NAME[kpi].unit,
        "samples": found.blocks,
        "why_none": found.why_none,
        "indices": [
            {
                "index": row.name,
                "path": row.path,
                "other": row.other or None,
                "value": row.value,
                "lower": _number(row.lower),
                "upper": _number(row.upper),
                "doubtful": row.is_doubtful,
            }
            for row in found.rows
        ],
    }


def box_json(dimensions: Sequence[Dimension], box: Box) -> dict[str, Any]:
    """Return a box; `ranges` is the YAML of its ranges, of every input, ready to be pasted."""
    inputs = {each.path: each for each in dimensions}
    limits = []
    ranges = {path: (each.low, each.high) for path, each in inputs.items()}
    for limit in box.limits:
        each = inputs[limit.path]
        low = each.low if limit.low is None else limit.low
        high = each.high if limit.high is None else limit.high
        ranges[limit.path] = low, high
        width = each.high - each.low
        limits.append(
            {
                "path": limit.path,
                "low_text": _shown(each, low),
                "high_text": _shown(each, high),
                "low_place": (low - each.low) / width,
                "high_place": (high - each.low) / width,
                "low_p": limit.low_p,
                "high_p": limit.high_p,
            }
        )
    pasted = [
        f"  {path}: [{_shown(inputs[path], low)}, {_shown(inputs[path], high)}]"
        for path, (low, high) in ranges.items()
    ]
    return {
        "coverage": box.coverage,
        "density": box.density,
        "mass": box.mass,
        "points": box.points,
        "failing": box.failing,
        "step": box.step,
        "limits": limits,
        "ranges": "\n".join(["ranges:", *pasted]),
    }


def objective_json(kpi: str, quantifier: str, direction: Direction) -> dict[str, Any]:
    """Return an objective; `column` is its column in the table of trials, `scale` its axis's."""
    known = KPI_BY_NAME[kpi]
    is_share = known.number_format == "share"
    return {
        "kpi": kpi,
        "label": known.label,
        "unit": "%" if is_share else known.unit,
        "quantifier": quantifier,
        "direction": direction,
        "column": f"{kpi}.{quantifier}",
        "scale": 100 if is_share else 1,
    }


def front_json(dimensions: Sequence[Dimension], trials: Sequence[Trial]) -> list[dict[str, Any]]:
    """Return the trials on the front, by their number, each with the YAML of its values."""
    front = []
    for trial in trials:
        if trial.on_front and trial.values is not None:
            changes = changes_at(dimensions, trial.place)
            front.append(
                {
                    "trial": trial.number,
                    "values": list(trial.values),
                    "changes": dict(changes),
                    "yaml": yaml_of(changes),
                }
            )
    return front


def trial_row(
    dimensions: Sequence[Dimension], objectives: Sequence[Mapping[str, Any]], trial: Trial
) -> dict[str, Any]:
    """Return a trial's row: inputs as written, objectives in their KPI's unit."""
    values = trial.values or (math.nan,) * len(objectives)
    return {
        "trial": trial.number,
        "state": trial.state,
        "feasible": trial.is_feasible,
        "on_front": trial.on_front,
        "replicas": trial.replicas,
        **changes_at(dimensions, trial.place),
        **{each["column"]: value for each, value in zip(objectives, values, strict=True)},
        "violation": max(trial.constraints.values(), default=math.nan),
    }


def _shown(dimension: Dimension, value: float) -> str:
    place = (value - dimension.low) / (dimension.high - dimension.low)
    return dimension.text(place)


def _number(value: float) -> float | None:
    return None if math.isnan(value) else value
