"""What came from outside, and how the market stood in those ticks."""

import pandas as pd

from reports.over_time import Panel, over_time
from reports.run_view import NotExercised, RunView
from reports.section import Chapter, Content
from reports.sentence import Name, Sentence, count, number, say, share
from sim.kpis import KPI_BY_NAME

_HEADS = {
    "demand": "demand, usual = 1",
    "outages": "share of calls that fail everywhere",
    "token_price": "token's price, first tick = 1",
    "coin_price": "coin's price, first tick = 1",
}
_PRICES = ("token_price", "coin_price")
_ANSWERS = ("calls_served", "calls_unserved_share", "active_users", "price_per_1000_calls")
"""Figures of a tick alone: those that sum since the start would follow any trend."""
_LEAST_TICKS = 10
"""Below that many ticks a rank correlation says nothing."""


def _said(name: str, target: str, values: pd.Series) -> Sentence:
    slots = {"name": Name(name, code=True)}
    if target == "outages":
        failing = values[values > 0]
        worst = share(float(values.max()))
        hit = count(len(failing), "ticks")
        return say(
            "{name} failed calls in {hit}, at worst {worst} of them.", hit=hit, worst=worst, **slots
        )
    relative = values / float(values.iloc[0]) if target in _PRICES else values
    low, high = int(relative.to_numpy().argmin()), int(relative.to_numpy().argmax())
    return say(
        "{name} moved between {low} (tick {at_low}) and {high} (tick {at_high}).",
        low=number(float(relative.iloc[low])),
        at_low=count(int(relative.index[low]), "1"),
        high=number(float(relative.iloc[high])),
        at_high=count(int(relative.index[high]), "1"),
        **slots,
    )


def _together(view: RunView, name: str, values: pd.Series) -> list[Sentence]:
    """Return how key figures moved with a shock: rank correlations over ticks."""
    found = []
    for kpi in _ANSWERS:
        figures = view.kpi(kpi)
        both = pd.concat([values, figures], axis=1, join="inner").dropna()
        if len(both) < _LEAST_TICKS or both.nunique().min() < 2:
            continue
        rank = float(both.iloc[:, 0].corr(both.iloc[:, 1], method="spearman"))
        found.append(
            say(
                "{kpi} and {name}: rank correlation {rank} over {ticks}.",
                kpi=Name(KPI_BY_NAME[kpi].label),
                name=Name(name, code=True),
                rank=number(rank),
                ticks=count(len(both), "ticks"),
            )
        )
    return found


def _build(view: RunView) -> Content:
    shocks = view.table("shocks")
    if shocks.empty:
        raise NotExercised(say("Nothing came from outside."))
    finding, notes, panels = say(""), [], []
    for target, rows in shocks.groupby("target", sort=True):
        paths = rows.pivot(index="tick", columns="name", values="value")
        if target in _PRICES:
            paths = paths / paths.iloc[0]
        names = {name: str(name) for name in paths.columns}
        panels.append(Panel(_HEADS[str(target)], "1", paths, names, percent=target == "outages"))
        for name in paths.columns:
            finding += _said(str(name), str(target), paths[name])
            notes += _together(view, str(name), paths[name])
    drawing = over_time(
        view,
        "shocks",
        "What came from outside",
        say("Paths known before the first tick; {path}", path=view.path),
        panels,
    )
    how = say(
        "Paths of {file}, drawn before the first tick or read from a file. Rank correlations are "
        "Spearman's, tick by tick, of one path: they say what moved together, not why.",
        file=Name("tables/shocks.parquet", code=True),
    )
    return Content("not asked", finding, (drawing,), notes=tuple(notes), how=(how,))


CHAPTER = Chapter(
    "shocks", "Shocks", "What came from outside, and what moved with it?", _build, table="shocks"
)
