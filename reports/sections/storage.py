"""What forks save by being stored as one-bit deltas of their parents, and what that costs."""

from reports.run_view import RunView, base_units, records
from reports.section import Chapter, Content
from reports.sentence import count, money, say, share
from reports.tables import Column, table

_COLUMNS = (
    Column("name", "fork"),
    Column("domain", "task"),
    Column("stored", "published as"),
    Column("whole_bytes", "its file", "count", "bytes"),
    Column("delta_bytes", "its delta", "count", "bytes"),
    Column("whole_accuracy", "right, whole", "share"),
    Column("delta_accuracy", "right, as a delta", "share"),
)


def _build(view: RunView) -> Content:
    rows = records(view.table("deltas"))
    kept = [row for row in rows if row["stored"] == "delta"]
    finding = say(
        "{kept} of {forks} published as one-bit deltas of their parents.",
        kept=count(len(kept), "1"),
        forks=count(len(rows), "forks"),
    )
    if kept:
        finding += say(
            "They take {bytes} of their files' bytes.",
            bytes=share(
                sum(row["delta_bytes"] for row in kept) / sum(row["whole_bytes"] for row in kept)
            ),
        )
    stored = records(view.table("stored"))
    paid = {row["model_id"]: base_units(row["paid"]) for row in stored}
    if kept and paid:
        finding += say(
            "Storing them cost their owners {paid}.",
            paid=money(sum(paid.get(row["model_id"], 0) for row in kept)),
        )
    return Content(
        "not asked",
        finding,
        tables=(table("Forks, whole and as deltas", _COLUMNS, rows),),
        how=(
            say(
                "A delta has the sign of each weight's change and one scale per layer; biases are "
                "whole. Parent and delta make the registered file bit for bit. A fork whose delta "
                "would lose more accuracy than its maker gives up, or more income than the storage "
                "that it saves, is published whole. Accuracy is measured on the task's held-out "
                "drawings."
            ),
        ),
    )


CHAPTER = Chapter(
    "storage", "Deltas", "What does a fork save as a delta of its parent?", _build, table="deltas"
)
