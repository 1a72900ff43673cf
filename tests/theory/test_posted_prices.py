"""
T10 of theory.json: an owner that knows no demand finds the monopoly's price by trying.

The creators' own `review_prices` and the real Pricing rule; people buy by linear demand
D = 1 - p, p in parts of the highest valuation. Owners bear no cost per call, the host does, so the
price that earns most is one half, whatever share of revenue others take.
"""

import json
from pathlib import Path
from statistics import fmean

import pytest

from protocol.deployment import Deployment
from protocol.money import WAD
from protocol.world import World
from sim.catalogue import Catalogue, Workshop
from sim.ledger import Ledger
from sim.lockstep import ModelOnly
from sim.market import Market
from sim.run import GENESIS, ProofOracle
from sim.scenario.loading import parse_scenario
from zk import Prover

THEORY = json.loads((Path(__file__).parents[1] / "vectors/theory.json").read_text())
(T10,) = (item for item in THEORY["items"] if item["id"] == "T10")
(ALONE,) = (row for row in T10["expected"] if row.get("k") == 1)
HIGHEST = 4 * WAD
PEOPLE = 1_000
REVIEWS, SETTLED = 120, 60
SCENARIO = """
question: Which price does an owner find?
ticks: 200
chain: {{engine: none}}
protocol: {{spot_check_rate: 0%}}
workload: {{domains: [{{name: digits, demand: 100%}}], hidden_units: [8], request_pool: 1}}
population:
  creators:
    count: 1
    price_sigma: 0
    price_per_call: {price}
    price_review: 100%
    price_change: {change}
    dynamic_pricing: 0%
    new_version: 0%
    host_fee: {share}
  fine_tuners: {{count: 0}}
  hosts: {{count: 1, compute_cost: {cost}}}
  validators: {{count: 1}}
  users: {{count: 1}}
  holders: {{count: 1}}
"""


@pytest.fixture(scope="module")
def prices(tmp_path_factory):
    """Return a function: the prices, in parts of the highest valuation, of the late reviews."""
    cache = tmp_path_factory.mktemp("posted")
    with Prover(1) as prover:

        def found(price="1 MNFT", change="5%", share="50%", cost="0 MNFT"):
            text = SCENARIO.format(price=price, change=change, share=share, cost=cost)
            scenario = parse_scenario(text, "here", "here").scenario
            catalogue = Catalogue()
            deployment = Deployment(scenario.protocol.values(), GENESIS)
            world = World(deployment, ProofOracle(catalogue))
            workshop = Workshop(scenario.workload, 1, cache, prover)
            market = Market(scenario, 1, ModelOnly(world), workshop, Ledger(), catalogue)
            market.genesis()
            market.tick = 0
            owner = market.creators[0]
            market.perform(owner, owner.launch())
            late = [price / HIGHEST for price in posted(market, owner)][-SETTLED:]
            market.forget()
            return late

        yield found


def posted(market, owner):
    """Let people buy at the posted price, and the owner review it, tick after tick."""
    for _ in range(REVIEWS):
        market.tick += 1
        price = market.shelf.price_of(1)
        yield price
        calls = max(0, PEOPLE * (HIGHEST - price) // HIGHEST)
        market.tally.paid_by_model[1] += price * calls
        market.perform(owner, owner.review_prices())


@pytest.mark.parametrize("start", ["1 MNFT", "3.5 MNFT"])
def test_an_owner_ends_at_the_price_and_the_profit_of_the_table(prices, start):
    late = prices(start, change="5%")

    # The search never rests: it goes a step too far, sees it, and turns back.
    assert fmean(late) == pytest.approx(ALONE["price"], rel=0.05)
    assert all(abs(price - ALONE["price"]) < 0.1 for price in late)
    assert fmean(price * (1 - price) for price in late) == pytest.approx(ALONE["profit"], rel=0.03)


def test_a_share_of_revenue_for_others_moves_no_price_of_a_seller_without_cost(prices):
    # p* = (1 + c / (1 - rho)) / 2 is one half for c = 0 and any rho.
    assert prices(share="60%") == prices(share="10%")


def test_where_hosts_ask_for_more_the_owner_asks_for_that(prices):
    # Two fifths of the price must cover 1 MNFT: 2.5 of 4 MNFT is more than one half.
    late = prices("3 MNFT", share="40%", cost="1 MNFT")

    assert min(late) == pytest.approx(2.5 / 4, rel=1e-5)
    assert max(late) < 2.5 / 4 * 1.2
