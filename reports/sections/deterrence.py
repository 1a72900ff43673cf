"""Whether cheating paid: deterrence per host, stake, gains and slashes."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from reports.changes import changes_of_parameters
from reports.charts import bars, beside, few_ticks, rows_figure
from reports.deterrence import (
    Response,
    Theory,
    draw_threshold,
    half_point,
    responses,
    theory_of,
)
from reports.figures import Drawing, fitting
from reports.over_time import Panel, over_time
from reports.run_view import RunView, base_units
from reports.section import Chapter, Content, on_one_path
from reports.sentence import Sentence, count, kpi_quantity, number, say, share
from reports.tables import Column, table
from reports.theme import INK
from sim.claims import State

_MOST_LINES = 4
_MOST_BARS = 12
_LABEL = 70.0
_COMFORTABLE = 1.5
_FEW_CHECKS = 30
_WAD = 10**18

Row = Mapping[str, Any]


def _by_host(hosts: pd.DataFrame) -> pd.DataFrame:
    wide = hosts.pivot_table(index="tick", columns="host", values="deterrence", aggfunc="last")
    return wide.astype(float).replace([np.inf, -np.inf], np.nan).dropna(axis="columns", how="all")


def _lines(wide: pd.DataFrame) -> tuple[pd.DataFrame, dict[str, str]]:
    """Return a line per host (one for those that are alike), or the bounds and middle of many."""
    alike: dict[tuple[float, ...], list[str]] = {}
    for host in wide.columns:
        alike.setdefault(tuple(wide[host].fillna(-1)), []).append(str(host))
    if len(alike) <= _MOST_LINES:
        names = {
            hosts[0]: fitting(hosts[0], _LABEL) if len(hosts) == 1 else f"{len(hosts)} hosts"
            for hosts in alike.values()
        }
        return wide[list(names)], names
    summary = pd.DataFrame(
        {"least": wide.min(axis=1), "median": wide.median(axis=1), "most": wide.max(axis=1)}
    )
    return summary, {"least": "weakest", "median": "median", "most": "strongest"}


def _net_rows(hosts: pd.DataFrame) -> list[Row]:
    rows: list[Row] = []
    for host, each in hosts.groupby("host", sort=True):
        # Both columns count since the start of the run.
        last = each.sort_values("tick").iloc[-1]
        gained, slashed = base_units(last["gain"]), base_units(last["slashed"])
        rows.append(
            {
                "host": host,
                "served": int(each["served"].sum()),
                "cheated": int(each["cheated"].sum()),
                "gained": gained,
                "slashed": slashed,
                "net": gained - slashed,
            }
        )
    # host-2 comes before host-10.
    rows.sort(key=lambda row: (len(str(row["host"])), str(row["host"])))
    return [row for row in rows if row["cheated"] or row["slashed"]]


def _net_figure(rows: Sequence[Row]) -> Figure:
    shown = rows[:_MOST_BARS]
    nets = [row["net"] / _WAD for row in shown]
    figure, axes = rows_figure(
        [str(row["host"]) for row in shown], "gain less slashed, MNFT", right=0.9
    )
    bars(axes, "net", nets, [net >= 0 for net in nets])
    for place, net in enumerate(nets):
        beside(axes, place, str(number(net)))
    axes.axvline(0, color=INK, linewidth=1.2)
    few_ticks(axes)
    return figure


def _net_drawing(view: RunView, rows: list[Row]) -> Drawing:
    columns = (
        Column("host", "host"),
        Column("served", "calls served", "count", "calls"),
        Column("cheated", "calls cheated", "count", "calls"),
        Column("gained", "gained by cheating", "money", "MNFT"),
        Column("slashed", "slashed", "money", "MNFT"),
        Column("net", "gain less slashed", "money", "MNFT"),
    )
    caption = say("Hosts that cheated or were slashed; hatched: they lost; {path}", path=view.path)
    title = "What cheating earned"
    return Drawing("net", title, caption, _net_figure(rows), table(title, columns, rows))


def _threshold(view: RunView, found: list[Response]) -> tuple[Drawing, Sentence]:
    theory, half = theory_of(view), half_point(found)
    columns = (
        Column("host", "host"),
        Column("deterrence", "D", "number"),
        Column("served", "calls served", "count", "calls"),
        Column("cheated", "calls cheated", "count", "calls"),
        Column("part", "cheated", "share", "%"),
        Column("theory", "theory", "share", "%"),
    )
    rows = [
        {
            "host": each.host,
            "deterrence": each.deterrence,
            "served": each.served,
            "cheated": each.cheated,
            "part": each.part,
            "theory": theory.part(each.deterrence) if theory else None,
        }
        for each in found
    ]
    title = "Cheating against deterrence"
    caption = say("Heavy line: where cheating stops paying by theory; {path}", path=view.path)
    figure = draw_threshold(found, theory, half)
    drawing = Drawing("threshold", title, caption, figure, table(title, columns, rows))
    return drawing, _met(found, half, theory)


def _met(found: Sequence[Response], half: float | None, theory: Theory | None) -> Sentence:
    if half is not None:
        worded = "Half of the prone calls were cheated at D = {half}; theory says {one}."
        return say(worded, half=number(half), one=number(1.0))
    near = min(found, key=lambda each: abs(each.deterrence - 1)).deterrence
    alike = [each for each in found if each.deterrence == near]
    part = sum(each.cheated for each in alike) / sum(each.served for each in alike)
    sentence = say(
        "At D = {near}, {part} of the prone calls were cheated", near=number(near), part=share(part)
    )
    if theory is None:
        return say("{begun}.", begun=sentence)
    return say("{begun}; theory says {theory}.", begun=sentence, theory=share(theory.part(near)))


def _judge(view: RunView, wide: pd.DataFrame) -> tuple[State, Sentence]:
    below = wide[(wide < 1).any(axis=1)]
    paying = int((wide < 1).any().sum())
    honest = view.total("honest_slashes")
    least = float(np.nanmin(wide.to_numpy()))
    if len(below):
        finding = say(
            "Cheating paid for {paying} of {hosts}, last at tick {until}: p·s·S was {least} of "
            "({one} - p)·G at worst.",
            paying=count(paying, "1"),
            hosts=count(wide.shape[1], "hosts"),
            until=count(int(below.index[-1]), "1"),
            least=number(least),
            one=count(1, "1"),
        )
        state: State = "red"
    else:
        finding = say(
            "By expectation cheating paid for nobody: D was never below {least}.",
            least=number(least),
        )
        checks = view.total("checks_opened") or 0
        state = "amber" if least < _COMFORTABLE or checks < _FEW_CHECKS else "green"
    if honest:
        finding += say("Honest hosts were slashed: {often}.", often=count(honest, "slashes"))
        state = "red"
    return state, finding


def _panels(view: RunView, wide: pd.DataFrame) -> list[Panel]:
    values, names = _lines(wide)
    panels = [
        Panel(
            "deterrence D per host, 1 (log)", "1", values, names,
            thresholds={"1: cheating\npays below": 1.0}, heavy=True, log=True,
        )
    ]  # fmt: skip
    stake = view.kpi("stake_ratio")
    if len(stake):
        panels.append(
            Panel(
                "stake, % of supply", "%", stake.to_frame("stake"), {"stake": "staked"},
                percent=True,
            )
        )  # fmt: skip
    return panels


def _build(view: RunView) -> Content:
    hosts = view.require("hosts", "No host took part, so nobody could cheat.")
    wide = _by_host(hosts)
    if wide.empty:
        return Content("not exercised", say("A cheat gained nothing here, so D has no bound."))
    state, finding = _judge(view, wide)
    caption = say("Dashes: governance executed; {path}", path=view.path)
    drawings = [
        over_time(
            view, "deterrence", "Deterrence and stake", caption, _panels(view, wide),
            changes_of_parameters(view),
        )
    ]  # fmt: skip
    found = responses(hosts)
    if found:
        drawing, sentence = _threshold(view, found)
        drawings.insert(0, drawing)
        finding += sentence
    net = _net_rows(hosts)
    if net:
        drawings.append(_net_drawing(view, net))
    profit = view.at_end("cheating_profit")
    if profit:
        worded = "On this path cheating netted {profit}, refunds included."
        finding += say(worded, profit=kpi_quantity("cheating_profit", profit))
    return Content(
        on_one_path(state),
        finding,
        tuple(drawings),
        how=(
            say(
                "D = p·s·S / (({one} - p)·G): p share of receipts checked, s share of stake "
                "lost, S stake, G gain of an undetected cheat; an undetected cheat keeps its gain, "
                "a detected one loses gain and slash.",
                one=count(1, "1"),
            ),
        ),
    )


CHAPTER = Chapter("deterrence", "Stake, slashing, deterrence", "Did cheating pay?", _build)
