"""Which inputs move a figure: Morris' plot of mu* and sigma, or bars of Sobol's indices."""

from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib.figure import Figure

from reports.charts import column_label, few_ticks, grid, rows_figure
from reports.figures import (
    LABEL_PAD,
    Drawing,
    EndLabel,
    brief,
    canvas,
    end_labels,
    headed,
    number_axis,
)
from reports.searches.page import Search, Section, short_names
from reports.section import Content
from reports.sentence import Interval, Name, Sentence, count, number, say
from reports.tables import Column, Table, table
from reports.theme import BAND, INK, MUTED, SENTINEL
from sim.kpis import KPI_BY_NAME

_MOST = 12
_LABELLED = 6
_ESTIMATORS: Mapping[str, str] = {
    "morris": "mean absolute elementary effect",
    "sobol": "share of the variance",
}
_CAPTIONS: Mapping[str, str] = {
    "morris": "Diamond: an input; line: {label}; dashed: sigma equals mu*",
    "sobol": "Filled: first order; hatched: total; lines: {label}",
}


def sections(search: Search) -> tuple[Section, ...]:
    """Return a section per figure of the study."""
    return tuple(_section(search, each) for each in search.document["figures"])


def _section(search: Search, of_kpi: Mapping[str, Any]) -> Section:
    kpi = KPI_BY_NAME[of_kpi["kpi"]]
    question = f"Which inputs move {kpi.label}?"
    if not of_kpi["indices"]:
        finding = say(
            "There are no indices of {kpi}: {why}.",
            kpi=Name(kpi.label),
            why=Name(of_kpi["why_none"]),
        )
        return Section(kpi.name, kpi.label.capitalize(), question, Content("not assessed", finding))
    screening = search.document["method"] == "morris"
    ranked = _ranked(of_kpi["indices"], "mu_star" if screening else "ST")
    draw = _morris if screening else _sobol
    interval = Interval(
        _ESTIMATORS[search.document["method"]],
        "normal interval, bootstrap",
        search.document["interval"]["level"],
        count(of_kpi["samples"], "samples"),
    )
    drawing = Drawing(
        kpi.name,
        "Mean and spread of effects" if screening else "Shares of the variance",
        say(_CAPTIONS[search.document["method"]], label=interval.label()),
        draw(ranked, of_kpi, kpi.unit),
        _table(of_kpi, kpi.unit if screening else "1"),
    )
    content = Content(
        "not assessed", _finding(ranked, of_kpi, kpi.unit, screening), (drawing,), how=_how(search)
    )
    return Section(kpi.name, kpi.label.capitalize(), question, content)


def _ranked(rows: Sequence[Mapping[str, Any]], by: str) -> list[str]:
    chosen = [row for row in rows if row["index"] == by]
    return [row["path"] for row in sorted(chosen, key=lambda row: -row["value"])]


def _of(of_kpi: Mapping[str, Any], index: str) -> dict[str, Mapping[str, Any]]:
    return {row["path"]: row for row in of_kpi["indices"] if row["index"] == index}


def _finding(
    ranked: Sequence[str], of_kpi: Mapping[str, Any], unit: str, screening: bool
) -> Sentence:
    first = ranked[0]
    row = _of(of_kpi, "mu_star" if screening else "ST")[first]
    path = Name(first, code=True)
    low, high = (
        number(row["lower"], unit if screening else "1"),
        number(row["upper"], unit if screening else "1"),
    )
    if screening:
        return say(
            "{path} moves it most: by {value} over its range, either way ({low} to {high}).",
            path=path,
            value=number(row["value"], unit),
            low=low,
            high=high,
        )
    return say(
        "{path} matters most: {value} of the variance would stay if all else were known "
        "({low} to {high}).",
        path=path,
        value=number(row["value"]),
        low=low,
        high=high,
    )


