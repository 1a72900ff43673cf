"""Each invariant notices a state that breaks it, and says what, when, and after which call."""

import json
import os
import subprocess
import sys
from contextlib import suppress
from copy import deepcopy
from pathlib import Path

import pytest

from protocol.access_terms import Claim
from protocol.credits import CreditOffer
from protocol.deployment import DEPLOYER, Deployment
from protocol.gateway_events import (
    BatchReleasedToRevenue,
    BatchSettled,
    DepositedIn,
    ReceiptRefunded,
    ReceiptsSettled,
)
from protocol.lineage import Parent
from protocol.marketplace import ModelSold
from protocol.parameters import resolve
from protocol.payment_channels_events import ChannelClaimed
from protocol.prepaid_token import CallsSpent
from protocol.revenue_events import Credited, RoyaltyPaid
from protocol.rights_terms import WEIGHTS, RightTerms, UnitsIssued
from protocol.sessions import Entry
from protocol.staking import Slashed
from protocol.streams import StreamCanceled
from protocol.types import Call, Log, Receipt
from protocol.world import World
from sim.catalogue import Catalogue, Workshop
from sim.invariants import INVARIANTS, judge_all, violation
from sim.ledger import Ledger
from sim.lockstep import ModelOnly
from sim.market import Market
from sim.scenario.loading import parse_scenario
from zk import Prover

ROOT = Path(__file__).parents[2]
SCENARIO = """
question: Which state breaks which invariant?
ticks: 8
chain: {engine: none}
protocol: {spot_check_rate: 0%}
workload: {hidden_units: [8], request_pool: 4, input_commitment: hash}
population:
  creators: {count: 1}
  fine_tuners: {count: 1, review: 100%, hurdle: 0}
  hosts: {count: 1}
  validators: {count: 1}
  users: {count: 6, activity: 0.5, activity_sigma: 0.5}
  holders: {count: 1, vesting: 4d}
licensing: {strict: 100%, regulated: 0%, sensitive: 0%, calls_per_period: 100}
"""


class Undone(Exception):
    """Ends a test's changes to the model."""


@pytest.fixture
def sound(market):
    """Return the model and the ledger of a market that broke nothing; the test may break them."""
    world, ledger = market
    with suppress(Undone), world.journal.atomic():
        yield world, deepcopy(ledger)
        raise Undone


@pytest.fixture(scope="module")
def market(tmp_path_factory):
    scenario = parse_scenario(SCENARIO, "here", "here").scenario
    world = World(Deployment(resolve({}), 1_767_225_600), lambda *_: False)
    ledger = Ledger()
    with Prover(1) as prover:
        workshop = Workshop(scenario.workload, 1, tmp_path_factory.mktemp("cache"), prover)
        played = Market(scenario, 1, ModelOnly(world), workshop, ledger, Catalogue())
        played.genesis()
        for _ in range(scenario.ticks):
            played.step()
        sell_credits(played)
        sell_a_model(played)
        issue_a_right(played)
        open_a_channel(played)
        deposit_another_currency(played)
        played.forget()
    states = {invariant.number: finding.state for invariant, finding in judge_all(world, ledger)}
    assert set(states.values()) == {"held"}, states
    return world, ledger


def sell_credits(market):
    """Let the creator sell a holder two calls."""
    creator, user = market.creators[0], market.holders[0]
    seller, model_id = market.world.addresses["credits"], creator.offers[0].listing.model_id
    for agent, contract, function, *arguments in (
        (creator, "credits", "set_offer", model_id, CreditOffer(1, 1, 0, True)),
        (user, "settlement_token", "approve", seller, 2),
        (user, "credits", "buy", model_id, 2, 2),
        (user, "access", "present", model_id, Claim(0, 0, 1)),
    ):
        assert market.carry_out(agent.name, agent.call(contract, function, *arguments)).ok


