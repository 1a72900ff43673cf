"""Which models changed owners, and how much of the royalties due was paid."""

import pandas as pd

from reports.over_time import Panel, over_time
from reports.run_view import RunView, amounts, base_units, records
from reports.section import Chapter, Content, asked_of
from reports.sentence import Sentence, count, money, say, share
from reports.tables import Column, Table, table
from sim.kpis import KPI_BY_NAME

_WAD = 10**18
_KPIS = (
    *("resales", "resale_volume", "resale_royalties", "royalty_honoured"),
    *("sales_inside", "royalties_avoided", "paid_for_nothing"),
)


def _honoured(sales: pd.DataFrame) -> float | None:
    due = sum(amounts(sales["royalty_due"]))
    return sum(amounts(sales["royalty"])) / due if due else None


def _halves(sales: pd.DataFrame) -> Sentence:
    """Return how the share paid moved from the first half of the sales to the second."""
    middle = len(sales) // 2
    first, second = _honoured(sales.iloc[:middle]), _honoured(sales.iloc[middle:])
    if first is None or second is None:
        return say("")
    return say(
        "It was {first} in the first half of the sales and {second} in the second.",
        first=share(first),
        second=share(second),
    )


def _since_start(sales: pd.DataFrame, column: str) -> pd.Series:
    values = pd.Series(
        [amount / _WAD for amount in amounts(sales[column])], index=sales["tick"].astype(int)
    )
    return values.groupby(level=0).sum().cumsum()


def _table(sales: pd.DataFrame) -> Table:
    columns = (
        Column("tick", "tick", "count"),
        Column("model_id", "model", "count"),
        Column("seller", "seller"),
        Column("buyer", "buyer"),
        Column("price", "price", "money", "MNFT"),
        Column("royalty", "royalty paid", "money", "MNFT"),
        Column("royalty_due", "royalty due", "money", "MNFT"),
    )
    money_columns = ("price", "royalty", "royalty_due")
    rows = [
        {**row, **{name: base_units(row[name]) for name in money_columns}} for row in records(sales)
    ]
    return table("Sales", columns, rows)


def _inside(wrapped: pd.DataFrame) -> Sentence:
    """Return what became of the tokens that were sold for what their accounts held."""
    parts = {name: wrapped[wrapped["outcome"] == name] for name in ("sold", "emptied", "refused")}
    if wrapped.empty:
        return say("")
    return say(
        "{sold} were inside the account of a token without royalty, which avoided {avoided}. Of "
        "accounts emptied when the buyer came, {emptied} were paid for, {lost} in all, and "
        "{refused} refused by a buyer who had named their state.",
        sold=count(len(parts["sold"]), "sales"),
        avoided=money(sum(amounts(parts["sold"]["avoided"]))),
        emptied=count(len(parts["emptied"]), "1"),
        lost=money(sum(amounts(parts["emptied"]["price"]))),
        refused=count(len(parts["refused"]), "1"),
    )


def _build(view: RunView) -> Content:
    sales = view.require("sales", "No model was resold.").sort_values("tick", kind="stable")
    honoured = _honoured(sales)
    finding = say(
        "{sales} of {models} for {volume}.",
        sales=count(len(sales), "sales"),
        models=count(sales["model_id"].nunique(), "models"),
        volume=money(sum(amounts(sales["price"]))),
    )
    if honoured is None:
        finding += say("No royalty was due.")
    else:
        finding += say(
            "Of {due} of royalties due, {paid} was paid.",
            due=money(sum(amounts(sales["royalty_due"]))),
            paid=share(honoured),
        ) + _halves(sales)
    finding += _inside(view.table("wrapped"))
    royalties = pd.DataFrame(
        {"due": _since_start(sales, "royalty_due"), "paid": _since_start(sales, "royalty")}
    )
    volume = _since_start(sales, "price").to_frame("volume")
    panels = [
        Panel("royalties since the start, MNFT", "MNFT", royalties, {"due": "due", "paid": "paid"}),
        Panel("prices paid since the start, MNFT", "MNFT", volume, {"volume": "paid for models"}),
    ]
    caption = say("Sums over the sales so far, at ticks with a sale; {path}", path=view.path)
    return Content(
        asked_of(view, *_KPIS),
        finding,
        (over_time(view, "resales", "Sales of models and their royalties", caption, panels),),
        (_table(sales),),
        how=(say("{what}.", what=say(KPI_BY_NAME["royalty_honoured"].definition.capitalize())),),
    )


CHAPTER = Chapter(
    "resales", "Resales", "Which models changed owners, and who was paid?", _build, table="sales"
)
