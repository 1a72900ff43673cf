"""
Copiers: they sell somebody else's weights as their own, without a lineage and for less.

No rule compares weights. The registry refuses a file that it knows; one more on each logit makes
another file that answers the same.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from protocol.licences import ALL_CLASSES, DERIVATIVES_FORBIDDEN, Terms
from sim.accounts import Account
from sim.agents.base import Actions
from sim.agents.expectations import expected_income
from sim.agents.key_seeking import KeyRing
from sim.agents.publisher import Publisher
from sim.catalogue import Listing
from sim.workload.copying import disguised
from sim.workload.training import TrainingLog

if TYPE_CHECKING:
    from sim.market import Market


@dataclass(frozen=True)
class Copy:
    """
    A copy that could be made: its price, what it would earn net, what reading its original and
    storing it cost.
    """

    original: Listing
    price: int
    revenue: float
    costs: int


class Copier(Publisher):
    """One copier."""

    seals = False

    def __init__(self, market: "Market", account: Account) -> None:
        super().__init__(market, account)
        self._ring = KeyRing(market, self)
        self._wanted: Copy | None = None
        self._licence_id = 0
        self.originals: dict[int, Listing] = {}
        """What was copied, by the number of the copy."""

    def consider_copy(self) -> Actions:
        """
        Now and then look for the model whose copy promises most, and make it where that clears the
        hurdle; of a sealed one buy the key first.
        """
        yield from self._ring.receive()
        wanted = self._wanted
        if wanted is not None:
            if self._ring.can_open(wanted.original):
                self._wanted = None
                yield from self._copy(wanted)
            elif not self._ring.waits:
                self._wanted = None
            return
        copiers = self.market.scenario.population.copiers
        draw = self.draws.random()
        if len(self.offers) >= copiers.copies_each or draw >= self.market.per_day(copiers.review):
            return
        best = max(self._plans(), key=lambda plan: plan.revenue - plan.costs, default=None)
        if best is None:
            return
        if best.revenue < copiers.hurdle * (copiers.copy_cost + best.costs):
            return
        if self._ring.can_open(best.original):
            yield from self._copy(best)
        else:
            self._wanted = best
            yield from self._ring.ask(best.original)

    def _plans(self) -> list[Copy]:
        """
        Return the copies that could be made of models that are no copies, each once.

        A copy answers as its original, so its accuracy is known, and it serves every task. Its
        price is below the original's. It owes no royalty.
        """
        market, copiers = self.market, self.market.scenario.population.copiers
        copied = {each.model_id for other in market.copiers for each in other.originals.values()}
        copies = {number for other in market.copiers for number in other.originals}
        plans = []
        for listing in market.catalogue.newest():
            if listing.model_id in copied | copies:
                continue
            access = self._ring.price(listing)
            if access is None or not market.storing.can_read(listing):
                continue
            asked = market.shelf.price_of(listing.model_id)
            price = max(self.least_price(), int(asked * (1 - copiers.undercut)))
            host_fee = self.host_fee(market.scenario.population.creators.host_fee)
            revenue = sum(
                expected_income(market, float(accuracy), domain, price, host_fee)
                for domain, accuracy in enumerate(listing.accuracy)
            )
            storage = market.storing.expected_cost(listing.published.size_bytes)
            plans.append(Copy(listing, price, revenue, access + storage))
        return plans

    def _copy(self, plan: Copy) -> Actions:
        """Disguise the weights, and register them as a model of one's own."""
        market, original = self.market, plan.original.published
        changed = 1 + int(self.draws.integers(1_000))
        network = disguised(self._ring.read(plan.original), changed)
        log = TrainingLog(market.workshop.domains[plan.original.domain], plan.original.domain, "")
        published = self.publish(network, plan.original.domain, log, original.base)
        self.costs += market.scenario.population.copiers.copy_cost
        if not self._licence_id:
            terms = Terms(True, DERIVATIVES_FORBIDDEN, 0, False, ALL_CLASSES, ALL_CLASSES)
            self._licence_id = (yield self.call("licences", "create", terms)).value
        registration = self.registration(published, self._licence_id)
        receipt = yield self.call("model_registry", "register", registration)
        if receipt.ok:
            self.originals[receipt.value] = plan.original
            domains = (plan.original.domain,)
            yield from self.offer(receipt.value, 1, published, domains, plan.price, False)
