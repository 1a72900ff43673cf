"""The supply side of a small market: versions, settlements in turns, prices and royalties."""

import pytest

from protocol.deployment import Deployment
from protocol.gateway_events import BatchSettled
from protocol.lineage import Forked
from protocol.money import BPS
from protocol.pricing import TariffSet
from protocol.world import World
from sim.agents.fine_tuner import OPTIONAL_ROYALTY
from sim.catalogue import Catalogue, Workshop
from sim.ledger import Ledger
from sim.lockstep import ModelOnly
from sim.market import Market
from sim.run import GENESIS, ProofOracle
from sim.scenario.loading import parse_scenario
from zk import Prover

SCENARIO = """
question: Does the supply side do what pays?
ticks: 14
chain: {engine: none}
protocol: {spot_check_rate: 30%, minimum_host_stake: 10 MNFT}
workload:
  domains: [{name: digits, demand: 50%}, {name: turned, demand: 50%, rotation: 35 deg}]
  hidden_units: [8]
  request_pool: 2
population:
  creators:
    count: 1
    price_per_call: 0.1 MNFT
    dynamic_pricing: 100%
    capacity: 400
    price_review: 30%
    new_version: 60%
    royalty: 12.5%
  fine_tuners: {count: 1, review: 100%, hurdle: 0, forks_each: 1, evasion: 100%}
  hosts: {count: 2, stake: 100 MNFT, settle_every: 3, cheating: {share: 0%}}
  validators: {count: 2, uptime: 100%}
  users: {count: 10, activity: 1, activity_sigma: 0.5, rechoice: 20%}
  holders: {count: 1}
"""


class Noted(Ledger):
    """A ledger that keeps every call with its tick, actor and receipt."""

    def __init__(self):
        super().__init__()
        self.made = []

    def on_call(self, tick, actor, call, receipt):
        super().on_call(tick, actor, call, receipt)
        self.made.append((tick, actor, call, receipt))

    def events(self, kind):
        """Return tick, actor and event of all events of a kind."""
        return [
            (tick, actor, log.event)
            for tick, actor, _, receipt in self.made
            for log in receipt.events
            if isinstance(log.event, kind)
        ]


@pytest.fixture(scope="module")
def played(tmp_path_factory):
    scenario = parse_scenario(SCENARIO, "here", "here").scenario
    catalogue, ledger = Catalogue(), Noted()
    world = World(Deployment(scenario.protocol.values(), GENESIS), ProofOracle(catalogue))
    with Prover(1) as prover:
        cache = tmp_path_factory.mktemp("cache")
        workshop = Workshop(scenario.workload, 5, cache, prover)
        market = Market(scenario, 5, ModelOnly(world), workshop, ledger, catalogue)
        market.genesis()
        for _ in range(scenario.ticks):
            market.step()
    return market, ledger


def test_a_check_is_answered_for_the_version_that_served(played):
    _market, ledger = played
    versions, first_of_batch, behind = {}, {}, 0
    for _, _, call, receipt in ledger.made:
        if call.function == "open_session":
            versions[receipt.value] = call.arguments[0].version
        elif call.function == "settle":
            first_of_batch[receipt.value] = versions[call.arguments[2][0].session_id]
        elif call.function == "open_check":
            batch_id, checked, _ = call.arguments
            behind += versions[checked.session_id] != first_of_batch[batch_id]

    # Some receipts are of another version than the one that their batch begins with.
    assert behind > 0
    assert ledger.total["checks_passed"] >= 3
    assert ledger.total["checks_failed"] == ledger.proofs_refused() == 0


def test_hosts_settle_in_turns_and_leave_nothing_unsettled(played):
    market, ledger = played

    settled = {(tick, actor) for tick, actor, _ in ledger.events(BatchSettled)}

    for tick, actor in settled:
        turn = int(actor.removeprefix("host-")) - 1
        assert (tick + turn) % 3 == 0 or tick == 13
    assert len({actor for _, actor in settled}) == 2
    assert ledger.total["calls_settled"] == market.tally.totals["served"] > 0


def test_no_price_falls_below_what_hosts_ask_for(played):
    market, ledger = played
    cost = market.scenario.population.hosts.compute_cost

    tariffs = [event.tariff for _, _, event in ledger.events(TariffSet)]

    assert len(tariffs) > 3
    for listing in market.catalogue.newest():
        price = market.shelf.price_of(listing.model_id)
        fee = market.view("pricing", "tariff_of", listing.model_id).host_fee_bps
        assert price * fee >= cost * BPS


def test_capacity_follows_demand(played):
    _, ledger = played

    capacities = [event.tariff.capacity for _, _, event in ledger.events(TariffSet)]

    # Ten users who call about once a day need nothing like the 400 calls planned.
    assert capacities[0] == 400
    assert 2 <= min(capacities) <= 60


def test_a_royalty_below_the_licence_is_refused_and_then_paid_in_full(played):
    _, ledger = played

    forks = [(call, receipt) for _, _, call, receipt in ledger.made if call.function == "fork"]

    assert len(forks) == 2
    (first, refused), (second, made) = forks
    assert type(refused.refusal).__name__ == "RoyaltyBelowMinimum"
    assert first.arguments[0].royalty_bps == int(OPTIONAL_ROYALTY * 1_250)
    assert made.ok
    assert second.arguments[0].royalty_bps == 1_250
    assert len(ledger.events(Forked)) == 1
