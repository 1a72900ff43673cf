"""Where a target fails: PRIM's boxes, the trade between coverage and density, what to paste."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from reports.charts import column_label, grid, rows_figure
from reports.figures import LABEL_PAD, Drawing, canvas, headed, number_axis
from reports.run_view import records
from reports.searches.page import Search, Section, short_names
from reports.section import Content
from reports.sentence import Name, Sentence, count, number, say, share, stated_share
from reports.tables import Column, table
from reports.theme import BAND, INK, MUTED, RULE, SENTINEL

_STEPS = (
    Column("step", "step", "count"),
    Column("coverage", "coverage", "share", "%"),
    Column("density", "density", "share", "%"),
    Column("mass", "mass", "share", "%"),
    Column("res_dim", "inputs restricted", "count"),
    Column("n", "points", "count"),
    Column("k", "failing", "count"),
)


def sections(search: Search) -> tuple[Section, ...]:
    """Return what fails, then a section per box, or the search that reached no box."""
    document = search.document
    summary = Section(
        "failures",
        "Where it fails",
        f"Where is {document['fails']['text']}?",
        Content("not assessed", _summary(document), how=_how(document)),
    )
    paths = search.table("trajectories") if document["trajectories"] else pd.DataFrame()
    boxes = [
        _box(document, place, box, paths[paths["box"] == place])
        for place, box in enumerate(document["boxes"], start=1)
    ]
    return (summary, *boxes, *_in_vain(document, paths))


def _summary(document: Mapping[str, Any]) -> Sentence:
    counted = say(
        "It fails at {failing} of {measured}.",
        failing=count(document["failing"], "1"),
        measured=count(document["measured"], "points"),
    )
    boxes = document["boxes"]
    if boxes:
        return counted + say(
            "Of the failures {coverage} lie in {boxes}.",
            boxes=count(len(boxes), "boxes"),
            coverage=share(sum(box["coverage"] for box in boxes)),
        )
    if document["failing"] in (0, document["measured"]):
        return counted + say("There is nothing to tell apart.")
    return counted + say(
        "No box reaches a density of {density}.",
        density=stated_share(document["wanted"]["density"]),
    )


def _box(
    document: Mapping[str, Any], place: int, box: Mapping[str, Any], steps: pd.DataFrame
) -> Section:
    finding = say(
        "{coverage} of all failures lie in it, and {density} of its {points} fail.",
        coverage=share(box["coverage"]),
        density=share(box["density"]),
        points=count(box["points"], "points"),
    )
    limits = Drawing(
        f"box-{place}",
        "The box within the ranges",
        say("Thin: the range; thick: the box; beside it what restricts"),
        _limits_figure(document, box),
        table(
            "Limits",
            (
                Column("path", "input", "code"),
                Column("low_text", "from"),
                Column("high_text", "to"),
                Column("low_p", "quasi-p from", "number"),
                Column("high_p", "quasi-p to", "number"),
            ),
            box["limits"],
        ),
    )
    content = Content(
        "not assessed",
        finding,
        (limits, _trajectory(document, f"trajectory-{place}", steps, box["step"])),
        commands=(box["ranges"],),
    )
    return Section(f"box-{place}", f"Box {place}", "Which values make it fail?", content)


def _in_vain(document: Mapping[str, Any], paths: pd.DataFrame) -> tuple[Section, ...]:
    if paths.empty or not (steps := paths[paths["box"] == 0]).size:
        return ()
    densest = max(records(steps), key=lambda step: step["density"])
    finding = say(
        "The densest box left has {density}, and covers {coverage}.",
        density=share(float(densest["density"])),
        coverage=share(float(densest["coverage"])),
    )
    drawing = _trajectory(document, "trajectory-left", steps, None)
    content = Content("not assessed", finding, (drawing,))
    question = "How dense does a box become in what is left?"
    return (Section("left", "What no box holds", question, content),)


def _limits_figure(document: Mapping[str, Any], box: Mapping[str, Any]) -> Figure:
    ranges = {each["path"]: each for each in document["inputs"]}
    names = short_names(list(ranges))
    limits = box["limits"]
    figure, axes = rows_figure(
        [names[limit["path"]] for limit in limits], "share of the range", right=1.5
    )
    for row, limit in enumerate(limits):
        low, high = limit["low_place"], limit["high_place"]
        axes.hlines(row, 0, 1, color=RULE, linewidth=1)
        axes.hlines(
            row, low, high, color=SENTINEL["c2"], linewidth=6, label=column_label("low_text")
        )
        axes.annotate(
            _restriction(limit), (1, row), xycoords=("axes fraction", "data"), xytext=(5, 0),
            textcoords="offset points", va="center", color=INK, annotation_clip=False,
        )  # fmt: skip
    axes.set_xlim(-0.02, 1.02)
    axes.set_xticks([0, 0.5, 1], ["0", "50 %", "100 %"])
    grid(axes, "x")
    return figure


def _restriction(limit: Mapping[str, Any]) -> str:
    if limit["low_p"] is None:
        return f"≤ {limit['high_text']}"
    if limit["high_p"] is None:
        return f"≥ {limit['low_text']}"
    return f"{limit['low_text']} to\n{limit['high_text']}"


def _trajectory(
    document: Mapping[str, Any], slug: str, steps: pd.DataFrame, taken: int | None
) -> Drawing:
    figure, (axes,) = canvas(right=0.6)
    axes.plot(
        steps["coverage"], steps["density"], color=SENTINEL["c1"], marker="o", markersize=3,
        linewidth=1, label=column_label("density"),
    )  # fmt: skip
    wanted = document["wanted"]["density"]
    axes.axhline(wanted, color=MUTED, linewidth=1, linestyle=(0, (3, 2)))
    axes.annotate(
        "wanted", (1, wanted), xycoords=("axes fraction", "data"), xytext=(5, 0),
        textcoords="offset points", va="center", color=MUTED, annotation_clip=False,
    )  # fmt: skip
    if taken is not None:
        chosen = steps[steps["step"] == taken]
        axes.plot(
            chosen["coverage"], chosen["density"], color=SENTINEL["c2"], marker="D",
            markersize=8, markerfacecolor=BAND, linestyle="none",
        )  # fmt: skip
    axes.set_xlim(0, 1.04)
    axes.set_ylim(0, 1.06)
    axes.set_xticks([0, 0.5, 1], ["0", "50", "100"])
    axes.set_xlabel("coverage, % of all failures", color=INK, labelpad=LABEL_PAD)
    number_axis(axes, percent=True)
    headed(axes, "density, % of the box")
    grid(axes)
    caption = say("Each dot: a box of the peeling, from the right; diamond: the box taken")
    rows = records(steps)
    return Drawing(
        slug, "Coverage against density", caption, figure, table("Peeling", _STEPS, rows)
    )


def _how(document: Mapping[str, Any]) -> tuple[Sentence, ...]:
    wanted = document["wanted"]
    return (
        say(
            "PRIM peels {peel} of the points at a time off the side that leaves the greatest "
            "density, until {mass} are left; of the boxes on its way the one is taken that covers "
            "most failures at the density wanted. The next box is looked for in the points left.",
            peel=share(wanted["peel"]),
            mass=share(wanted["mass"]),
        ),
        say(
            "A quasi-p-value is the chance of as many failures in the box without that limit, "
            "were they scattered as outside it; above {level} a limit may be luck.",
            level=number(0.05),
        ),
        say(
            "{points} from a Latin hypercube, {replicas} at each; a point fails where more than "
            "half of its replicas do. Method: {package}.",
            points=count(document["points"], "points"),
            replicas=count(document["replicas"], "replicas"),
            package=Name("ema_workbench.analysis.prim", code=True),
        ),
    )
