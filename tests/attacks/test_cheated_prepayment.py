"""A host cheats users who paid ahead, for their money is spent before anybody checks."""

from protocol.access_terms import Claim
from protocol.credits import CreditOffer
from protocol.gateway_events import ReceiptRefunded
from protocol.parameters import BY_NAME, DAY
from protocol.types import ZERO_HASH
from protocol.verification import CheckFailed
from tests.checked_market import (
    CHECKER,
    CREATOR,
    PRICE,
    SERVER,
    STAKE,
    USER,
    CheckedMarket,
    StandIn,
)

CREDIT_PRICE = PRICE // 2


def test_the_price_of_a_credit_comes_back_and_the_host_is_slashed(lockstep):
    market = CheckedMarket(lockstep)
    market.open()
    market.do("verification", "register_circuit", 1, 1, StandIn().circuit, sender=CREATOR)
    offer = CreditOffer(CREDIT_PRICE, 60 * DAY, 0, True)
    market.do("credits", "set_offer", 1, offer, sender=CREATOR)
    spender = lockstep.addresses["credits"]
    market.do("settlement_token", "approve", spender, 3 * CREDIT_PRICE, sender=USER)
    credit_id = market.do("credits", "buy", 1, 3, 3 * CREDIT_PRICE, sender=USER)
    market.do("access", "present", 1, Claim(0, 0, credit_id), sender=USER)

    receipt = market.receipt(1, ZERO_HASH, ZERO_HASH)
    batch_id = market.settle_and_pick(receipt)
    check_id = market.open_check(batch_id, receipt)
    # What settles later in the session changes nothing.
    market.settle(market.receipt(2, ZERO_HASH, ZERO_HASH))
    before = sum(lockstep.view("gateway", "escrow_of", USER))
    lockstep.now += BY_NAME["answerWindowSeconds"].default + 1
    expired = lockstep.call("verification", "expire_check", check_id, sender=CHECKER)

    events = [log.event for log in expired.events]
    penalty = STAKE * BY_NAME["wrongOutputSlashBps"].default // 10_000
    assert ReceiptRefunded(batch_id, market.session_id, CREDIT_PRICE) in events
    assert events[-1] == CheckFailed(check_id, SERVER, penalty, CREDIT_PRICE)
    assert sum(lockstep.view("gateway", "escrow_of", USER)) == before + CREDIT_PRICE
    # Nobody else is paid for it: not host, not model, not treasury.
    lockstep.now += 5 * DAY
    released = lockstep.call("gateway", "release", (batch_id,), sender=SERVER)
    assert released.ok
    assert lockstep.view("revenue", "owed_to", SERVER) == 0
    assert lockstep.view("revenue", "accrued_of", 1) == 0
    assert lockstep.view("credits", "calls_for", credit_id, 1, 1, USER, lockstep.now) == 1
