"""`mnft check`: scenarios and seeds against the invariants, and the corpus, for CI."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, NamedTuple

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

if TYPE_CHECKING:
    from contracts import Artifact

_SEEDS = 5


class Options(NamedTuple):
    """What is checked against what, and where the results go."""

    seeds: int | None
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
    files = scenario_files(places or [Path("scenarios")])
    load_contracts(options.build)
    with TemporaryDirectory(prefix="mnft-check-") as scratch:
        folder = (options.out or Path(scratch)).absolute()
        checked = _carry_out(console, files, changes, folder, options)
    scenarios = len({each.scenario for each in checked})
    return _finish(console, checked, options, f"{scenarios} scenarios, {len(checked)} runs")


def check_corpus(
    console: Console, places: Sequence[Path], engine: str | None, options: Options
) -> int:
    """Replay the cases of these folders, print what broke, and return the exit code."""
    from sim.shrinking.bench import Bench, fastest_engine  # noqa: PLC0415 - engines take a second
    from sim.shrinking.case import case_folders, open_case  # noqa: PLC0415
    from sim.shrinking.corpus import check_case  # noqa: PLC0415

    if options.seeds is not None or options.out is not None or engine == "none":
        problem = "a case is replayed on model and contracts, with its own numbers"
        raise UserError("--corpus", problem, "--engine, --contracts, --fail-on, --junit", "E120")
    cases = [open_case(folder) for folder in case_folders(places or [Path("corpus")])]
    build = load_contracts(options.build)
    checked = []
    with (
        Bench(engine or fastest_engine(), build) as bench,
        showing(options.style, is_terminal=console.err.redraws) as shown,
    ):
        for number, case in enumerate(cases):
            shown.step(case.folder.name, number, len(cases))
            again = f"mnft check --corpus {case.folder} --engine {bench.engine_name}"
            again += f" --contracts {options.build}" if options.build is not None else ""
            checked.append(check_case(case, bench, again))
    return _finish(console, checked, options, f"{len(checked)} cases on {bench.engine_name}")


def _finish(console: Console, checked: Sequence[Checked], options: Options, what: str) -> int:
    if options.junit is not None:
        _write(options.junit, junit(checked))
    code = _exit_code(checked, options.fail_on)
    if console.as_json:
        console.document(_document(checked, code))
    else:
        console.result(_text(checked, options.fail_on, what))
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
    seeds = options.seeds or _SEEDS
    replicas = replicas_of(files, seeds, changes, folder, CACHE.absolute(), build)
    order = {each.folder: place for place, each in enumerate(replicas)}
    console.note(f"{len(files)} scenarios, {seeds} seeds each: {len(replicas)} runs")
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
                arm=one.scenario, seed=outcome.replica.seed, state=outcome.state, error=one.error,
            )  # fmt: skip
    return [checked[place] for place in sorted(checked)]


def load_contracts(folder: Path | None) -> "Mapping[str, Artifact] | None":
    """
    Return somebody's own build of the contracts, None where there is none.

    Raises:
        UserError: It cannot be used.
    """
    from contracts import ArtifactError, load_build  # noqa: PLC0415

    if folder is None:
        return None
    try:
        return load_build(folder)
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


def _text(checked: Sequence[Checked], fail_on: Severity, what: str) -> str:
    shown = SEVERITIES[SEVERITIES.index(fail_on) :]
    lines: list[str] = []
    for each in checked:
        for one in each.broken:
            if one.severity in shown:
                tick = "" if one.tick is None else f", tick {one.tick}"
                title = f"invariant {one.number}, {one.name}" if one.number.isdigit() else one.name
                lines += [f"{one.severity.upper()}  {each.scenario}, {each.label}{tick}: {title}"]
                lines += [f"  {line}" for line in one.detail.splitlines()]
                lines += [f"  again   {each.command}"]
        if each.error:
            lines += [f"FAILED  {each.scenario}, {each.label}: {each.error}"]
            lines += [f"  again   {each.command}"]
    bad = sum(bool(one.error) or any(b.severity in shown for b in one.broken) for one in checked)
    verdict = f"{bad} with something broken" if bad else "nothing broke"
    return "\n".join([*lines, f"{what}: {verdict}"])


def _write(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        problem = f"cannot be written: {error.strerror or error}"
        raise UserError(str(path), problem, "a file of yours", "E133") from error
