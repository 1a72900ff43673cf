"""Small markets: cheats are found out, honest hosts prove, and a market that is over goes away."""

import ast
import gc
import weakref
from pathlib import Path

import pytest

from protocol.deployment import Deployment
from protocol.gateway_events import ReceiptRefunded
from protocol.staking import Slashed
from protocol.types import Call
from protocol.world import World
from sim.catalogue import Catalogue, Workshop
from sim.chain import open_engine
from sim.invariants import judge_all
from sim.ledger import Ledger
from sim.lockstep import Lockstep, ModelOnly
from sim.market import Market
from sim.run import GENESIS, ProofOracle
from sim.scenario.loading import parse_scenario
from zk import Prover

ROOT = Path(__file__).parents[2]
SCENARIO = """
question: Do cheats lose and honest hosts prove?
ticks: 12
protocol: {{spot_check_rate: 30%, minimum_host_stake: 10 MNFT}}
workload: {{hidden_units: [8], request_pool: 3}}
population:
  creators: {{count: 1}}
  fine_tuners: {{count: 1, review: 100%, hurdle: 0}}
  hosts: {{count: 2, stake: 100 MNFT, cheating: {{share: {share}, gain: {gain}}}}}
  validators: {{count: 2, uptime: 100%}}
  users: {{count: 8, activity: 0.5, activity_sigma: 0.5}}
  holders: {{count: 2}}
governance:
  proposals: [{{tick: 2, parameter: protocol_fee, value: 5%, why: the treasury wants more}}]
"""


class Noted(Ledger):
    """A ledger that keeps all events and calls."""

    def __init__(self):
        super().__init__()
        self.events = []
        self.made = []

    def on_call(self, tick, actor, call, receipt):
        super().on_call(tick, actor, call, receipt)
        self.made.append(call)
        self.events += [log.event for log in receipt.events]


def play(cache, *, engine=None, share="0%", gain="0.1 MNFT", ticks=12):
    """Return a market after all its ticks, and its ledger; on an engine in lockstep, or on none."""
    text = SCENARIO.format(share=share, gain=gain)
    scenario = parse_scenario(text, "here", "here").scenario
    catalogue, ledger = Catalogue(), Noted()
    world = World(Deployment(scenario.protocol.values(), GENESIS), ProofOracle(catalogue))
    machine = ModelOnly(world)
    if engine is not None:
        chain = open_engine(engine)
        chain.deploy(world.deployment)
        machine = Lockstep(world, chain)
    with Prover(1) as prover:
        workshop = Workshop(scenario.workload, 1, cache, prover)
        market = Market(scenario, 1, machine, workshop, ledger, catalogue)
        market.genesis()
        for tick in range(ticks):
            market.step()
            machine.end_tick(market.now, full=tick == ticks - 1)
    return market, ledger


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="module")
def honest(cache):
    return play(cache, engine="revm")


@pytest.fixture(scope="module")
def crooked(cache):
    return play(cache, engine="revm", share="100%", gain="1000000 MNFT")


def test_honest_hosts_answer_their_checks_with_proofs_and_lose_nothing(honest):
    market, ledger = honest

    assert ledger.total["checks_passed"] >= 3
    assert ledger.total["slashes"] == 0
    assert market.tally.totals["cheated"] == 0
    assert {finding.state for _, finding in judge_all(market.world, ledger)} <= {
        "held",
        "not_exercised",
    }


def test_a_check_that_passed_pays_its_validator(honest):
    market, _ = honest
    assert sum(market.tally.withdrawn[each.address] for each in market.validators) > 0


def test_hosts_that_cheat_are_slashed_and_their_users_refunded(crooked):
    market, ledger = crooked

    slashes = [event for event in ledger.events if isinstance(event, Slashed)]
    refunds = [event for event in ledger.events if isinstance(event, ReceiptRefunded)]

    assert market.tally.totals["cheated"] == market.tally.totals["served"] > 0
    assert len(slashes) == len(refunds) == ledger.total["checks_failed"] >= 1
    assert {event.account for event in slashes} <= {host.address for host in market.hosts}
    assert all(event.amount > 0 for event in refunds)
    assert all(finding.state != "violated" for _, finding in judge_all(market.world, ledger))


def test_agents_act_by_calls_alone(honest):
    _, ledger = honest
    assert all(isinstance(call, Call) for call in ledger.made)
    assert len(ledger.made) == ledger.number


def test_a_proposal_comes_to_a_vote_for_a_stated_reason(honest):
    market, _ = honest
    (motion,) = market.politics.motions

    outcome = market.politics.outcome(motion)

    assert market.politics.votes
    assert outcome.outcome in ("defeated", "queued", "executed")
    assert "treasury income against the own business's fees" in outcome.reason


def test_markets_that_are_over_are_freed(cache):
    seen = []
    for _ in range(3):
        market, _ = play(cache, ticks=1)
        market.forget()
        seen.append(weakref.ref(market))
        del market
    gc.collect()

    assert [each() for each in seen] == [None, None, None]


def test_mesa_is_imported_by_one_module():
    importing = set()
    for path in (ROOT / "sim").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and node.module:
                names = [node.module]
            if any(name.split(".")[0] == "mesa" for name in names):
                importing.add(path.relative_to(ROOT).as_posix())

    assert importing == {"sim/agents/base.py"}
