"""Shipped scenarios on the model alone, whole: from a file, changes and a seed to the figures."""

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

import pandas as pd
import pytest

from protocol.deployment import Deployment
from protocol.world import World
from sim.catalogue import Catalogue, Workshop
from sim.ledger import Ledger
from sim.lockstep import ModelOnly
from sim.market import Market
from sim.metrics import Series, measure
from sim.run import GENESIS, ProofOracle, whole_run
from sim.scenario.loading import load_scenario
from sim.scenario.shock_files import values_of
from sim.shocks import Shocks
from zk import Prover

SCENARIOS = Path(__file__).parents[2] / "scenarios"
Figures = dict[str, float]


class Played(NamedTuple):
    """A run's figures, over the whole and tick by tick (columns tick, kpi, value, ...)."""

    figures: Figures
    metrics: pd.DataFrame


Play = Callable[..., Played]


@pytest.fixture(scope="session")
def play(tmp_path_factory: pytest.TempPathFactory):
    """Return a function: a scenario's name, a seed and changes by key, to its figures."""
    cache = tmp_path_factory.mktemp("scenarios")
    with ExitStack() as stack:
        prover = stack.enter_context(Prover(1))

        def played(name: str, seed: int, changes: Mapping[str, str] | None = None) -> Played:
            loaded = load_scenario(SCENARIOS / f"{name}.yaml", changes)
            scenario, catalogue, ledger = loaded.scenario, Catalogue(), Ledger()
            world = World(Deployment(scenario.protocol.values(), GENESIS), ProofOracle(catalogue))
            workshop = Workshop(scenario.workload, seed, cache, prover)
            shocks = Shocks(scenario, seed, values_of(scenario, loaded.files))
            machine = ModelOnly(world)
            market = Market(scenario, seed, machine, workshop, ledger, catalogue, shocks)
            series = Series()
            market.genesis()
            for _ in range(scenario.ticks):
                ledger.begin_tick()
                market.step()
                series.add(measure(market, ledger))
            market.forget()
            metrics = series.table(seed)
            return Played(whole_run(metrics), metrics)

        yield played
