"""What calls lead to that must not be: model and engine differ, or an invariant is violated."""

from collections.abc import Sequence
from typing import NamedTuple

from protocol.types import Call
from sim.divergence import Divergence
from sim.invariants import INVARIANTS
from sim.shrinking.predicates import BrokenRule, Disagreement
from sim.shrinking.replaying import Replayed, carry_out

ALL_RULES = frozenset(each.number for each in INVARIANTS)


class Failure(NamedTuple):
    """The first thing that is wrong, after how many calls it was seen, and both sides of it."""

    predicate: Disagreement | BrokenRule
    calls: int
    detail: str


def first_failure(
    replayed: Replayed,
    calls: Sequence[Call],
    rules: frozenset[str] = ALL_RULES,
    time: int | None = None,
) -> Failure | None:
    """
    Carry calls out on a machine at its start until something is wrong; None where nothing is.

    As in a run, views are compared and invariants (those of `rules`, by number) judged where the
    time moves on, and at the end all of them, at `time` if that is later than the last call's.
    """
    for number, call in enumerate(calls, start=1):
        if not carry_out(replayed, call):
            return _of_call(replayed, number)
        is_last = number == len(calls)
        if is_last or calls[number].timestamp != call.timestamp:
            looked_at = max(call.timestamp, time or 0) if is_last else call.timestamp
            found = _at_end(replayed, looked_at, rules, full=is_last)
            if found is not None:
                return found
    return None


def _of_call(replayed: Replayed, number: int) -> Failure:
    divergence = replayed.divergence
    if divergence is None:
        raise replayed.fault or RuntimeError("a replay ended without a reason")
    return Failure(Disagreement.of(divergence, None), number, str(divergence))


def _at_end(replayed: Replayed, time: int, rules: frozenset[str], *, full: bool) -> Failure | None:
    number = len(replayed.done)
    try:
        replayed.machine.end_tick(time, full=full)
    except Divergence as divergence:
        return Failure(Disagreement.of(divergence, time), number, str(divergence))
    for invariant in INVARIANTS:
        if invariant.number in rules:
            finding = invariant.judge(replayed.machine.world, replayed.ledger)
            if finding.state == "violated":
                return Failure(BrokenRule(invariant.number), number, finding.detail)
    return None
