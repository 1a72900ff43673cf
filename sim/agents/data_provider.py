"""
Data providers: they own a domain's data, and live off the data pool of the models trained on it.
"""

from sim.agents.base import Actions, MarketAgent


class DataProvider(MarketAgent):
    """One provider."""

    def collect(self) -> Actions:
        """Withdraw what is owed."""
        if self.market.view("revenue", "owed_to", self.address):
            yield self.call("revenue", "withdraw", self.address)
