"""What strict licences cost, whom they keep out, and the log of consents."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from reports.run_view import RunView, amounts
from reports.section import Chapter, Content, asked_of
from reports.sentence import count, say, share
from reports.tables import Column, Table, table

_POLICED = "models under a policy"

Row = Mapping[str, Any]


def _classes(users: pd.DataFrame) -> list[Row]:
    rows: list[Row] = []
    for (territory, sensitive), each in users.groupby(["territory", "sensitive"], sort=True):
        paid, policed = sum(amounts(each["paid"])), sum(amounts(each["paid_policed"]))
        expected = float(each["expected"].sum())
        rows.append(
            {
                "territory": str(territory),
                "use": "sensitive" if bool(sensitive) else "ordinary",
                "users": len(each),
                "attested": int(each["attested"].sum()),
                "paid": paid,
                "policed": policed,
                "part": policed / paid if paid else None,
                "served": int(each["served"].sum()) / expected if expected else None,
                "none": int((each["served"] == 0).sum()),
            }
        )
    return rows


def _users(rows: list[Row]) -> Table:
    columns = (
        Column("territory", "territory"),
        Column("use", "use"),
        Column("users", "users", "count", "users"),
        Column("attested", "attested", "count", "users"),
        Column("paid", "spent", "money", "MNFT"),
        Column("policed", f"settled for {_POLICED}", "money", "MNFT"),
        Column("part", "of what they spent", "share", "%"),
        Column("served", "calls served, of those usual", "share", "%"),
        Column("none", "without any call", "count", "users"),
    )
    return table("Who uses what", columns, rows)


def _consents(view: RunView) -> Table:
    columns = (
        Column("model_id", "model", "code"),
        Column("given", "consents given", "count", "consents"),
        Column("withdrawn", "withdrawn", "count", "consents"),
        Column("held", "held at the end", "count", "consents"),
        Column("calls_logged", "sensitive calls settled", "count", "calls"),
    )
    rows = [
        {str(key): int(value) for key, value in row.items()}
        for row in view.table("consents").to_dict("records")
    ]
    return table("The consent log", columns, rows)


def _build(view: RunView) -> Content:
    users = view.require("licensing", "No licence was strict.")
    rows = _classes(users)
    policed, all_paid = (sum(row[key] for row in rows) for key in ("policed", "paid"))
    finding = say(
        "Of what users spent {part} went to models under a policy, of what users in free "
        "territories with ordinary use spent {free}; {attested} were attested.",
        part=share(policed / all_paid if all_paid else None),
        free=share(_part_of(rows, "free", "ordinary")),
        attested=count(sum(row["attested"] for row in rows), "users"),
    )
    log = _consents(view)
    logged = sum(row["calls_logged"] for row in log.rows)
    notes = (
        say(
            "{given} were given and {withdrawn} withdrawn; {calls} were settled with consent and "
            "logged.",
            given=count(sum(row["given"] for row in log.rows), "consents"),
            withdrawn=count(sum(row["withdrawn"] for row in log.rows), "1"),
            calls=count(logged, "sensitive calls"),
        ),
    )
    how = say(
        "A user spends what hosts served, settled or not. Calls that are usual follow from a "
        "user's activity over the whole run, whether or not it left."
    )
    return Content(
        asked_of(view, "policed_revenue_share"),
        finding,
        tables=(_users(rows), log),
        notes=notes,
        how=(how,),
    )


def _part_of(rows: list[Row], territory: str, use: str) -> float | None:
    of = [row for row in rows if (row["territory"], row["use"]) == (territory, use)]
    return of[0]["part"] if of else None


CHAPTER = Chapter(
    "licensing",
    "Licences and policies",
    "What does a strict licence cost, and whom does it keep out?",
    _build,
    table="licensing",
)
