"""Who paid and who got it: flows of the run, and the lineage with the money on it."""

from collections.abc import Mapping

import pandas as pd
from matplotlib.figure import Figure

from reports.figures import Drawing
from reports.lineage_graph import draw_lineage, lineage_rows
from reports.run_view import RunView, amounts, base_units
from reports.sankey import draw_sankey
from reports.section import Chapter, Content
from reports.sentence import Name, Sentence, count, money, say, share
from reports.tables import Column, Table, table
from sim.claims import State

_SHOWN = {"undistributed": "accrued"}
"""What the table calls otherwise: long names do not fit beside a flow."""

PAYEES = ("protocol", "validators", "hosts", "data", "models")


def _merged(frame: pd.DataFrame) -> dict[tuple[str, str], int]:
    flows: dict[tuple[str, str], int] = {}
    for source, target, amount in zip(
        frame["source"], frame["target"], amounts(frame["amount"]), strict=True
    ):
        key = (str(source), str(target))
        flows[key] = flows.get(key, 0) + amount
    return flows


def _flow_table(flows: Mapping[tuple[str, str], int], paid: int) -> Table:
    columns = (
        Column("source", "from"),
        Column("target", "to"),
        Column("amount", "amount", "money", "MNFT"),
        Column("part", "of what users paid", "share", "%"),
    )
    rows = [
        {
            "source": source,
            "target": _SHOWN.get(target, target),
            "amount": amount,
            "part": amount / paid if paid else None,
        }
        for (source, target), amount in flows.items()
    ]
    return table("Flows of the run", columns, rows)


def _drawn(flows: Mapping[tuple[str, str], int]) -> Figure:
    return draw_sankey(
        {(source, _SHOWN.get(target, target)): amount for (source, target), amount in flows.items()}
    )


def _judge(flows: Mapping[tuple[str, str], int], paid: int, dust: int) -> tuple[State, Sentence]:
    into_models = flows.get(("users", "models"), 0)
    out_of_models = flows.get(("models", "contributors"), 0) + dust
    # What stays undistributed is signed: below zero more left than ever came in.
    left = flows.get(("models", "undistributed"), into_models - out_of_models)
    if left < 0:
        return "INVALID", say("More left the models' accruals than came in.")
    empty = [target for target in PAYEES if flows.get(("users", target)) == 0]
    if empty and paid:
        return "amber", say("{who} got nothing.", who=Name(", ".join(empty)))
    return "green", say("All parts add up to what was paid.")


def _lineage(view: RunView) -> tuple[Drawing, ...]:
    rows = lineage_rows(view.table("models"), view.table("model_money"), view.table("merges"))
    if not rows:
        return ()
    columns = (
        Column("label", "model"),
        Column("depth", "depth", "count", "levels"),
        Column("parent", "parents"),
        Column("royalty", "royalties to parents", "share", "%"),
        Column("paid", "paid by users", "money", "MNFT"),
        Column("received", "royalties received", "money", "MNFT"),
        Column("passed_on", "royalties paid", "money", "MNFT"),
        Column("kept", "kept", "money", "MNFT"),
    )
    caption = say(
        "Models below their parents; circle: kept; line: royalties paid, dashed to a merged "
        "model's further parents; {path}",
        path=view.path,
    )
    drawn = table("Models that kept most, in their lineage", columns, rows)
    return (Drawing("lineage", "The lineage and its money", caption, draw_lineage(rows), drawn),)


def _deepest(view: RunView) -> int:
    depths = view.table("models")["depth"]
    return int(depths.max()) if len(depths) else 0


def _build(view: RunView) -> Content:
    every = view.require("flows", "No payment was made, so nothing flowed.")
    is_dust = (every["source"] == "dust") | (every["target"] == "dust")
    dust = sum(amounts(every[is_dust]["amount"]))
    flows = _merged(every[~is_dust])
    paid = sum(amount for (source, _), amount in flows.items() if source == "users")
    if not paid:
        return Content("not exercised", say("Users paid nothing, so nothing flowed."))
    state, judged = _judge(flows, paid, dust)
    royalties = sum(base_units(each) for each in view.table("model_money")["royalties_paid"])
    finding = say(
        "Of {paid} paid, {hosts} reached hosts and {royalties} moved up the lineage through "
        "{levels}; {left} was not yet distributed. {judged}",
        paid=money(paid),
        hosts=share(flows.get(("users", "hosts"), 0) / paid),
        royalties=share(royalties / paid),
        levels=count(_deepest(view), "levels"),
        left=money(flows.get(("models", "undistributed"), dust)),
        judged=judged,
    )
    caption = say(
        "Width is MNFT over the whole run; accrued: not yet distributed; {path}", path=view.path
    )
    title = "Who paid and who got it"
    sankey = Drawing("flows", title, caption, _drawn(flows), _flow_table(flows, paid))
    return Content(
        state,
        finding,
        (sankey, *_lineage(view)),
        how=(
            say(
                "Flows are sums of {event} and {distributed} events in base units, exact.",
                event=Name("Credited", code=True),
                distributed=Name("Distributed", code=True),
            ),
        ),
    )


CHAPTER = Chapter("money", "Money flow", "Who pays, who gets?", _build)
