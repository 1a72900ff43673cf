"""TaxedToken.sol: a currency that takes a hundredth of each transfer."""

from typing import TYPE_CHECKING, Any

from protocol.deployment import Deployment
from protocol.money import BPS, WAD, mul_div_down
from protocol.openzeppelin.erc20 import ERC20
from protocol.types import ZERO_ADDRESS, Address, Context

if TYPE_CHECKING:
    from protocol.world import World

SUPPLY = 10**9 * WAD
TAX_BPS = 100


class TaxedToken(ERC20):
    """
    Taxed Token, TAXED: less arrives than was sent; the initial holder collects the rest.

    It exists to be refused: a contract that books what was sent owes more than it has.
    """

    NAME = "taxed_token"
    SOLIDITY = "TaxedToken"
    TOKEN_NAME = "Taxed Token"
    TOKEN_SYMBOL = "TAXED"

    def __init__(self, world: "World") -> None:
        super().__init__(world)
        holder, supply = self.constructor_arguments(world.deployment)
        self._mint(Context(holder, 0, world.deployment.genesis_timestamp), holder, supply)

    @classmethod
    def constructor_arguments(cls, deployment: Deployment) -> tuple[Any, ...]:
        """Return the holder, who collects the tax, and the size of the supply."""
        return deployment.deployer, SUPPLY

    def _update(self, ctx: Context, from_: Address, to: Address, value: int) -> None:
        # The tax rounds down; mints and burns are free.
        is_free = ZERO_ADDRESS in (from_, to)
        tax = 0 if is_free else mul_div_down(value, TAX_BPS, BPS)
        super()._update(ctx, from_, to, value - tax)
        if tax:
            super()._update(ctx, from_, self._world.deployment.deployer, tax)
