"""A selection of calls leads where it leads from the start, whatever was carried out before."""

import numpy as np
import pytest

from sim.shrinking.bench import Bench, fastest_engine
from sim.shrinking.replaying import Replayer
from tests.sim.shrinking.planted import market_life, trace


@pytest.fixture(scope="module")
def record():
    return trace(market_life, seed=1)


@pytest.mark.parametrize("engine", ["py-evm", fastest_engine()])
def test_snapshots_of_beginnings_change_nothing(record, engine):
    calls = record.calls[:40]
    draws = np.random.default_rng(3)
    with Bench(engine) as bench:
        replayer = Replayer(bench.lockstep(record), calls)
        chosen = list(range(len(calls)))
        for _ in range(4):
            replayed = replayer.replay(chosen)
            reached, receipts = replayed.machine.world.digest(), list(replayed.done)
            counts = replayed.machine.counts

            fresh = bench.model(record)
            expected = [(calls[place], fresh.execute(calls[place])) for place in chosen]

            assert receipts == expected
            assert reached == fresh.world.digest()
            assert counts.calls == len(chosen)
            assert replayed.ledger.number == len(chosen)
            chosen.pop(int(draws.integers(len(chosen) // 2, len(chosen))))


def test_a_world_comes_back_to_a_snapshot_as_often_as_it_is_asked(record):
    with Bench("none") as bench:
        machine = bench.model(record)
    world = machine.world
    for call in record.calls[:100]:
        machine.execute(call)
    snapshot, digest, touched = world.snapshot(), world.digest(), list(world.journal.touched)
    for _ in range(2):
        for call in record.calls[100:200]:
            machine.execute(call)
        assert world.digest() != digest
        world.revert(snapshot)
        assert world.digest() == digest
        assert list(world.journal.touched) == touched
