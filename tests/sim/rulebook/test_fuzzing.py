"""Walks end at their limit, when interrupted, or with a trace of what they found."""

from protocol.deployment import DEPLOYER, Deployment
from protocol.parameters import resolve
from protocol.settlement_token import SettlementToken
from protocol.types import Address, Call
from sim.divergence import Divergence
from sim.progress import Silent
from sim.rulebook.fuzzing import CALLS_OF_A_WALK, Limit, fuzz
from sim.rulebook.record import Record
from sim.rulebook.walk import Walk
from sim.trace import open_trace, replay
from tests.conftest import new_engine

GENESIS = 1_767_225_600
SOMEBODY = Address("0x" + "a1" * 20)
RECORDED = Record(
    Deployment(resolve({}), GENESIS),
    [Call("settlement_token", "transfer", (SOMEBODY, 10**20), DEPLOYER, GENESIS)] * 3,
    frozenset(),
)


class Said(Silent):
    def __init__(self):
        self.steps = []

    def step(self, name, done, steps):
        self.steps.append((name, done, steps))


def walked(folder, calls, progress=None):
    return fuzz(RECORDED, 1, "revm", Limit(calls, None), folder, progress or Silent())


def test_walks_of_the_same_seed_find_the_same_and_leave_nothing_behind(tmp_path):
    first, second = (walked(tmp_path, 300) for _ in range(2))

    assert first.calls == second.calls == 300
    assert first.tally == second.tally
    assert first.failure is None
    assert list(tmp_path.iterdir()) == []


def test_the_next_walk_begins_anew_and_memory_is_shown(tmp_path):
    said = Said()

    found = walked(tmp_path, CALLS_OF_A_WALK + 50, said)

    assert (found.walks, found.calls) == (2, CALLS_OF_A_WALK + 50)
    assert found.peak_memory_bytes > 0
    (first,) = said.steps
    assert first[0].startswith("2,000 calls, ")
    assert first[0].endswith(" MiB")


def test_an_interrupted_walk_says_what_it_found_until_then(tmp_path, monkeypatch):
    step = Walk.step

    def interrupted(walk):
        if walk.steps == 120:
            raise KeyboardInterrupt
        return step(walk)

    monkeypatch.setattr(Walk, "step", interrupted)
    found = walked(tmp_path, 1_000)

    assert found.interrupted
    assert (found.walks, found.calls) == (1, 120)
    assert found.tally["settlement_token.transfer", "ok"]
    assert list(tmp_path.iterdir()) == []


def test_what_divides_model_and_contracts_is_left_as_a_trace_that_replays(tmp_path, monkeypatch):
    def generous(self, ctx, to, value):
        self._transfer(ctx.sender, to, value)
        return value != 10**20

    monkeypatch.setattr(SettlementToken, "transfer", generous)
    found = walked(tmp_path, 1_000)

    assert isinstance(found.failure, Divergence)
    assert found.trace is not None
    assert list(tmp_path.iterdir()) == [found.trace]
    *_, last = open_trace(found.trace).entries()
    assert (last.number, last.call) == (found.failure.number, found.failure.at)
    engine = new_engine("revm")
    try:
        assert replay(found.trace, engine) != open_trace(found.trace).digest()
    finally:
        engine.close()


def test_a_limit_is_of_calls_or_of_seconds(monkeypatch):
    now = [100.0]
    monkeypatch.setattr("time.monotonic", lambda: now[0])
    calls, seconds = Limit(50, None), Limit(50, 8.0)

    now[0] = 106.0

    assert calls.share(20) == 0.4
    assert seconds.share(20) == 0.75
