"""Series over ticks as panels, with a table of the very points that are drawn."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pandas as pd
from matplotlib.axes import Axes

from reports.charts import Event, events, grid, lines, margin_for, thinned, threshold
from reports.figures import HEIGHT, Drawing, canvas, end_labels, headed, number_axis, tick_axis
from reports.run_view import RunView, records
from reports.sentence import Sentence
from reports.tables import Column, table


@dataclass(frozen=True)
class Panel:
    """
    One panel: what it measures, its series by tick, and the values it must not cross.

    `values` has a column per series, the index is the tick; `names` gives the lines' labels.
    """

    head: str
    unit: str
    values: pd.DataFrame
    names: Mapping[str, str]
    thresholds: Mapping[str, float] = field(default_factory=dict)
    heavy: bool = False
    log: bool = False
    percent: bool = False
    from_zero: bool = True


def over_time(
    view: RunView,
    slug: str,
    title: str,
    caption: Sentence,
    panels: Sequence[Panel],
    marked: Sequence[Event] = (),
) -> Drawing:
    """Return panels over the ticks of a run, one below the other."""
    drawn = [thinned(panel.values) for panel in panels]
    texts = [name for panel in panels for name in (*panel.names.values(), *panel.thresholds)]
    height = HEIGHT if len(panels) == 1 else 0.95 + 1.55 * len(panels)
    top = 0.52 if marked else 0.34
    figure, axes = canvas(panels=len(panels), height=height, right=margin_for(texts), top=top)
    for number, (axis, panel, values) in enumerate(zip(axes, panels, drawn, strict=True)):
        _scale(axis, panel, values)
        labels = lines(axis, values, panel.names, f"{number}:")
        labels += [
            threshold(axis, at, text, heavy=panel.heavy) for text, at in panel.thresholds.items()
        ]
        grid(axis)
        end_labels(axis, labels)
        headed(axis, panel.head, rows_above=1 if marked and number == 0 else 0)
    first = min((float(values.index.min()) for values in drawn if len(values)), default=0.0)
    last = max((float(values.index.max()) for values in drawn if len(values)), default=1.0)
    tick_axis(axes[-1], view.tick_name, first, last)
    events(axes, marked)
    joined = pd.concat(
        [values.add_prefix(f"{number}:") for number, values in enumerate(drawn)], axis=1
    ).sort_index()
    columns = [Column("tick", "tick", "count")]
    for number, panel in enumerate(panels):
        kind = "share" if panel.percent else "number"
        columns += [
            Column(f"{number}:{key}", name.replace("\n", " "), kind, panel.unit)  # type: ignore[arg-type]
            for key, name in panel.names.items()
        ]
    rows = records(joined.rename_axis("tick").reset_index())
    return Drawing(slug, title, caption, figure, table(title, columns, rows))


def _scale(axis: Axes, panel: Panel, values: pd.DataFrame) -> None:
    numbers = [float(each) for column in values for each in values[column].dropna()]
    numbers += list(panel.thresholds.values())
    if panel.log:
        numbers = [each for each in numbers if each > 0]
    lower, upper = (min(numbers), max(numbers)) if numbers else (0.0, 1.0)
    if panel.log:
        axis.set_ylim(lower / 1.25, upper * 1.25)
    else:
        lower = min(0.0, lower) if panel.from_zero else lower
        room = (upper - lower) * 0.08 or _least_room(panel, upper)
        axis.set_ylim(lower - (room if lower < 0 or not panel.from_zero else 0), upper + room)
    number_axis(axis, log=panel.log, percent=panel.percent)


def _least_room(panel: Panel, value: float) -> float:
    """Return the room around a line that never moves."""
    return 0.002 if panel.percent else abs(value) * 0.1 or 1.0