def _morris(ranked: Sequence[str], of_kpi: Mapping[str, Any], unit: str) -> Figure:
    names = short_names(list(ranked))
    means, spreads = _of(of_kpi, "mu_star"), _of(of_kpi, "sigma")
    figure, (axes,) = canvas(right=1.75)
    for place, path in enumerate(ranked[:_MOST]):
        row, spread = means[path], spreads[path]["value"]
        axes.hlines(spread, row["lower"], row["upper"], color=SENTINEL["c1"], linewidth=1.2)
        axes.plot(
            [row["value"]], [spread], color=SENTINEL["c2"], marker="D", markersize=5,
            linestyle="none", label=column_label(path),
        )  # fmt: skip
        axes.annotate(
            str(place + 1), (row["value"], spread), xytext=(0, 6), textcoords="offset points",
            ha="center", color=INK,
        )  # fmt: skip
    most = max(spreads[path]["value"] for path in ranked)
    reach = max(means[path]["upper"] for path in ranked)
    edge = max(most, reach) or 1.0
    axes.set_xlim(min(0, *(means[path]["lower"] for path in ranked)), reach * 1.08 or 1.0)
    axes.set_ylim(0, most * 1.25 or 1.0)
    axes.plot([0, edge], [0, edge], color=MUTED, linewidth=1, linestyle=(0, (3, 2)))
    headed(axes, "sigma" if unit == "1" else f"sigma, {unit}")
    number_axis(axes)
    axes.locator_params(axis="x", nbins=4)
    axes.xaxis.set_major_formatter(lambda value, _: brief(value))
    axes.set_xlabel("mu*" if unit == "1" else f"mu*, {unit}", color=INK, labelpad=LABEL_PAD)
    top = axes.get_ylim()[1]
    legend = [
        EndLabel(top, f"{place + 1} {names[path]}", INK)
        for place, path in enumerate(ranked[:_LABELLED])
    ]
    end_labels(axes, _from_top(legend, top))
    return figure


def _from_top(labels: Sequence[EndLabel], top: float) -> list[EndLabel]:
    """Return labels one below the other, the first on top: their order is the ranks'."""
    step = top / max(len(labels), 1)
    return [
        EndLabel(top - step * (place + 0.5), each.text, each.colour)
        for place, each in enumerate(labels)
    ]


def _sobol(ranked: Sequence[str], of_kpi: Mapping[str, Any], unit: str) -> Figure:
    del unit
    shown = list(ranked[:_MOST])
    names = short_names(list(ranked))
    labels = [label for path in shown for label in (names[path], "in all")]
    figure, axes = rows_figure(labels, "share of the variance", right=0.3)
    for place, (index, full) in enumerate((("S1", True), ("ST", False))):
        rows = _of(of_kpi, index)
        for number_of_input, path in enumerate(shown):
            at, row = 2 * number_of_input + place, rows[path]
            axes.barh(
                at, row["value"], height=0.62, edgecolor=SENTINEL["c1" if full else "c2"],
                facecolor=BAND if full else "none", hatch=None if full else "////", linewidth=1.2,
                label=column_label(index),
            )  # fmt: skip
            axes.hlines(at, row["lower"], row["upper"], color=INK, linewidth=1.4)
    axes.axvline(0, color=MUTED, linewidth=0.8)
    few_ticks(axes)
    grid(axes, "x")
    return figure


def _table(of_kpi: Mapping[str, Any], unit: str) -> Table:
    columns = (
        Column("path", "input", "code"),
        Column("other", "with", "code"),
        Column("index", "index"),
        Column("value", "value", "number", unit),
        Column("lower", "from", "number", unit),
        Column("upper", "to", "number", unit),
    )
    return table("Indices", columns, of_kpi["indices"])


def _how(search: Search) -> tuple[Sentence, ...]:
    document = search.document
    about = say(
        "{points} of {inputs}, {replicas} at each, the same seeds at every point: what differs "
        "between two points comes from the inputs.",
        points=count(document["points"], "points"),
        inputs=count(len(document["inputs"]), "inputs"),
        replicas=count(document["replicas"], "replicas"),
    )
    if document["method"] == "morris":
        return about, say(
            "An elementary effect is the change of the figure over the whole range of one input; "
            "mu* is the mean of their sizes, sigma their spread: above the dashed line, where "
            "sigma exceeds mu*, effects change their sign or depend on other inputs."
        )
    return about, say(
        "First order (filled): the share of the variance that the input explains alone. Total "
        "(hatched): with everything that it does together with others."
    )
