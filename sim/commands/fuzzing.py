"""`mnft fuzz` and `mnft coverage`: what the rulebook does with calls that nobody planned."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sim.console import DIVERGED, VIOLATED, Console
from sim.progress import Style, showing

_SHOWN = ("function", "outcome", "times")


def fuzz_rulebook(
    console: Console,
    run: Path | None,
    *,
    calls: int,
    seconds: float | None,
    seed: int,
    engine: str,
    out: Path,
    style: Style,
) -> int:
    """Walk along a run and stray from it; print what was found and return the exit code."""
    from sim.divergence import Divergence  # noqa: PLC0415 - engines take a second to import
    from sim.rulebook.coverage import coverage  # noqa: PLC0415
    from sim.rulebook.fuzzing import Limit, fuzz  # noqa: PLC0415
    from sim.rulebook.record import read, record  # noqa: PLC0415
    from sim.runs import open_run  # noqa: PLC0415

    with showing(style, is_terminal=console.err.redraws) as shown:
        recorded = record(out) if run is None else read(open_run(run).trace)
        found = fuzz(recorded, seed, engine, Limit(calls, seconds), out, shown)
    covered = coverage(found.tally)
    if console.as_json:
        console.document(
            {
                "schema": "mnft.fuzz/1",
                "seed": seed,
                "engine": engine,
                "walks": found.walks,
                "calls": found.calls,
                "coverage": _shares(covered),
                "failure": str(found.failure) if found.failure else None,
                "trace": str(found.trace) if found.trace else None,
                "interrupted": found.interrupted,
                "peak_memory_bytes": found.peak_memory_bytes,
            }
        )
    else:
        ended = "FAILED" if found.failure else "model and contracts agree"
        console.result(
            f"{found.calls:,} calls in {found.walks} walks on {engine}"
            f"{', interrupted' if found.interrupted else ''}: {ended}\n"
            f"functions carried out  {covered.functions}\n"
            f"refusals met           {covered.reasons}\n"
            f"memory                 {found.peak_memory_bytes / 2**20:,.0f} MiB at most"
        )
        if found.failure is not None:
            console.result(
                f"{found.failure}\ntrace   {found.trace}\nnext    mnft shrink {found.trace}"
            )
    if found.failure is None:
        # Who interrupts walks has seen enough of them, and gets what they found.
        return 0
    return DIVERGED if isinstance(found.failure, Divergence) else VIOLATED


def show_coverage(console: Console, places: Sequence[Path], *, markdown: bool) -> None:
    """Print which functions and refusals the traces of runs met, zero rows too."""
    from sim.commands.inspecting import markdown_table, print_table  # noqa: PLC0415
    from sim.rulebook.coverage import Tally, coverage, tally  # noqa: PLC0415
    from sim.runs import open_run  # noqa: PLC0415

    counted: Tally = Counter()
    for place in places:
        counted += tally(place if place.is_file() else open_run(place).trace)
    covered = coverage(counted)
    rows = [row._asdict() for row in covered.rows]
    if console.as_json:
        document = {"schema": "mnft.coverage/1", "coverage": _shares(covered), "rows": rows}
        console.document(document)
        return
    console.result(
        f"functions carried out  {covered.functions}\n"
        f"refusals met           {covered.reasons}\n"
        f"outcomes met           {covered.outcomes}\n"
    )
    if markdown:
        console.result(markdown_table(rows, _SHOWN))
    else:
        print_table(console, rows, _SHOWN)


def _shares(covered: Any) -> dict[str, dict[str, int]]:
    return {name: getattr(covered, name)._asdict() for name in ("functions", "reasons", "outcomes")}
