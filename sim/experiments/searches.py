"""The three searches from their block to their folder: points, runs, findings, tables."""

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from sim.claims import LEVEL, Claim
from sim.experiments import findings
from sim.experiments.design import Arm
from sim.experiments.discovery import Discovery, Wanted, find_boxes
from sim.experiments.optimisation import Measured, Plan, Point, Trial, search
from sim.experiments.sensitivity import RESAMPLES, Design, Indices, indices, unit_points
from sim.experiments.space import Dimension, changes_at, require_valid
from sim.experiments.study import Study, claim_violations, figure, figures, observed
from sim.kpis import KPI_BY_NAME
from sim.scenario.loading import LoadedScenario
from sim.scenario.searching import Discovery as DiscoveryBlock
from sim.scenario.searching import Fails, Optimise, Sensitivity
from sim.streams import stream

STUDY_FILE = "study.db"
_DIGITS = 5
Json = dict[str, Any]


def find_indices(study: Study, block: Sensitivity, dimensions: Sequence[Dimension]) -> Json:
    """
    Carry the points of a design out; write `indices.parquet` and `points.parquet`.

    Returns the findings. A figure at a point is the mean over its replicas.
    """
    design = design_of(block)
    seed = _positive_seed(study.seed, "sensitivity")
    places = sensitivity_places(block, study.seed)
    arms = arms_at(dimensions, places)
    shown = study.carry_out(arms, range(block.replicas), lambda folder: figures(folder, block.kpis))
    values = np.array([_mean(of_point, len(block.kpis)) for of_point in shown])
    paths = [each.path for each in dimensions]
    found = {
        kpi: indices(design, places, values[:, place], paths, seed)
        for place, kpi in enumerate(block.kpis)
    }
    described = [findings.indices_json(kpi, each) for kpi, each in found.items()]
    _write_points(study.folder, arms, {kpi: values[:, at] for at, kpi in enumerate(block.kpis)})
    rows = [{"kpi": each["kpi"], **row} for each in described for row in each["indices"]]
    _write(study.folder, "indices", pd.DataFrame(rows, columns=_INDEX_COLUMNS))
    return {
        "method": block.method,
        "samples": block.samples,
        "points": design.points,
        "interval": {
            "estimator": "SALib",
            "method": "normal, from the standard deviation over bootstrap resamples",
            "level": LEVEL,
            "resamples": RESAMPLES,
        },
        "figures": described,
        "warnings": [each for kpi, of_kpi in found.items() for each in _doubts(kpi, of_kpi)],
    }


_INDEX_COLUMNS = ["kpi", "index", "path", "other", "value", "lower", "upper", "doubtful"]


def find_failures(study: Study, block: DiscoveryBlock, dimensions: Sequence[Dimension]) -> Json:
    """
    Carry a Latin hypercube out and find boxes of failures; write points and trajectories.

    A point fails where more than half of its replicas do; one without a replica that was measured
    is left out.
    """
    places = hypercube(block, study.seed)
    arms = arms_at(dimensions, places)
    claim = failing_claim(block.fails)
    shown = study.carry_out(
        arms, range(block.replicas), lambda folder: _fails(observed(folder, claim), claim)
    )
    shares = np.array([_mean([None if each is None else (each,) for each in of_point], 1)[0]
                       for of_point in shown])  # fmt: skip
    measured = ~np.isnan(shares)
    points = pd.DataFrame(
        {each.path: [each.number(float(place)) for place in places[:, at]]
         for at, each in enumerate(dimensions)},
        dtype=float,
    )  # fmt: skip
    wanted = Wanted(block.density, block.coverage, block.boxes)
    fails = shares > 0.5
    found = find_boxes(points[measured].reset_index(drop=True), fails[measured], wanted)
    _write_points(study.folder, arms, {"failing_share": shares})
    steps = _trajectories(found)
    _write(study.folder, "trajectories", steps)
    return {
        "fails": _fails_json(block.fails),
        "samples": block.samples,
        "points": len(arms),
        "measured": int(measured.sum()),
        "failing": int(fails[measured].sum()),
        "wanted": wanted._asdict(),
        "boxes": [findings.box_json(dimensions, box) for box in found.boxes],
        "trajectories": not steps.empty,
        "warnings": _failure_warnings(found, fails[measured]),
    }


