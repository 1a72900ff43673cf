"""The first lines: can I launch so, what was worst, what would change it, and the key figures."""

from collections.abc import Mapping
from dataclasses import dataclass

from reports.run_view import RunView
from reports.section import Content
from reports.sections.claims import outcome
from reports.sentence import (
    Name,
    Quantity,
    Sentence,
    count,
    kpi_quantity,
    number,
    say,
    share,
    stated_share,
)
from reports.tables import Column, Table, table
from sim.claims import Judgement, State, run_state
from sim.kpis import KPI_BY_NAME

_OF_CHEATING = frozenset(
    {"deterrence_min", "deterrence_mean", "cheat_share", "cheating_profit",
     "wrong_outputs_per_million"}
)  # fmt: skip
_DIRECTIONS: Mapping[str, str] = {"up": "higher is better", "down": "lower is better", "none": ""}


@dataclass(frozen=True)
class Card:
    """One key figure beside the verdict."""

    label: str
    value: Sentence


@dataclass(frozen=True)
class Verdict:
    """State, answer and cards; `link` is the section to read next."""

    state: State
    answer: Sentence
    advice: Sentence
    link: str
    cards: tuple[Card, ...]
    figures: Table


def verdict_of(view: RunView, contents: Mapping[str, Content]) -> Verdict:
    """Return the verdict of a run whose sections are written."""
    manifest = view.manifest
    distrusted = [slug for slug, content in contents.items() if content.state == "INVALID"]
    state = run_state(
        [judged.state for judged in view.claims],
        divergences=manifest.counts.divergences,
        violated=manifest.invariants.violated + len(distrusted),
        failed_sections=sum(content.state == "error" for content in contents.values()),
    )
    concerned = next((judged for judged in view.claims if judged.state == state), None)
    distrust = contents[distrusted[0]].finding if distrusted else None
    link = next(iter(distrusted), "invariants") if state == "INVALID" else "claims"
    return Verdict(
        state,
        _answer(view, state, concerned, distrust),
        _advice(view, state, concerned, contents),
        link,
        _cards(view),
        _key_figures(view),
    )


def _answer(
    view: RunView, state: State, judged: Judgement | None, distrust: Sentence | None
) -> Sentence:
    if judged and state in _ANSWERS:
        return say(_ANSWERS[state], outcome=outcome(judged))
    claims = count(len(view.claims), "claims")
    match state:
        case "INVALID":
            return _broken(view, distrust)
        case "held":
            worded = "{claims} held in this run (seed {seed}). One path shows that it can go well, \
not how often."
            return say(worded, claims=claims, seed=count(view.manifest.seed, "1"))
        case "green":
            worded = "Yes, at the tolerance asked for: {claims} held over {seeds}."
            return say(worded, claims=claims, seeds=count(view.seeds, "seeds"))
        case "amber":
            return say("Not decided: a part of this page failed.")
    return say("The scenario makes no claim, so there is no verdict.")


_ANSWERS: Mapping[State, str] = {
    "red": "No. {outcome}",
    "amber": "Not decided. {outcome}",
    "not exercised": "Cannot tell. {outcome}",
}


def _broken(view: RunView, distrust: Sentence | None) -> Sentence:
    divergences = view.manifest.counts.divergences
    violated = view.manifest.invariants.violated
    if distrust is not None and not divergences and not violated:
        return say("Nothing here can be trusted. {why}", why=distrust)
    return say(
        "Nothing here can be trusted: {divergences} between model and contracts, {violated} "
        "violated.",
        divergences=count(divergences, "divergences"),
        violated=count(violated, "invariants"),
    )


def _advice(
    view: RunView, state: State, judged: Judgement | None, contents: Mapping[str, Content]
) -> Sentence:
    failed = _in_state(contents, "error")
    if failed:
        return say("A section could not be made: {names}.", names=failed)
    if state == "INVALID":
        return say("Replay the trace and mend what differs before reading on.")
    if state == "red":
        deterring = judged and judged.claim.kpi in _OF_CHEATING and _rate_that_deters(view)
        return deterring or say("No change was simulated here, so none is recommended.")
    unclaimed = _in_state(contents, "red")
    if unclaimed:
        return say("Red although no claim asks: {names}.", names=unclaimed)
    needed = next((each.seeds_needed for each in view.claims if each.seeds_needed), None)
    if state in ("held", "amber") and needed:
        return say("About {seeds} would settle it.", seeds=count(needed, "seeds"))
    return say("")


def _in_state(contents: Mapping[str, Content], state: State) -> Name | None:
    slugs = [slug for slug, content in contents.items() if content.state == state]
    return Name(", ".join(slugs)) if slugs else None


def _rate_that_deters(view: RunView) -> Sentence | None:
    """Return the check rate at which D of the weakest host would be 1, by its definition."""
    written = next(
        (row["value"] for row in view.parameters if row["key"] == "protocol.spot_check_rate"), None
    )
    weakest = view.kpi("deterrence_min")
    if written is None or weakest.empty or not 0 < float(weakest.min()) < 1:
        return None
    rate = float(written.removesuffix("%")) / 100
    if not 0 < rate < 1:
        return None
    odds = rate / (1 - rate) / float(weakest.min())
    wanted = odds / (1 + odds)
    return say(
        "By formula a check rate of {wanted} instead of {rate} ends it, for {factor} as many "
        "checks; not simulated.",
        wanted=share(wanted),
        rate=stated_share(rate),
        factor=number(wanted / rate, "times"),
    )


def _cards(view: RunView) -> tuple[Card, ...]:
    manifest, counts = view.manifest, view.manifest.counts
    settled, asked = view.total("calls_settled"), view.total("calls_asked")
    paid = view.total("revenue_total")
    exercised = manifest.invariants.held + manifest.invariants.violated
    compared = _plainly(count(counts.calls_compared, "calls"))
    if manifest.engine == "none":
        compared = say("no engine ran")
    return (
        Card("settled of asked", _of(settled, asked, "calls")),
        Card("paid by users", _plainly(kpi_quantity("revenue_total", paid))),
        Card(
            "invariants held of exercised", _of(manifest.invariants.held, exercised, "invariants")
        ),
        Card("model = contracts", compared),
        Card(
            "proofs verified on chain", _plainly(count(counts.proofs_verified_on_chain, "proofs"))
        ),
        Card("seeds", _plainly(count(max(1, view.seeds), "seeds"))),
    )


def _plainly(quantity: Quantity) -> Sentence:
    return say("{quantity}", quantity=quantity)


def _of(part: float | None, whole: float | None, unit: str) -> Sentence:
    return say("{part} of {whole}", part=Quantity(part, "1", "count"),
               whole=Quantity(whole, unit, "count"))  # fmt: skip


def _key_figures(view: RunView) -> Table:
    columns = (
        Column("label", "key figure"),
        Column("value", "this run", "number", "as stated"),
        Column("over_run", "over ticks"),
        Column("direction", "direction"),
        Column("definition", "definition, per tick"),
    )
    rows = [
        {
            "label": KPI_BY_NAME[name].label,
            "value": kpi_quantity(name, value),
            "over_run": KPI_BY_NAME[name].over_run.replace("_", " "),
            "direction": _DIRECTIONS[KPI_BY_NAME[name].direction],
            "definition": KPI_BY_NAME[name].definition,
        }
        for name, value in view.manifest.kpis.items()
        if name in KPI_BY_NAME
    ]
    return table("Key figures of the run", columns, rows)
