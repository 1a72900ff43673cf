"""
T1 and T1b of theory.json: the price rule settles where theory says, and swings where it says.

The real rule runs, epoch by epoch, in the reference model, and through the gateway in lockstep
with the contracts. Nothing here knows the rule: people see a price and call or do not.
"""

import json
from itertools import pairwise
from pathlib import Path
from statistics import fmean, pstdev
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.deployment import Deployment
from protocol.money import BPS, WAD
from protocol.parameters import resolve
from protocol.world import World
from sim.lockstep import Lockstep
from tests.conftest import GENESIS
from tests.open_market import OpenMarket
from tests.uniform_demand import ONE_CALL, UNIT, PricedModel, Uniform, demand

THEORY = json.loads((Path(__file__).parents[1] / "vectors/theory.json").read_text())
ITEMS = {item["id"]: item for item in THEORY["items"]}
CASES = ITEMS["T1"]["expected"]
TARGET = 5_000
EPOCHS, SETTLED = 800, 400

each_case = pytest.mark.parametrize("case", CASES, ids=lambda case: f"slope {case['slope']}")


def with_step(step_bps: int) -> Deployment:
    return Deployment(resolve({"priceStepBps": step_bps}), GENESIS)


def priced(market: Uniform, start: float, target: int = TARGET) -> PricedModel:
    """A model whose price begins at a multiple of the fixed point."""
    deployment = with_step(market.step_bps)
    world = World(deployment, lambda *_: False)
    return PricedModel(world, deployment, market.fixed_point * start, 2 * target)


def settled_at(market: Uniform, target: int = TARGET) -> Any:
    """
    The fixed point, up to what half a person does, the part of demand that rounding to whole people
    costs: it moves the price by d b* / (2 target), and the slope carries on what it is told.
    """
    half_a_person = market.d * market.fixed_point / (2 * target)
    carried_on = half_a_person / (1 - abs(1 - market.steepness))
    return pytest.approx(market.fixed_point, abs=carried_on + market.w / target)


def parameters(case: dict[str, float]) -> Uniform:
    return Uniform(case["m"], case["w"], case["load"], case["d"])


@each_case
def test_the_fixed_point_and_the_slope_are_those_of_the_table(case):
    market = parameters(case)
    people = market.people(TARGET)
    above, below = 1.0001, 0.9999

    assert market.fixed_point == pytest.approx(case["fixed_point"])
    assert 1 - market.steepness == pytest.approx(case["slope"])
    # The rule's own slope: what it makes of a price a little above and a little below.
    after = [priced(market, start).prices(people, 2)[1] for start in (above, below)]
    before = [market.fixed_point * start for start in (above, below)]
    assert fmean(after) == pytest.approx(case["fixed_point"], rel=1e-3)
    slope = (after[0] - after[1]) / (before[0] - before[1])
    assert slope == pytest.approx(case["slope"], rel=0.02)


@each_case
@pytest.mark.parametrize("start", [0.8, 1.3])
def test_a_price_settles_exactly_where_theory_calls_it_stable(case, start):
    market = parameters(case)

    late = priced(market, start).prices(market.people(TARGET), EPOCHS)[-SETTLED:]

    if case["stable_pred"]:
        assert late == [settled_at(market)] * SETTLED
        assert pstdev(late) == pytest.approx(case["sim_std"], abs=1e-9)
    else:
        assert pstdev(late) == pytest.approx(case["sim_std"], rel=0.05)
        assert max(late) > case["fixed_point"] > min(late)


@each_case
def test_two_prices_that_begin_alike_part_where_theory_says_chaos(case):
    market = parameters(case)
    people = market.people(TARGET)

    one, other = (
        priced(market, start).prices(people, EPOCHS)[-SETTLED:] for start in (1.1, 1.100001)
    )

    apart = max(abs(a - b) for a, b in zip(one, other, strict=True))
    assert (apart < 1e-3) is case["stable_pred"]
    assert (apart > 0.02 * case["fixed_point"]) is not case["stable_pred"]
    # And it is no cycle: no price comes twice.
    assert (len(set(one)) == SETTLED) is not case["stable_pred"]


@pytest.mark.parametrize("width", [40, 30, 28])
def test_just_below_two_the_price_settles(width):
    market = Uniform(200, width, 2, 0.125)
    assert 1.3 < market.steepness < 2

    late = priced(market, 1.1).prices(market.people(TARGET), EPOCHS)[-SETTLED:]

    assert late == [settled_at(market)] * SETTLED


@pytest.mark.parametrize("width", [25, 20])
def test_just_above_two_it_does_not(width):
    market = Uniform(200, width, 2, 0.125)
    assert 2 < market.steepness < 3

    late = priced(market, 1.001).prices(market.people(TARGET), EPOCHS)[-SETTLED:]

    assert pstdev(late) > 1


