"""Who bought keys of sealed weights, and what that brought their makers."""

from reports.run_view import RunView, records
from reports.section import Chapter, Content, asked_of
from reports.sentence import count, money, say
from reports.tables import Column, table

_COLUMNS = (
    Column("tick", "tick", "count"),
    Column("name", "model"),
    Column("version", "version", "count"),
    Column("asker", "asked by"),
    Column("fee", "fee", "money", "MNFT"),
    Column("outcome", "outcome"),
)


def _build(view: RunView) -> Content:
    rows = [{**row, "fee": int(row["fee"])} for row in records(view.table("keys"))]
    released = [row for row in rows if row["outcome"] == "released"]
    finding = say(
        "{keys} released for {fees}; {asked} asked for one.",
        keys=count(len(released), "keys"),
        fees=money(sum(row["fee"] for row in released)),
        asked=count(len({row["asker"] for row in rows}), "people"),
    )
    return Content(
        asked_of(view, "keys_released", "key_fees", "originals_earned"),
        finding,
        tables=(table("Requests for keys", _COLUMNS, rows),),
        how=(
            say(
                "The weights lie encrypted in the store. Whom the rules admit gets the key for its "
                "fee, wrapped for its own public key, and opens the file; fees go to the model "
                "when the time for complaints is over."
            ),
        ),
    )


CHAPTER = Chapter(
    "sealing", "Sealed weights", "Who bought keys, and for what?", _build, table="keys"
)
