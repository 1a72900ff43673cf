"""`mnft check`: scenarios and seeds against the invariants, for continuous integration."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from sim.console import DIVERGED, FAILED_ON_REQUEST, INCOMPLETE, VIOLATED, Console
from sim.errors import UserError
from sim.experiments.checking import (
    SEVERITIES,
    Checked,
    Severity,
    judge,
    junit,
    replicas_of,
    scenario_files,
)
from sim.progress import Replicas, Style, showing


class Options(NamedTuple):
    """What is checked against what, and where the results go."""

    seeds: int
    fail_on: Severity
    jobs: int
    out: Path | None
    build: Path | None
    junit: Path | None
    style: Style


def check_scenarios(
    console: Console, places: Sequence[Path], changes: Mapping[str, str], options: Options
) -> int:
    """Run every scenario with every seed, print what broke, and return the exit code."""
    files = scenario_files(places)
    if options.build is not None:
        _require_build(options.build)
    with TemporaryDirectory(prefix="mnft-check-") as scratch:
        folder = (options.out or Path(scratch)).absolute()
        checked = _carry_out(console, files, changes, folder, options)
    if options.junit is not None:
        _write(options.junit, junit(checked))
    code = _exit_code(checked, options.fail_on)
    if console.as_json:
        console.document(_document(checked, code))
    else:
        console.result(_text(checked, options.fail_on))
    return code


def _carry_out(
    console: Console,
    files: Sequence[Path],
    changes: Mapping[str, str],
    folder: Path,
    options: Options,
) -> list[Checked]:
    from sim.experiments.pool import carry_out_all  # noqa: PLC0415 - half a second to import
    from sim.run import CACHE  # noqa: PLC0415 - engines and agents take seconds to import

    build = options.build.absolute() if options.build is not None else None
    replicas = replicas_of(files, options.seeds, changes, folder, CACHE.absolute(), build)
    order = {each.folder: place for place, each in enumerate(replicas)}
    console.note(f"{len(files)} scenarios, {options.seeds} seeds each: {len(replicas)} runs")
    checked: dict[int, Checked] = {}
    with showing(options.style, is_terminal=console.err.redraws) as shown:
        for outcome in carry_out_all(replicas, jobs=options.jobs):
            one = judge(outcome)
            checked[order[outcome.replica.folder]] = one
            failed = sum(bool(each.error) for each in checked.values())
            left = len(replicas) - len(checked)
            shown.replica(
                Replicas(len(checked) - failed, 0, failed, min(options.jobs, left),
                         len(replicas), None),
                arm=one.scenario, seed=one.seed, state=outcome.state, error=one.error,
            )  # fmt: skip
    return [checked[place] for place in sorted(checked)]


def _require_build(folder: Path) -> None:
    from contracts import ArtifactError, load_build  # noqa: PLC0415

    try:
        load_build(folder)
    except ArtifactError as error:
        place, _, problem = str(error).partition(": ")
        allowed = "a build of our contracts with our ABI, see docs/ci.md"
        raise UserError(place, problem, allowed, "E153") from error


def _exit_code(checked: Sequence[Checked], fail_on: Severity) -> int:
    counted = SEVERITIES[SEVERITIES.index(fail_on) :]
    broken = [each for one in checked for each in one.broken if each.severity in counted]
    if any(one.diverged for one in checked):
        return DIVERGED
    if any(each.number for each in broken):
        return VIOLATED
    if any(one.error for one in checked):
        return INCOMPLETE
    return FAILED_ON_REQUEST if broken else 0


def _document(checked: Sequence[Checked], code: int) -> dict[str, Any]:
    return {
        "schema": "mnft.check/1",
        "exit_code": code,
        "runs": [
            {
                "scenario": each.scenario,
                "seed": each.seed,
                "command": each.command,
                "error": each.error or None,
                "invariants": {number: state for number, (_, state) in each.invariants.items()},
                "broken": [one._asdict() for one in each.broken],
            }
            for each in checked
        ],
    }


def _text(checked: Sequence[Checked], fail_on: Severity) -> str:
    shown = SEVERITIES[SEVERITIES.index(fail_on) :]
    lines: list[str] = []
    for each in checked:
        for one in each.broken:
            if one.severity in shown:
                tick = "" if one.tick is None else f", tick {one.tick}"
                title = f"invariant {one.number}, {one.name}" if one.number else one.name
                lines += [
                    f"{one.severity.upper()}  {each.scenario}, seed {each.seed}{tick}: {title}"
                ]
                lines += [f"  {line}" for line in one.detail.splitlines()]
                lines += [f"  again   {each.command}"]
        if each.error:
            lines += [f"FAILED  {each.scenario}, seed {each.seed}: {each.error}"]
            lines += [f"  again   {each.command}"]
    bad = sum(bool(one.error) or any(b.severity in shown for b in one.broken) for one in checked)
    scenarios = len({each.scenario for each in checked})
    whole = f"{scenarios} scenarios, {len(checked)} runs: "
    return "\n".join([*lines, whole + (f"{bad} with something broken" if bad else "nothing broke")])


def _write(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        problem = f"cannot be written: {error.strerror or error}"
        raise UserError(str(path), problem, "a file of yours", "E133") from error
