"""Whose weights were copied, and what the copies took."""

from reports.run_view import RunView, records
from reports.section import Chapter, Content, asked_of
from reports.sentence import count, say, share
from reports.tables import Column, table

_COLUMNS = (
    Column("tick", "tick", "count"),
    Column("name", "copy"),
    Column("original", "of"),
    Column("accuracy", "right", "share"),
    Column("paid_by_users", "paid by users", "money", "MNFT"),
)


def _build(view: RunView) -> Content:
    rows = [
        {**row, "paid_by_users": int(row["paid_by_users"])} for row in records(view.table("copies"))
    ]
    finding = say(
        "{copies} of other people's models took {share} of what users paid.",
        copies=count(len(rows), "copies"),
        share=share(view.at_end("copied_revenue_share")),
    )
    return Content(
        asked_of(view, "copies", "copied_revenue_share", "originals_earned"),
        finding,
        tables=(table("Copies", _COLUMNS, rows),),
        how=(
            say(
                "A copier reads the original's weights, adds the same number to every logit, so "
                "that the file is another one with the same answers, and registers it without a "
                "lineage. It owes no royalty. That a copy is one only the simulation knows."
            ),
        ),
    )


CHAPTER = Chapter("copying", "Copies", "What do copies take?", _build, table="copies")