def test_a_smaller_governed_step_calms_the_same_people():
    swinging, calmed = Uniform(200, 20, 2, 0.125), Uniform(200, 20, 2, 0.0625)
    people = swinging.people(TARGET)

    before, after = (
        priced(market, 1.1).prices(people, EPOCHS)[-SETTLED:] for market in (swinging, calmed)
    )

    assert swinging.steepness > 2 > calmed.steepness
    assert pstdev(before) > 10
    assert after == [settled_at(calmed)] * SETTLED


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_people_who_were_drawn_lead_to_the_price_that_their_own_valuations_say(seed):
    market = Uniform(100, 200, 2, 0.125)
    people = market.drawn(TARGET, seed)

    late = priced(market, 1.2).prices(people, EPOCHS)[-1]

    assert late == pytest.approx(people[len(people) - TARGET] / UNIT, abs=market.w / TARGET)
    # Three standard errors of a sample's median.
    assert late == pytest.approx(market.fixed_point, abs=3 * market.w / 2 / len(people) ** 0.5)


def test_the_level_grows_and_shrinks_per_epoch_as_eip_1559_says():
    expected = ITEMS["T1b"]["expected"]
    full, empty = 2 * TARGET, 0

    def after(*epochs: int) -> float:
        model = priced(Uniform(100, 200, 2, 0.125), 1)
        start = model.price()
        for calls in epochs:
            model.close_epoch(calls)
        return model.price() / start

    assert after(full) == pytest.approx(expected["full"])
    assert after(empty) == pytest.approx(expected["empty"])
    assert after(full, empty) == pytest.approx(expected["pair"])
    assert after(*[full, empty] * 50) == pytest.approx(expected["pair"] ** 50)
    doubled, tenfold = expected["blocks_to_double"], expected["blocks_to_10x"]
    assert after(*[full] * (doubled - 1)) < 2 <= after(*[full] * doubled)
    assert after(*[full] * (tenfold - 1)) < 10 <= after(*[full] * tenfold)


@given(
    calls=st.lists(st.one_of(st.integers(0, 40), st.just(2**64 - 1)), max_size=40),
    capacity=st.integers(2, 40),
    step_bps=st.integers(0, BPS),
    band=st.sampled_from([1, 2, 50]),
)
def test_whatever_people_do_the_price_stays_in_its_bounds(calls, capacity, step_bps, band):
    deployment = with_step(step_bps)
    world = World(deployment, lambda *_: False)
    model = PricedModel(world, deployment, 100, capacity, band)
    middle = model.tariff.per_call
    # A price is rounded up.
    least, most = middle * (WAD // band) // WAD, middle * band

    found = [model.price()]
    for wanted in calls:
        model.close_epoch(wanted)
        found.append(model.price())

    assert all(least <= price <= most for price in found)
    # And no epoch moves it by more than the governed step, up to the unit that rounding costs.
    assert all(abs(after - before) * BPS <= before * step_bps + BPS
               for before, after in pairwise(found))  # fmt: skip


@pytest.mark.parametrize("market", [Uniform(100, 20, 2, 0.125), Uniform(210, 10, 2, 0.125)])
def test_settled_through_the_gateway_model_and_contracts_move_the_price_alike(
    market, world, deployment, deployed
):
    target, epochs = 50, 60
    people = market.people(target)
    tariff = PricedModel(
        World(deployment, lambda *_: False), deployment, 1.1 * market.fixed_point, 2 * target
    ).tariff
    machine = Lockstep(world, deployed("py-evm"))
    open_market = OpenMarket(machine, deployment, tariff=tariff)
    signed = open_market.session(
        maximum_price=WAD, expires_at=open_market.now + (epochs + 1) * 86_400
    )
    session_id = open_market.open(signed)

    found, settled = [], 0
    for _ in range(epochs):
        # Where nobody calls nothing settles; whoever pokes closes the epoch all the same.
        open_market.must("pricing", "poke", open_market.model_id, sender=open_market.intruder)
        price = open_market.view("pricing", "quote", open_market.model_id, ONE_CALL)
        found.append(price / UNIT)
        calls = demand(people, price)
        if calls:
            open_market.settle(open_market.entry(session_id, settled + 1, settled + calls))
        settled += calls
        open_market.wait(86_400)
    machine.end_tick(open_market.now, full=True)

    late = found[epochs // 2 :]
    if market.steepness < 2:
        assert late == [settled_at(market, target)] * len(late)
    else:
        assert pstdev(late) > 10
    alone = PricedModel(
        World(deployment, lambda *_: False), deployment, 1.1 * market.fixed_point, 2 * target
    )
    assert found == alone.prices(people, epochs)
