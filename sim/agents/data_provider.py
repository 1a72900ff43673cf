"""
Data providers: they own a domain's data, and live off the data pool of the models trained on it.
"""

from typing import TYPE_CHECKING

from protocol.licences import ALL_CLASSES, DERIVATIVES_FREE, Terms
from sim.accounts import Account
from sim.agents.base import Actions, MarketAgent
from sim.workload.training import store_data

if TYPE_CHECKING:
    from sim.market import Market


class DataProvider(MarketAgent):
    """One provider, of a domain by its number."""

    def __init__(self, market: "Market", account: Account, domain: int) -> None:
        super().__init__(market, account)
        self._domain = domain
        self.dataset_id = 0

    def register_data(self) -> Actions:
        """
        Register the data where trainings are recorded: what is not registered cannot be named, and
        whoever registers it first is its owner.
        """
        if self.market.scenario.population.creators.record_training == "never":
            return
        workshop = self.market.workshop
        data = store_data(workshop.domains[self._domain], workshop.store)
        terms = Terms(True, DERIVATIVES_FREE, 0, True, ALL_CLASSES, ALL_CLASSES)
        licence = yield self.call("licences", "create", terms)
        uri = f"ipfs://{data.cid}"
        registered = yield self.call(
            "dataset_registry", "register", data.content_hash, uri, licence.value
        )
        self.dataset_id = registered.value

    def collect(self) -> Actions:
        """Withdraw what is owed."""
        yield from self.market.currencies.collect(self)
