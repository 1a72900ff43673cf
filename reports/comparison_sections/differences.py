"""What the arms differ in; everything else must be equal, and the seeds are paired."""

from reports.comparison_view import ComparisonView
from reports.section import Chapter, Content
from reports.sentence import Name, Sentence, count, say
from reports.tables import Column, table


def _paired(view: ComparisonView) -> Sentence:
    seeds = [{each.manifest.seed for each in view.runs[arm]} for arm in view.comparison.arms]
    common, every = set.intersection(*seeds), set.union(*seeds)
    return say(
        "{common} of {every} have a run in every arm.",
        common=count(len(common), "1"),
        every=count(len(every), "seeds"),
    )


def _build(view: ComparisonView) -> Content:
    compared = view.comparison
    keys = {key for settings in compared.settings.values() for key in settings}
    equal = len(keys) - len(compared.differing)
    finding = say(
        "{arms} differ in {differing} and are equal in the other {equal}.",
        arms=count(len(compared.arms), "arms"),
        differing=count(len(compared.differing), "parameters"),
        equal=count(equal, "1"),
    )
    if not compared.differing:
        finding = say("The arms do not differ in any parameter: whatever differs is chance.")
    columns = (
        Column("key", "parameter", "code"),
        Column("is", "is"),
        *(Column(arm, arm, "text") for arm in compared.arms),
    )
    rows = [
        {"key": key, "is": "a choice" if key in compared.choices else "an assumption"}
        | {arm: compared.settings[arm].get(key, "") for arm in compared.arms}
        for key in compared.differing
    ]
    notes = [_paired(view)]
    notes += [
        say(
            "{arm} lost seed {seed}: {error}. Its pairs are dropped from both arms.",
            arm=Name(each.arm),
            seed=count(each.seed, "1"),
            error=Name(each.error, length=200),
        )
        for each in view.failed
    ]
    return Content(
        "not asked",
        finding + _paired(view),
        tables=(table("Parameters that differ, as resolved", columns, rows),),
        notes=tuple(notes[1:]),
        how=(
            say(
                "Read from {file} of a run of each arm: all resolved parameters but the seed, "
                "defaults included. A choice lies in {rules}; the rest is assumed.",
                file=Name("parameters.json", code=True),
                rules=Name("protocol, governance", code=True),
            ),
        ),
    )


CHAPTER = Chapter("differences", "What differs", "What was changed, and what was not?", _build)