def sell_a_model(market):
    """Let the creator sell its model to a holder."""
    creator, holder = market.creators[0], market.holders[0]
    marketplace = market.world.addresses["marketplace"]
    model_id = creator.offers[0].listing.model_id
    for agent, contract, function, *arguments in (
        (creator, "model_registry", "approve", marketplace, model_id),
        (creator, "marketplace", "list", model_id, 1_000, 10_000, 2**40),
        (holder, "settlement_token", "approve", marketplace, 1_000),
        (holder, "marketplace", "buy", model_id, 1_000),
    ):
        assert market.carry_out(agent.name, agent.call(contract, function, *arguments)).ok


def issue_a_right(market):
    """Let the holder that bought the model mint two units."""
    holder, model_id = market.holders[0], market.creators[0].offers[0].listing.model_id
    for function, *arguments in (
        ("fix_terms", model_id, WEIGHTS, RightTerms(2, 0, 0)),
        ("mint", model_id, WEIGHTS, 2),
    ):
        assert market.carry_out(holder.name, holder.call("rights", function, *arguments)).ok


def open_a_channel(market):
    """Let a holder set five MNFT units aside for the creator."""
    holder, channels = market.holders[0], "payment_channels"
    currency = market.world.addresses["settlement_token"]
    until = market.now + 1
    for contract, function, *arguments in (
        ("settlement_token", "approve", market.world.addresses[channels], 5),
        (channels, "open", market.creators[0].address, currency, 5, until),
    ):
        assert market.carry_out(holder.name, holder.call(contract, function, *arguments)).ok


def deposit_another_currency(market):
    """Let a holder put five stable tokens' units into escrow."""
    holder, stable = market.holders[0], market.world.addresses["stable_token"]
    given = Call("stable_token", "transfer", (holder.address, 5), DEPLOYER, market.now)
    assert market.carry_out("deployer", given).ok
    for contract, function, *arguments in (
        ("stable_token", "approve", market.world.addresses["gateway"], 5),
        ("gateway", "deposit_in", stable, 5),
    ):
        assert market.carry_out(holder.name, holder.call(contract, function, *arguments)).ok


def announce(ledger, contract, event):
    call = Call(contract, "planted", (), "0x" + "11" * 20, 0)
    ledger.on_call(7, "intruder-1", call, Receipt(events=(Log(contract, event),)))


def tables(contract):
    return dict(contract.tables())


def mint_from_nowhere(world, ledger):
    tables(world.settlement_token)["_balances"]["0x" + "22" * 20] = 5


def owe_more_than_is_there(world, ledger):
    tables(world.revenue)["_owed"]["0x" + "22" * 20] = 10**18


def hold_more_of_a_currency_than_there_is(world, ledger):
    tables(world.payment_channels)["_held"][world.addresses["stable_token"]] = 5


def credit_less_than_was_released(world, ledger):
    ledger.total["host_fee"] -= 1


def give_a_model_a_younger_parent(world, ledger):
    parents = tables(world.lineage)["_parents"]
    child = next(iter(parents))
    parents[child] = (Parent(child + 1, 1, 1_000),)


def name_a_parent_twice(world, ledger):
    parents = tables(world.lineage)["_parents"]
    child, (parent,) = next(iter(parents.items()))
    parents[child] = (parent, parent)


def forget_an_ancestor(world, ledger):
    ancestors = tables(world.lineage)["_ancestors"]
    ancestors[next(iter(ancestors))] = ()


def pay_an_ancestor_twice_for_one_amount(world, ledger):
    announce(ledger, "revenue", RoyaltyPaid(9, 1, 5))
    announce(ledger, "revenue", RoyaltyPaid(9, 1, 5))


def pass_on_more_than_came_in(world, ledger):
    announce(ledger, "revenue", RoyaltyPaid(9, 1, 5))


def settle_a_receipt_twice(world, ledger):
    session_id, use = next(iter(ledger.sessions.items()))
    announce(ledger, "gateway", ReceiptsSettled(session_id, 1, use.last_sequence, 1, 1))


def settle_without_a_session(world, ledger):
    announce(ledger, "gateway", ReceiptsSettled(b"\x07" * 32, 1, 1, 1, 1))


def slash_into_thin_air(world, ledger):
    address = "0x" + "33" * 20
    announce(ledger, "staking", Slashed(address, 0, address, 10, 4, 5))


def release_a_batch_twice(world, ledger):
    announce(ledger, "gateway", BatchReleasedToRevenue(1, 1))


