"""Marks that several sections draw: lines over ticks, thresholds, events, bars, dots."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from reports.figures import (
    LABEL_PAD,
    POINTS,
    WIDTH,
    EndLabel,
    apart,
    brief,
    canvas,
    figure_of,
    fitting,
    text_width,
)
from reports.theme import BAND, INK, MUTED, RULE, SENTINEL, SERIES

MOST_POINTS = 500
_ROW = 15.0


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened at a tick and is marked across the panels."""

    tick: float
    label: str


def thinned(values: pd.DataFrame, most: int = MOST_POINTS) -> pd.DataFrame:
    """
    Return the rows to draw: all, or per bin those of each column's least and greatest value.

    The index is the tick; both ends stay.
    """
    if len(values) <= most:
        return values
    bins = np.array_split(np.arange(len(values)), max(1, most // (2 * values.shape[1])))
    kept = {0, len(values) - 1}
    for column in values.columns:
        numbers = values[column].to_numpy(dtype=float)
        for members in bins:
            inside = numbers[members]
            if not np.isnan(inside).all():
                kept.add(int(members[np.nanargmin(inside)]))
                kept.add(int(members[np.nanargmax(inside)]))
    return values.iloc[sorted(kept)]


def column_label(key: str) -> str:
    """Return the label, never shown, of marks that have a column of the figure's table."""
    return f"column-{key}"


def lines(
    axes: Axes, values: pd.DataFrame, names: Mapping[str, str], prefix: str = ""
) -> list[EndLabel]:
    """Draw a line per column over the index; return the labels for their right ends."""
    labels: list[EndLabel] = []
    for (column, name), (colour, dashes, marker) in zip(names.items(), SERIES, strict=False):
        drawn = values[column].dropna()
        if drawn.empty:
            continue
        single = len(drawn) == 1
        axes.plot(
            drawn.index.to_numpy(dtype=float),
            drawn.to_numpy(dtype=float),
            color=colour,
            linestyle="-" if dashes[0] is None else (0, dashes),
            marker=marker,
            markersize=4,
            markevery=[0] if single else [len(drawn) - 1],
            label=column_label(f"{prefix}{column}"),
        )
        labels.append(EndLabel(float(drawn.iloc[-1]), name, colour))
    return labels


def threshold(axes: Axes, value: float, label: str, *, heavy: bool = False) -> EndLabel:
    """Draw a line across that a value should not cross; return its label in words."""
    axes.axhline(value, color=INK, linewidth=2.4 if heavy else 1.2)
    return EndLabel(value, label, INK)


def margin_for(labels: Sequence[str]) -> float:
    """Return the right margin in inches that end labels need."""
    widest = max((text_width(line) for label in labels for line in label.split("\n")), default=0)
    return max(0.15, (widest + 12) / POINTS)


def events(panels: Sequence[Axes], marked: Sequence[Event]) -> None:
    """Draw dashes through all panels at events, labelled above the first."""
    if not marked:
        return
    figure = figure_of(panels[0])
    box = panels[0].get_position()
    height = figure.get_size_inches()[1] * POINTS
    for axes in panels:
        for event in marked:
            axes.axvline(event.tick, color=MUTED, linewidth=1, linestyle=(0, (3, 2)))
    to_figure = panels[0].transData + figure.transFigure.inverted()
    wanted = [float(to_figure.transform((event.tick, 1))[0]) * WIDTH * POINTS for event in marked]
    widest = max(text_width(event.label) for event in marked) + 5
    ends = (box.x0 * WIDTH * POINTS, WIDTH * POINTS - widest / 2)
    for event, place in zip(marked, apart(wanted, [widest] * len(wanted), *ends), strict=True):
        figure.text(
            place / (WIDTH * POINTS), box.y1 + 4 / height, event.label,
            color=MUTED, ha="center", va="bottom",
        )  # fmt: skip


def rows_figure(
    names: Sequence[str],
    x_label: str,
    *,
    left: float = 1.75,
    right: float = 0.7,
    bottom: float = 0.56,
) -> tuple[Figure, Axes]:
    """Return a figure with one labelled row per name, the first on top."""
    height = 0.3 + bottom + max(3, len(names)) * _ROW * 1.1 / POINTS
    figure, panels = canvas(height=height, left=left, right=right, top=0.3, bottom=bottom)
    axes = panels[0]
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.set_yticks(
        range(len(names)), [fitting(name, left * POINTS - 12) for name in names], color=INK
    )
    axes.tick_params(axis="y", length=0)
    axes.set_xlabel(x_label, color=INK, labelpad=LABEL_PAD)
    return figure, axes


def few_ticks(axes: Axes, *, log: bool = False) -> None:
    """Give a row figure's x at most three or four labels that keep apart."""
    if not log:
        axes.locator_params(axis="x", nbins=3)
        axes.xaxis.set_major_formatter(lambda value, _: brief(value))
        return
    axes.set_xscale("log")
    lower, upper = axes.get_xlim()
    first, last = int(np.floor(np.log10(lower))), int(np.ceil(np.log10(upper)))
    axes.set_xlim(10.0**first, 10.0**last)
    step = max(1, -(-(last - first) // 3))
    axes.set_xticks([10.0**power for power in range(first, last + 1, step)])
    axes.set_xticks([], minor=True)
    axes.xaxis.set_major_formatter(lambda value, _: brief(value))


def bars(axes: Axes, key: str, values: Sequence[float], filled: Sequence[bool]) -> None:
    """Draw horizontal bars from zero; filled ones are outlined too, the others hatched."""
    for row, (value, full) in enumerate(zip(values, filled, strict=True)):
        (bar,) = axes.barh(
            row,
            value,
            height=0.62,
            edgecolor=SENTINEL["c1" if full else "c2"],
            facecolor=BAND if full else "none",
            linewidth=1.2,
            hatch=None if full else "////",
        )
        bar.set_label(column_label(key))


def dots(
    axes: Axes, key: str, values: Sequence[float], lower: Sequence[float], upper: Sequence[float]
) -> None:
    """Draw a dot with a range per row."""
    rows = list(range(len(values)))
    axes.hlines(rows, lower, upper, color=SENTINEL["c1"], linewidth=3)
    axes.plot(
        values,
        rows,
        color=SENTINEL["c2"],
        marker="D",
        markersize=5,
        linestyle="none",
        label=column_label(key),
    )


def beside(axes: Axes, row: int, text: str) -> None:
    """Write a row's value right of the axes."""
    axes.annotate(
        text,
        (1, row),
        xycoords=("axes fraction", "data"),
        xytext=(5, 0),
        textcoords="offset points",
        va="center",
        color=INK,
        annotation_clip=False,
    )


def grid(axes: Axes, axis: str = "y") -> None:
    """Draw faint lines behind the marks."""
    axes.grid(visible=True, axis=axis, color=RULE, alpha=0.25, linewidth=0.6)  # type: ignore[arg-type]
    axes.set_axisbelow(True)
