"""The first lines of a comparison: which arm to choose, how sure, what it costs, what turns it."""

from collections.abc import Mapping
from typing import Any

from reports.comparison_sections.findings import changes
from reports.comparison_sections.flips import claims_elsewhere
from reports.comparison_view import ComparisonView, Judged, state_of
from reports.effects import kpi_label, moved
from reports.section import Content
from reports.sections.verdict import Card, Verdict
from reports.sentence import Name, Sentence, count, say, stated_share
from reports.tables import Column, Table, table
from sim.claims import LEVEL, run_state
from sim.experiments.paired import Paired, pairs_to_resolve
from sim.experiments.robustness import reaches


def verdict_of(view: ComparisonView, contents: Mapping[str, Content]) -> Verdict:
    """
    Return the verdict of a comparison whose sections are written.

    Its state is that of the chosen arm's claims, INVALID where the rules broke in any replica.
    """
    chosen = view.comparison.chosen
    state = run_state(
        [state_of(judged) for judged in view.claims(chosen)],
        divergences=sum(each.manifest.counts.divergences for each in view.every),
        violated=sum(each.manifest.invariants.violated for each in view.every),
        failed_sections=sum(content.state == "error" for content in contents.values()),
    )
    if state == "INVALID":
        answer = say("Nothing here can be trusted: the rules broke in a replica.")
        advice = say("See the findings.")
    else:
        answer, advice = _answer(view), _advice(view, contents)
    return Verdict(
        state, answer, advice, "forest" if state != "INVALID" else "findings", _cards(view),
        _claims_by_arm(view),
    )  # fmt: skip


def _answer(view: ComparisonView) -> Sentence:
    compared = view.comparison
    if compared.primary is None:
        return say("No arm is chosen: no primary outcome was named before looking.")
    best = compared.best
    if best is not None:
        return say(
            "Choose {arm} ({changes}). {moved}.",
            arm=Name(best.arm),
            changes=changes(view, compared.baseline, best.arm),
            moved=moved(best),
        )
    firsts = [rows[0] for rows in compared.rows.values()]
    if not firsts:
        return say("There is one arm, so nothing is compared.")
    return _no_better(view, firsts)


def _no_better(view: ComparisonView, firsts: list[Paired]) -> Sentence:
    compared = view.comparison
    open_ones = [each for each in firsts if each.word in ("undecided", "not computed")]
    sentence = say(
        "No arm is better than {baseline} on {kpi}.",
        baseline=Name(compared.baseline),
        kpi=kpi_label(str(compared.primary)),
    )
    if not open_ones:
        return sentence + say("{moved}.", moved=moved(max(firsts, key=lambda each: each.gain)))
    return sentence + say("Not decided: {arm}. {moved}.", arm=Name(open_ones[0].arm),
                          moved=moved(open_ones[0])) + _more_seeds(view, open_ones[0])  # fmt: skip


def _more_seeds(view: ComparisonView, paired: Paired) -> Sentence:
    if paired.difference is None:
        return say("One pair cannot decide; more seeds can.")
    band = view.comparison.plan.matters_from
    size = paired.band or abs(paired.difference.estimate)
    needed = pairs_to_resolve(paired.difference, size)
    if needed is None:
        return say("")
    what = say("{band}", band=stated_share(band)) if band else say("a difference of this size")
    return say("About {more} would resolve {what}.", more=count(needed - paired.n, "more seeds"),
               what=what)  # fmt: skip


def _advice(view: ComparisonView, contents: Mapping[str, Content]) -> Sentence:
    failed = [slug for slug, content in contents.items() if content.state == "error"]
    if failed:
        return say("A section could not be made: {names}.", names=Name(", ".join(failed)))
    sentence = _changed_claims(view)
    turned = [reach for reach in reaches(view.comparison) if reach.crossing]
    for reach in turned[:1]:
        first, following = reach.crossing or ("", "")
        sentence += say(
            "Where {key} lies between {first} and {following} the choice turns.",
            key=Name(reach.key, code=True),
            first=Name(first),
            following=Name(following),
        )
    for each in claims_elsewhere(view)[:1]:
        sentence += each
    return sentence


def _changed_claims(view: ComparisonView) -> Sentence:
    compared = view.comparison
    sentence = Sentence(())
    if compared.chosen == compared.baseline:
        return sentence
    both = zip(view.claims(compared.baseline), view.claims(compared.chosen), strict=True)
    for before, after in both:
        if len(before.failing) != len(after.failing):
            sentence += say(
                "The claim on {kpi} failed in {after} of {seeds} instead of {before}.",
                kpi=kpi_label(after.claim.kpi),
                after=count(len(after.failing), "1"),
                seeds=count(len(after.seeds), "seeds"),
                before=count(len(before.failing), "1"),
            )
    return sentence


def _cards(view: ComparisonView) -> tuple[Card, ...]:
    compared = view.comparison
    seeds = {each.manifest.seed for each in view.every}
    cards = [
        Card("arms", say("{arms}", arms=count(len(compared.arms), "1"))),
        Card("seeds per arm", say("{seeds}", seeds=count(len(seeds), "1"))),
        Card("runs complete", say("{runs}", runs=count(len(view.every), "1"))),
        Card("runs failed", say("{failed}", failed=count(len(view.failed), "1"))),
    ]
    if compared.primary is not None:
        cards.append(Card("primary outcome", say("{kpi}", kpi=kpi_label(compared.primary))))
    return tuple(cards)


def _claims_by_arm(view: ComparisonView) -> Table:
    columns = (
        Column("arm", "arm"),
        Column("claim", "claim"),
        Column("state", "state", "state"),
        Column("failing", "failed in", "count", "seeds"),
        Column("seeds", "of", "count", "seeds"),
        Column("share", "share that fails", "share", "%"),
        Column("low", "Wilson from", "share", "%"),
        Column("high", "Wilson to", "share", "%"),
    )
    rows = [_claim_row(arm, judged) for arm in view.comparison.arms for judged in view.claims(arm)]
    caption = f"Claims by arm; share of seeds that fail, {LEVEL:.0%} Wilson interval over each \
row's seeds"
    return table(caption, columns, rows)


def _claim_row(arm: str, judged: Judged) -> Mapping[str, Any]:
    interval = judged.interval if len(judged.seeds) > 1 else None
    return {
        "arm": arm,
        "claim": say("{kpi}", kpi=kpi_label(judged.claim.kpi)),
        "state": state_of(judged),
        "failing": len(judged.failing),
        "seeds": len(judged.seeds),
        "share": interval.estimate if interval else None,
        "low": interval.low if interval else None,
        "high": interval.high if interval else None,
    }
