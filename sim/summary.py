"""What `mnft run` prints in the end: question, verdict, claims, figures, where the report is."""

import textwrap
from collections.abc import Hashable, Iterator, Mapping, Sequence
from io import StringIO
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from sim.claims import SIGNS
from sim.kpi import Kpi
from sim.kpis import KPI_BY_NAME, KPIS
from sim.kpis_of_parts import KPIS_OF_PARTS
from sim.numbers import NARROW_BLANK, exact_count, three_digits
from sim.runs.manifest import ClaimResult, Manifest, RunSummary
from sim.terminal import Style, Terminal

_COLOURS: dict[str, Style] = {
    "INVALID": "red",
    "red": "red",
    "error": "red",
    "amber": "amber",
    "green": "green",
}
_MOST_REFUSALS = 6
_DIGEST_SHOWN = 12
_INDENT = "  "
_NARROWEST = 20
_NO_BREAK = "\u00a0"
# A letter of no meaning: line breaking takes the narrow blank for a blank.
_GLUE = "\ue000"


def summary_text(summary: RunSummary, terminal: Terminal, *, quiet: bool = False) -> str:
    """Return the block that a finished run prints; `quiet` leaves state and report."""
    manifest = summary.manifest
    if quiet:
        lines = [_state(manifest, terminal), *_end(summary)]
    else:
        lines = [
            *_wrapped(manifest.scenario.question, terminal),
            *_wrapped(_what_ran(summary), terminal),
            _state(manifest, terminal),
            *_claims(manifest, terminal),
            *_kpis(manifest, terminal),
            *_refusals(manifest, terminal),
            *_warnings(manifest, terminal),
            *_end(summary),
        ]
    return terminal.fit("\n".join(lines))


def violation_text(
    manifest: Manifest, findings: Mapping[Hashable, Mapping[Any, Any]], folder: Path
) -> str:
    """
    Return a block per violated invariant, from the rows of the table `invariants` by index.

    It names the tick, what is short and by how much, and how to look closer.
    """
    rows = tuple(findings.values())
    broken = [each for each in rows if each["state"] == "violated"]
    lines = []
    for each in broken:
        held = sum(other["id"] == each["id"] and other["state"] == "held" for other in rows)
        lines += [
            f"INVARIANT {each['id']} violated at tick {each['tick']}: {each['name']}",
            f"  {each['detail']}",
            f"  held for {held} ticks; {manifest.invariants.held} other invariants hold",
        ]
    return "\n".join([*lines, f"  next: mnft shrink {folder}"])


def _what_ran(summary: RunSummary) -> str:
    manifest, counts = summary.manifest, summary.manifest.counts
    invariants = manifest.invariants
    judged = invariants.held + invariants.violated + invariants.not_exercised
    facts = [
        f"{manifest.ticks} of {manifest.ticks_asked} ticks",
        f"{exact_count(counts.receipts)} receipts",
        _lockstep(manifest),
        f"invariants {invariants.held}/{judged}" + _not_exercised(invariants.not_exercised),
        f"{counts.proofs_verified_on_chain} proofs verified on chain",
        _wall(summary.wall_seconds),
    ]
    return "  ".join(fact.replace(" ", _NO_BREAK) for fact in facts)


def _lockstep(manifest: Manifest) -> str:
    if manifest.engine == "none":
        return "model only, no contract ran"
    relation = "!=" if manifest.counts.divergences else "="
    return f"{exact_count(manifest.counts.calls_compared)} calls {manifest.engine} {relation} model"


def _not_exercised(number: int) -> str:
    return f" ({number} not exercised)" if number else ""


