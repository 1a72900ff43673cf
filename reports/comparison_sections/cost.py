"""What a wrong choice costs: regret by what is true and what was chosen."""

from collections.abc import Mapping, Sequence
from typing import Any

from reports.comparison_view import ComparisonView
from reports.effects import difference, kpi_label
from reports.section import Chapter, Content
from reports.sentence import Name, Sentence, say, share
from reports.tables import Column, table
from sim.experiments.robustness import Regret, money_of, regrets
from sim.kpis import KPI_BY_NAME


def _cell(kpi: str, regret: Regret) -> Sentence:
    amount = difference(kpi, regret.amount)
    if regret.share is None:
        return say("{amount}", amount=amount)
    return say("{amount} ({part})", amount=amount, part=share(regret.share))


def _rows(kpi: str, found: Sequence[Regret]) -> list[Mapping[str, Any]]:
    truths = dict.fromkeys(each.truth for each in found)
    return [
        {"truth": truth}
        | {each.arm: _cell(kpi, each) for each in found if each.truth == truth}
        for truth in truths
    ]  # fmt: skip


def _worst_of(kpi: str, arm: str, found: Sequence[Regret]) -> Sentence:
    worst = max((each for each in found if each.arm == arm), key=lambda each: each.amount)
    if worst.amount <= 0:
        return say("Choosing {arm} costs nothing in any row below.", arm=Name(arm))
    return say(
        "Choosing {arm} costs at most {cost}, if {truth}.",
        arm=Name(arm),
        cost=_cell(kpi, worst),
        truth=Name(worst.truth, length=200),
    )


def _build(view: ComparisonView) -> Content:
    compared = view.comparison
    kpi = money_of(compared)
    found = regrets(compared, kpi) if kpi else ()
    if kpi is None or not found:
        return Content(
            "not assessed",
            say("Not assessed: no outcome has a better side and an interval in two arms."),
        )
    arms = [arm for arm in compared.candidates if any(each.arm == arm for each in found)]
    others = [arm for arm in arms if arm != compared.chosen][:2]
    finding = say("Counted in {kpi}.", kpi=kpi_label(kpi))
    for arm in (compared.chosen, *others):
        finding += _worst_of(kpi, arm, found)
    if KPI_BY_NAME[kpi].unit != "MNFT":
        finding += say("Not in money: no outcome compared is in {money}.", money=Name("MNFT"))
    columns = (
        Column("truth", "if this is true"),
        *(Column(arm, f"choosing {arm}") for arm in arms),
    )
    caption = f"Regret in {KPI_BY_NAME[kpi].label}"
    worded = (
        "Regret is what the best choice would have brought more, as means over the seeds of the "
        "arms that were run with that assumption."
        if compared.assumptions
        else "Regret is what the better of two arms would have brought more if the true paired "
        "difference were at an end of its interval. The percentage is of the better arm's mean."
    )
    return Content("not asked", finding, tables=(table(caption, columns, _rows(kpi, found)),),
                   how=(say(worded),))  # fmt: skip


CHAPTER = Chapter("cost", "Cost of error", "What does a wrong choice cost?", _build)
