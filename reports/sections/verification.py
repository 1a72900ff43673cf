"""What was checked, and at what price."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from reports.charts import column_label, dots, few_ticks, grid, rows_figure
from reports.figures import LABEL_PAD, Drawing, brief, canvas, headed
from reports.run_view import RunView, records
from reports.section import Chapter, Content, asked_of, on_one_path, worst
from reports.sentence import Interval, Sentence, count, number, say, share, stated_share
from reports.tables import Column, Table, table
from reports.theme import INK, SENTINEL
from sim.claims import LEVEL, State, wilson

_SMALL_SIZE, _SMALL_GAS = 2_368, 101_970
_LARGE_SIZE, _LARGE_GAS = 37_888, 619_434
"""
Multiply-accumulates and gas of two networks that `OnchainInference.sol` computed
(tests/benchmarks/bench_crossover.py); others lie on the line between, to 8 %.
"""
_PER_OPERATION = (_LARGE_GAS - _SMALL_GAS) / (_LARGE_SIZE - _SMALL_SIZE)
_BASE_GAS = _SMALL_GAS - _PER_OPERATION * _SMALL_SIZE

_OUTCOMES = {"passed": "passed", "failed": "failed", "open": "still open"}


def _rate(view: RunView) -> float | None:
    row = next((row for row in view.parameters if row["key"] == "protocol.spot_check_rate"), None)
    return float(row["value"].removesuffix("%")) / 100 if row else None


def _rate_rows(sampling: pd.DataFrame) -> list[Mapping[str, Any]]:
    receipts = int(sampling["receipts"].sum())
    rows: list[Mapping[str, Any]] = []
    for name in ("picked", "checked"):
        many = int(sampling[name].sum())
        lower, upper = wilson(many, receipts)
        part = many / receipts if receipts else None
        rows.append(
            {"what": name, "many": many, "receipts": receipts, "part": part, "lower": lower,
             "upper": upper}
        )  # fmt: skip
    return rows


def _rate_table(rows: list[Mapping[str, Any]]) -> Table:
    columns = (
        Column("what", "receipts"),
        Column("many", "number", "count", "receipts"),
        Column("receipts", "of", "count", "receipts"),
        Column("part", "share", "share", "%"),
        Column("lower", "interval from", "share", "%"),
        Column("upper", "interval to", "share", "%"),
    )
    return table("Sampling rate", columns, rows)


def _rate_figure(rows: list[Mapping[str, Any]], configured: float | None) -> Figure:
    figure, axes = rows_figure([row["what"] for row in rows], "% of receipts", left=0.85, right=0.3)
    dots(
        axes,
        "part",
        [100 * row["part"] for row in rows],
        [100 * row["lower"] for row in rows],
        [100 * row["upper"] for row in rows],
    )
    ends = [100 * row["upper"] for row in rows]
    if configured is not None:
        axes.axvline(100 * configured, color=INK, linewidth=1.4)
        ends.append(100 * configured)
    axes.set_xlim(0, max(ends) * 1.15 or 1)
    grid(axes, "x")
    few_ticks(axes)
    headed(axes, "line: asked for" if configured is not None else "")
    return figure


def _cost_rows(view: RunView) -> list[Mapping[str, Any]]:
    checks, models = view.table("checks"), view.table("models")
    answered = checks[(checks["outcome"] == "passed") & (checks["gas"].astype(float) > 0)]
    every = {int(row["model_id"]): row for row in records(models)}
    rows: list[Mapping[str, Any]] = []
    for model, gas in answered.groupby("model_id", sort=True)["gas"]:
        of_model = every.get(int(str(model)))
        if of_model and int(of_model["multiply_accumulates"]) > 0:
            size = int(of_model["multiply_accumulates"])
            rows.append(
                {
                    "model": str(of_model["name"]),
                    "size": size,
                    "checks": len(gas),
                    "proof": float(gas.astype(float).median()),
                    "recompute": _BASE_GAS + _PER_OPERATION * size,
                }
            )
    return rows


def _cost_figure(rows: list[Mapping[str, Any]]) -> Figure:
    figure, panels = canvas(left=0.6, right=0.2, top=0.56)
    axes = panels[0]
    sizes = [row["size"] for row in rows]
    gas = [row["proof"] for row in rows]
    lower, upper = min(*sizes, 1_000) / 1.5, max(*sizes, 20_000) * 1.5
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlim(lower, upper)
    axes.plot(
        [lower, upper], [_BASE_GAS + _PER_OPERATION * at for at in (lower, upper)],
        color=SENTINEL["c2"], linestyle=(0, (5, 2)),
    )  # fmt: skip
    axes.plot(
        sizes, gas, color=SENTINEL["c1"], marker="o", linestyle="none", label=column_label("proof")
    )
    least = min(*gas, _BASE_GAS + _PER_OPERATION * lower)
    axes.set_ylim(least / 1.5, max(*gas, _BASE_GAS + _PER_OPERATION * upper) * 1.5)
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(lambda value, _: brief(value))
        axis.set_minor_formatter(lambda _value, _: "")
    axes.set_xlabel("multiply-accumulates of the model (log)", labelpad=LABEL_PAD)
    grid(axes)
    headed(axes, "gas per answered check (log); circle: a model,", rows_above=1)
    headed(axes, f"dashes: recompute, {_BASE_GAS:,.0f} + {_PER_OPERATION:.1f} per operation")
    return figure


def _costs(view: RunView) -> tuple[tuple[Drawing, ...], Sentence]:
    rows = _cost_rows(view)
    if not rows:
        return (), say("")
    cheaper = sum(row["recompute"] < row["proof"] for row in rows)
    sentence = say(
        "Recomputing on chain would have cost less than a proof for {cheaper} of {models}.",
        cheaper=count(cheaper, "1"),
        models=count(len(rows), "models"),
    )
    columns = (
        Column("model", "model"),
        Column("size", "size", "count", "multiply-accumulates"),
        Column("checks", "answered checks", "count", "checks"),
        Column("proof", "proof, median", "count", "gas"),
        Column("recompute", "recompute, by formula", "number", "gas"),
    )
    title = "What a check costs"
    caption = say("Gas of answering a check by a proof; {path}", path=view.path)
    return (
        Drawing("check-cost", title, caption, _cost_figure(rows), table(title, columns, rows)),
    ), sentence


def _outcomes(view: RunView) -> tuple[State, Sentence, Table]:
    checks = view.table("checks")
    outcomes: list[dict[str, Any]] = [
        {
            "outcome": word,
            "honest": int(((checks["outcome"] == key) & checks["was_honest"].astype(bool)).sum()),
            "cheated": int(((checks["outcome"] == key) & ~checks["was_honest"].astype(bool)).sum()),
        }
        for key, word in _OUTCOMES.items()
    ]
    columns = (
        Column("outcome", "checks that"),
        Column("honest", "of right outputs", "count", "checks"),
        Column("cheated", "of wrong outputs", "count", "checks"),
    )
    sentence = say(
        "{opened} were opened: {passed} passed, {failed} failed.",
        opened=count(len(checks), "checks"),
        passed=count(outcomes[0]["honest"] + outcomes[0]["cheated"], "1"),
        failed=count(outcomes[1]["honest"] + outcomes[1]["cheated"], "1"),
    )
    state: State = "green"
    if outcomes[0]["cheated"]:
        state = "INVALID"
        sentence += say(
            "Wrong outputs passed a check: {often}.", often=count(outcomes[0]["cheated"], "checks")
        )
    return state, sentence, table("Outcome of checks", columns, outcomes)


def _proof_table(view: RunView) -> tuple[Table, ...]:
    proofs = view.table("proofs")
    if proofs.empty:
        return ()
    columns = (
        Column("kind", "proofs"),
        Column("logrows", "rows, power of two", "count"),
        Column("key_bytes", "proving key", "count", "bytes"),
        Column("proof_bytes", "proof", "count", "bytes"),
        Column("gas", "verification", "count", "gas"),
        Column("srs_id", "reference string"),
        Column("count", "number", "count", "proofs"),
    )
    alike = proofs.groupby(["kind", "logrows", "srs_id"], sort=True)
    grouped = alike.agg(
        key_bytes=("key_bytes", "max"),
        proof_bytes=("proof_bytes", "max"),
        gas=("gas", "max"),
        count=("count", "sum"),
    ).reset_index()
    return (table("Proofs by kind, the largest of each", columns, records(grouped)),)


def _build(view: RunView) -> Content:
    sampling = view.table("sampling")
    receipts = int(sampling["receipts"].sum())
    if not receipts:
        return Content("not exercised", say("No receipt was settled, so none could be checked."))
    rows, configured = _rate_rows(sampling), _rate(view)
    picked, checked = rows
    finding = say(
        "{part} of {receipts} were checked",
        part=share(checked["part"]),
        receipts=count(receipts, "receipts"),
    )
    state: State = "green"
    if configured is None:
        finding = say("{begun}.", begun=finding)
    else:
        finding = say("{begun} ({asked} asked).", begun=finding, asked=stated_share(configured))
        if not picked["lower"] <= configured <= picked["upper"]:
            state = "amber"
    outcome_state, outcome_sentence, outcome_table = _outcomes(view)
    costs, cost_sentence = _costs(view)
    interval = Interval("share of receipts", "Wilson interval", LEVEL, count(receipts, "receipts"))
    caption = say("{label}; {path}", label=interval.label(), path=view.path)
    rate = Drawing(
        "sampling", "Receipts picked and checked", caption, _rate_figure(rows, configured),
        _rate_table(rows),
    )  # fmt: skip
    return Content(
        worst(on_one_path(worst(state, outcome_state)), asked_of(view, "zk_coverage")),
        finding + outcome_sentence + cost_sentence,
        (rate, *costs),
        tables=(outcome_table, *_proof_table(view)),
        how=(
            say(
                "The beacon picks receipts after they settle. Recomputing is estimated from two "
                "measured models: {small_gas} at {small}, {large_gas} at {large}.",
                small_gas=number(_SMALL_GAS, "gas"),
                small=count(_SMALL_SIZE, "multiply-accumulates"),
                large_gas=number(_LARGE_GAS, "gas"),
                large=count(_LARGE_SIZE, "multiply-accumulates"),
            ),
        ),
    )


CHAPTER = Chapter("verification", "Verification", "What was checked, at what price?", _build)
