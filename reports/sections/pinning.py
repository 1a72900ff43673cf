"""Who has which weights kept for money, what that cost, and what is kept no longer."""

from reports.run_view import RunView, base_units, records
from reports.section import Chapter, Content, asked_of
from reports.sentence import count, money, say
from reports.tables import Column, table

_KPIS = ("storage_paid", "bytes_stored", "tasks_with_model")
_COLUMNS = (
    Column("name", "model"),
    Column("version", "version", "count"),
    Column("domain", "task"),
    Column("stored", "published as"),
    Column("bytes", "size", "count", "bytes"),
    Column("paid", "paid for it", "money", "MNFT"),
    Column("first_tick", "from tick", "count"),
    Column("until_tick", "paid until tick", "number"),
    Column("state", "state"),
)


def _build(view: RunView) -> Content:
    rows = [{**row, "paid": base_units(row["paid"])} for row in records(view.table("stored"))]
    gone = sum(row["state"] == "let go" for row in rows)
    finding = say(
        "Owners paid {paid} to have {files} stored.",
        paid=money(sum(row["paid"] for row in rows)),
        files=count(len(rows), "files"),
    )
    if gone:
        finding += say(
            "Let go, for their models earned less than they cost: {gone}.", gone=count(gone, "1")
        )
    return Content(
        asked_of(view, *_KPIS),
        finding,
        tables=(table("Files at the pinner", _COLUMNS, rows),),
        how=(
            say(
                "A month is paid ahead, in a stream to the pinner. Another one is paid where the "
                "last brought the model at least what it costs. What is not paid for can be "
                "served by hosts that had loaded it, and forked or copied by nobody."
            ),
        ),
    )


CHAPTER = Chapter(
    "pinning", "Stored weights", "Which weights are worth their storage?", _build, table="stored"
)
