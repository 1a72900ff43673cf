"""The pinner: who keeps published weights for money, and serves them while they are paid for."""

from sim.agents.base import Actions, MarketAgent


class Pinner(MarketAgent):
    """One pinner, who takes the price that is given: its costs are its price."""

    def collect(self) -> Actions:
        """Withdraw what was streamed, when a month is over and at the end of the run."""
        market = self.market
        for stream_id in market.storing.due():
            if market.view("streams", "streamed_of", stream_id):
                yield self.call("streams", "withdraw", stream_id)
