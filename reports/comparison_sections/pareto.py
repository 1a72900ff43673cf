"""The primary outcome against others: which arms another one beats on both."""

from collections.abc import Sequence

from matplotlib.figure import Figure

from reports.charts import column_label, grid, margin_for
from reports.comparison_view import ComparisonView
from reports.effects import kpi_label, mean_of
from reports.figures import (
    LABEL_PAD,
    Drawing,
    EndLabel,
    brief,
    canvas,
    end_labels,
    fitting,
    headed,
)
from reports.section import Chapter, Content
from reports.sentence import Name, kpi_quantity, say
from reports.tables import Column, table
from reports.theme import INK, MUTED, SENTINEL
from sim.kpis import KPI_BY_NAME

MOST_PAIRS = 3
_NAME_ROOM = 80.0


def _goals(view: ComparisonView) -> tuple[str, ...]:
    directed = [
        kpi
        for kpi in view.comparison.kpis
        if KPI_BY_NAME[kpi].direction != "none" and kpi not in view.comparison.unvaried
    ]
    return tuple(directed)


def _scale(kpi: str) -> float:
    return 100.0 if KPI_BY_NAME[kpi].number_format == "share" else 1.0


def _unit(kpi: str) -> str:
    known = KPI_BY_NAME[kpi]
    return "%" if known.number_format == "share" else known.unit


def _figure(view: ComparisonView, first: str, second: str, dominated: Sequence[str]) -> Figure:
    compared = view.comparison
    names = [fitting(arm, _NAME_ROOM) for arm in compared.candidates]
    figure, panels = canvas(right=margin_for(names), left=0.66, top=0.56)
    axes = panels[0]
    labels = []
    for arm, name in zip(compared.candidates, names, strict=True):
        x, y = compared.mean(first, arm), compared.mean(second, arm)
        if x is None or y is None:
            continue
        over, up = _scale(first), _scale(second)
        axes.hlines(up * y.estimate, over * x.low, over * x.high, color=SENTINEL["c1"])
        axes.vlines(over * x.estimate, up * y.low, up * y.high, color=SENTINEL["c1"])
        axes.plot(
            [over * x.estimate], [up * y.estimate], color=SENTINEL["c2"], marker="o", markersize=8,
            fillstyle="none" if arm in dominated else "full", markeredgewidth=1.6,
            linestyle="none", label=column_label("first"),
        )  # fmt: skip
        labels.append((over * x.estimate, EndLabel(up * y.estimate, name, INK)))
    axes.margins(0.12)
    axes.set_xlim(axes.get_xlim())
    axes.set_ylim(axes.get_ylim())
    for x_at, label in labels:
        axes.plot([x_at, axes.get_xlim()[1]], [label.at, label.at], color=MUTED, linewidth=0.6,
                  linestyle=(0, (2, 3)))  # fmt: skip
    axes.locator_params(nbins=4)
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(lambda value, _: brief(value))
    known = KPI_BY_NAME[first]
    axes.set_xlabel(fitting(f"{known.label}, {_unit(first)}", 220), labelpad=LABEL_PAD)
    grid(axes)
    end_labels(axes, [label for _, label in labels])
    headed(axes, f"{KPI_BY_NAME[second].label}, {_unit(second)}", rows_above=1)
    headed(axes, f"better: {_way(first, 'right', 'left')} and {_way(second, 'up', 'down')}; "
                 "hollow: dominated")  # fmt: skip
    return figure


def _way(kpi: str, up: str, down: str) -> str:
    arrows = {"right": "→", "left": "←", "up": "↑", "down": "↓"}
    word = up if KPI_BY_NAME[kpi].direction == "up" else down
    return f"{arrows[word]} {word}"


def _drawing(view: ComparisonView, place: int, first: str, second: str) -> Drawing:
    compared = view.comparison
    dominated = compared.dominated(first, second)
    columns = (
        Column("arm", "arm"),
        Column("first", KPI_BY_NAME[first].label, "number", "as stated"),
        Column("first_interval", "interval"),
        Column("second", KPI_BY_NAME[second].label, "number", "as stated"),
        Column("second_interval", "interval"),
        Column("standing", "standing"),
    )
    rows = []
    for arm in compared.candidates:
        x, y = compared.mean(first, arm), compared.mean(second, arm)
        rows.append(
            {
                "arm": arm,
                "first": kpi_quantity(first, x.estimate if x else None),
                "first_interval": mean_of(x, first),
                "second": kpi_quantity(second, y.estimate if y else None),
                "second_interval": mean_of(y, second),
                "standing": "dominated" if arm in dominated else "on the front",
            }
        )
    title = f"{KPI_BY_NAME[first].label} and {KPI_BY_NAME[second].label}"
    caption = say("Means over seeds; lines are each mean's interval, whose label the table has")
    return Drawing(
        f"pareto-{place}", title, caption, _figure(view, first, second, dominated),
        table(title, columns, rows),
    )  # fmt: skip


def _build(view: ComparisonView) -> Content:
    goals = _goals(view)
    if len(goals) < 2:
        return Content("not exercised", say("Fewer than two outcomes have a better side and vary."))
    if any(view.comparison.mean(goals[0], arm) is None for arm in view.comparison.candidates):
        return Content("not exercised", say("One seed has no interval, so arms have no standing."))
    pairs = [(goals[0], other) for other in goals[1 : MOST_PAIRS + 1]]
    drawings = tuple(_drawing(view, at, *pair) for at, pair in enumerate(pairs))
    dominated = view.comparison.dominated(*pairs[0])
    slots = {"first": kpi_label(pairs[0][0]), "second": kpi_label(pairs[0][1])}
    finding = say("No arm is beaten on both {first} and {second}.", **slots)
    if dominated:
        listed = Name(", ".join(dominated), length=200)
        worded = "On {first} and {second} another arm is better on both means than {listed}."
        finding = say(worded, listed=listed, **slots)
    return Content(
        "not asked",
        finding,
        drawings,
        how=(say("Arms are ranked by their means; that a difference is more than chance is the "
                 "business of the paired differences above."),),
    )  # fmt: skip


CHAPTER = Chapter("pareto", "Trade-offs", "What is each gain paid with?", _build)
