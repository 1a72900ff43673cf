"""What was paid in which currency, model by model."""

from reports.run_view import RunView, amounts, records
from reports.section import Chapter, Content, asked_of
from reports.sentence import count, say, share
from reports.tables import Column, table

_COLUMNS = (
    Column("model_id", "model", "count"),
    Column("owner", "owner"),
    Column("currency", "currency"),
    Column("calls", "calls settled", "count"),
    Column("paid", "paid, whole tokens", "number"),
)
_DECIMALS = {"MNFT": 18, "stable": 6}


def _build(view: RunView) -> Content:
    priced = view.table("currencies")
    paid = amounts(priced["paid"])
    rows = [
        {**row, "paid": amount / 10 ** _DECIMALS[str(row["currency"])]}
        for row, amount in zip(records(priced), paid, strict=True)
    ]
    stable = sum(row["currency"] == "stable" for row in rows)
    finding = say(
        "{stable} of {models} are priced in the stable token; {part} of the calls were paid in it.",
        stable=count(stable, "1"),
        models=count(len(rows), "models"),
        part=share(view.at_end("stable_calls")),
    )
    return Content(
        asked_of(view, "stable_models", "stable_calls", "revenue_stable", "royalties_stable"),
        finding,
        tables=(table("Models by currency", _COLUMNS, rows),),
        how=(
            say(
                "A model has its currency for life. Nothing is converted here; other sections "
                "show what was paid in MNFT alone."
            ),
        ),
    )


CHAPTER = Chapter(
    "currencies", "Currencies", "What was paid in which currency?", _build, table="currencies"
)
