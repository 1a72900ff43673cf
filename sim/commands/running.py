"""`mnft run`: from a scenario file to a run folder, a summary and a page."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

from sim.console import DIVERGED, FAILED_ON_REQUEST, VIOLATED, Console
from sim.errors import UserError
from sim.progress import Style, showing
from sim.runs import Manifest, RunSummary, default_folder, open_run
from sim.runs.writer import DISK_FULL, write_error
from sim.scenario.loading import load_scenario
from sim.summary import summary_text, violation_text

FailOn = Literal["amber", "red"]

_BAD_STATES: Mapping[FailOn | None, frozenset[str]] = {
    None: frozenset(),
    "red": frozenset({"INVALID", "red", "error"}),
    "amber": frozenset({"INVALID", "red", "error", "amber"}),
}


def run_file(
    console: Console,
    file: Path,
    overrides: Mapping[str, str],
    out: Path | None,
    *,
    style: Style,
    render: Callable[[Path], Path],
    fail_on: FailOn | None,
    quiet: bool,
) -> int:
    """Run a scenario file, print its summary, and return the exit code."""
    loaded = load_scenario(file, overrides)
    if not console.as_json:
        console.warnings(loaded.warnings)

    # Only now: the engines, the agents and the prover take seconds to import.
    from sim.divergence import Divergence  # noqa: PLC0415
    from sim.run import run  # noqa: PLC0415

    scenario = loaded.scenario
    folder = out or default_folder(loaded.name, scenario.seed)
    try:
        with (
            _as_user_errors(folder),
            showing(style, is_terminal=console.err.redraws) as shown,
        ):
            summary = run(loaded, scenario.seed, folder, scenario.chain.engine, shown)
    except Divergence as divergence:
        _show_divergence(console, divergence, str(divergence))
        return DIVERGED

    summary = replace(summary, report=_page(summary.folder, render))
    _show(console, summary, quiet=quiet)
    return exit_code(summary.manifest, fail_on)


@contextmanager
def _as_user_errors(folder: Path) -> Iterator[None]:
    """Turn what the prover or the disk cannot do into errors for the user."""
    from zk.errors import ZkError  # noqa: PLC0415

    try:
        yield
    except ZkError as error:
        raise UserError(error.place, error.problem, error.allowed, "E140") from error
    except OSError as error:
        if error.errno in DISK_FULL:
            raise write_error(error, folder) from error
        raise


def _page(folder: Path, render: Callable[[Path], Path]) -> Path:
    try:
        return render(folder)
    except OSError as error:
        if error.errno not in DISK_FULL:
            raise
        page = folder / "report.html"
        page.unlink(missing_ok=True)
        problem = "the disk is full; the run is complete, its page is not"
        raise UserError(str(page), problem, f"room, then `mnft report {folder}`", "E132") from error


def _show(console: Console, summary: RunSummary, *, quiet: bool) -> None:
    if console.as_json:
        console.document(run_document(summary))
        return
    if summary.manifest.invariants.violated:
        findings = open_run(summary.folder).table("invariants")
        console.note(violation_text(summary.manifest, findings.to_dict("index"), summary.folder))
    console.result(summary_text(summary, console.out, quiet=quiet))


def exit_code(manifest: Manifest, fail_on: FailOn | None) -> int:
    """Return the exit code of a finished run."""
    if manifest.counts.divergences:
        return DIVERGED
    if manifest.invariants.violated:
        return VIOLATED
    return FAILED_ON_REQUEST if manifest.state in _BAD_STATES[fail_on] else 0


def run_document(summary: RunSummary) -> dict[str, Any]:
    """Return the one JSON document of `mnft run --json`."""
    manifest = summary.manifest
    return {
        "schema": "mnft.run/1",
        "state": manifest.state,
        "verdict": manifest.verdict,
        "claims": [claim.model_dump(mode="json") for claim in manifest.claims],
        "run": str(summary.folder),
        "seed": manifest.seed,
        "engine": manifest.engine,
        "digest": manifest.digests.trace,
        "ticks": manifest.ticks,
        "calls_compared": manifest.counts.calls_compared,
        "divergences": manifest.counts.divergences,
        "refused": manifest.counts.refused,
        "receipts": manifest.counts.receipts,
        "proofs_verified_on_chain": manifest.counts.proofs_verified_on_chain,
        "invariants_violated": manifest.invariants.violated,
        "kpis": manifest.kpis,
        "warnings": list(manifest.warnings),
        "wall_s": round(summary.wall_seconds, 3),
        "report": str(summary.report) if summary.report else None,
    }


def _show_divergence(console: Console, divergence: Any, text: str) -> None:
    if console.as_json:
        console.document(
            {
                "schema": "mnft.error/1",
                "code": "divergence",
                "tick": divergence.tick,
                "call": divergence.number,
                "function": divergence.name,
                "trace": str(divergence.trace) if divergence.trace else None,
                "problem": text,
            }
        )
    else:
        console.note(text)
