"""StableToken.sol: a currency with six decimals."""

from typing import TYPE_CHECKING, Any

from protocol.deployment import Deployment
from protocol.openzeppelin.erc20 import ERC20
from protocol.types import Context

if TYPE_CHECKING:
    from protocol.world import World

UNIT = 10**6
"""One whole token, in its smallest unit."""
SUPPLY = 10**9 * UNIT


class StableToken(ERC20):
    """Stable Token, STABLE: minted once, at deployment; anyone may burn their own."""

    NAME = "stable_token"
    SOLIDITY = "StableToken"
    TOKEN_NAME = "Stable Token"
    TOKEN_SYMBOL = "STABLE"

    def __init__(self, world: "World") -> None:
        super().__init__(world)
        holder, supply = self.constructor_arguments(world.deployment)
        self._mint(Context(holder, 0, world.deployment.genesis_timestamp), holder, supply)

    @classmethod
    def constructor_arguments(cls, deployment: Deployment) -> tuple[Any, ...]:
        """Return the holder and the size of the supply."""
        return deployment.deployer, SUPPLY

    def decimals(self, ctx: Context) -> int:
        """Return how many decimals a displayed amount has."""
        del ctx
        return 6
