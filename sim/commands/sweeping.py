"""`mnft sweep`: many runs of a scenario, what they will cost, and what came of them."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from sim.console import INCOMPLETE, Console
from sim.experiments.pool import Backend
from sim.progress import Style, showing
from sim.runs.reader import read_manifest
from sim.scenario.loading import load_scenario

_SHOWN_FAILURES = 10
_MEBIBYTE = 1 << 20


class Options(NamedTuple):
    """How a sweep is carried out; no result depends on it."""

    replicas: int | None
    out: Path | None
    jobs: int
    backend: Backend
    address: str | None
    style: Style
    dry_run: bool


def sweep_file(
    console: Console,
    file: Path,
    overrides: Mapping[str, str],
    options: Options,
    render: Callable[[Path], Path | None],
) -> int:
    """Carry a sweep out, print what came of it, and return the exit code."""
    from sim.experiments.sweep import carry_out_sweep, plan_sweep  # noqa: PLC0415
    from sim.run import CACHE  # noqa: PLC0415 - engines and agents take seconds to import

    loaded = load_scenario(file, overrides)
    plan = plan_sweep(
        loaded, str(file), overrides, replicas=options.replicas, out=options.out, cache=CACHE
    )
    if not console.as_json:
        console.warnings(loaded.warnings)
    if not options.dry_run:
        _first(console, plan)
    announced = _announced(plan, options.jobs)
    console.note(_text(announced))
    if options.dry_run:
        if console.as_json:
            console.document({"schema": "mnft.sweep-plan/1", **announced})
        return 0
    with showing(options.style, is_terminal=console.err.redraws) as shown:
        swept = carry_out_sweep(
            plan,
            jobs=options.jobs,
            backend=options.backend,
            address=options.address,
            progress=shown,
        )
    report = render(swept.folder) if swept.counts["failed"] < swept.counts.total() else None
    if console.as_json:
        console.document({**swept.as_json(), "report": str(report) if report else None})
    else:
        console.result(_summary(swept))
        if report:
            console.result(f"report  {report}")
    return INCOMPLETE if swept.failed else 0


def _first(console: Console, plan: Any) -> None:
    """Carry the first replica out where none is complete: the estimate rests on it."""
    from sim.experiments.pool import carry_out_all  # noqa: PLC0415
    from sim.experiments.sweep import complete_replicas, locked  # noqa: PLC0415

    if complete_replicas(plan):
        return
    console.note("the first run, which says what the others will take")
    with locked(plan.folder):
        for _ in carry_out_all([next(plan.replicas)], jobs=1):
            pass


def _announced(plan: Any, jobs: int) -> dict[str, Any]:
    """Return the number of runs, and what they will take by those that are complete."""
    from sim.experiments.sweep import complete_replicas  # noqa: PLC0415

    total = len(plan.arms) * len(plan.seeds)
    complete = complete_replicas(plan)
    facts: dict[str, Any] = {
        "folder": str(plan.folder),
        "arms": len(plan.arms),
        "replicas": len(plan.seeds),
        "runs": total,
        "complete": len(complete),
        "jobs": jobs,
        "seconds": None,
        "bytes": None,
    }
    seconds = [each for each in (_seconds(replica.folder) for replica in complete) if each]
    if seconds:
        facts["seconds"] = sum(seconds) / len(seconds) * (total - len(complete)) / jobs
        size = sum(_size(replica.folder) for replica in complete) / len(complete)
        facts["bytes"] = round(size * (total - len(complete)))
    return facts


def _text(facts: Mapping[str, Any]) -> str:
    lines = [
        f"{facts['runs']} runs ({facts['arms']} arms, {facts['replicas']} seeds each), "
        f"{facts['complete']} already complete, "
        f"{facts['runs'] - facts['complete']} to do, {facts['jobs']} jobs"
    ]
    if facts["seconds"] is not None:
        lines.append(
            f"about {facts['seconds'] / 60:.1f} min and {facts['bytes'] / _MEBIBYTE:.0f} MiB, "
            "by the runs that are complete"
        )
    elif facts["runs"] > facts["complete"]:
        lines.append("nothing of it has run yet: what it takes is known after its first run")
    return "\n".join([*lines, f"folder  {facts['folder']}"])


def _summary(swept: Any) -> str:
    counts = swept.counts
    efficiency = swept.efficiency
    lines = [
        f"{counts['done']} done, {counts['skipped']} skipped, {counts['failed']} failed "
        f"in {swept.seconds:.1f} s"
        + ("" if efficiency is None else f", {swept.jobs} jobs at {efficiency:.0%}")
    ]
    for outcome in swept.failed[:_SHOWN_FAILURES]:
        lines += [f"failed  {outcome.replica.arm}, seed {outcome.replica.seed}: {outcome.error}"]
        lines += [f"  again  {outcome.replica.command()}"]
    if len(swept.failed) > _SHOWN_FAILURES:
        lines.append(f"  and {len(swept.failed) - _SHOWN_FAILURES} more: see sweep.json")
    return "\n".join([*lines, f"folder  {swept.folder}"])


def _seconds(folder: Path) -> float | None:
    import json  # noqa: PLC0415

    try:
        return float(json.loads((folder / "timing.json").read_text("utf-8"))["wall_seconds"])
    except (OSError, KeyError, ValueError):
        return None


def _size(folder: Path) -> int:
    return sum(each.size for each in read_manifest(folder).files.values())
