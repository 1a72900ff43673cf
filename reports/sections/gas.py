"""What calls cost on chain."""

from reports.charts import beside, dots, few_ticks, grid, rows_figure
from reports.figures import Drawing
from reports.run_view import RunView, records
from reports.section import Chapter, Content, asked_of
from reports.sentence import Name, count, number, say
from reports.tables import Column, table

_MOST = 12


def _build(view: RunView) -> Content:
    gas = view.require("gas", "No engine ran beside the model, so no gas was used.")
    ordered = gas.assign(total=gas["total"].astype(float)).sort_values("total", ascending=False)
    rows = [{**row, "name": f"{row['contract']}.{row['function']}"} for row in records(ordered)]
    top = rows[0]
    per_call = view.at_end("gas_per_settled_call")
    finding = say(
        "{name} used most: {gas} at the median of {calls}.",
        name=Name(top["name"], code=True),
        gas=count(float(top["median"]), "gas"),
        calls=count(int(top["calls"]), "calls"),
    )
    if per_call is not None:
        finding = finding + say("Settling cost {gas} per call.", gas=number(per_call, "gas"))
    shown = rows[:_MOST]
    figure, axes = rows_figure([row["function"] for row in shown], "gas (log)", right=0.75)
    values = [float(row["median"]) for row in shown]
    dots(
        axes,
        "median",
        values,
        [float(row["p5"]) for row in shown],
        [float(row["p95"]) for row in shown],
    )
    few_ticks(axes, log=True)
    grid(axes, "x")
    for place, value in enumerate(values):
        beside(axes, place, f"{value:,.0f}")
    columns = (
        Column("name", "function", "code"),
        Column("calls", "calls", "count", "calls"),
        Column("minimum", "least", "count", "gas"),
        Column("p5", "5th percentile", "count", "gas"),
        Column("median", "median", "count", "gas"),
        Column("p95", "95th percentile", "count", "gas"),
        Column("maximum", "most", "count", "gas"),
        Column("total", "in all", "count", "gas"),
    )
    caption = say("Diamond: median; bar: {low}th to {high}th percentile of calls; {path}",
                  low=count(5, "1"), high=count(95, "1"), path=view.path)  # fmt: skip
    title = "Gas by function"
    return Content(
        asked_of(view, "gas_per_settled_call"),
        finding,
        (Drawing("gas", title, caption, figure, table(title, columns, rows)),),
        how=(
            say(
                "Every call is its own transaction: intrinsic gas, cold access and refunds are in. "
                "No gas price is modelled, so gas is not compared with what users paid."
            ),
        ),
    )


CHAPTER = Chapter("gas", "Gas", "What does a call cost on chain?", _build)
