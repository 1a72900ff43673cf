"""The corpus: cases replayed on model and contracts, and what they must still say."""

import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sim.errors import UserError
from sim.experiments.checking import LOCKSTEP, RECORDED, Broken, Checked
from sim.invariants import INVARIANTS
from sim.rulebook.record import read
from sim.shrinking.bench import Bench
from sim.shrinking.case import TRACE, Case
from sim.shrinking.failures import Failure, first_failure
from sim.shrinking.predicates import BrokenRule, outcome
from sim.shrinking.replaying import Done, Replayed
from sim.trace import as_recorded


def check_case(case: Case, bench: Bench, command: str) -> Checked:
    """
    Replay a case in lockstep and return what broke.

    Model and contracts must agree, invariants must hold, and each call of which that is expected
    must end as it was recorded.
    """
    started = time.perf_counter()
    name = case.folder.name
    try:
        record = read(case.folder / TRACE)
    except UserError as error:
        return Checked(name, None, command, case.folder, {}, (), str(error))
    replayed = Replayed(bench.lockstep(record))
    failure = first_failure(replayed, record.calls, time=case.file.expected.time)
    recorded = [entry.receipt for entry in case.trace.entries()]
    broken = (*_broken(failure), *_changed(case, replayed.done, recorded))
    return Checked(
        name, None, command, case.folder, _states(replayed), broken, "",
        time.perf_counter() - started,
    )  # fmt: skip


def _broken(failure: Failure | None) -> Iterator[Broken]:
    if failure is None:
        return
    if isinstance(failure.predicate, BrokenRule):
        rule = next(each for each in INVARIANTS if each.number == failure.predicate.number)
        detail = f"{failure.detail}; after call {failure.calls}"
        yield Broken(rule.number, rule.name, rule.severity, None, detail)
    else:
        yield Broken(LOCKSTEP, "model and contracts agree", "critical", None, failure.detail)


def _changed(
    case: Case, done: Sequence[Done], recorded: Sequence[Mapping[str, Any]]
) -> Iterator[Broken]:
    """Yield the first call that ended otherwise than it was recorded: later ones follow from it."""
    for number, ((call, receipt), before, expected) in enumerate(
        zip(done, recorded, case.file.expected.outcomes, strict=False), start=1
    ):
        now = as_recorded(call, receipt)
        if expected is not None and now != before:
            differs = ", ".join(part for part in before if before[part] != now[part])
            detail = (
                f"call {number}, {call.contract}.{call.function}: ended in {expected}, "
                f"now in {outcome(receipt)}; differs: {differs}"
            )
            yield Broken(RECORDED, "calls end as recorded", "critical", None, detail)
            return


def _states(replayed: Replayed) -> dict[str, tuple[str, str]]:
    states = {
        each.number: (each.name, each.judge(replayed.machine.world, replayed.ledger).state)
        for each in INVARIANTS
    }
    agreed = "violated" if replayed.divergence else "held"
    return {**states, LOCKSTEP: ("model and contracts agree", agreed)}