def refund_after_release(world, ledger):
    ledger.access.paid[b"\x01" * 32] = 1
    announce(ledger, "gateway", ReceiptRefunded(1, b"\x01" * 32, 1))


def refund_more_than_the_calls_cost(world, ledger):
    session_id, use = next(iter(ledger.sessions.items()))
    announce(ledger, "gateway", ReceiptsSettled(session_id, 1, use.last_sequence + 1, 1, 5))
    ledger.access.paid[session_id] = 5
    announce(ledger, "gateway", BatchSettled(1, "0x" + "33" * 20, 1, bytes(32), 1, 5))
    announce(ledger, "gateway", ReceiptRefunded(1, session_id, 6))


def sell_for_less_than_the_royalty(world, ledger):
    address = "0x" + "33" * 20
    announce(ledger, "marketplace", ModelSold(1, address, address, 100, 2, 99, 99))


def make_credits(world, ledger):
    prepaid = tables(world.credits)["_prepaid"]
    prepaid[1] = prepaid[1]._replace(calls_left=3)


def use_more_than_was_sold(world, ledger):
    announce(ledger, "credits", CallsSpent(1, 1, 3, 3))


def settle_for_nothing(world, ledger):
    session_id, use = next(iter(ledger.sessions.items()))
    announce(ledger, "gateway", ReceiptsSettled(session_id, 1, use.last_sequence + 1, 1, 0))
    announce(ledger, "gateway", BatchSettled(9, "0x" + "33" * 20, 1, bytes(32), 1, 0))


def lose_what_was_paid_ahead(world, ledger):
    announce(ledger, "gateway", BatchSettled(9, "0x" + "33" * 20, 1, bytes(32), 1, 7))


def settle_more_than_a_licence_allows(world, ledger):
    book = ledger.policies
    session_id = next(iter(book._sessions))
    entries = (Entry(session_id, 9, 1, 101, 0, 0, 0, 0),)
    settled = Call("gateway", "settle", (1, bytes(32), entries), "0x" + "11" * 20, 0)
    ledger.on_call(7, "intruder-1", settled, Receipt(value=1))


def stream_more_than_was_deposited(world, ledger):
    made = tables(world.streams)["_streams"]
    made[1] = made[1]._replace(withdrawn=made[1].deposit + 1)


def refund_a_stream_twice(world, ledger):
    announce(ledger, "streams", StreamCanceled(1, "0x" + "33" * 20, 7, 0))


def owe_another_currency_than_there_is(world, ledger):
    tables(world.stable_revenue)["_owed"]["0x" + "33" * 20] = 5


def keep_less_in_escrow_than_was_paid_in(world, ledger):
    announce(ledger, "gateway", DepositedIn("0x" + "33" * 20, world.addresses["stable_token"], 4))


def credit_more_of_a_currency_than_was_released(world, ledger):
    announce(ledger, "stable_revenue", Credited(1, "0x" + "33" * 20, 1, 2, 3, 4, 5))


def issue_in_secret(world, ledger):
    supplies = tables(world.rights)["_supplies"]
    supplies[next(iter(supplies))] = 3


def lose_a_unit(world, ledger):
    balances = tables(world.rights)["_balances"]
    balances[next(iter(balances))] -= 1


def issue_more_than_the_terms_allow(world, ledger):
    right_id = next(iter(tables(world.rights)["_supplies"]))
    announce(ledger, "rights", UnitsIssued(right_id, "0x" + "33" * 20, 1))


def only_channel(world):
    made = tables(world.payment_channels)["_channels"]
    (channel_id,) = made
    return made, channel_id


def claim_more_than_was_set_aside(world, ledger):
    _, channel_id = only_channel(world)
    event = ChannelClaimed(channel_id, "0x" + "33" * 20, 6)
    announce(ledger, "payment_channels", event)


def forget_what_a_channel_holds(world, ledger):
    made, channel_id = only_channel(world)
    made[channel_id] = made[channel_id]._replace(deposit=4)


def owe_somebody_who_claimed_nothing(world, ledger):
    currency, stranger = world.addresses["settlement_token"], "0x" + "33" * 20
    tables(world.payment_channels)["_owed"][currency, stranger] = 5


