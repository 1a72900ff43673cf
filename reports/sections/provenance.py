"""Which data the models come from, and whether users care."""

from reports.run_view import RunView, records
from reports.section import Chapter, Content, asked_of
from reports.sentence import count, say, share
from reports.tables import Column, table

_COLUMNS = (
    Column("name", "model"),
    Column("version", "version", "count"),
    Column("data", "own data"),
    Column("operations", "gradient steps", "count"),
    Column("traced_versions", "versions it is traced through", "count"),
    Column("traced_operations", "gradient steps of all", "count"),
    Column("log_hash", "hash of the log", "code"),
)


def _build(view: RunView) -> Content:
    rows = records(view.table("trainings"))
    finding = say(
        "{versions} on record; {models} of all models have one.",
        versions=count(len(rows), "trainings"),
        models=share(view.at_end("models_on_record")),
    )
    calls = view.at_end("calls_on_record")
    if calls is not None:
        finding += say("They settled {calls} of all calls.", calls=share(calls))
    title = "Trainings on record"
    return Content(
        asked_of(view, "models_on_record", "calls_on_record"),
        finding,
        tables=(table(title, _COLUMNS, rows),),
        how=(
            say(
                "From the ledger of the dataset registry: a version, and what it came from, each "
                "with the hash of its log and of its data. The data and the logs are real; whoever "
                "doubts one trains again."
            ),
        ),
    )


CHAPTER = Chapter(
    "provenance", "Provenance", "Which data do the models come from?", _build, table="trainings"
)
