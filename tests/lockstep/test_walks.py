"""
Calls that nobody planned, on the model and revm in lockstep: every function of every contract.

A walk goes along a recorded run and strays from it (`sim.rulebook.walk`). What the suite does with
2,000 calls, `make fuzz` does with 40,000 and `make soak` for as long as it is told to.
"""

from collections import Counter

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from protocol.staking import Staking
from protocol.world import World
from sim.divergence import Divergence
from sim.lockstep import Lockstep, ModelOnly
from sim.rulebook import functions
from sim.rulebook.coverage import Counting, coverage
from sim.rulebook.fuzzing import Dice
from sim.rulebook.record import read, record
from sim.rulebook.walk import BrokenInvariant, Walk
from sim.runs import open_run
from sim.shrinking.figures import FIGURES
from sim.shrinking.replaying import Replayed, carry_out
from tests.conftest import new_engine
from tests.gas.measured import of_record, summary
from tests.gas.page import COMMAND, PAGE, recorded_of

EXAMPLES, STEPS = 20, 100


class Draws:
    """Hypothesis as the one who chooses: it finds the simplest choices that still fail."""

    def __init__(self, data):
        self._data = data

    def below(self, count):
        return self._data.draw(st.integers(0, count - 1))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Where the small economy is kept, below `run`."""
    return tmp_path_factory.mktemp("record")


@pytest.fixture(scope="module")
def recorded(folder):
    """The calls of a small economy in which everything happens, and the proofs that hold."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        return record(folder)


@pytest.fixture(scope="module")
def revm(recorded):
    engine = new_engine("revm")
    engine.deploy(recorded.deployment)
    yield engine, engine.snapshot()
    engine.close()


def test_model_and_contracts_agree_on_calls_that_nobody_planned(recorded, revm):
    engine, start = revm
    made = 0

    class Walking(RuleBasedStateMachine):
        @initialize(data=st.data())
        def begin(self, data):
            engine.revert(start)
            world = World(recorded.deployment, recorded.is_valid_proof)
            # Each call that is rehearsed takes choices, of which hypothesis has not many.
            self.walk = Walk(Lockstep(world, engine), recorded.calls, Draws(data), breadth=1)
            for _ in range(data.draw(st.integers(0, len(recorded.calls)))):
                self.walk.go_on()

        # One rule, so that hypothesis cannot leave the calls out of an example.
        @rule(what=st.integers(0, 9))
        def go(self, what):
            nonlocal made
            if what == 8:
                self.walk.wait()
            elif what == 9:
                self.walk.compare()
            else:
                made += 1
                self.walk.step()

        def teardown(self):
            if hasattr(self, "walk"):
                self.walk.compare(full=True)

    Walking.TestCase.settings = settings(
        max_examples=EXAMPLES,
        stateful_step_count=STEPS,
        suppress_health_check=list(HealthCheck),
    )
    Walking.TestCase().runTest()

    # How many of the steps are calls is for hypothesis to choose.
    assert made > EXAMPLES * STEPS // 2


def walk_of(recorded, seed, machine=None):
    world = World(recorded.deployment, recorded.is_valid_proof)
    # To the run's end the walk tries only what is refused.
    faithful = len(recorded.calls)
    return Walk(machine or ModelOnly(world), recorded.calls, Dice(seed, "walk"), faithful=faithful)


def test_a_walk_meets_whatever_is_in_the_rulebook(recorded):
    walk = walk_of(recorded, 1)
    counting = Counting(walk.machine.world)
    asked = Counter()
    carry_out = walk.machine.world.execute

    def counted(call):
        asked[call.contract, call.function] += 1
        return carry_out(call)

    walk.machine.world.execute = counted
    for _ in range(2_000):
        walk.step()
        walk.try_anything()
        walk.try_anything()

    assert set(asked) == {(each.contract, each.name) for each in functions()}
    found = coverage(counting.tally)
    assert found.functions.reached >= 0.6 * found.functions.of
    assert found.reasons.reached >= 0.5 * found.reasons.of


def test_the_recorded_run_takes_the_gas_that_the_page_says(recorded, revm):
    engine, start = revm
    engine.revert(start)

    taken = summary(of_record(recorded, engine))

    assert taken == recorded_of(PAGE.read_text(encoding="utf-8")), COMMAND


def test_a_fault_in_the_model_is_found(recorded, revm, monkeypatch):
    engine, start = revm
    engine.revert(start)
    world = World(recorded.deployment, recorded.is_valid_proof)
    walk = walk_of(recorded, 1, Lockstep(world, engine))
    monkeypatch.setattr(Staking, "_check_role", lambda self, role: None)

    with pytest.raises(Divergence, match=r"staking\."):
        for _ in range(4_000):
            walk.step()


def test_a_state_that_must_never_be_is_found(recorded):
    walk = walk_of(recorded, 1)
    walk.go_on()
    walk.machine.world.settlement_token._total_supply.value += 1

    with pytest.raises(BrokenInvariant, match="value is conserved"):
        walk.compare()


def test_figures_that_follow_from_a_trace_are_those_of_its_run(folder, recorded):
    measured = open_run(folder / "run").manifest.kpis
    replayed = Replayed(ModelOnly(World(recorded.deployment, recorded.is_valid_proof)))

    assert all(carry_out(replayed, call) for call in read(folder / "run/trace.jsonl").calls)
    for name, figure in FIGURES.items():
        value = figure(replayed.machine.world, replayed.ledger)
        # Per tick and as a whole: sums of the same numbers, rounded in another order.
        assert value == (None if measured[name] is None else pytest.approx(measured[name])), name
