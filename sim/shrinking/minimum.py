"""From a record and what it shows to a case: found, shrunk, carried out once more, written."""

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from protocol.types import Call
from sim.errors import UserError
from sim.lockstep import ModelOnly
from sim.progress import Progress
from sim.rulebook.record import Record
from sim.shrinking.bench import Bench
from sim.shrinking.case import (
    Case,
    CaseFile,
    Expected,
    agent_names,
    outcomes,
    write_case,
)
from sim.shrinking.failures import ALL_RULES, first_failure
from sim.shrinking.predicates import BrokenRule, Disagreement, Predicate
from sim.shrinking.replaying import Done, Replayed, carry_out
from sim.shrinking.shrinker import shrink
from sim.shrinking.story import story
from sim.trace import Digest, canonical_line

NOTHING = "a trace that fails, or --kpi or --refusal with what it shows"


class Minimum(NamedTuple):
    """The calls that are left with their receipts, of how many, after how many replays."""

    predicate: Predicate
    done: tuple[Done, ...]
    of_calls: int
    replays: int


class Wanted(NamedTuple):
    """
    What to look for: a predicate, or the first failure.

    Of failures only divergences count without `rules`, only these invariants with
    `alone`, for which the model is asked and no engine.
    """

    predicate: Predicate | None = None
    rules: frozenset[str] = ALL_RULES
    alone: bool = False


def minimum(
    bench: Bench, record: Record, wanted: Wanted, progress: Progress, place: str
) -> Minimum:
    """
    Return the fewest calls of a record that still show what is wanted.

    Raises:
        UserError: The record does not show it, or shows it without any call.
    """
    calls, predicate = record.calls, wanted.predicate
    if predicate is None:
        predicate, calls = _failure(bench, record, wanted, place)
    found = shrink(_machine(bench, record, predicate), calls, predicate, progress)
    if found is None:
        problem = f"does not show this: {predicate.text()}"
        raise UserError(place, problem, NOTHING, "E161")
    if not found.calls:
        problem = f"no call is needed for this: {predicate.text()}"
        raise UserError(place, problem, "what only some calls lead to", "E161")
    replayed = Replayed(_machine(bench, record, predicate))
    for call in found.calls:
        if not carry_out(replayed, call) and replayed.divergence is not None:
            # The model leads: its side is what the trace records.
            replayed.done.append(Done(call, replayed.divergence.model))
    return Minimum(predicate, tuple(replayed.done), len(record.calls), found.replays)


def keep(
    folder: Path,
    record: Record,
    found: Minimum,
    names: Mapping[str, str],
    told: str = "",
) -> Case:
    """
    Write a minimum as a case.

    What a fault may have made of a call is not expected again: of a call where the two parted
    only that they agree, of the calls to a broken invariant only that it holds.
    """
    predicate, done = found.predicate, found.done
    expected = outcomes(done, known=not isinstance(predicate, BrokenRule))
    time = done[-1].call.timestamp
    if isinstance(predicate, Disagreement):
        time = predicate.time or time
        if predicate.time is None:
            expected[-1] = None
    digest = Digest()
    for call, receipt in done:
        digest.add(canonical_line(call, receipt))
    senders = [call.sender for call, _ in done]
    file = CaseFile(
        predicate=dict(predicate.as_json()),
        shown=predicate.text(),
        expected=Expected(outcomes=expected, time=time, digest=digest.hexdigest()),
        of_calls=found.of_calls,
        agents=agent_names(record.deployment, senders, names),
    )
    return write_case(folder, record.deployment, done, file, story(file, done, told))


def _failure(
    bench: Bench, record: Record, wanted: Wanted, place: str
) -> tuple[Predicate, tuple[Call, ...]]:
    machine = bench.model(record) if wanted.alone else bench.lockstep(record)
    found = first_failure(Replayed(machine), record.calls, wanted.rules)
    if found is None:
        who = "on the model" if wanted.alone else f"on the model and {bench.engine_name}"
        what = f"nothing fails in {len(record.calls):,} calls {who}"
        raise UserError(place, what, NOTHING, "E161")
    return found.predicate, tuple(record.calls[: found.calls])


def _machine(bench: Bench, record: Record, predicate: Predicate) -> ModelOnly:
    # Invariants, figures and refusals are the model's: no engine has to say them again.
    if isinstance(predicate, Disagreement):
        return bench.lockstep(record)
    return bench.model(record)
