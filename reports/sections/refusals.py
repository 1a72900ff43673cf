"""What was refused, by reason."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from reports.charts import bars, beside, few_ticks, rows_figure
from reports.figures import Drawing
from reports.run_view import RunView
from reports.section import Chapter, Content, asked_of, worst
from reports.sentence import Name, count, say, share
from reports.tables import Column, table
from sim.claims import State

_MOST = 12
_UNEXPECTED = 0.01
_KEYS = ["place", "contract", "function", "reason", "expected"]

Row = Mapping[str, Any]


def _grouped(refusals: pd.DataFrame) -> list[Row]:
    refusals = refusals.assign(
        contract=refusals["contract"].fillna(""),
        function=refusals["function"].fillna(""),
        expected=refusals["expected"].astype(bool),
    )
    every = refusals["count"].sum()
    rows = []
    for key, each in refusals.groupby(_KEYS, sort=True):
        first = each["first_call"].dropna()
        first = first[first > 0] if key[0] == "chain" else first[:0]
        many = int(each["count"].sum())
        rows.append(
            {
                **dict(zip(_KEYS, key, strict=True)),
                "count": many,
                "part": many / every,
                "roles": ", ".join(sorted({str(role) for role in each["role"]})),
                "expectation": "expected" if each["expected"].iloc[0] else "not expected",
                "first_call": int(first.min()) if len(first) else None,
            }
        )
    return sorted(rows, key=lambda row: (-row["count"], row["reason"], row["function"]))


def _figure(rows: list[Row]) -> Figure:
    shown = rows[:_MOST]
    figure, axes = rows_figure([row["reason"] for row in shown], "refusals", left=2.0, right=0.72)
    axes.set_xlim(0, max(row["count"] for row in shown))
    bars(axes, "count", [row["count"] for row in shown], [row["expected"] for row in shown])
    for place, row in enumerate(shown):
        beside(axes, place, str(share(row["part"])))
    few_ticks(axes)
    return figure


def _build(view: RunView) -> Content:
    refusals = view.require("refusals", "Nothing was refused.")
    rows = _grouped(refusals)
    on_chain = [row for row in rows if row["place"] == "chain"]
    refused = sum(row["count"] for row in on_chain)
    transactions = view.manifest.counts.calls_compared
    top = rows[0]
    finding = say(
        "{refused} of {all} were refused on chain, {service} by services before; most often "
        "{reason} ({often}).",
        refused=count(refused, "1"),
        all=count(transactions, "transactions"),
        service=count(sum(row["count"] for row in rows) - refused, "requests"),
        reason=Name(top["reason"], code=True),
        often=count(top["count"], "times"),
    )
    unexpected = sum(row["count"] for row in on_chain if not row["expected"])
    state: State = "amber" if unexpected > _UNEXPECTED * max(1, transactions) else "green"
    columns = (
        Column("reason", "reason", "code"),
        Column("place", "refused by"),
        Column("contract", "contract", "code"),
        Column("function", "function", "code"),
        Column("count", "number", "count", "refusals"),
        Column("part", "of all refusals", "share", "%"),
        Column("roles", "whose"),
        Column("expectation", "by a strategy"),
        Column("first_call", "first call", "count"),
    )
    title = "Refusals by reason"
    caption = say("Filled: a strategy expects them; hatched: none does; {path}", path=view.path)
    return Content(
        worst("held" if state == "green" else state, asked_of(view, "calls_refused_share")),
        finding,
        (Drawing("refusals", title, caption, _figure(rows), table(title, columns, rows)),),
        how=(
            say(
                "Both sides refused for the same reason with the same arguments; the number of the "
                "first call is its line in {file}.",
                file=Name("trace.jsonl", code=True),
            ),
        ),
    )


CHAPTER = Chapter(
    "refusals", "Refusals by reason", "What was refused, and was it meant to be?", _build
)
