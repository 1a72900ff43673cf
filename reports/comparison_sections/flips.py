"""Which assumed input turns the choice: how far the primary difference moves while one runs."""

from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib.figure import Figure

from reports.charts import column_label, few_ticks, grid, rows_figure
from reports.comparison_view import ComparisonView, state_of
from reports.effects import difference, from_to, kpi_label
from reports.figures import Drawing, headed
from reports.section import Chapter, Content
from reports.sentence import Name, Sentence, count, say
from reports.tables import Column, table
from reports.theme import BAND, INK, SENTINEL
from sim.experiments.robustness import Reach, reaches, rival_of
from sim.kpis import KPI_BY_NAME


def _scale(kpi: str) -> float:
    return 100.0 if KPI_BY_NAME[kpi].number_format == "share" else 1.0


def _figure(found: Sequence[Reach], kpi: str) -> Figure:
    names = [reach.key.split(".")[-1] for reach in found]
    unit = difference(kpi, 0.0).unit
    figure, axes = rows_figure(names, f"difference, {unit}", left=1.7, right=0.3)
    scale = _scale(kpi)
    for row, reach in enumerate(found):
        low, high = (scale * end for end in reach.ends)
        axes.barh(row, high - low, left=low, height=0.5, facecolor=BAND, edgecolor=SENTINEL["c1"])
        means = [scale * (paired.mean or 0.0) for _, paired in reach.points]
        axes.plot(means, [row] * len(means), color=SENTINEL["c2"], marker="o", linestyle="none",
                  label=column_label("mean"))  # fmt: skip
        if reach.crossing:
            axes.plot([0], [row], color=INK, marker="x", markersize=9, markeredgewidth=2)
    axes.axvline(0, color=INK, linewidth=1.4)
    ends = [scale * end for reach in found for end in reach.ends] + [0.0]
    room = 0.08 * (max(ends) - min(ends)) or 1.0
    axes.set_xlim(min(ends) - room, max(ends) + room)
    grid(axes, "x")
    few_ticks(axes)
    headed(axes, "circle: a value that was run; cross: the sign turns")
    return figure


def _rows(found: Sequence[Reach], kpi: str) -> list[Mapping[str, Any]]:
    return [
        {
            "key": reach.key,
            "value": value,
            "mean": difference(kpi, paired.mean),
            "interval": from_to(paired.difference, kpi) if paired.difference else "one pair",
            "word": paired.word,
        }
        for reach in found
        for value, paired in reach.points
    ]


def _turning(found: Sequence[Reach], chosen: Name, rival: Name) -> Sentence:
    turned = [reach for reach in found if reach.crossing]
    if not turned:
        return say(
            "No assumption that was varied turns the sign of {chosen} against {rival}.",
            chosen=chosen,
            rival=rival,
        )
    sentence = Sentence(())
    for reach in turned:
        first, following = reach.crossing or ("", "")
        sentence += say(
            "{chosen} against {rival} changes sign where {key} lies between {first} and "
            "{following}.",
            chosen=chosen,
            rival=rival,
            key=Name(reach.key, code=True),
            first=Name(first),
            following=Name(following),
        )
    return sentence


def claims_elsewhere(view: ComparisonView) -> tuple[Sentence, ...]:
    """Return the claims that the choice fails in another world and not here, with the world."""
    compared = view.comparison
    here = view.claims(compared.chosen)
    found = []
    for arm in compared.arms:
        if arm == compared.chosen or compared.choice(arm) != compared.choice(compared.chosen):
            continue
        named = zip(compared.assumptions, compared.world(arm), strict=True)
        world = ", ".join(f"{key} = {value}" for key, value in named)
        for before, after in zip(here, view.claims(arm), strict=True):
            if state_of(after) == "red" and state_of(before) != "red":
                found.append(
                    say(
                        "Where {world} the claim on {kpi} failed in {failing} of {seeds}.",
                        world=Name(world, code=True, length=200),
                        kpi=kpi_label(after.claim.kpi),
                        failing=count(len(after.failing), "1"),
                        seeds=count(len(after.seeds), "seeds"),
                    )
                )
    return tuple(found)


def _not_assessed(view: ComparisonView) -> Content:
    compared = view.comparison
    if compared.primary is None:
        return Content("not assessed", say("Not assessed: no primary outcome was named."))
    if compared.assumptions:
        return Content(
            "not assessed",
            say(
                "Not assessed: {inputs} were varied together, never one while the others stayed. "
                "A grid does that.",
                inputs=count(len(compared.assumptions), "assumptions"),
            ),
        )
    assumed = [
        row["key"]
        for row in view.run(view.runs[compared.baseline][0]).parameters.to_dict("records")
        if str(row["source"]).startswith("assumed") and str(row["key"]).startswith("population.")
    ]
    return Content(
        "not assessed",
        say(
            "Not assessed: no assumption was varied beside the choice. The scenario has {many}; "
            "a grid over one of them, crossed with the arms, shows whether it turns the choice.",
            many=count(len(assumed), "assumed inputs of the population"),
        ),
        notes=(
            say(
                "Put the input and its values under {grid} and sweep again: arms and grid are "
                "crossed.",
                grid=Name("sweep: grid:", code=True),
            ),
        ),
        commands=(view.command,),
    )


def _build(view: ComparisonView) -> Content:
    compared, found = view.comparison, reaches(view.comparison)
    kpi, rival = compared.primary, rival_of(compared)
    if not found or kpi is None or rival is None:
        return _not_assessed(view)
    columns = (
        Column("key", "assumption", "code"),
        Column("value", "value"),
        Column("mean", "difference", "number", "as stated"),
        Column("interval", "interval"),
        Column("word", "says"),
    )
    title = f"{compared.chosen} against {rival} while one assumption runs"
    caption = say("Mean paired difference of {kpi}; the table has each interval with its label",
                  kpi=kpi_label(kpi))  # fmt: skip
    drawing = Drawing(
        "tornado", title, caption, _figure(found, kpi), table(title, columns, _rows(found, kpi))
    )
    return Content(
        "not asked",
        _turning(found, Name(compared.chosen), Name(rival)),
        (drawing,),
        notes=claims_elsewhere(view),
        how=(say("One assumption runs over its values, the others stay as in the baseline. A bar "
                 "ends at the least and greatest difference; between values nothing was run."),),
    )  # fmt: skip


CHAPTER = Chapter("flips", "What turns the choice", "Which assumption does the choice hang on?",
                  _build)  # fmt: skip
