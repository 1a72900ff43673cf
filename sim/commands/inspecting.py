"""Commands that run nothing: validate, defaults, schema, runs, explain, kpis."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from sim.console import Console
from sim.errors import UserError, nearest


def validate_file(
    console: Console, file: Path, overrides: Mapping[str, str], *, show: bool
) -> None:
    """Check a scenario and say that it is valid; raises ScenarioError with all errors."""
    from sim.scenario.loading import load_scenario  # noqa: PLC0415

    loaded = load_scenario(file, overrides)
    if console.as_json:
        document: dict[str, Any] = {
            "schema": "mnft.validate/1",
            "file": str(file),
            "valid": True,
            "digest": loaded.digest,
            "warnings": [{"code": each.code, "problem": each.problem} for each in loaded.warnings],
        }
        if show:
            document["parameters"] = [asdict(row) for row in loaded.rows]
        console.document(document)
        return
    console.warnings(loaded.warnings)
    if show:
        _parameters(console, [asdict(row) for row in loaded.rows], set_by=True)
    changed = sum(not row.is_default for row in loaded.rows)
    console.result(
        f"{file} is valid: {changed} of {len(loaded.rows)} parameters set, "
        f"{len(loaded.warnings)} warnings.  Next: mnft run {file}"
    )


def show_defaults(console: Console, *, markdown: bool = False) -> None:
    """Print every key with its default, bounds and source."""
    from sim.scenario.rows import declared_rows  # noqa: PLC0415

    rows = [asdict(row) for row in declared_rows()]
    if markdown:
        shown = [{**row, "default": row["value"], "bounds": _bounds(row)} for row in rows]
        console.result(markdown_table(shown, ("key", "default", "bounds", "meaning", "source")))
    elif console.as_json:
        console.document({"schema": "mnft.defaults/1", "parameters": rows})
    else:
        _parameters(console, rows, set_by=False)


def show_schema(console: Console, *, metadata: bool = False) -> None:
    """Print the JSON Schema of scenario files, or of a model's metadata."""
    console.result(metadata_schema_text() if metadata else schema_text())


def metadata_schema_text() -> str:
    """Return the JSON Schema as docs/model-metadata.schema.json has it, without the newline."""
    from sim.workload.metadata import schema_text as of_metadata  # noqa: PLC0415

    return of_metadata()


def schema_text() -> str:
    """Return the JSON Schema as docs/scenario.schema.json has it, without the last newline."""
    import json  # noqa: PLC0415

    from sim.scenario.json_schema import json_schema  # noqa: PLC0415

    return json.dumps(json_schema(), indent=1, ensure_ascii=True)


def show_runs(console: Console, root: Path) -> None:
    """List the runs below a folder, unfinished ones too."""
    from sim.runs import list_runs  # noqa: PLC0415

    rows: list[dict[str, Any]] = []
    for listing in list_runs(root):
        manifest = listing.manifest
        rows.append(
            {
                "run": str(listing.folder),
                "state": manifest.state if manifest else "not complete",
                "seed": manifest.seed if manifest else None,
                "ticks": manifest.ticks if manifest else None,
                "engine": manifest.engine if manifest else None,
                "digest": manifest.digests.trace if manifest else None,
            }
        )
    if console.as_json:
        console.document({"schema": "mnft.runs/1", "runs": rows})
    elif not rows:
        console.note(f"no runs below {root}.  Next: mnft run FILE")
    else:
        shown = [{**row, "digest": (row["digest"] or "")[:12]} for row in rows]
        print_table(console, shown, ("run", "state", "seed", "ticks", "engine", "digest"))


def explain_code(console: Console, code: str) -> None:
    """Print what a code means, or all codes; raises UserError for an unknown one."""
    from sim.explanations import EXPLANATIONS  # noqa: PLC0415

    if not code:
        for known, explanation in EXPLANATIONS.items():
            console.result(f"{known}  {explanation.title}")
        return
    wanted = code.upper()
    if wanted not in EXPLANATIONS:
        near = nearest(wanted, tuple(EXPLANATIONS))
        allowed = f"did you mean {near}?" if near else "see `mnft explain`"
        raise UserError(code, "there is no such code", allowed, "E121")
    title, text, example = EXPLANATIONS[wanted]
    console.result(f"{wanted}: {title}\n")
    console.result("\n".join(_wrapped(text, console.out.width)))
    if example:
        console.result("\n" + "\n".join(f"  {line}" for line in example.splitlines()))


def show_kpis(console: Console, *, markdown: bool = False) -> None:
    """Print the table of key figures."""
    from sim.kpis import KPIS  # noqa: PLC0415

    rows = [asdict(kpi) for kpi in KPIS]
    if markdown:
        console.result(
            markdown_table(rows, ("name", "label", "unit", "direction", "over_run", "definition"))
        )
    elif console.as_json:
        console.document({"schema": "mnft.kpis/1", "kpis": rows})
    else:
        print_table(console, rows, ("name", "unit", "direction", "over_run", "definition"))


def _parameters(console: Console, rows: Sequence[Mapping[str, Any]], *, set_by: bool) -> None:
    shown = [{**row, "bounds": _bounds(row)} for row in rows]
    columns = ("key", "value", "bounds", *(("set_by", "why") if set_by else ()), "source")
    print_table(console, shown, columns)


def _bounds(row: Mapping[str, Any]) -> str:
    return f"{row['lower']} to {row['upper']}" if row["lower"] else str(row["upper"])


def print_table(
    console: Console, rows: Sequence[Mapping[str, Any]], columns: tuple[str, ...]
) -> None:
    """Print a table; the last column runs over the edge rather than being broken."""
    texts = [[_cell(row[column]) for column in columns] for row in rows]
    widths = [
        max(len(line[position]) for line in [list(columns), *texts])
        for position in range(len(columns) - 1)
    ]
    heads = " ".join(_padded([name.replace("_", " ") for name in columns], widths))
    console.result(console.out.paint(heads, "muted"))
    for line in texts:
        console.result(" ".join(_padded(line, widths)))


def markdown_table(rows: Sequence[Mapping[str, Any]], columns: tuple[str, ...]) -> str:
    """Return rows as a Markdown table."""
    heads = [name.replace("_", " ") for name in columns]
    lines = [heads, ["---"] * len(columns)]
    lines += [[_cell(row[column]).replace("|", "\\|") for column in columns] for row in rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _cell(value: Any) -> str:
    return "" if value is None else str(value)


def _padded(cells: list[str], widths: list[int]) -> Iterator[str]:
    for cell, width in zip(cells, widths, strict=False):
        yield cell.ljust(width) + " "
    yield cells[-1]


def _wrapped(text: str, width: int) -> list[str]:
    import textwrap  # noqa: PLC0415

    return textwrap.wrap(text, max(20, width), break_long_words=False, break_on_hyphens=False)
