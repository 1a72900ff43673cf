"""Calls that payment channels paid for, past the settlement, and what models lost by it."""

import pandas as pd

from reports.over_time import Panel, over_time
from reports.run_view import RunView, amounts, records
from reports.section import Chapter, Content, asked_of
from reports.sentence import Sentence, count, kpi_quantity, money, say, share
from reports.tables import Column, Table, table
from sim.kpis import KPI_BY_NAME

_CALLS = {"calls_by_channel": "payment channel", "calls_settled": "settlement"}
_LOST = {
    "revenue_lost": "lost to models",
    "royalties_lost": "royalties lost",
    "royalties_paid": "royalties paid",
}
_CURRENCIES = ("MNFT", "stable", "coin")


def _row(currency: str, part: pd.DataFrame) -> dict[str, object]:
    return {
        "currency": currency,
        "channels": len(part),
        "users": part["user"].nunique(),
        "calls": int(part["calls"].sum()),
        "calls_per_day": float(part["calls_per_day"].median()),
        "value": sum(amounts(part["value"])),
    }


def _table(channels: pd.DataFrame) -> Table:
    columns = (
        Column("currency", "currency"),
        Column("channels", "channels", "count"),
        Column("users", "users", "count"),
        Column("calls", "calls", "count"),
        Column("calls_per_day", "median calls a day", "number"),
        Column("value", "paid, worth", "money", "MNFT"),
    )
    parts = ((name, channels[channels["currency"] == name]) for name in _CURRENCIES)
    rows = [_row(name, part) for name, part in parts if len(part)]
    return table("Payment channels by currency", columns, records(pd.DataFrame(rows)))


def _wrong(channels: pd.DataFrame) -> Sentence:
    calls = int(channels["calls"].sum())
    if not calls:
        return say("No call was made by one.")
    expected = float((channels["expected_wrong"] * channels["calls"]).sum()) / calls
    return say(
        "Nobody checked their answers: {wrong} were wrong, their users had expected {expected}.",
        wrong=share(int(channels["wrong"].sum()) / calls),
        expected=share(expected),
    )


def _build(view: RunView) -> Content:
    channels = view.require("channels", "Nobody opened a payment channel.")
    lost = {name: view.total(name) or 0.0 for name in _LOST}
    finding = say(
        "{channels} paid for {part} of the calls, {value} in all.",
        channels=count(len(channels), "channels"),
        part=share(view.at_end("channel_share")),
        value=money(sum(amounts(channels["value"]))),
    )
    finding += say(
        "Settled, the same calls would have brought their models {revenue}, of it {royalties} for "
        "the lineage, which was paid {paid}.",
        revenue=kpi_quantity("revenue_lost", lost["revenue_lost"]),
        royalties=kpi_quantity("royalties_lost", lost["royalties_lost"]),
        paid=kpi_quantity("royalties_paid", lost["royalties_paid"]),
    ) + _wrong(channels)
    calls = pd.DataFrame({name: view.kpi(name) for name in _CALLS})
    money_lost = pd.DataFrame({name: view.kpi(name).cumsum() for name in _LOST})
    panels = [
        Panel("calls by how they are paid, per tick", "calls", calls, _CALLS),
        Panel("lost and paid since the start, MNFT", "MNFT", money_lost, _LOST),
    ]
    caption = say("One value per tick; {path}", path=view.path)
    return Content(
        asked_of(view, "channel_share", "wrong_by_channel", *_CALLS, *_LOST),
        finding,
        (over_time(view, "channels", "Calls by payment channel", caption, panels),),
        (_table(channels),),
        how=(say("{what}.", what=say(KPI_BY_NAME["revenue_lost"].definition.capitalize())),),
    )


CHAPTER = Chapter(
    "channels", "Payment channels", "Who paid past the settlement, and what did models lose?",
    _build, table="channels",
)  # fmt: skip
