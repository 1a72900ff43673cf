"""What a finished search prints: its tables and what to paste, from its document alone."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sim.kpis import KPI_BY_NAME
from sim.numbers import NONE, share, three_digits
from sim.terminal import Terminal

Document = Mapping[str, Any]
_INDENT = "  "
_MOST_FRONT = 20


def search_text(document: Document, terminal: Terminal) -> str:
    """Return the block that a finished search prints."""
    lines = [
        str(document["question"]),
        f"{_INDENT}{_counted(document)}",
        *_BODIES[document["command"]](document),
        *(terminal.paint(f"! {warning}", "amber") for warning in document["warnings"]),
        f"report  {document['report']}",
    ]
    return terminal.fit("\n".join(lines))


def _counted(document: Document) -> str:
    failed = f", {document['failed']} failed" if document["failed"] else ""
    return f"{document['runs']} runs{failed}, seed {document['seed']}, {document['engine']}"


def _sensitivity(document: Document) -> list[str]:
    lines = []
    for each in document["figures"]:
        unit = each["unit"] if document["method"] == "morris" else "1"
        lines.append("")
        lines.append(each["label"] + ("" if unit == "1" else f", {unit}"))
        if not each["indices"]:
            lines.append(f"{_INDENT}no indices: {each['why_none']}")
            continue
        rows = [
            [
                row["path"] + (f" x {row['other']}" if row["other"] else ""),
                _INDEX_NAMES[row["index"]],
                three_digits(row["value"]),
                _interval(row),
                "?" if row["doubtful"] else "",
            ]
            for row in each["indices"]
        ]
        level = f"{100 * document['interval']['level']:.12g} %"
        head = ["input", "index", "value", f"{level} normal, bootstrap, n {each['samples']}", ""]
        lines += _table([head, *rows])
    return lines


_INDEX_NAMES: Mapping[str, str] = {
    "mu": "mu",
    "mu_star": "mu*",
    "sigma": "sigma",
    "S1": "first order",
    "ST": "total",
    "S2": "second order",
}


def _interval(row: Mapping[str, Any]) -> str:
    if row["lower"] is None:
        return NONE
    return f"{three_digits(row['lower'])} to {three_digits(row['upper'])}"


def _discover(document: Document) -> list[str]:
    lines = [
        "",
        f"{document['fails']['text']}: {document['failing']} of {document['measured']} points",
    ]
    for place, box in enumerate(document["boxes"], start=1):
        lines.append("")
        lines.append(
            f"box {place}: coverage {share(box['coverage'])}, density {share(box['density'])}, "
            f"mass {share(box['mass'])}, {box['failing']} of {box['points']} points fail"
        )
        head = ["input", "from", "quasi-p", "to", "quasi-p"]
        rows = [
            [each["path"], *_end(each["low_text"], each["low_p"]),
             *_end(each["high_text"], each["high_p"])]
            for each in box["limits"]
        ]  # fmt: skip
        lines += [*_table([head, *rows]), *box["ranges"].split("\n")]
    return lines


def _end(text: str, chance: float | None) -> tuple[str, str]:
    return (NONE, NONE) if chance is None else (text, f"{chance:.2g}")


def _optimise(document: Document) -> list[str]:
    objectives = document["objectives"]
    front = document["front"]
    saved = f", {document['pruned']} pruned" if document["pruned"] else ""
    lines = [
        f"{_INDENT}{document['trials']} trials: {document['feasible']} feasible{saved}, "
        f"{len(front)} on the front"
    ]
    if not front:
        return lines
    heads = [f"{each['label']} ({_WAYS[each['direction']]})" for each in objectives]
    rows = [
        [
            str(point["trial"]),
            *(
                KPI_BY_NAME[each["kpi"]].show(value)
                for each, value in zip(objectives, point["values"], strict=True)
            ),
        ]
        for point in front[:_MOST_FRONT]
    ]
    lines += ["", *_table([["trial", *heads], *rows])]
    for point in front[:_MOST_FRONT]:
        lines += ["", f"# trial {point['trial']}", *point["yaml"].split("\n")]
    if len(front) > _MOST_FRONT:
        lines += ["", f"{len(front) - _MOST_FRONT} more in {document['folder']}/trials.parquet"]
    return lines


_WAYS: Mapping[str, str] = {"maximise": "higher is better", "minimise": "lower is better"}


def _table(rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))]
    return [
        _INDENT
        + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]


_BODIES: Mapping[str, Callable[[Document], list[str]]] = {
    "sensitivity": _sensitivity,
    "discover": _discover,
    "optimise": _optimise,
}