def _wall(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    if minutes:
        return f"{minutes} min {rest} s"
    return f"{seconds:.1f} s"


def _state(manifest: Manifest, terminal: Terminal) -> str:
    sign = SIGNS[manifest.state]
    word = f"{sign} {manifest.state.upper()}"
    painted = terminal.paint(word, _COLOURS.get(manifest.state, "bold"))
    return f"{painted}  {manifest.verdict}".rstrip()


def _claims(manifest: Manifest, terminal: Terminal) -> Iterator[str]:
    if not manifest.claims:
        return
    rows = [_claim_row(claim, manifest.seed) for claim in manifest.claims]
    yield from _table(("claim", "threshold", "observed", "state"), rows, terminal)
    yield from _wrapped("! one path: it says what happened, not how often.", terminal, indent="")


def _claim_row(claim: ClaimResult, seed: int) -> tuple[str, ...]:
    kpi = KPI_BY_NAME[claim.kpi]
    held = f"held in this run (seed {seed})"
    state = held if claim.state == "held" else claim.state
    where = f", call {exact_count(claim.call)}" if claim.call is not None else ""
    when = f", tick {claim.tick}" if claim.tick is not None and claim.state == "red" else ""
    return (
        f"{kpi.label}, {claim.quantifier.replace('_', ' ')}",
        f"{claim.comparison} {kpi.show(claim.threshold)}",
        kpi.show(claim.observed),
        f"{state}{when}{where}",
    )


def _kpis(manifest: Manifest, terminal: Terminal) -> Iterator[str]:
    claimed = {claim.kpi for claim in manifest.claims}
    figures = ((kpi, manifest.kpis.get(kpi.name)) for kpi in KPIS)
    measured = [
        (kpi, value)
        for kpi, value in figures
        if value or (value is not None and (kpi not in KPIS_OF_PARTS or kpi.name in claimed))
    ]
    rows = [
        (kpi.label, *_figure(kpi, value), kpi.over_run.replace("_", " ")) for kpi, value in measured
    ]
    if rows:
        yield from _table(("figure", "value", "unit", "over the run"), rows, terminal, right=(1,))


def _figure(kpi: Kpi, value: float | None) -> tuple[str, str]:
    if value is None:
        return kpi.show(value), kpi.unit
    if kpi.number_format == "share":
        return three_digits(100 * value), "%"
    whole = kpi.number_format == "count"
    return (exact_count(value) if whole else three_digits(value)), kpi.unit


def _refusals(manifest: Manifest, terminal: Terminal) -> Iterator[str]:
    refusals = sorted(manifest.refusals, key=lambda each: (-each.count, each.reason, each.place))
    if not refusals:
        return
    shown = refusals[:_MOST_REFUSALS]
    rest = sum(each.count for each in refusals[_MOST_REFUSALS:])
    rows = [
        (each.reason, each.place, exact_count(each.count), "expected" if each.expected else "")
        for each in shown
    ]
    if rest:
        others = len(refusals) - _MOST_REFUSALS
        rows.append((f"{others} other reasons", "", exact_count(rest), ""))
    yield from _table(("refused because", "where", "times", ""), rows, terminal, right=(2,))


def _warnings(manifest: Manifest, terminal: Terminal) -> Iterator[str]:
    for warning in manifest.warnings:
        yield from _wrapped(f"! {warning}", terminal, indent="")


def _end(summary: RunSummary) -> Iterator[str]:
    # Paths and digests are never broken: they are copied.
    if summary.report is not None:
        yield f"report  {summary.report}"
    else:
        yield f"run     {summary.folder}"
    if summary.manifest.srs:
        yield f"srs     {summary.manifest.srs} (made here, not in a ceremony)"
    yield f"digest  {summary.manifest.digests.trace[:_DIGEST_SHOWN]}"


def _wrapped(text: str, terminal: Terminal, indent: str = _INDENT) -> list[str]:
    lines = textwrap.wrap(
        _glued(text),
        max(_NARROWEST, terminal.width),
        initial_indent=indent,
        subsequent_indent=_INDENT,
        break_long_words=False,
        break_on_hyphens=False,
    )
    return [line.replace(_GLUE, NARROW_BLANK).replace(_NO_BREAK, " ") for line in lines]


def _table(
    heads: tuple[str, ...],
    rows: Sequence[tuple[str, ...]],
    terminal: Terminal,
    right: tuple[int, ...] = (),
) -> Iterator[str]:
    """Yield a table's lines, cells wrapped where the terminal is narrower."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for position, head in enumerate(heads):
        table.add_column(head, justify="right" if position in right else "left")
    for row in rows:
        table.add_row(*(Text(_glued(cell)) for cell in row))
    shown = StringIO()
    Console(
        file=shown,
        width=max(_NARROWEST, terminal.width - len(_INDENT)),
        force_terminal=terminal.has_colour,
        color_system="standard" if terminal.has_colour else None,
        highlight=False,
        legacy_windows=False,
    ).print(table)
    for line in shown.getvalue().splitlines():
        yield f"{_INDENT}{line}".replace(_GLUE, NARROW_BLANK).rstrip()


def _glued(text: str) -> str:
    return text.replace(NARROW_BLANK, _GLUE)
