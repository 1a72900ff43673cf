"""Somebody pays in one currency and is paid in another, or passes millionths off as MNFT."""

import pytest

from protocol.gateway_errors import InsufficientEscrow, WrongModel
from protocol.money import WAD
from protocol.payment_channels_errors import FeeOnTransfer
from protocol.pricing import CurrencyIsFixed, NoTariff
from protocol.stable_token import UNIT
from sim.invariants import judge_all
from sim.ledger import Ledger
from sim.lockstep import ModelOnly
from tests.open_market import CALL_PRICE, DEPOSIT
from tests.stable_market import STABLE_DEPOSIT, STABLE_PRICE, StableMarket


class Noting:
    """Carries calls out in lockstep, and writes them into a ledger."""

    def __init__(self, lockstep, ledger):
        self._lockstep, self._ledger = lockstep, ledger
        self.world = lockstep.world

    def execute(self, call):
        receipt = self._lockstep.execute(call)
        self._ledger.on_call(0, "somebody-1", call, receipt)
        return receipt


@pytest.fixture
def noted(lockstep):
    ledger = Ledger()
    market = StableMarket(Noting(lockstep.executor, ledger), lockstep.deployment)
    yield market
    findings = {each.number: finding for each, finding in judge_all(market.executor.world, ledger)}
    assert all(each.state != "violated" for each in findings.values()), findings


def test_escrow_in_mnft_pays_no_session_in_another_currency(noted):
    session = noted.stable_session(maximum_total=STABLE_DEPOSIT + 1)
    opening = ("gateway", "open_session", session, noted.sign(session))
    refused = noted.refusal(*opening, sender=noted.host)
    assert refused == InsufficientEscrow(noted.user.address, STABLE_DEPOSIT, STABLE_DEPOSIT + 1)
    # And the other way round: 18 decimals are not 6.
    session = noted.session(model_id=noted.in_mnft, maximum_total=DEPOSIT + 1)
    opening = ("gateway", "open_session", session, noted.sign(session))
    refused = noted.refusal(*opening, sender=noted.host)
    assert refused == InsufficientEscrow(noted.user.address, DEPOSIT, DEPOSIT + 1)


def test_no_batch_pays_sessions_of_two_currencies(noted):
    stable, mnft = (
        noted.open(noted.stable_session()),
        noted.open(noted.session(model_id=noted.in_mnft, nonce=2)),
    )
    refused = noted.refused_settle(noted.entry(stable), noted.entry(mnft))
    assert refused == WrongModel(mnft, noted.model_id)


def test_millionths_are_withdrawn_as_millionths(noted):
    paid = noted.paid(100)
    host, gateway = noted.host.address, noted.address("gateway")
    # The gateway holds a thousand MNFT; whoever earned five stable tokens gets none of them.
    before = noted.view("settlement_token", "balance_of", gateway)
    noted.must("stable_revenue", "withdraw", host, sender=noted.host)
    assert noted.view("stable_token", "balance_of", host) == paid * 3_000 // 10_000
    assert noted.view("settlement_token", "balance_of", gateway) == before
    refused = noted.refusal("gateway", "withdraw_in", noted.mnft, 1, sender=noted.host)
    assert refused == InsufficientEscrow(host, 0, 1)
    refused = noted.refusal("gateway", "withdraw_in", noted.stable, UNIT, sender=noted.host)
    assert refused == InsufficientEscrow(host, 0, UNIT)


def test_an_owner_does_not_change_the_currency_under_a_session(noted):
    noted.open(noted.session(model_id=noted.in_mnft))
    change = ("pricing", "set_currency", noted.in_mnft, noted.stable)
    assert noted.refusal(*change, sender=noted.creator) == CurrencyIsFixed(noted.in_mnft)
    # Nor is a session opened while it may still choose.
    young = noted.register("young", {noted.creator.address: 10_000})
    session = noted.session(model_id=young)
    opening = ("gateway", "open_session", session, noted.sign(session))
    assert noted.refusal(*opening, sender=noted.host) == NoTariff(young)


def test_a_token_that_takes_a_fee_is_no_escrow(noted):
    taxed = noted.address("taxed_token")
    noted.give("taxed_token", noted.user, 20 * WAD, "gateway")
    deposit = ("gateway", "deposit_in", taxed, 10 * WAD)
    refused = noted.refusal(*deposit, sender=noted.user)
    assert refused == FeeOnTransfer(taxed, 10 * WAD, 10 * WAD - WAD // 10)
    # Of so little it takes nothing: what arrived whole can be had back whole.
    noted.must("gateway", "deposit_in", taxed, 99, sender=noted.user)
    noted.must("gateway", "withdraw_in", taxed, 99, sender=noted.user)


def test_a_refund_is_in_what_was_paid(noted):
    session_id = noted.open(noted.stable_session())
    batch_id = noted.settle(noted.entry(session_id, 1, 10))
    verification = noted.address("verification")
    noted.must("gateway", "hold", batch_id, sender=verification)
    before = noted.view("gateway", "escrow_of", noted.user.address)
    settling = ("gateway", "settle_check", batch_id, session_id, CALL_PRICE)
    assert noted.must(*settling, sender=verification) == 10 * STABLE_PRICE
    assert noted.view("gateway", "escrow_of", noted.user.address) == before
    available, _ = noted.view("gateway", "escrow_in", noted.user.address, noted.stable)
    assert available == STABLE_DEPOSIT - 100 * STABLE_PRICE + 10 * STABLE_PRICE


def test_the_books_notice_a_batch_in_the_wrong_currency(world):
    ledger = Ledger()
    market = StableMarket(Noting(ModelOnly(world), ledger), world.deployment)
    batch_id = market.settle(market.entry(market.open(market.stable_session()), 1, 10))
    world.gateway._batches_in[batch_id] = market.mnft
    states = {each.number: finding.state for each, finding in judge_all(world, ledger)}
    assert (states["2"], states["19"]) == ("violated", "violated")
