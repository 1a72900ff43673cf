"""Paired differences from the baseline, one figure and table per arm."""

from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from reports.charts import beside, column_label, few_ticks, grid, rows_figure
from reports.comparison_view import ComparisonView
from reports.effects import difference, kpi_label, label_of, level_of, moved
from reports.figures import Drawing, headed
from reports.section import Chapter, Content
from reports.sentence import Name, Sentence, count, kpi_quantity, number, say, share, stated_share
from reports.tables import Column, Table, table
from reports.theme import BAND, INK, RULE, SENTINEL
from sim.claims import LEVEL
from sim.experiments.paired import Paired
from sim.experiments.statistics import bonferroni

MOST_FIGURES = 6
WIDEST = 1.1
"""Relative differences beyond this are drawn at the edge; the table has them."""


def row_of(paired: Paired, primary: str | None) -> Mapping[str, Any]:
    """Return the table's row of a paired difference."""
    interval, better = paired.difference, paired.better
    return {
        "kpi": say("{kpi}", kpi=kpi_label(paired.kpi)),
        "role": "primary" if paired.kpi == primary else "exploratory",
        "word": paired.word,
        "baseline": kpi_quantity(paired.kpi, paired.mean_of_baseline),
        "mean": difference(paired.kpi, paired.mean),
        "low": difference(paired.kpi, interval.low if interval else None),
        "high": difference(paired.kpi, interval.high if interval else None),
        "relative": paired.relative,
        "better": better.estimate if better else None,
        "better_low": better.low if better else None,
        "better_high": better.high if better else None,
        "dropped": paired.dropped,
        "d_z": paired.d_z,
        "n": paired.n,
        "level": level_of(interval) if interval else None,
        "method": interval.method if interval else "no interval: fewer than two pairs",
    }


def table_of(arm: str, baseline: str, rows: Sequence[Paired], primary: str | None) -> Table:
    """Return the effect sizes of an arm, one row per KPI."""
    columns = (
        Column("kpi", "outcome"),
        Column("role", "role"),
        Column("word", "says"),
        Column("baseline", f"mean of {baseline}", "number", "as stated"),
        Column("mean", "mean paired difference", "number", "as stated"),
        Column("low", "from", "number", "as stated"),
        Column("high", "to", "number", "as stated"),
        Column("relative", f"of {baseline}", "share", "%"),
        Column("better", "seeds better", "share", "%"),
        Column("better_low", "Wilson from", "share", "%"),
        Column("better_high", "Wilson to", "share", "%"),
        Column("n", "pairs", "count", "pairs"),
        Column("dropped", "dropped", "count", "pairs"),
        Column("level", "level", "share", "%"),
        Column("method", "method of the interval"),
        Column("d_z", "standardised, d_z", "number"),
    )
    return table(
        f"{arm} - {baseline}, seed by seed", columns, [row_of(each, primary) for each in rows]
    )


def draw(rows: Sequence[Paired], baseline: str, matters_from: float) -> Figure:
    """Return the forest plot of rows that have a relative difference and an interval."""
    names = [str(kpi_label(each.kpi)) for each in rows]
    figure, axes = rows_figure(names, f"% of the mean of {baseline}", left=1.85, right=0.95)
    ends = [_percents(each) for each in rows]
    reach = max([abs(end) for each in ends for end in each] + [150 * matters_from, 1.0])
    reach = min(reach, 100 * WIDEST)
    axes.set_xlim(-1.1 * reach, 1.1 * reach)
    if matters_from:
        axes.axvspan(-100 * matters_from, 100 * matters_from, facecolor=BAND, edgecolor=RULE)
    axes.axvline(0, color=INK, linewidth=1.4)
    axes.axhline(0.5, color=RULE, linewidth=0.8)
    for at, (each, (low, mean, high)) in enumerate(zip(rows, ends, strict=True)):
        _mark(axes, at, each.word == "differs", (low, mean, high), reach)
        beside(axes, at, str(share(each.relative)))
    grid(axes, "x")
    few_ticks(axes)
    headed(axes, "filled: clear of the band; hollow: not")
    return figure


def _percents(each: Paired) -> tuple[float, float, float]:
    if each.difference is None or each.relative is None or not each.mean_of_baseline:
        raise ValueError(f"{each.kpi} has no relative interval")
    scale = 100 / abs(each.mean_of_baseline)
    return scale * each.difference.low, 100 * each.relative, scale * each.difference.high


