"""The payments that walks stray from do succeed."""

from sim.rulebook.payments import payments


def test_every_payment_that_walks_begin_with_succeeds(lockstep):
    receipts = [
        lockstep.execute(call) for call in payments(lockstep.deployment, lockstep.now + 86_400)
    ]
    assert [receipt.refusal for receipt in receipts] == [None] * len(receipts)
    lockstep.executor.end_tick(lockstep.now + 86_400, full=True)
