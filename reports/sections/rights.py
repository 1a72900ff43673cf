"""Which rights were sold apart from calls, and what their sellers gained."""

import pandas as pd

from reports.over_time import Panel, over_time
from reports.run_view import RunView, amounts, base_units, records
from reports.section import Chapter, Content, asked_of
from reports.sentence import Sentence, count, kpi_quantity, money, say
from reports.tables import Column, Table, table
from sim.kpis import KPI_BY_NAME

_KPIS = (
    *("makers_earned", "fork_rights_sold", "revenue_rights_sold"),
    *("inference_rights_sold", "calls_by_right", "weights_rights_sold", "rights_sold_on"),
    *("forks_by_right", "revenue_shared"),
)
_COLUMNS = (
    Column("tick", "tick", "count"),
    Column("model_id", "model", "count"),
    Column("kind", "right"),
    Column("seller", "seller"),
    Column("buyer", "buyer"),
    Column("units", "units", "count"),
    Column("amount", "paid", "money", "MNFT"),
    Column("own_worth", "worth to the seller", "money", "MNFT"),
)


def _by_kind(sold: pd.DataFrame, kind: str, what: str) -> Sentence:
    rows = sold[sold["kind"] == kind]
    if rows.empty:
        return say("")
    paid, own = (sum(amounts(rows[name])) for name in ("amount", "own_worth"))
    return say(
        "{what} went for {paid}, to their sellers they were worth {own}.",
        what=say(what),
        paid=money(paid),
        own=money(own),
    )


def _table(sold: pd.DataFrame) -> Table:
    rows = [
        {**row, **{name: base_units(row[name]) for name in ("amount", "own_worth")}}
        for row in records(sold)
    ]
    return table("Rights sold", _COLUMNS, rows)


def _build(view: RunView) -> Content:
    sold = view.require("rights", "No right was sold.").sort_values("tick", kind="stable")
    finding = say(
        "{sales} of rights of {models}.",
        sales=count(len(sold), "sales"),
        models=count(sold["model_id"].nunique(), "models"),
    )
    finding += _by_kind(sold, "fine-tune", "Rights to fork")
    finding += _by_kind(sold, "revenue", "Shares of revenue")
    finding += _by_kind(sold, "inference", "Rights to calls")
    finding += _by_kind(sold, "weights", "Rights to weights")
    sold_on = view.total("rights_sold_on")
    if sold_on:
        finding += say(
            "Of that {sold_on} went to others than the models' makers.",
            sold_on=kpi_quantity("rights_sold_on", sold_on),
        )
    earned, shared = view.at_end("makers_earned"), view.total("revenue_shared")
    if earned is not None and shared is not None:
        finding += say(
            "Creators earned {earned} in all; {shared} went to holders of shares.",
            earned=kpi_quantity("makers_earned", earned),
            shared=kpi_quantity("revenue_shared", shared),
        )
    since_start = pd.DataFrame(
        {
            "forks": view.kpi("fork_rights_sold").cumsum(),
            "revenue": view.kpi("revenue_rights_sold").cumsum(),
            "calls": view.kpi("inference_rights_sold").cumsum(),
            "weights": view.kpi("weights_rights_sold").cumsum(),
            "sold_on": view.kpi("rights_sold_on").cumsum(),
            "shared": view.kpi("revenue_shared").cumsum(),
        }
    )
    names = {
        "forks": "rights to fork",
        "revenue": "shares of revenue",
        "calls": "rights to calls",
        "weights": "rights to weights",
        "sold_on": "sold on by their holders",
        "shared": "paid to shares",
    }
    since_start = since_start.loc[:, since_start.any()]
    names = {name: label for name, label in names.items() if name in since_start}
    earned_panel = view.kpi("makers_earned").to_frame("earned")
    panels = [
        Panel("paid since the start, MNFT", "MNFT", since_start, names),
        Panel("earned by creators, MNFT", "MNFT", earned_panel, {"earned": "creators"}),
    ]
    caption = say("One value per tick; {path}", path=view.path)
    defined = [KPI_BY_NAME[name].definition for name in ("makers_earned", "revenue_shared")]
    return Content(
        asked_of(view, *_KPIS),
        finding,
        (over_time(view, "rights", "Rights sold, and what creators earned", caption, panels),),
        (_table(sold),),
        how=tuple(say("{what}.", what=say(each.capitalize())) for each in defined),
    )


CHAPTER = Chapter(
    "rights", "Rights", "Which rights were sold apart from calls, and who gained?", _build,
    table="rights",
)  # fmt: skip
