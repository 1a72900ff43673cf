"""Markets under each royalty rule, the model and the contracts in lockstep, and chains of forks."""

from protocol.deployment import Deployment
from protocol.parameters import resolve
from protocol.world import World
from sim.chain.deployment import blueprints
from sim.lockstep import Lockstep
from tests.conftest import GENESIS, new_engine
from tests.open_market import OpenMarket, role

PAID = 1_000_000


def started_by_rule():
    """Yield a function: from a rule to a market in lockstep with revm, as just deployed."""
    known = {}

    def started(rule):
        if rule not in known:
            deployment = Deployment(resolve({"royaltyRule": rule}), GENESIS)
            engine = new_engine("revm")
            engine.deploy(deployment, blueprints(deployment))
            known[rule] = deployment, engine, engine.snapshot()
        deployment, engine, snapshot = known[rule]
        engine.revert(snapshot)
        market = OpenMarket(Lockstep(World(deployment, lambda *_: False), engine), deployment)
        market.fund(market.intruder, "revenue")
        return market

    yield started
    for _, engine, _ in known.values():
        engine.close()


def pay(market, model_id, amount=PAID):
    market.must("revenue", "pay_model", model_id, amount, sender=market.intruder)


def distribute(market, model_ids):
    """Distribute what is there, in this order; a model may have nothing."""
    for model_id in model_ids:
        market.call("revenue", "distribute", model_id, sender=market.user)


def owed(market, names):
    return tuple(market.view("revenue", "owed_to", role(name).address) for name in names)


def shares(name):
    return {role(name).address: 10_000}


def chain(market, *royalties_bps):
    """A root and a fork of a fork: each level's maker is called by its depth."""
    models = [market.register("depth 0", shares("depth 0"))]
    for depth, royalty_bps in enumerate(royalties_bps, start=1):
        name = f"depth {depth}"
        models.append(market.fork(name, models[-1], royalty_bps, shares(name)))
    return models
