"""Who changed what, and by which majority."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from reports.charts import beside, rows_figure
from reports.figures import Drawing, fitting, tick_axis
from reports.run_view import RunView, base_units, records
from reports.section import Chapter, Content, asked_of, worst
from reports.sentence import Name, Sentence, count, money, say, share
from reports.tables import Column, Table, table
from reports.theme import BAND, SENTINEL
from sim.claims import State

_MOST = 10
_LONGEST_REASON = 300

Row = Mapping[str, Any]


def _tick(value: Any) -> int | None:
    return None if pd.isna(value) or int(value) < 0 else int(value)


def _rows(proposals: pd.DataFrame) -> list[Row]:
    rows: list[Row] = []
    for each in records(proposals.sort_values("tick_proposed")):
        votes = {name: base_units(each[name]) for name in _VOTES}
        rows.append(
            {
                **votes,
                "proposal": str(each["proposal"]),
                "parameter": str(each["parameter"]),
                "change": f"{each['previous']} → {each['value']}",
                "proposed": _tick(each["tick_proposed"]),
                "decided": _tick(each["tick_decided"]),
                "executed": _tick(each["tick_executed"]),
                "outcome": str(each["outcome"]),
                "reason": str(each["reason"]),
            }
        )
    return rows


_VOTES = ("votes_for", "votes_against", "votes_abstain", "quorum")


def _figure(rows: list[Row], view: RunView) -> Figure:
    shown = rows[:_MOST]
    figure, axes = rows_figure([row["parameter"] for row in shown], "", left=1.4, right=0.95)
    last = float(view.manifest.ticks)
    for place, row in enumerate(shown):
        proposed = row["proposed"] or 0
        decided = row["decided"] if row["decided"] is not None else last
        box = (place - 0.3, 0.6)
        axes.broken_barh(
            [(proposed, decided - proposed)], box, facecolor=BAND, edgecolor=SENTINEL["c1"]
        )
        if row["executed"] is not None:
            axes.broken_barh(
                [(decided, row["executed"] - decided)], box,
                facecolor="none", edgecolor=SENTINEL["c2"], hatch="////",
            )  # fmt: skip
            axes.plot([row["executed"]], [place], marker="D", color=SENTINEL["c3"], markersize=7)
        beside(axes, place, fitting(row["outcome"], 60))
    tick_axis(axes, view.tick_name, 0, last)
    return figure


def _table(rows: list[Row]) -> Table:
    columns = (
        Column("parameter", "parameter", "code"),
        Column("change", "change, as stored"),
        Column("proposed", "proposed at tick", "count"),
        Column("decided", "decided at tick", "count"),
        Column("executed", "executed at tick", "count"),
        Column("outcome", "outcome"),
        Column("votes_for", "for", "money", "MNFT"),
        Column("votes_against", "against", "money", "MNFT"),
        Column("votes_abstain", "abstained", "money", "MNFT"),
        Column("quorum", "quorum", "money", "MNFT"),
        Column("reason", "reason"),
    )
    return table("Proposals", columns, rows)


def _largest_voters(view: RunView) -> tuple[float, int, float] | None:
    """Return the share of the three largest voters together, their number, the largest's alone."""
    votes = view.table("votes")
    weights = [base_units(each) for each in votes["weight"]]
    by_voter: dict[str, int] = {}
    for voter, weight in zip(votes["voter"], weights, strict=True):
        by_voter[str(voter)] = max(by_voter.get(str(voter), 0), weight)
    total = sum(by_voter.values())
    if not total:
        return None
    top = sorted(by_voter.values(), reverse=True)[:3]
    return sum(top) / total, len(top), top[0] / total


def _one(row: Row) -> Sentence:
    return say(
        "{parameter}: {outcome}, {votes} for and {against} against, quorum {quorum}.",
        parameter=Name(row["parameter"], code=True),
        outcome=Name(row["outcome"]),
        votes=money(row["votes_for"]),
        against=money(row["votes_against"]),
        quorum=money(row["quorum"]),
    )


def _build(view: RunView) -> Content:
    rows = _rows(view.require("proposals", "Nothing was put to the vote."))
    executed = [row for row in rows if row["executed"] is not None]
    finding = say(
        "{executed} of {all} changed a number.",
        executed=count(len(executed), "1"),
        all=count(len(rows), "proposals"),
    ) + _one(rows[0])
    state: State = "green"
    if any(row["votes_for"] + row["votes_abstain"] < row["quorum"] for row in executed):
        state = "INVALID"
        finding += say("A proposal was executed without its quorum.")
    largest = _largest_voters(view)
    if largest:
        together, voters, alone = largest
        finding += say(
            "The largest {voters} held {together} of the votes cast.",
            voters=count(voters, "voters"),
            together=share(together),
        )
        if alone > 0.5:
            state = worst(state, "amber")
            finding += say("One of them could decide alone.")
    reasons = tuple(
        say(
            "{parameter}: {reason}",
            parameter=Name(row["parameter"], code=True),
            reason=Name(row["reason"], length=_LONGEST_REASON),
        )
        for row in rows
        if row["reason"]
    )
    caption = say("Bar: open for votes; hatched: queued; diamond: executed; {path}", path=view.path)
    title = "Proposals over the run"
    return Content(
        worst(state if state != "green" else "held", asked_of(view, "votes_for_share")),
        finding,
        (Drawing("governance", title, caption, _figure(rows, view), _table(rows)),),
        notes=reasons,
        how=(say("Votes are weighted by tokens delegated at the proposal's snapshot, in MNFT."),),
    )


CHAPTER = Chapter("governance", "Governance", "Who changed what, and did it help?", _build)
