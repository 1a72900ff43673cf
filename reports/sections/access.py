"""By what right users called: paying for each call, or having paid ahead."""

import pandas as pd

from protocol.access_terms import MODES
from reports.over_time import Panel, over_time
from reports.run_view import RunView, base_units, records
from reports.section import Chapter, Content, asked_of
from reports.sentence import Sentence, count, kpi_quantity, money, number, say, share
from reports.tables import Column, Table, table
from sim.kpis import KPI_BY_NAME

_CALLS = {
    "calls_paid_singly": "paid singly",
    "calls_by_subscription": "subscription",
    "calls_by_credits": "credits",
    "calls_by_grant": "grant",
}
_LEASES = ("leases", "calls_let", "rents")
_MONEY = {"subscriptions_sold": "subscriptions", "credits_sold": "credits", "breakage": "breakage"}


def _by_mode(used: pd.DataFrame, mode: str) -> pd.DataFrame:
    return used[used["mode"] == mode]


def _table(used: pd.DataFrame) -> Table:
    columns = (
        Column("mode", "by"),
        Column("users", "users", "count"),
        Column("calls", "calls", "count"),
        Column("calls_per_day", "median calls a day", "number"),
    )
    rows = []
    for mode in MODES:
        part = _by_mode(used, mode)
        if len(part):
            rows.append(
                {
                    "mode": mode,
                    "users": part["user"].nunique(),
                    "calls": int(part["calls"].sum()),
                    "calls_per_day": float(part["calls_per_day"].median()),
                }
            )
    return table("Rights of access that were used", columns, records(pd.DataFrame(rows)))


def _ahead(view: RunView) -> Sentence:
    totals = {name: view.total(name) or 0.0 for name in _MONEY}
    paid = totals["subscriptions_sold"] + totals["credits_sold"]
    if not paid:
        return say("Nothing was paid ahead.")
    return say(
        "Of {paid} paid ahead, {lapsed} lapsed unused.",
        paid=kpi_quantity("users_paid", paid),
        lapsed=share(totals["breakage"] / paid),
    )


_LEASE_COLUMNS = (
    Column("tick", "tick", "count"),
    Column("model_id", "model", "count"),
    Column("owner", "holder"),
    Column("tenant", "tenant"),
    Column("calls", "calls left", "count"),
    Column("rent", "rent", "money", "MNFT"),
)


def _leases(view: RunView) -> tuple[Sentence, tuple[Table, ...]]:
    """Return what was let, and for how much; nothing where no pass was."""
    if not view.has("leases"):
        return say(""), ()
    rows = [{**row, "rent": base_units(row["rent"])} for row in records(view.table("leases"))]
    finding = say(
        "{passes} with {calls} left were let for {rents}.",
        passes=count(len(rows), "passes"),
        calls=count(sum(row["calls"] for row in rows), "calls"),
        rents=money(sum(row["rent"] for row in rows)),
    )
    return finding, (table("Passes let", _LEASE_COLUMNS, rows),)


def _build(view: RunView) -> Content:
    used = view.require("access", "Every call was paid singly.")
    totals = {name: view.total(name) or 0.0 for name in _CALLS}
    settled = sum(totals.values())
    finding = say(
        "{granted} of {settled} were made by another right than paying for each.",
        granted=share(1 - totals["calls_paid_singly"] / settled) if settled else number(0),
        settled=count(settled, "calls"),
    ) + _ahead(view)
    let, leases = _leases(view)
    calls = pd.DataFrame({name: view.kpi(name) for name in _CALLS})
    ahead = pd.DataFrame({name: view.kpi(name).cumsum() for name in _MONEY})
    shown = {name: text for name, text in _CALLS.items() if calls[name].any()}
    panels = [
        Panel("calls settled by right of access, per tick", "calls", calls[[*shown]], shown),
        Panel("paid ahead and lapsed since the start, MNFT", "MNFT", ahead, _MONEY),
    ]
    caption = say("One value per tick; {path}", path=view.path)
    return Content(
        asked_of(view, *_CALLS, *_MONEY, *_LEASES),
        finding + let,
        (over_time(view, "access", "Calls by right of access", caption, panels),),
        (_table(used), *leases),
        how=(say("{what}.", what=say(KPI_BY_NAME["breakage"].definition.capitalize())),),
    )


CHAPTER = Chapter(
    "access", "Access", "By what right did users call, and what was paid ahead?", _build,
    table="access",
)  # fmt: skip
