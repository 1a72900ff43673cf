"""What is best for all objectives at once: the Pareto front, and the values to paste."""

import math
from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any

import pandas as pd

from reports.charts import column_label, grid
from reports.figures import LABEL_PAD, Drawing, brief, canvas, headed, number_axis
from reports.run_view import records
from reports.searches.page import Search, Section
from reports.section import Content
from reports.sentence import Name, Sentence, count, kpi_quantity, say
from reports.tables import Column, Table, table
from reports.theme import BAND, INK, MUTED, SENTINEL

_APART = 0.12
"""How far from a labelled point, in shares of the front's extent, the next label stands."""


def sections(search: Search) -> tuple[Section, ...]:
    """Return the front, or the best trial of one objective, with every trial in a table."""
    document = search.document
    trials = search.table("trials")
    objectives = document["objectives"]
    wanted = " and ".join(f"{each['direction']} {each['label']}" for each in objectives)
    drawings = (
        (_history(objectives[0], trials, document),)
        if len(objectives) == 1
        else tuple(
            _front(place, first, second, trials, document)
            for place, (first, second) in enumerate(combinations(objectives, 2))
        )
    )
    front = Section(
        "front",
        "The front" if len(objectives) > 1 else "The best",
        f"Which values {wanted}?",
        Content("not assessed", _finding(document), drawings, (_points(document),), how=_how()),
    )
    if not document["front"]:
        return (front,)
    pasted = Section(
        "values",
        "The values",
        "What is to be written into the scenario?",
        Content(
            "not assessed",
            say("Each block is one trial's values, ready to be pasted."),
            commands=tuple(_block(document, point) for point in document["front"]),
        ),
    )
    return (front, pasted)


def _block(document: Mapping[str, Any], point: Mapping[str, Any]) -> str:
    return f"# trial {point['trial']}: {_values(document, point)}\n{point['yaml']}"


def _finding(document: Mapping[str, Any]) -> Sentence:
    front = document["front"]
    if not front:
        return say("No trial is feasible, of {trials}.", trials=count(document["trials"], "trials"))
    if len(document["objectives"]) == 1:
        return say("Trial {trial}: {values}", trial=count(front[0]["trial"], "1"),
                   values=_values(document, front[0]))  # fmt: skip
    return say(
        "{front} of {trials} are on the front: none beats another in all objectives.",
        front=count(len(front), "1"),
        trials=count(document["trials"], "trials"),
    )


def _values(document: Mapping[str, Any], point: Mapping[str, Any]) -> Sentence:
    said = [
        say("{label}: {value}.", label=Name(each["label"]), value=kpi_quantity(each["kpi"], value))
        for each, value in zip(document["objectives"], point["values"], strict=True)
    ]
    return sum(said[1:], said[0])


def _front(
    place: int,
    first: Mapping[str, Any],
    second: Mapping[str, Any],
    trials: pd.DataFrame,
    document: Mapping[str, Any],
) -> Drawing:
    figure, (axes,) = canvas(right=0.35)
    x, y = first["column"], second["column"]
    measured = trials[trials["state"] == "complete"]
    groups = (
        ("infeasible", measured[~measured["feasible"]], "x", MUTED, "none"),
        ("beaten", measured[measured["feasible"] & ~measured["on_front"]], "o",
         SENTINEL["c1"], "none"),
        ("on the front", measured[measured["on_front"]], "D", SENTINEL["c2"], BAND),
    )  # fmt: skip
    for label, rows, marker, colour, fill in groups:
        axes.plot(
            rows[x] * first["scale"], rows[y] * second["scale"], linestyle="none", marker=marker,
            color=colour, markerfacecolor=fill, markersize=6, label=column_label(label),
        )  # fmt: skip
    _label_points(axes, measured[measured["on_front"]], first, second)
    axes.margins(0.08)
    axes.locator_params(axis="x", nbins=4)
    axes.xaxis.set_major_formatter(lambda value, _: brief(value))
    axes.set_xlabel(_axis(first), color=INK, labelpad=LABEL_PAD)
    number_axis(axes)
    headed(axes, _axis(second))
    grid(axes)
    title = f"{first['label']} and {second['label']}"
    caption = say(
        "Diamond: on the front, some with their trial; circle: beaten; cross: a claim does not hold"
    )
    return Drawing(f"front-{place}", title.capitalize(), caption, figure, _trials(document, trials))