def find_front(study: Study, block: Optimise, dimensions: Sequence[Dimension]) -> Json:
    """Carry trials out in batches until there are enough; write `trials.parquet`."""
    plan = Plan(
        inputs=tuple(each.path for each in dimensions),
        directions=tuple(each.direction for each in block.objectives),
        trials=block.trials,
        replicas=block.replicas,
        batch=block.batch,
        sampler=block.sampler,
        pruning=block.pruning == "median",
        seed=study.seed,
    )

    def measure(points: Sequence[Point], replicas: range) -> list[list[Measured | None]]:
        arms = [
            Arm(f"trial-{point.number:04}", changes_at(dimensions, point.place)) for point in points
        ]
        shown = study.carry_out(arms, replicas, lambda folder: _measured(folder, block))
        return [list(of_trial) for of_trial in shown]

    trials = search(plan, measure, study.folder / STUDY_FILE)
    objectives = [
        findings.objective_json(each.kpi, each.quantifier, each.direction)
        for each in block.objectives
    ]
    rows = [findings.trial_row(dimensions, objectives, trial) for trial in trials]
    _write(study.folder, "trials", pd.DataFrame(rows))
    return {
        # Of the whole search: what an earlier attempt did is in the study.
        "runs": sum(trial.replicas for trial in trials),
        "failed": sum(trial.state == "failed" for trial in trials),
        "objectives": objectives,
        "trials": len(trials),
        "feasible": sum(trial.is_feasible for trial in trials),
        "pruned": sum(trial.state == "pruned" for trial in trials),
        "front": findings.front_json(dimensions, trials),
        "warnings": _trial_warnings(trials),
    }


SEARCHES: Mapping[str, Callable[[Study, Any, Sequence[Dimension]], Json]] = {
    "sensitivity": find_indices,
    "discover": find_failures,
    "optimise": find_front,
}
"""The search of each command."""


def runs_of(block: Sensitivity | DiscoveryBlock | Optimise) -> int:
    """Return how many runs a search takes, or takes at most where trials may be given up."""
    if isinstance(block, Optimise):
        return block.trials * block.replicas
    points = design_of(block).points if isinstance(block, Sensitivity) else block.samples
    return points * block.replicas


def require_points(
    loaded: LoadedScenario,
    file: str,
    changes: Mapping[str, str],
    block: Sensitivity | DiscoveryBlock | Optimise,
    dimensions: Sequence[Dimension],
) -> None:
    """
    Raise UserError where the scenario refuses a point of the design.

    An optimiser chooses its points as it goes: one that is refused is a failed trial.
    """
    if isinstance(block, Optimise):
        return
    if isinstance(block, Sensitivity):
        name, places = "sensitivity", sensitivity_places(block, loaded.scenario.seed)
    else:
        name, places = "discovery", hypercube(block, loaded.scenario.seed)
    points = ({**changes, **arm.changes} for arm in arms_at(dimensions, places))
    require_valid(loaded.text, file, loaded.name, points, name)


def sensitivity_places(block: Sensitivity, seed: int) -> npt.NDArray[np.float64]:
    """Return the points of a design in the unit cube, one row each."""
    return unit_points(design_of(block), _positive_seed(seed, "sensitivity"))


def design_of(block: Sensitivity) -> Design:
    """Return the design of a block."""
    return Design(block.method, block.samples, len(block.ranges), block.second_order == "yes")


def hypercube(block: DiscoveryBlock, seed: int) -> npt.NDArray[np.float64]:
    """Return the points of a Latin hypercube in the unit cube, one row each."""
    from scipy.stats import qmc  # noqa: PLC0415 - a second to import

    sampler = qmc.LatinHypercube(len(block.ranges), rng=stream(seed, "discovery"))
    return sampler.random(block.samples)


def arms_at(dimensions: Sequence[Dimension], places: npt.NDArray[np.float64]) -> tuple[Arm, ...]:
    """Return an arm per point of the unit cube, named by its number."""
    return tuple(
        Arm(f"point-{number:0{_DIGITS}}", changes_at(dimensions, place))
        for number, place in enumerate(places.tolist())
    )


