"""People who act one after the other on the model, and the calls that they made."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from protocol.deployment import Deployment
from protocol.money import MAX_UINT256
from protocol.settlement_token import SettlementToken
from protocol.types import Address, Call
from protocol.world import World
from sim.accounts import Account, account
from sim.rulebook.calling import Unsent, call
from sim.rulebook.signing import signed

_PEOPLE = (
    *("payer", "payee", "speaker", "staker", "maker", "collector", "server", "checker"),
    *("client", "guest", "visitor", "attester", "asker", "holder"),
)


def person(name: str) -> Account:
    """Return one of the people, whose key is the same in every walk."""
    return account(0, name)


@cache
def keys() -> Mapping[Address, Account]:
    """Return the people by their addresses."""
    return {each.address: each for each in map(person, _PEOPLE)}


class Stage:
    """Carries out what must succeed, at a time that only moves on, and keeps the calls."""

    def __init__(self, world: World, now: int) -> None:
        self.world, self.now = world, now
        self.calls: list[Call] = []

    @property
    def deployment(self) -> Deployment:
        """The deployment that the people act in."""
        return self.world.deployment

    def address(self, contract: str) -> Address:
        """Return a contract's address."""
        return self.deployment.addresses[contract]

    def do(self, unsent: Unsent, by: Account | Address, coin: int = 0) -> Any:
        """Carry out a call that succeeds, signed where it has to be, and return its value."""
        sender = by.address if isinstance(by, Account) else by
        made = signed(self.world, unsent.by(sender, self.now, coin), keys())
        receipt = self.world.execute(made)
        if receipt.refusal is not None:
            raise receipt.refusal
        self.calls.append(made)
        return receipt.value

    def ask(self, unsent: Unsent) -> Any:
        """Return what a view answers; nobody hears of it."""
        return self.world.view(unsent.question(), self.now).value

    def fund(self, who: Account, amount: int, *spenders: str) -> None:
        """Give somebody MNFT, which some contracts may take."""
        self.do(call(SettlementToken.transfer, who.address, amount), self.deployment.deployer)
        for spender in spenders:
            allowed = call(SettlementToken.approve, self.address(spender), MAX_UINT256)
            self.do(allowed, who)

    def wait(self, seconds: int) -> None:
        """Let time pass."""
        self.now += seconds
