"""How to get the same sweep again, and what each replica's trace must be."""

from reports.comparison_view import ComparisonView
from reports.section import Chapter, Content
from reports.sentence import count, say
from reports.tables import Column, table


def _build(view: ComparisonView) -> Content:
    seeds = {each.manifest.seed for each in view.every}
    finding = say(
        "{runs} of {arms} on {seeds}: replayed, each trace must have its digest below.",
        runs=count(len(view.every), "runs"),
        arms=count(len(view.comparison.arms), "arms"),
        seeds=count(len(seeds), "seeds"),
    )
    columns = (
        Column("place", "run", "code"),
        Column("seed", "seed", "count"),
        Column("digest", "digest of the trace", "code"),
    )
    rows = [
        {"place": each.place, "seed": each.manifest.seed, "digest": each.manifest.digests.trace}
        for each in view.every
    ]
    versions = [
        {"what": name, "version": each} for name, each in sorted(view.manifest.versions.items())
    ]
    first = view.every[0]
    return Content(
        "not asked",
        finding,
        tables=(
            table("Runs of the sweep", columns, rows),
            table("Versions", (Column("what", "what"), Column("version", "version", "code")),
                  versions),
        ),
        notes=(say("The first command wants the scenario file, the others run in the folder that "
                   "holds this page; the second replays the run whose digest is below."),),
        commands=(view.command, f"mnft replay {first.place}", "mnft compare ."),
        digests=(("trace", first.manifest.digests.trace),),
    )  # fmt: skip


CHAPTER = Chapter("reproduce", "Reproduce", "How do I get the same comparison?", _build)
