"""The other tokens refuse what ERC-20 refuses, on every machine."""

import pytest

from protocol.openzeppelin.errors import (
    ERC20InsufficientAllowance,
    ERC20InsufficientBalance,
    ERC20InvalidApprover,
    ERC20InvalidReceiver,
    ERC20InvalidSender,
    ERC20InvalidSpender,
)
from protocol.types import ZERO_ADDRESS


@pytest.mark.parametrize("contract", ["stable_token", "taxed_token"])
def test_a_token_refuses_what_nobody_has_or_allowed(machine, contract, user, intruder):
    def refused(function, *arguments, sender=intruder):
        return machine.call(contract, function, *arguments, sender=sender).refusal

    poor = ERC20InsufficientBalance(user, 0, 1)
    unallowed = ERC20InsufficientAllowance(intruder, 0, 1)
    assert refused("transfer", intruder, 1, sender=user) == poor
    assert refused("transfer", ZERO_ADDRESS, 0) == ERC20InvalidReceiver(ZERO_ADDRESS)
    assert refused("transfer", user, 0, sender=ZERO_ADDRESS) == ERC20InvalidSender(ZERO_ADDRESS)
    assert refused("approve", ZERO_ADDRESS, 1) == ERC20InvalidSpender(ZERO_ADDRESS)
    assert refused("approve", user, 1, sender=ZERO_ADDRESS) == ERC20InvalidApprover(ZERO_ADDRESS)
    assert refused("transfer_from", user, intruder, 1) == unallowed
    assert refused("burn_from", user, 1) == unallowed
    assert refused("approve", intruder, 1, sender=user) is None
    assert refused("transfer_from", user, intruder, 1) == poor
    assert refused("burn_from", user, 1) == poor
    assert refused("transfer_from", user, ZERO_ADDRESS, 0) == ERC20InvalidReceiver(ZERO_ADDRESS)
    assert refused("burn", 1, sender=user) == poor
    assert refused("burn", 0, sender=ZERO_ADDRESS) == ERC20InvalidSender(ZERO_ADDRESS)
    assert [refused("burn", 0), refused("burn_from", user, 0)] == [None, None]
