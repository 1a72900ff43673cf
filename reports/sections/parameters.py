"""Whose numbers these are."""

from collections.abc import Mapping

from reports.run_view import RunView
from reports.section import Chapter, Content
from reports.sentence import count, say
from reports.tables import Column, table

_ASSUMED = "assumed"


def _shown(row: Mapping[str, str]) -> Mapping[str, str]:
    bounds = " to ".join(each for each in (row.get("lower", ""), row.get("upper", "")) if each)
    return {**row, "bounds": bounds}


def _build(view: RunView) -> Content:
    rows = view.parameters
    if not rows:
        return Content("not exercised", say("The run kept no list of its parameters."))
    changed = [row for row in rows if row["set_by"] != "default"]
    rest = [row for row in rows if row["set_by"] == "default"]
    assumed = [row for row in rows if row["source"].lower().startswith(_ASSUMED)]
    finding = say(
        "{changed} of {all} were set by the scenario; {assumed} are assumed, not measured.",
        changed=count(len(changed), "1"),
        all=count(len(rows), "parameters"),
        assumed=count(len(assumed), "1"),
    )
    columns = (
        Column("key", "key", "code"),
        Column("value", "value with its unit"),
        Column("set_by", "set by"),
        Column("source", "source"),
        Column("why", "why"),
        Column("bounds", "bounds"),
        Column("meaning", "meaning"),
    )
    ordered = [_shown(row) for row in (*changed, *rest)]
    return Content(
        "not asked",
        finding,
        tables=(table("Parameters, changed ones first", columns, ordered),),
        how=(say("A value's source is a published fact, a measurement, or an assumption."),),
    )


CHAPTER = Chapter("parameters", "Parameters", "Whose numbers are these?", _build)
