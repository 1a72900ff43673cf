"""Which discounts owners granted for stake, badges, passes, fees, and to whom they went."""

from reports.over_time import Panel, over_time
from reports.run_view import RunView, base_units, records
from reports.section import Chapter, Content, asked_of
from reports.sentence import Sentence, count, kpi_quantity, number, say, share
from reports.tables import Column, table
from sim.kpis import KPI_BY_NAME

_KPIS = (
    *("discounts", "discounts_of_customers", "stake_in_gates", "gate_holders"),
    *("returning_holders", "returning_others", "first_model_revenue"),
    *("badges", "calls_of_helped", "calls_by_token_gate", "loyal_share"),
    *("members", "joining_fees", "calls_by_allowlist", "heavy_paid_per_call"),
    *("light_paid_per_call", "first_model_earned"),
)
_COLUMNS = (
    Column("tick", "tick", "count"),
    Column("model_id", "model", "count"),
    Column("owner", "owner"),
    Column("right", "for"),
    Column("discount", "discount", "share"),
    Column("expected", "expected income over that of none", "number"),
    Column("fee", "joining fee", "money", "MNFT"),
)


def _returned(view: RunView) -> Sentence:
    holders, others = view.at_end("returning_holders"), view.at_end("returning_others")
    if holders is None or others is None:
        return say("")
    return say(
        "Of choices anew, {holders} of those with stake at their last model returned to it, and "
        "{others} of the others.",
        holders=share(holders),
        others=share(others),
    )


def _helped(view: RunView) -> Sentence:
    badges, helped = view.at_end("badges"), view.at_end("calls_of_helped")
    if not badges or helped is None:
        return say("")
    return say(
        "{badges} contributors asked for a badge; {helped} of all contributors' calls were of "
        "models that name them.",
        badges=number(badges),
        helped=share(helped),
    )


def _poached(view: RunView) -> Sentence:
    calls, loyal = view.total("calls_by_token_gate"), view.at_end("loyal_share")
    if not calls or loyal is None:
        return say("")
    return say(
        "A token made {calls} cheaper; users who bought a pass made {loyal} of their calls since "
        "with the model that sold it.",
        calls=count(calls, "calls"),
        loyal=share(loyal),
    )


def _joined(view: RunView) -> Sentence:
    members, fees = view.at_end("members"), view.total("joining_fees")
    heavy, light = view.at_end("heavy_paid_per_call"), view.at_end("light_paid_per_call")
    if not fees or members is None or heavy is None or light is None:
        return say("")
    return say(
        "Users paid {fees} to be members, and {members} of them are; the half of the users who "
        "call more paid {heavy} per call, fees included, the other half {light}.",
        fees=kpi_quantity("joining_fees", fees),
        members=count(members, "1"),
        heavy=kpi_quantity("heavy_paid_per_call", heavy),
        light=kpi_quantity("light_paid_per_call", light),
    )


def _build(view: RunView) -> Content:
    rows = [{**row, "fee": base_units(row["fee"])} for row in records(view.table("gates"))]
    given, anyway = view.total("discounts") or 0.0, view.at_end("discounts_of_customers")
    finding = say(
        "Discounts on calls of {models} came to {given}.",
        models=count(len({row["model_id"] for row in rows}), "models"),
        given=kpi_quantity("discounts", given),
    )
    if anyway is not None:
        finding += say(
            "Of that, {anyway} went to users who had called the model without one.",
            anyway=share(anyway),
        )
    locked = view.kpi("stake_in_gates").to_frame("locked")
    discounts = view.kpi("discounts").cumsum().to_frame("given")
    panels = [
        Panel("locked for gates, MNFT", "MNFT", locked, {"locked": "locked"}),
        Panel("discounts since the start, MNFT", "MNFT", discounts, {"given": "discounts"}),
    ]
    caption = say("One value per tick; {path}", path=view.path)
    defined = [KPI_BY_NAME[name].definition for name in ("discounts", "returning_holders")]
    return Content(
        asked_of(view, *_KPIS),
        finding + _returned(view) + _helped(view) + _joined(view) + _poached(view),
        (over_time(view, "gates", "Stake locked, and discounts granted", caption, panels),),
        (table("Discounts granted", _COLUMNS, rows),),
        how=tuple(say("{what}.", what=say(each.capitalize())) for each in defined),
    )


CHAPTER = Chapter(
    "gates", "Gates", "Who got discounts for stake, a badge or a fee, and did they return?", _build,
    table="gates",
)  # fmt: skip
