"""Whether this is an economy at all: stylised facts beside their observed intervals."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import matplotlib.figure
import numpy as np

from reports.charts import beside, rows_figure
from reports.concentration import gini, held_by_richest
from reports.figures import Drawing
from reports.run_view import RunView, amounts
from reports.section import Chapter, Content
from reports.sentence import Quantity, count, number, say, share
from reports.tables import Column, Table, table
from reports.theme import BAND, SENTINEL

_BEYOND = 0.6
_SECONDS_PER_YEAR = 31_536_000


@dataclass(frozen=True, slots=True)
class Fact:
    """A stylised fact: where it has been observed to lie, and how a run shows it."""

    key: str
    name: str
    lower: float
    upper: float
    is_share: bool
    measure: Callable[[RunView], float | None]

    def quantity(self, value: float | None) -> Quantity:
        """Return a value as the fact is written."""
        return share(value) if self.is_share else number(value)


def _calls(view: RunView) -> list[float]:
    calls = view.table("users")["calls"].astype(float)
    return list(calls[calls > 0])


def _revenue(view: RunView) -> list[float]:
    return [float(each) for each in amounts(view.table("model_money")["paid_by_users"])]


def _usage_gini(view: RunView) -> float | None:
    calls = _calls(view)
    return gini(calls) if calls else None


def _usage_top(view: RunView) -> float | None:
    calls = _calls(view)
    return held_by_richest(calls, 0.1) if calls else None


def _unpaid_models(view: RunView) -> float | None:
    revenue = _revenue(view)
    return sum(each == 0 for each in revenue) / len(revenue) if revenue else None


def _revenue_top(view: RunView) -> float | None:
    revenue = _revenue(view)
    return held_by_richest(revenue, 0.1) if sum(revenue) > 0 else None


def _revenue_gini(view: RunView) -> float | None:
    revenue = _revenue(view)
    return gini(revenue) if sum(revenue) > 0 else None


def _latest(view: RunView) -> Any:
    return view.table("models").drop_duplicates("model_id", keep="last")


def _forks(view: RunView) -> float | None:
    models = _latest(view)
    return float((models["parent_id"] != 0).mean()) if len(models) else None


def _forked_forks(view: RunView) -> float | None:
    models = _latest(view)
    forks = models[models["parent_id"] != 0]
    return float(forks["model_id"].isin(models["parent_id"]).mean()) if len(forks) else None


def _churn(view: RunView) -> float | None:
    churn = view.kpi("user_churn")
    return float(churn.mean()) if len(churn) else None


def _uptime(view: RunView) -> float | None:
    uptime = view.kpi("host_uptime")
    return float(uptime.mean()) if len(uptime) else None


def _honest_slashes(view: RunView) -> float | None:
    slashes, hosts = view.total("honest_slashes"), view.kpi("active_hosts")
    years = float(hosts.sum()) * view.manifest.tick_seconds / _SECONDS_PER_YEAR
    return slashes / years if slashes is not None and years else None


FACTS: tuple[Fact, ...] = (
    Fact("SF1", "Gini of users' calls", 0.65, 0.97, False, _usage_gini),
    Fact("SF1", "calls of top tenth", 0.45, 0.95, True, _usage_top),
    Fact("SF2", "models never paid", 0.50, 0.97, True, _unpaid_models),
    Fact("SF2", "revenue of top tenth", 0.60, 1.0, True, _revenue_top),
    Fact("SF2", "Gini of revenue", 0.70, 0.99, False, _revenue_gini),
    Fact("SF3", "forks that have forks", 0.02, 0.15, True, _forked_forks),
    Fact("SF3", "forks of all models", 0.15, 0.60, True, _forks),
    Fact("SF10", "churn in 30 days", 0.03, 0.10, True, _churn),
    Fact("SF11", "host uptime", 0.995, 0.9995, True, _uptime),
    Fact("SF11", "honest slashes/year", 0.0, 0.001, False, _honest_slashes),
)
"""The facts that one market without entrants can show, with their calibrated intervals."""


def _figure(rows: list[Mapping[str, Any]]) -> matplotlib.figure.Figure:
    names = [f"{row['fact']} {row['name']}" for row in rows]
    figure, axes = rows_figure(names, "0 to 1: the observed interval", left=1.95, right=0.85)
    axes.axvspan(0, 1, facecolor=BAND, edgecolor=SENTINEL["c1"], linewidth=1)
    axes.set_xlim(-_BEYOND, 1 + _BEYOND)
    axes.set_xticks([0, 1])
    for place, row in enumerate(rows):
        at = float(np.clip(row["scaled"], -_BEYOND + 0.08, 1 + _BEYOND - 0.08))
        outside = row["inside"] == "no"
        axes.plot(
            [at], [place], marker="X" if outside else "o", markersize=7, linestyle="none",
            color=SENTINEL["c2" if outside else "c1"],
        )  # fmt: skip
        beside(axes, place, str(row["value"]))
    return figure


def _table(rows: list[Mapping[str, Any]]) -> Table:
    columns = (
        Column("fact", "fact", "code"),
        Column("name", "what"),
        Column("value", "this path", "number", "as stated"),
        Column("lower", "observed from", "number", "as stated"),
        Column("upper", "to", "number", "as stated"),
        Column("scaled", "place in the interval", "number", "1"),
        Column("inside", "inside"),
    )
    return table("Stylised facts", columns, rows)


def _rows(view: RunView) -> list[Mapping[str, Any]]:
    rows: list[Mapping[str, Any]] = []
    for fact in FACTS:
        value = fact.measure(view)
        if value is None or math.isnan(value):
            continue
        rows.append(
            {
                "fact": fact.key,
                "name": fact.name,
                "value": fact.quantity(value),
                "lower": fact.quantity(fact.lower),
                "upper": fact.quantity(fact.upper),
                "scaled": (value - fact.lower) / (fact.upper - fact.lower),
                "inside": "yes" if fact.lower <= value <= fact.upper else "no",
            }
        )
    return rows


def _build(view: RunView) -> Content:
    rows = _rows(view)
    if not rows:
        return Content("not exercised", say("The run measured none of the stylised facts."))
    inside = sum(row["inside"] == "yes" for row in rows)
    finding = say(
        "{inside} of {all} lie inside their observed interval on this path; "
        "a median over at least {seeds} would assess them.",
        inside=count(inside, "1"),
        all=count(len(rows), "stylised facts"),
        seeds=count(10, "seeds"),
    )
    caption = say("Cross: outside, beyond the edge where far; {path}", path=view.path)
    title = "Stylised facts"
    return Content(
        "not assessed",
        finding,
        (Drawing("facts", title, caption, _figure(rows), _table(rows)),),
        how=(
            say(
                "Intervals are those of published markets for models, hosts and users; facts that "
                "need entrants, rival platforms or years are left out."
            ),
        ),
    )


CHAPTER = Chapter("plausibility", "Plausibility", "Is this an economy at all?", _build)
