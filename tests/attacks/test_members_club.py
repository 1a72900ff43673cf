"""An owner takes a fee and does not list, or strikes off early: nothing on the chain hinders it."""

import pytest

from protocol.money import WAD
from tests.managed_market import ManagedMarket
from tests.open_market import CALL_PRICE

FEE = WAD


@pytest.fixture
def market(lockstep) -> ManagedMarket:
    market = ManagedMarket(lockstep.executor, lockstep.deployment)
    market.set_grants(allowlist_discount_bps=5_000)
    return market


def test_a_fee_that_is_paid_lists_nobody_and_calls_cost_what_they_did(market):
    guest = market.guest("guest")
    session_id = market.session_of(guest)
    market.fund(guest, "revenue")

    market.must("revenue", "pay_model", market.model_id, FEE, sender=guest)

    assert market.view("revenue", "accrued_of", market.model_id) == FEE
    assert market.view("access", "is_allowed", market.model_id, guest.address) is False
    assert market.use(session_id, 4) == 4 * CALL_PRICE


def test_who_is_struck_off_pays_in_full_also_for_calls_made_before(market):
    guest = market.guest("guest")
    session_id, allow = market.session_of(guest), ("access", "set_allowed", market.model_id)
    market.must(*allow, (guest.address,), True, sender=market.creator)
    assert market.use(session_id, 4) == 2 * CALL_PRICE

    # What is asked at settlement is the list of that moment.
    made_in = market.epoch
    market.must(*allow, (guest.address,), False, sender=market.creator)
    assert market.use(session_id, 4, epoch=made_in) == 4 * CALL_PRICE
