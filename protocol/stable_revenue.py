"""Revenue.sol once more, for what is paid in the stable token."""

from typing import ClassVar

from protocol.deployment import Deployment
from protocol.revenue import Revenue
from protocol.types import ZERO_ADDRESS, Address, Context


class StableRevenue(Revenue):
    """
    What models accrued and accounts are owed in the stable token.

    Checks are paid for in MNFT alone: what the pool would take is the treasury's.
    """

    NAME = "stable_revenue"
    TOKEN: ClassVar[str] = "stable_token"

    def _pull(self, ctx: Context, amount: int) -> None:
        own = self.as_caller(ctx)
        self._world.stable_token.transfer_from(own, ctx.sender, self.address, amount)

    def _pay(self, ctx: Context, account: Address, amount: int) -> None:
        self._world.stable_token.transfer(self.as_caller(ctx), account, amount)

    @classmethod
    def _checks_paid_by(cls, deployment: Deployment) -> Address:
        del deployment
        return ZERO_ADDRESS
