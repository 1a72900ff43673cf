"""The arms side by side over time: a panel per arm, equal axes, medians and outcome bands."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from reports.charts import column_label, grid, thinned
from reports.comparison_view import ComparisonView
from reports.figures import Drawing, canvas, headed, number_axis, tick_axis
from reports.run_view import duration, records
from reports.section import Chapter, Content
from reports.sentence import Sentence, count, kpi_quantity, say, stated_share
from reports.tables import Column, table
from reports.theme import BAND, INK, MUTED, SENTINEL
from sim.kpis import KPI_BY_NAME

SHOWN = ("revenue_total", "price_level", "gini_models", "deterrence_min")
"""Money, prices, concentration, deterrence: a figure each, where they were measured."""

MOST_ARMS = 6
LOW, HIGH = 0.1, 0.9


def _spread(paths: pd.DataFrame) -> pd.DataFrame:
    """Return median, outcome interval and one path by tick."""
    return pd.DataFrame(
        {
            "median": paths.median(axis=1),
            "low": paths.quantile(LOW, axis=1),
            "high": paths.quantile(HIGH, axis=1),
            "path": paths.iloc[:, 0],
        }
    )


def _draw(kpi: str, spreads: Mapping[str, pd.DataFrame], tick_name: str, *, banded: bool) -> Figure:
    known = KPI_BY_NAME[kpi]
    percent = known.number_format == "share"
    count_of = len(spreads)
    figure, panels = canvas(panels=count_of, height=0.95 + 1.35 * count_of)
    every = pd.concat(spreads.values())
    # A seed in which nothing was there to measure yet has no value in the first ticks.
    values = every.to_numpy(dtype=float)
    lower, upper = min(0.0, float(np.nanmin(values))), float(np.nanmax(values))
    room = 0.08 * (upper - lower) or 1.0
    for axes, (arm, spread) in zip(panels, spreads.items(), strict=True):
        _panel(axes, thinned(spread), banded=banded)
        axes.set_ylim(lower - (room if lower < 0 else 0), upper + room)
        number_axis(axes, percent=percent)
        grid(axes)
        headed(axes, arm if len(arm) < 46 else f"{arm[:44]}…")
    first, last = float(every.index.min()), float(every.index.max())
    tick_axis(panels[-1], tick_name, first, last)
    return figure


def _panel(axes: Axes, spread: pd.DataFrame, *, banded: bool) -> None:
    ticks = spread.index.to_numpy(dtype=float)
    if banded:
        axes.fill_between(ticks, spread["low"].to_numpy(), spread["high"].to_numpy(),
                          facecolor=BAND, edgecolor=SENTINEL["c1"], linewidth=0.8)  # fmt: skip
        axes.plot(ticks, spread["path"].to_numpy(), color=MUTED, linewidth=0.8,
                  linestyle=(0, (2, 2)), label=column_label("path"))  # fmt: skip
    axes.plot(ticks, spread["median"].to_numpy(), color=INK, linewidth=1.8,
              label=column_label("median"))  # fmt: skip


def _rows(kpi: str, spreads: Mapping[str, pd.DataFrame]) -> list[Mapping[str, Any]]:
    found: list[Mapping[str, Any]] = []
    for arm, spread in spreads.items():
        for row in records(thinned(spread).rename_axis("tick").reset_index()):
            values = {key: kpi_quantity(kpi, float(row[key])) for key in spread.columns}
            found.append({"arm": arm, "tick": int(row["tick"])} | values)
    return found


def _caption(view: ComparisonView, arm: str, least: int) -> Sentence:
    if least < 2:
        return say("One path, seed {seed}, in each panel",
                   seed=count(view.runs[arm][0].manifest.seed, "1"))  # fmt: skip
    return say(
        "Line: median over {seeds}; band: outcome interval, {low} to {high} of the seeds; dashes: "
        "one path, seed {seed}",
        seeds=count(least, "seeds"),
        low=stated_share(LOW),
        high=stated_share(HIGH),
        seed=count(view.runs[arm][0].manifest.seed, "1"),
    )


def _drawing(view: ComparisonView, kpi: str) -> Drawing | None:
    arms = view.comparison.candidates[:MOST_ARMS]
    paths = {arm: view.paths(kpi, arm) for arm in arms}
    paths = {arm: each for arm, each in paths.items() if not each.empty}
    if not paths:
        return None
    spreads = {arm: _spread(each) for arm, each in paths.items()}
    known = KPI_BY_NAME[kpi]
    unit = "%" if known.number_format == "share" else known.unit
    columns = (
        Column("arm", "arm"),
        Column("tick", "tick", "count"),
        *(Column(key, head, "number", unit)
          for key, head in (("median", "median"), ("low", f"{LOW:.0%} of seeds below"),
                            ("high", f"{HIGH:.0%} of seeds below"), ("path", "one path"))),
    )  # fmt: skip
    title = f"{known.label[0].upper()}{known.label[1:]} by arm, {unit}"
    ticks = f"tick ({duration(view.manifest.tick_seconds)} each)"
    least = min(each.shape[1] for each in paths.values())
    caption = _caption(view, next(iter(paths)), least)
    return Drawing(
        f"arms-{kpi}", title, caption, _draw(kpi, spreads, ticks, banded=least > 1),
        table(title, columns, _rows(kpi, spreads)),
    )  # fmt: skip


def _build(view: ComparisonView) -> Content:
    primary = view.comparison.primary
    wanted = dict.fromkeys((*((primary,) if primary else ()), *SHOWN))
    found = [drawing for kpi in wanted if (drawing := _drawing(view, kpi)) is not None]
    if not found:
        return Content("not exercised", say("No figure was measured in any tick."))
    arms = len(view.comparison.candidates)
    finding = say("{arms} over the same ticks, a panel each, with equal axes.",
                  arms=count(min(arms, MOST_ARMS), "arms"))  # fmt: skip
    if arms > MOST_ARMS:
        finding += say("The other {rest} are left out here.", rest=count(arms - MOST_ARMS, "arms"))
    return Content("not asked", finding, tuple(found))


CHAPTER = Chapter("arms", "The arms over time", "How did each arm get there?", _build)
