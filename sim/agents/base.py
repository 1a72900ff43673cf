"""
The border to Mesa: the only module that imports it.

Importing Mesa 3.3 sets the process's multiprocessing start method to spawn, and Mesa keeps every
model alive in a
class-level table; both are undone here, so that a worker can run many markets.
"""

import multiprocessing
from collections.abc import Generator
from typing import TYPE_CHECKING, Any

from protocol.types import Address, Call, Receipt
from sim.accounts import Account

if TYPE_CHECKING:
    from sim.market import Market

_start_method = multiprocessing.get_start_method(allow_none=True)

import mesa  # noqa: E402 - the start method has to be read before Mesa changes it

multiprocessing.set_start_method(_start_method, force=True)

Actions = Generator[Call, Receipt, None]
"""
What an agent does in a phase of a tick: it yields calls and is sent their receipts; it never
touches a chain.
"""


class MarketModel(mesa.Model):  # type: ignore[misc]
    """A Mesa model whose randomness comes from the run's named streams alone."""

    def forget(self) -> None:
        """Let the model be freed: Mesa would keep it for as long as the process lives."""
        self.remove_all_agents()
        mesa.Agent._ids.pop(self, None)


class MarketAgent(mesa.Agent):  # type: ignore[misc]
    """An agent with an account; what it wants done it yields as calls."""

    market: "Market"

    def __init__(self, market: "Market", account: Account) -> None:
        super().__init__(market)
        self.market = market
        self.account = account

    @property
    def name(self) -> str:
        """The agent's name, as in the report: `host-2`."""
        return self.account.name

    @property
    def address(self) -> Address:
        """The address that signs the agent's calls."""
        return self.account.address

    def call(self, contract: str, function: str, *arguments: Any) -> Call:
        """Return a call of this agent, now."""
        return Call(contract, function, arguments, self.address, self.market.now)
