"""Small markets on the model alone, opened from a scenario's text; keys and files are shared."""

from contextlib import ExitStack

import pytest

from protocol.deployment import Deployment
from protocol.world import World
from sim.catalogue import Catalogue, Workshop
from sim.ledger import Ledger
from sim.lockstep import ModelOnly
from sim.market import Market
from sim.run import GENESIS, ProofOracle
from sim.scenario.loading import parse_scenario
from zk import Prover


@pytest.fixture(scope="session")
def open_market(tmp_path_factory):
    """Return a function: from a scenario's text and a seed to a market after its genesis."""
    cache = tmp_path_factory.mktemp("agents")
    with ExitStack() as stack:
        prover = stack.enter_context(Prover(1))

        def opened(text, seed=1):
            scenario = parse_scenario(text, "here", "here").scenario
            catalogue = Catalogue()
            world = World(Deployment(scenario.protocol.values(), GENESIS), ProofOracle(catalogue))
            workshop = Workshop(scenario.workload, seed, cache, prover)
            market = Market(scenario, seed, ModelOnly(world), workshop, Ledger(), catalogue)
            stack.callback(market.forget)
            market.genesis()
            return market

        yield opened