def failing_claim(fails: Fails) -> Claim:
    """Return the condition of failure as a claim: it fails where the claim holds."""
    return Claim(fails.kpi, fails.quantifier, fails.comparison, fails.threshold)


def _positive_seed(seed: int, name: str) -> int:
    # SALib takes a seed of zero for none at all.
    return int(stream(seed, name).integers(1, 2**31))


def _mean(of_point: Sequence[tuple[float, ...] | None], width: int) -> tuple[float, ...]:
    """Return the means over replicas; NaN where a replica failed or did not compute a figure."""
    if any(each is None for each in of_point):
        return (float("nan"),) * width
    columns = zip(*(each for each in of_point if each is not None), strict=True)
    return tuple(float(np.mean(column)) for column in columns)


def _fails(value: float | None, claim: Claim) -> float | None:
    return None if value is None else float(claim.holds(value))


def _measured(folder: Path, block: Optimise) -> Measured | None:
    values = [figure(folder, each.kpi, each.quantifier) for each in block.objectives]
    violations = claim_violations(folder) if block.claims == "constraints" else {}
    if violations is None or any(value is None for value in values):
        return None
    return Measured(tuple(value for value in values if value is not None), violations)


def _doubts(kpi: str, found: Indices) -> list[str]:
    label = KPI_BY_NAME[kpi].label
    if found.why_none:
        return [f"{label}: no indices, {found.why_none}"]
    doubtful = [row for row in found.rows if row.is_doubtful]
    if not doubtful:
        return []
    return [
        f"{label}: {len(doubtful)} of {len(found.rows)} indices have an interval wider than the "
        "index itself; more samples would narrow them"
    ]


def _failure_warnings(found: Discovery, fails: npt.NDArray[np.bool_]) -> list[str]:
    if not fails.any():
        return ["it fails nowhere in these ranges"]
    if fails.all():
        return ["it fails everywhere in these ranges"]
    weak = sum(
        chance is not None and chance > 0.05
        for box in found.boxes
        for limit in box.limits
        for chance in (limit.low_p, limit.high_p)
    )
    said = [f"{weak} limits have a quasi-p-value above 0.05: they may be luck"] if weak else []
    return said if found.boxes else ["no box is dense enough", *said]


def _trial_warnings(trials: Sequence[Trial]) -> list[str]:
    failed = sum(trial.state == "failed" for trial in trials)
    said = [f"{failed} trials failed or lack a figure, and count as nothing"] if failed else []
    if not any(trial.is_feasible for trial in trials):
        said.append("no trial is feasible")
    return said


def _fails_json(fails: Fails) -> Json:
    kpi = KPI_BY_NAME[fails.kpi]
    how = fails.quantifier.replace("_", " ")
    return {
        "kpi": fails.kpi,
        "quantifier": fails.quantifier,
        "comparison": fails.comparison,
        "threshold": fails.threshold,
        "text": f"{kpi.label}, {how}, {fails.comparison} {kpi.show(fails.threshold)}",
    }


def _trajectories(found: Discovery) -> pd.DataFrame:
    """Return every step of every peeling; box 0 is the one that became no box."""
    named: list[tuple[int, pd.DataFrame]] = [
        (place, box.trajectory) for place, box in enumerate(found.boxes, start=1)
    ]
    if found.in_vain is not None:
        named.append((0, found.in_vain))
    if not named:
        return pd.DataFrame({"box": [], "step": []}, dtype=int)
    return pd.concat(
        [steps.assign(box=box, step=np.arange(len(steps))) for box, steps in named],
        ignore_index=True,
    )


def _write_points(
    folder: Path, arms: Sequence[Arm], columns: Mapping[str, npt.NDArray[np.float64]]
) -> None:
    changes = pd.DataFrame([{"arm": arm.name, **arm.changes} for arm in arms])
    _write(folder, "points", changes.assign(**dict(columns)))


def _write(folder: Path, name: str, table: pd.DataFrame) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    table.to_parquet(folder / f"{name}.parquet", index=False)


def write_document(folder: Path, document: Mapping[str, Any]) -> None:
    """Write what was found, last of all: a folder without it is not finished."""
    path = folder / "search.json"
    partial = path.with_suffix(".partial")
    partial.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    partial.replace(path)
