"""Coin on every machine: only the functions that take it do."""

from protocol.openzeppelin.errors import EmptyRevert
from protocol.timelock import TimelockInvalidOperationLength
from protocol.types import ZERO_HASH, Receipt


def test_a_function_that_takes_no_coin_refuses_it_before_anything_else(machine, user, host):
    for value in (1, 2**128 - 1):
        paid = machine.call("settlement_token", "transfer", host, 1, sender=user, value=value)
        assert paid == Receipt(refusal=EmptyRevert())
    view = machine.call("settlement_token", "name", sender=user, value=1)
    assert view == Receipt(refusal=EmptyRevert())


def test_a_function_that_takes_coin_goes_on_to_its_own_checks(machine, user):
    call = ((), (0,), (), ZERO_HASH, ZERO_HASH)
    paid = machine.call("timelock", "execute_batch", *call, sender=user, value=1)

    assert paid == Receipt(refusal=TimelockInvalidOperationLength(0, 0, 1))
