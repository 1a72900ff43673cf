"""Twenty planted faults: each shrinks from 300 calls to those that it takes, and no other."""

import sys
import time
from itertools import combinations

import pytest

from sim.lockstep import ModelOnly
from sim.progress import Silent
from sim.shrinking.bench import Bench, fastest_engine
from sim.shrinking.failures import first_failure
from sim.shrinking.replaying import Replayed, carry_out
from sim.shrinking.shrinker import shrink
from tests.lockstep.test_mutants import plant
from tests.sim.shrinking.planted import CALLS, PLANTED, QUICK, Bent, trace

NAMES = [
    name if name in QUICK else pytest.param(name, marks=pytest.mark.planted) for name in PLANTED
]


@pytest.fixture(scope="module")
def bench():
    with Bench(fastest_engine()) as opened:
        yield opened


def machine(bench, record, fault) -> ModelOnly:
    if fault.invariant is not None:
        return bench.model(record)
    lockstep = bench.lockstep(record)
    if fault.engine is not None:
        lockstep.engine = Bent(lockstep.engine, fault.engine)
    return lockstep


def shows(predicate, machine, calls) -> bool:
    """Whether calls show a predicate on a machine at its start; nothing is reused or cached."""
    replayed = Replayed(machine)
    for call in calls:
        if not carry_out(replayed, call):
            break
    return predicate.holds(replayed)


@pytest.mark.parametrize("name", NAMES)
def test_a_planted_fault_shrinks_to_the_calls_that_it_takes(name, bench, monkeypatch):
    fault = PLANTED[name]
    record = trace(fault.life, fault.seed)
    assert len(record.calls) == CALLS
    if fault.model is not None:
        plant(monkeypatch, *fault.model)
    rules = frozenset([fault.invariant] if fault.invariant else [])

    found = first_failure(Replayed(machine(bench, record, fault)), record.calls, rules)
    started = time.perf_counter()
    shrunk = shrink(
        machine(bench, record, fault), record.calls[: found.calls], found.predicate, Silent()
    )
    seconds = time.perf_counter() - started

    sys.stdout.write(
        f"\n{name}: {CALLS} calls, shown by {found.calls}, shrunk to {len(shrunk.calls)} "
        f"in {seconds:.1f} s, {shrunk.replays} replays\n"
    )
    assert getattr(found.predicate, "at", fault.invariant) == fault.at
    left = [f"{call.contract}.{call.function}" for call in shrunk.calls]
    assert (sorted(left), left[-1]) == (sorted(fault.calls), fault.calls[-1])
    assert shows(found.predicate, machine(bench, record, fault), shrunk.calls)
    for fewer in combinations(shrunk.calls, len(shrunk.calls) - 1):
        assert not shows(found.predicate, machine(bench, record, fault), fewer)


def test_there_are_twenty_of_them_in_the_model_and_in_engines():
    assert len(PLANTED) == 20
    assert sum(fault.engine is not None for fault in PLANTED.values()) == 3
    assert set(QUICK) <= set(PLANTED)
