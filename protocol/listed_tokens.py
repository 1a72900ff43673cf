"""The ERC-20s that contracts of several currencies take, and how they are moved."""

from protocol.contract import Contract
from protocol.openzeppelin.arithmetic import checked
from protocol.openzeppelin.erc20 import ERC20
from protocol.payment_channels_errors import FeeOnTransfer
from protocol.types import Address, Context

TOKENS = ("settlement_token", "stable_token", "taxed_token")
"""The ERC-20s on the list; that one takes a tax, no list can know."""


class ListedTokens(Contract):
    """A contract that holds several tokens, and measures what arrives of them."""

    def _is_token(self, currency: Address) -> bool:
        return any(currency == self._world.addresses[name] for name in TOKENS)

    def _pull_whole(self, ctx: Context, currency: Address, amount: int) -> None:
        tokens: tuple[ERC20, ...] = tuple(getattr(self._world, name) for name in TOKENS)
        own, token = self.as_caller(ctx), next(each for each in tokens if each.address == currency)
        before = token.balance_of(own, self.address)
        self._pull(ctx, currency, amount)
        received = checked(token.balance_of(own, self.address) - before)
        if received != amount:
            raise FeeOnTransfer(currency, amount, received)

    # Each token by its name: from here the rulebook reads what a token refuses.

    def _pull(self, ctx: Context, currency: Address, amount: int) -> None:
        world = self._world
        pulls = {
            world.settlement_token.address: world.settlement_token.transfer_from,
            world.stable_token.address: world.stable_token.transfer_from,
            world.taxed_token.address: world.taxed_token.transfer_from,
        }
        pulls[currency](self.as_caller(ctx), ctx.sender, self.address, amount)

    def _pay(self, ctx: Context, currency: Address, account: Address, amount: int) -> None:
        world = self._world
        pays = {
            world.settlement_token.address: world.settlement_token.transfer,
            world.stable_token.address: world.stable_token.transfer,
            world.taxed_token.address: world.taxed_token.transfer,
        }
        pays[currency](self.as_caller(ctx), account, amount)
