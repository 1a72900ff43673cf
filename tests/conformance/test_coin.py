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


def test_who_carried_coin_calls_on_and_is_answered(machine, deployment):
    # The deployer's account is known before it carries coin, and many calls lie between.
    deployer = deployment.deployer
    for value in (1, 10**18):
        for _ in range(3):
            paid = machine.call("settlement_token", "name", sender=deployer, value=value)
            assert paid == Receipt(refusal=EmptyRevert())
        machine.wait(1)
        assert machine.call("settlement_token", "burn", 1, sender=deployer).ok
        assert machine.view("settlement_token", "decimals") == 18
