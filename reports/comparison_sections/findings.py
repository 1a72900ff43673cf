"""Findings as cards: what went wrong in which arm, how often, and what ends it."""

from collections.abc import Sequence
from typing import Any

from reports.comparison_view import ComparisonView
from reports.effects import how_often, moved
from reports.findings import BANDS, SEVERITIES, Finding, findings
from reports.section import Chapter, Content
from reports.sentence import Name, Sentence, count, say, share, stated_share
from reports.tables import Column, Table, table
from sim.experiments.paired import Paired
from sim.experiments.robustness import money_of

MOST_CARDS = 12
_LIKELY = ((0.5, "in most seeds"), (0.05, "in some"), (0.0, "rare"))


def _likelihood(finding: Finding) -> str:
    often = finding.likelihood.estimate if finding.likelihood else 0.0
    return next(name for least, name in _LIKELY if often >= least)


def _grid(found: Sequence[Finding]) -> Table:
    columns = (
        Column("severity", "severity"),
        *(Column(name, name) for _, name in _LIKELY),
    )
    rows = []
    for severity in SEVERITIES:
        row: dict[str, Any] = {"severity": severity}
        for _, name in _LIKELY:
            listed = [
                f"F-{number:02d}"
                for number, each in enumerate(found, start=1)
                if (each.severity, _likelihood(each)) == (severity, name)
            ]
            row[name] = ", ".join(listed)
        rows.append(row)
    return table("Findings by severity and share of seeds", columns, rows)


def _severity(finding: Finding) -> Sentence:
    name = Name(finding.severity)
    if finding.unbounded:
        return say("{name}: unbounded", name=name)
    if finding.loss is None:
        return say("{name}: not a matter of money", name=name)
    return say("{name}: {part} of what users paid, mean of these seeds", name=name,
               part=share(finding.loss))  # fmt: skip


def _needs(view: ComparisonView, finding: Finding) -> Sentence:
    prone = [each for each in view.table(finding.worst, "hosts") if float(str(each["cheated"])) > 0]
    if not prone:
        return say("It takes no attacker.")
    hosts = {str(each["host"]) for each in prone}
    return say("It takes {hosts} with the stake that a host needs.",
               hosts=count(len(hosts), "hosts"))  # fmt: skip


def _evidence(finding: Finding) -> Sentence:
    place = Name(finding.worst.place, code=True, length=200)
    if not finding.calls:
        return say("Worst in seed {seed}: {place}.", seed=count(finding.worst.manifest.seed, "1"),
                   place=place)  # fmt: skip
    first = Name(f"mnft replay {finding.worst.place} --explain {finding.calls[0]}", code=True,
                 length=300)  # fmt: skip
    return say(
        "Worst in seed {seed}: {place}, calls {calls}; {command}.",
        seed=count(finding.worst.manifest.seed, "1"),
        place=place,
        calls=Name(", ".join(f"{each:,}" for each in finding.calls)),
        command=first,
    )


def _recommendation(view: ComparisonView, finding: Finding) -> Sentence:
    compared = view.comparison
    if finding.judged is None:
        return say("None was simulated: no claim asks for an end of it.")
    place = [each.claim for each in view.claims(finding.arm)].index(finding.judged.claim)
    better = [
        (len(judged.failing) / len(judged.seeds), arm)
        for arm in compared.candidates
        if arm != finding.arm and (judged := view.claims(arm)[place]).seeds
    ]
    least, arm = min(better, default=(1.0, ""))
    if not arm or least >= len(finding.judged.failing) / len(finding.judged.seeds):
        return say("No arm that was run does better; other advice was not simulated.")
    tested = view.claims(arm)[place]
    sentence = say(
        "Take {arm} ({changes}): there it failed in {failing} of {seeds}.",
        arm=Name(arm),
        changes=changes(view, finding.arm, arm),
        failing=count(len(tested.failing), "1"),
        seeds=count(len(tested.seeds), "seeds"),
    )
    price = _price(view, finding.arm, arm)
    return sentence + say("Its price: {moved}.", moved=moved(price)) if price else sentence


def _price(view: ComparisonView, old: str, new: str) -> Paired | None:
    money = money_of(view.comparison)
    return view.comparison.paired(money, new, old) if money else None


def changes(view: ComparisonView, old: str, new: str) -> Sentence:
    """Return what one arm sets otherwise than another: parameter, from, to."""
    compared = view.comparison
    listed = [
        f"{key} {compared.settings[old].get(key)} → {compared.settings[new].get(key)}"
        for key in compared.differing
        if compared.settings[old].get(key) != compared.settings[new].get(key)
    ]
    return say("{listed}", listed=Name("; ".join(listed), code=True, length=300))


def _card(view: ComparisonView, number: int, finding: Finding) -> Table:
    rows = [
        ("severity", _severity(finding)),
        ("likelihood", (
            say("{often}.", often=how_often(finding.likelihood)) + _needs(view, finding)
            if finding.likelihood
            else _needs(view, finding)
        )),
        ("evidence", _evidence(finding)),
        ("recommendation", _recommendation(view, finding)),
        ("status", say("open")),
    ]  # fmt: skip
    return table(
        f"F-{number:02d}: {finding.title}",
        (Column("field", "field"), Column("content", "what is known")),
        [{"field": field, "content": content} for field, content in rows],
    )


def _build(view: ComparisonView) -> Content:
    found = findings(view)
    if not found:
        return Content(
            "not asked", say("No claim failed, no rule broke and no cheating paid in any seed.")
        )
    first = found[0]
    finding = say(
        "{many}; first: {title}, {often} of its seeds.",
        many=count(len(found), "findings"),
        title=first.title,
        often=share(first.likelihood.estimate if first.likelihood else None),
    )
    shown = found[:MOST_CARDS]
    cards = [_card(view, number, each) for number, each in enumerate(shown, start=1)]
    bands = say(
        "Severity is the loss over what users paid: critical from {critical}, high from {high}, "
        "medium from {medium}; a convention.",
        critical=stated_share(BANDS[0][0]),
        high=stated_share(BANDS[1][0]),
        medium=stated_share(BANDS[2][0]),
    )
    notes = () if len(found) <= MOST_CARDS else (
        say("Only the first {shown} are shown as cards.", shown=count(MOST_CARDS, "1")),
    )  # fmt: skip
    how = say(
        "Loss is what cheating hosts kept, or by how much a claim in {money} was missed. Not "
        "found in these seeds does not mean impossible.",
        money=Name("MNFT"),
    )
    return Content("not asked", finding, tables=(_grid(shown), *cards), notes=notes,
                   how=(bands, how))  # fmt: skip


CHAPTER = Chapter("findings", "Findings", "What went wrong, where is it proven, what ends it?",
                  _build)  # fmt: skip