def _label_points(
    axes: Any, front: pd.DataFrame, first: Mapping[str, Any], second: Mapping[str, Any]
) -> None:
    widths = front[first["column"]] * first["scale"], front[second["column"]] * second["scale"]
    spread = [float(values.max() - values.min()) or 1.0 for values in widths]
    labelled: list[tuple[float, float]] = []
    for row in records(front):
        at = (row[first["column"]] * first["scale"], row[second["column"]] * second["scale"])
        place = (at[0] / spread[0], at[1] / spread[1])
        if any(math.dist(place, other) < _APART for other in labelled):
            continue
        labelled.append(place)
        axes.annotate(str(row["trial"]), at, xytext=(6, 4), textcoords="offset points", color=INK)


def _axis(objective: Mapping[str, Any]) -> str:
    unit = "" if objective["unit"] == "1" else f", {objective['unit']}"
    arrow = "higher" if objective["direction"] == "maximise" else "lower"
    return f"{objective['label']}{unit} ({arrow} is better)"


def _history(
    objective: Mapping[str, Any], trials: pd.DataFrame, document: Mapping[str, Any]
) -> Drawing:
    figure, (axes,) = canvas()
    column, scale = objective["column"], objective["scale"]
    complete = trials[trials["state"] == "complete"]
    feasible = complete[complete["feasible"]]
    for label, rows, marker, colour in (
        ("infeasible", complete[~complete["feasible"]], "x", MUTED),
        ("feasible", feasible, "o", SENTINEL["c1"]),
    ):
        axes.plot(
            rows["trial"], rows[column] * scale, linestyle="none", marker=marker, color=colour,
            markersize=5, label=column_label(label),
        )  # fmt: skip
    best = feasible[column].cummax() if objective["direction"] == "maximise" else feasible[
        column].cummin()  # fmt: skip
    axes.step(feasible["trial"], best * scale, where="post", color=SENTINEL["c2"])
    axes.locator_params(axis="x", nbins=4)
    axes.set_xlabel("trial", color=INK, labelpad=LABEL_PAD)
    number_axis(axes)
    headed(axes, _axis(objective))
    grid(axes)
    caption = say("Circle: a trial; line: the best so far; cross: a claim does not hold")
    return Drawing("history", objective["label"].capitalize(), caption, figure,
                   _trials(document, trials))  # fmt: skip


def _points(document: Mapping[str, Any]) -> Table:
    paths = [each["path"] for each in document["inputs"]]
    columns = [Column("trial", "trial", "text"), *_objective_columns(document["objectives"])]
    columns += [Column(path, path, "code") for path in paths]
    rows = [
        {"trial": point["trial"], **point["changes"],
         **{each["column"]: value for each, value in zip(
             document["objectives"], point["values"], strict=True)}}
        for point in document["front"]
    ]  # fmt: skip
    return table("On the front", columns, rows)


def _trials(document: Mapping[str, Any], trials: pd.DataFrame) -> Table:
    columns = (
        Column("trial", "trial", "text"),
        Column("state", "became"),
        *_objective_columns(document["objectives"]),
        Column("violation", "worst violation", "number"),
        *(Column(each["path"], each["path"], "code") for each in document["inputs"]),
    )
    return table("Every trial", columns, records(trials))


def _objective_columns(objectives: Sequence[Mapping[str, Any]]) -> list[Column]:
    return [
        Column(
            each["column"],
            each["label"],
            "share" if each["scale"] == 100 else "number",
            "%" if each["scale"] == 100 else each["unit"],
        )
        for each in objectives
    ]


def _how() -> tuple[Sentence, ...]:
    return (
        say(
            "Means over replicas, the same seeds for every trial. A trial is feasible where every "
            "claim of the scenario held in each of its replicas; on the front is what no feasible "
            "trial beats in one objective without losing in another."
        ),
        say(
            "The best of many trials on few seeds looks better than it is: run it again with "
            "other seeds before it is believed."
        ),
    )
