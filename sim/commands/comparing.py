"""`mnft compare`: what a sweep's arms say of each other, in words, as JSON, as a page."""

import math
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from sim.console import Console
from sim.experiments.compared import Compared, open_compared
from sim.experiments.comparison import Comparison
from sim.experiments.paired import Paired
from sim.experiments.statistics import Interval
from sim.kpis import KPI_BY_NAME
from sim.numbers import share


def compare_sweep(console: Console, folder: Path, render: Callable[[Path], Path]) -> None:
    """
    Compare a sweep's arms, print what came of it, and build its page again.

    Raises:
        UserError: There is no sweep, no complete replica, or the baseline is none of the arms.
    """
    compared = open_compared(folder)
    page = render(folder)
    if console.as_json:
        console.document({**document_of(compared), "report": str(page)})
        return
    console.result("\n".join([*_lines(compared), f"report  {page}"]))


def document_of(compared: Compared) -> dict[str, Any]:
    """Return the comparison as plain JSON values; NaN is null."""
    comparison = compared.comparison
    return {
        "schema": "mnft.comparison/1",
        "folder": str(compared.folder),
        "arms": list(comparison.arms),
        "baseline": comparison.baseline,
        "primary": comparison.primary,
        "chosen": comparison.chosen if comparison.primary else None,
        "matters_from": comparison.plan.matters_from,
        "differing": list(comparison.differing),
        "unvaried": list(comparison.unvaried),
        "identical": list(comparison.identical),
        "failed": [each._asdict() for each in compared.failed],
        "differences": [_paired_json(each) for rows in comparison.rows.values() for each in rows],
        "means": [
            {"arm": arm, "kpi": kpi, "interval": _interval_json(comparison.mean(kpi, arm))}
            for arm in comparison.arms
            for kpi in comparison.kpis
        ],
    }


def _paired_json(paired: Paired) -> dict[str, Any]:
    return {
        "kpi": paired.kpi,
        "arm": paired.arm,
        "baseline": paired.baseline,
        "unit": KPI_BY_NAME[paired.kpi].unit,
        "mean_of_baseline": _number(paired.mean_of_baseline),
        "mean_of_arm": _number(paired.mean_of_arm),
        "mean": paired.mean,
        "relative": paired.relative,
        "difference": _interval_json(paired.difference),
        "better": _interval_json(paired.better),
        "d_z": paired.d_z,
        "band": paired.band,
        "word": paired.word,
        "pairs": paired.n,
        "dropped": paired.dropped,
    }


def _interval_json(interval: Interval | None) -> dict[str, Any] | None:
    if interval is None:
        return None
    return {
        "estimate": interval.estimate,
        "low": interval.low,
        "high": interval.high,
        "estimator": interval.estimator,
        "method": interval.method,
        "level": interval.level,
        "n": interval.n,
    }


def _number(value: float) -> float | None:
    return None if math.isnan(value) else value


def _lines(compared: Compared) -> Iterator[str]:
    comparison = compared.comparison
    runs = sum(len(each) for each in compared.runs.values())
    yield f"{len(comparison.arms)} arms, {runs} runs complete, {len(compared.failed)} failed"
    for arm, rows in comparison.rows.items():
        yield f"{arm} - {comparison.baseline}"
        yield from (_line(each, comparison) for each in rows)
    yield from _warnings(comparison)
    yield _answer(comparison)


def _line(paired: Paired, comparison: Comparison) -> str:
    role = "primary" if paired.kpi == comparison.primary else "       "
    label = KPI_BY_NAME[paired.kpi].label
    if paired.mean is None:
        return f"  {role}  {label:28}  no pair of seeds"
    relative = "" if paired.relative is None else f" ({share(paired.relative)})"
    interval = "no interval" if paired.difference is None else _shown(paired.kpi, paired.difference)
    return f"  {role}  {label:28}  {paired.word}: {interval}{relative}"


def _shown(kpi: str, interval: Interval) -> str:
    """Return an interval of a difference with its unit; shares in percentage points."""
    known = KPI_BY_NAME[kpi]
    is_share = known.number_format == "share"
    scale, unit = (100.0, "percentage points") if is_share else (1.0, known.unit)
    scaled = replace(
        interval,
        estimate=scale * interval.estimate,
        low=scale * interval.low,
        high=scale * interval.high,
    )
    return str(scaled) if unit == "1" else f"[{unit}] {scaled}"


def _warnings(comparison: Comparison) -> Iterator[str]:
    for arm in comparison.identical:
        yield f"! all replicas of {arm} have the same figures"
    if comparison.unvaried:
        yield f"! no variance over seeds in any arm: {', '.join(comparison.unvaried)}"


def _answer(comparison: Comparison) -> str:
    if comparison.primary is None:
        return "no primary outcome was named (compare: primary), so no arm is chosen"
    if comparison.best is not None:
        return f"choose {comparison.best.arm}"
    return f"no arm is better than {comparison.baseline}: it stays"
