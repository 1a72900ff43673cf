"""Whether winners take all."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from reports.charts import column_label, grid, margin_for
from reports.concentration import gini, held_by_poorest, lorenz
from reports.figures import LABEL_PAD, Drawing, EndLabel, canvas, end_labels, headed
from reports.run_view import RunView, amounts
from reports.section import Chapter, Content, asked_of
from reports.sentence import number, say, share, stated_share
from reports.tables import Column, table
from reports.theme import MUTED, SERIES

_MARKED = 0.9
_POINTS = 20

Holders = Mapping[str, Sequence[float]]


def _holders(view: RunView) -> Holders:
    agents = view.table("agents")

    def of(role: str) -> list[int]:
        return amounts(agents[agents["role"].astype(str).str.rstrip("s") == role]["revenue"])

    weights = view.table("votes").drop_duplicates("voter", keep="last")["weight"]
    groups = {
        "models": amounts(view.table("model_money")["paid_by_users"]),
        "hosts": of("host"),
        "users": [int(calls) for calls in view.table("users")["calls"]],
        "voters": amounts(weights),
    }
    return {
        name: [float(each) for each in held]
        for name, held in groups.items()
        if sum(held) > 0 and len(held) > 1
    }


def _figure(curves: Mapping[str, tuple[Any, Any]], ginis: Mapping[str, float]) -> Figure:
    texts = {name: f"{name}\n{number(ginis[name])}" for name in curves}
    figure, panels = canvas(right=margin_for(list(texts.values())), left=0.5)
    axes = panels[0]
    axes.plot([0, 100], [0, 100], color=MUTED, linewidth=0.8)
    labels = []
    for (name, (holders, held)), (colour, dashes, marker) in zip(
        curves.items(), SERIES, strict=False
    ):
        line = "-" if dashes[0] is None else (0, dashes)
        axes.plot(100 * holders, 100 * held, color=colour, linestyle=line, label=column_label(name))
        at = 100 * float(np.interp(_MARKED, holders, held))
        axes.plot([100 * _MARKED], [at], color=colour, marker=marker, linestyle="none")
        labels.append(EndLabel(at, texts[name], colour))
    axes.set_xlim(0, 100)
    axes.set_ylim(0, 100)
    axes.set_xticks([0, 50, 90])
    axes.set_yticks([0, 50, 100])
    axes.set_xlabel("% of holders, poorest first", labelpad=LABEL_PAD)
    grid(axes)
    end_labels(axes, labels)
    headed(axes, "% of what all of them have; Gini at the right")
    return figure


def _build(view: RunView) -> Content:
    holders = _holders(view)
    if not holders:
        return Content("not exercised", say("Nobody earned, so nothing was concentrated."))
    ginis = {name: gini(held) for name, held in holders.items()}
    grid_points = np.linspace(0, 1, _POINTS + 1)
    curves = {
        name: (grid_points, np.interp(grid_points, *lorenz(held))) for name, held in holders.items()
    }
    finding = say(
        "The poorest {part} of {whom} have {held} (Gini {gini}).",
        part=stated_share(_MARKED),
        whom=say(next(iter(holders))),
        held=share(held_by_poorest(next(iter(holders.values())), _MARKED)),
        gini=number(next(iter(ginis.values()))),
    )
    columns = [Column("holders", "holders, poorest first", "share", "%")] + [
        Column(name, f"{name}: held", "share", "%") for name in curves
    ]
    rows = [
        {"holders": float(at), **{name: float(held[place]) for name, (_, held) in curves.items()}}
        for place, at in enumerate(grid_points)
    ]
    summary = table(
        "Concentration",
        (
            Column("who", "among"),
            Column("number", "holders", "count", "holders"),
            Column("gini", "Gini", "number"),
            Column("poorest", "poorest 90 % have", "share", "%"),
        ),
        [
            {
                "who": name,
                "number": len(held),
                "gini": ginis[name],
                "poorest": held_by_poorest(held, _MARKED),
            }
            for name, held in holders.items()
        ],
    )
    caption = say(
        "Lorenz curves: models by revenue, hosts by fees, users by calls, voters by weight; {path}",
        path=view.path,
    )
    title = "How unequal it is"
    drawn = table(title, columns, rows)
    return Content(
        asked_of(view, "gini_models", "gini_hosts"),
        finding,
        (Drawing("lorenz", title, caption, _figure(curves, ginis), drawn),),
        tables=(summary,),
        how=(
            say(
                "Gini over all models and hosts, those that earned nothing included; "
                "markets for models were observed at {lower} to {upper}.",
                lower=number(0.70),
                upper=number(0.99),
            ),
        ),
    )


CHAPTER = Chapter("concentration", "Concentration", "Does the winner take all?", _build)