def _mark(axes: Axes, row: int, clear: bool, at: tuple[float, float, float], reach: float) -> None:
    low, mean, high = at
    axes.hlines(row, max(low, -1.1 * reach), min(high, 1.1 * reach), color=SENTINEL["c1"],
                linewidth=3)  # fmt: skip
    if abs(mean) > 1.1 * reach:
        axes.plot([1.05 * reach if mean > 0 else -1.05 * reach], [row], color=SENTINEL["c2"],
                  marker=">" if mean > 0 else "<", linestyle="none")  # fmt: skip
        return
    axes.plot(
        [mean],
        [row],
        color=SENTINEL["c2"],
        marker="o" if clear else "D",
        markersize=7,
        fillstyle="full" if clear else "none",
        markeredgewidth=1.6,
        linestyle="none",
        label=column_label("relative"),
    )


def drawable(rows: Sequence[Paired]) -> list[Paired]:
    """Return the rows that have an interval and a baseline to be measured in."""
    return [each for each in rows if each.difference is not None and each.relative is not None]


def _drawing(view: ComparisonView, place: int, arm: str) -> Drawing:
    compared = view.comparison
    rows = drawable(compared.rows[arm])
    first = rows[0].difference
    label = label_of(first) if first else say("no interval")
    caption = say(
        "{kpi}: {label}; the others are exploratory, at the level in the table",
        kpi=kpi_label(rows[0].kpi),
        label=label,
    )
    title = f"{arm} against {compared.baseline}"
    return Drawing(
        f"forest-{place}",
        title,
        caption,
        draw(rows, compared.baseline, compared.plan.matters_from),
        table_of(arm, compared.baseline, rows, compared.primary),
    )


def _levels(view: ComparisonView) -> Sentence:
    compared = view.comparison
    arms = max(1, len(compared.candidates) - 1)
    exploratory = len(compared.kpis) - (compared.primary is not None)
    return say(
        "The primary outcome is judged at {level} over all {arms} together, the {others} at "
        "{level} together: by Bonferroni each of them at {each}.",
        level=stated_share(LEVEL),
        arms=count(arms, "arms"),
        others=count(exploratory, "exploratory outcomes"),
        each=stated_share(float(f"{bonferroni(LEVEL, arms * exploratory):.4g}")),
    )


def _build(view: ComparisonView) -> Content:
    compared = view.comparison
    arms = compared.candidates[1:]
    finding = Sentence(())
    for arm in arms[:MOST_FIGURES]:
        rows = compared.rows[arm]
        if rows:
            word = Name(rows[0].word)
            finding += say("{arm}: {moved}: {word}.", arm=Name(arm), moved=moved(rows[0]),
                           word=word)  # fmt: skip
    drawn = [(place, arm) for place, arm in enumerate(arms) if drawable(compared.rows[arm])]
    notes = [_levels(view)]
    if compared.plan.matters_from:
        notes.append(say(
            "Differences within {band} of the baseline's mean are too small to matter.",
            band=stated_share(compared.plan.matters_from),
        ))  # fmt: skip
    return Content(
        "not asked",
        finding if finding.parts else say("There is no arm to compare with the baseline."),
        tuple(_drawing(view, place, arm) for place, arm in drawn[:MOST_FIGURES]),
        tables=tuple(
            table_of(arm, compared.baseline, compared.rows[arm], compared.primary) for arm in arms
        ),
        notes=tuple(notes),
        how=_how(),
    )


def _how() -> tuple[Sentence, ...]:
    return (
        say("Each difference is taken within a seed, whose replicas meet the same people and draws "
            "in every arm. A figure of a run is the KPI over its ticks, as the KPI table says."),
        say("Shown is the interval of the difference; two arms' own intervals may overlap although "
            "they differ. An interval in per cent is that of the difference, divided by the "
            "baseline's mean as if that were known."),
        say("It differs where the whole interval lies beyond the band, is equivalent where it "
            "lies within, and is undecided else. Better in a seed counts no ties. d_z is the mean "
            "of the differences over their standard deviation, {unit} per deviation.",
            unit=number(1)),
    )  # fmt: skip


CHAPTER = Chapter("forest", "Paired differences", "What does each arm change?", _build)
