"""Whether the rules held, and whether model and contracts agreed."""

from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from reports.charts import rows_figure
from reports.figures import Drawing, tick_axis
from reports.run_view import RunView
from reports.section import Chapter, Content
from reports.sentence import Name, Sentence, count, say
from reports.tables import Column, Table, table
from reports.theme import BAND, MUTED, RED, SENTINEL
from sim.claims import State

_LOOKS: Mapping[str, Mapping[str, Any]] = {
    "held": {"facecolor": BAND, "edgecolor": SENTINEL["c1"]},
    "violated": {"facecolor": "none", "edgecolor": RED, "hatch": "xxxx"},
    "not_exercised": {"facecolor": "none", "edgecolor": MUTED, "linestyle": ":"},
}
"""How the spans of a state are drawn."""


def _spans(rows: pd.DataFrame) -> Iterator[tuple[str, int, int]]:
    """Yield runs of ticks in one state: state, first tick, ticks."""
    ordered = rows.sort_values("tick")
    groups = (ordered["state"] != ordered["state"].shift()).cumsum()
    for _, part in ordered.groupby(groups):
        first, last = int(part["tick"].iloc[0]), int(part["tick"].iloc[-1])
        yield str(part["state"].iloc[0]), first, last - first + 1


def _ordered(frame: pd.DataFrame) -> list[tuple[str, pd.DataFrame]]:
    """Return the rows of each invariant, by the number in its id."""
    groups = [(str(key), rows) for key, rows in frame.groupby("id", sort=True)]
    return sorted(groups, key=lambda group: (len(group[0]), group[0]))


def _strip(frame: pd.DataFrame, tick_name: str) -> Figure:
    names = [f"{key} {rows['name'].iloc[0]}" for key, rows in _ordered(frame)]
    figure, axes = rows_figure(names, "", left=3.0, right=0.2)
    for row, (_, rows) in enumerate(_ordered(frame)):
        spans = list(_spans(rows))
        for state, look in _LOOKS.items():
            boxes = [(first, length) for of, first, length in spans if of == state]
            if boxes:
                axes.broken_barh(boxes, (row - 0.36, 0.72), **look)
    tick_axis(axes, tick_name, float(frame["tick"].min()), float(frame["tick"].max()) + 1)
    return figure


def _summary(frame: pd.DataFrame) -> list[Mapping[str, Any]]:
    rows: list[Mapping[str, Any]] = []
    for key, each in _ordered(frame):
        ticks = {state: int((each["state"] == state).sum()) for state in _LOOKS}
        broken = each[each["state"] == "violated"]
        shown = broken if len(broken) else each
        rows.append(
            {
                "id": key,
                "name": each["name"].iloc[0],
                "severity": each["severity"].iloc[0],
                **ticks,
                "state": "red"
                if ticks["violated"]
                else "green"
                if ticks["held"]
                else "not exercised",
                "detail": shown.sort_values("tick")["detail"].iloc[0],
            }
        )
    return rows


def _table(rows: list[Mapping[str, Any]]) -> Table:
    columns = (
        Column("id", "id", "code"),
        Column("name", "invariant"),
        Column("severity", "severity"),
        Column("held", "held", "count", "ticks"),
        Column("violated", "violated", "count", "ticks"),
        Column("not_exercised", "not exercised", "count", "ticks"),
        Column("state", "state", "state"),
        Column("detail", "detail of the first tick"),
    )
    return table("Invariants, tick by tick", columns, rows)


def _agreement(view: RunView) -> Sentence:
    manifest = view.manifest
    if manifest.engine == "none":
        return say("No engine ran beside the model.")
    counts = manifest.counts
    worded = "{calls} and {views} were compared between model and {engine}: {differ} differed."
    return say(
        worded,
        calls=count(counts.calls_compared, "calls"),
        views=count(counts.views_compared, "views"),
        engine=Name(manifest.engine),
        differ=count(counts.divergences, "1"),
    )


def _build(view: RunView) -> Content:
    totals, counts = view.manifest.invariants, view.manifest.counts
    frame = view.table("invariants")
    exercised = totals.held + totals.violated
    finding = say(
        "{held} of {exercised} held over {ticks}; {idle} not exercised.",
        held=count(totals.held, "1"),
        exercised=count(exercised, "exercised invariants"),
        ticks=count(view.manifest.ticks, "ticks"),
        idle=count(totals.not_exercised, "1"),
    )
    state: State = "green"
    if totals.violated or counts.divergences:
        state = "INVALID"
    elif totals.not_exercised:
        state = "amber"
    if not exercised:
        state = "not exercised"
    drawings: tuple[Drawing, ...] = ()
    if not frame.empty:
        drawings = (
            Drawing(
                "invariants",
                "Invariants over the run",
                say(
                    "Filled: held; crossed: violated; dotted: not exercised; {path}", path=view.path
                ),
                _strip(frame, view.tick_name),
                _table(_summary(frame)),
            ),
        )
    return Content(
        state,
        finding + _agreement(view),
        drawings,
        how=(
            say(
                "Each invariant is checked on the model's whole state after every tick; each call "
                "is carried out by both sides, and outcome, value and events are compared exactly."
            ),
        ),
    )


CHAPTER = Chapter(
    "invariants",
    "Invariants and lockstep",
    "Did the rules hold, and do model and contracts agree?",
    _build,
)