@pytest.mark.parametrize(
    ("number", "plant", "said"),
    [
        ("1", mint_from_nowhere, "0.000000000000000005 MNFT"),
        ("2", owe_more_than_is_there, "off by -1 MNFT"),
        ("2", hold_more_of_a_currency_than_there_is, "holds 0, owes 5 stable_token"),
        ("3", credit_less_than_was_released, "released"),
        ("4", give_a_model_a_younger_parent, "younger parent"),
        ("4", name_a_parent_twice, "has the parents"),
        ("4", forget_an_ancestor, "and says ()"),
        ("4", pay_an_ancestor_twice_for_one_amount, "twice for one amount"),
        ("4", pass_on_more_than_came_in, "more than it may owe"),
        ("5", settle_a_receipt_twice, "settled 1 receipts"),
        ("6", settle_without_a_session, "without being opened"),
        ("7", slash_into_thin_air, "a slash of 10 paid 4 and burned 5"),
        ("9", release_a_batch_twice, "once more"),
        ("9", refund_after_release, "after its release"),
        ("9", refund_more_than_the_calls_cost, "1 more than was left of what its calls cost"),
        ("14", stream_more_than_was_deposited, "stream 1 paid"),
        ("14", refund_a_stream_twice, "should be left in streams"),
        ("18", claim_more_than_was_set_aside, "holds 5, expected -1"),
        ("18", forget_what_a_channel_holds, "holds 4, expected 5"),
        ("18", owe_somebody_who_claimed_nothing, "is owed 5, expected 0"),
        ("13", sell_for_less_than_the_royalty, "sold for 100"),
        ("15", make_credits, "3 calls left, expected 2"),
        ("15", use_more_than_was_sold, "1 prepaid calls more used than sold"),
        ("15", settle_for_nothing, "paid 0 for 1 calls, of which 0 were granted"),
        ("15", lose_what_was_paid_ahead, "holds 7, its users paid 0"),
        ("16", settle_more_than_a_licence_allows, "above the limit of 100"),
        ("19", owe_another_currency_than_there_is, "holds 0, owes 5 stable_token"),
        ("19", keep_less_in_escrow_than_was_paid_in, "owes 5, 9 stable_token"),
        ("19", credit_more_of_a_currency_than_was_released, "15 credited"),
        ("17", issue_in_secret, "with 2 issued and 0 used up"),
        ("17", lose_a_unit, "accounts have 1 of 2"),
        ("17", issue_more_than_the_terms_allow, "issued of 2"),
    ],
)
def test_an_invariant_notices_what_breaks_it(sound, number, plant, said):
    world, ledger = sound

    plant(world, ledger)

    broken = {
        invariant.number: (invariant, finding)
        for invariant, finding in judge_all(world, ledger)
        if finding.state == "violated"
    }
    assert number in broken
    invariant, finding = broken[number]
    assert said in finding.detail
    found = violation(invariant, finding, 7, ledger)
    assert found.tick == 7
    assert found.last_calls[-1][0] == found.call
    assert f"after call {found.call:,}" in found.text()


def test_the_invariants_are_numbered_as_documented():
    text = (ROOT / "docs/invariants.md").read_text()
    assert all(invariant.name in text for invariant in INVARIANTS)


PLANTED = """
import sys
from protocol.staking import Staking

honest = Staking.stake

def stake(self, ctx, role, amount):
    self._total_staked.value += 1
    return honest(self, ctx, role, amount)

Staking.stake = stake
from sim.cli import main
sys.exit(main())
"""


def test_a_run_whose_rules_leak_is_invalid_and_exits_with_four(tmp_path):
    scenario = tmp_path / "leaky.yaml"
    scenario.write_text(SCENARIO)

    done = subprocess.run(
        [sys.executable, "-c", PLANTED, "run", "leaky.yaml", "--json"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        check=False,
    )

    assert done.returncode == 4, done.stderr
    document = json.loads(done.stdout)
    assert document["state"] == "INVALID"
    assert document["ticks"] == 1
    page = (tmp_path / "runs/leaky/seed-1/report.html").read_text()
    assert "INVALID" in page
