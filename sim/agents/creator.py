"""Creators: they train models on data, set terms and prices, and publish better versions."""

import math
from typing import TYPE_CHECKING

from protocol.licences import ALL_CLASSES, Terms
from protocol.money import BPS
from sim.accounts import Account
from sim.agents.bargain import MNFT, STABLE
from sim.agents.base import Actions
from sim.agents.currency_choice import DAYS_A_YEAR, is_stable_better
from sim.agents.publisher import Offer, Publisher
from sim.streams import stream
from sim.workload.models import train
from sim.workload.publishing import Published
from sim.workload.training import TrainingLog

if TYPE_CHECKING:
    from sim.market import Market

_DOMAIN = 0
"""Base models are trained on the first domain, the task that most users have."""
_DERIVATIVES = {"none": 0, "approval": 1, "free": 2}


class Creator(Publisher):
    """One creator."""

    def __init__(self, market: "Market", account: Account, number: int) -> None:
        super().__init__(market, account)
        self.number = number
        self.licence_id = 0
        self._trainings = 0

    def launch(self) -> Actions:
        """Create a licence, then train, register and price the models of the start."""
        creators = self.market.scenario.population.creators
        terms = Terms(
            commercial_use=True,
            derivatives=_DERIVATIVES[creators.derivatives],
            minimum_royalty_bps=creators.royalty,
            attribution=True,
            territories=ALL_CLASSES,
            use_cases=ALL_CLASSES,
        )
        licensing = self.market.licensing
        if licensing.is_strict(self.number):
            strict = licensing.terms(self.number, terms)
            created = yield self.call("policies", "create_licence", strict, licensing.policy())
            licensing.add(created.value)
        else:
            created = yield self.call("licences", "create", terms)
        self.licence_id = created.value
        for _ in range(creators.models_each):
            published = self._train()
            registration = self.registration(published, self.licence_id)
            receipt = yield self.call("model_registry", "register", registration)
            if receipt.ok:
                spread = creators.price_sigma * self.draws.standard_normal()
                price = max(self.least_price(), int(creators.price_per_call * math.exp(spread)))
                is_dynamic = bool(self.draws.random() < creators.dynamic_pricing)
                offered = (published, (_DOMAIN,), price, is_dynamic, self._currency(price))
                yield from self.offer(receipt.value, 1, *offered)

    def _currency(self, price: int) -> str:
        """Return what a model is priced in, for its life; at the start MNFT is worth one."""
        creators = self.market.scenario.population.creators
        if creators.currency != "when_it_pays":
            return STABLE if creators.currency == "stable" else MNFT
        margin = math.log(price / self.least_price())
        fee = self.market.scenario.channels.exchange_fee / BPS
        expected = (creators.price_review * DAYS_A_YEAR, creators.expected_volatility, fee)
        return STABLE if is_stable_better(margin, *expected) else MNFT

    def _train(self) -> Published:
        self._trainings += 1
        drawn_from = f"{self.name}/training-{self._trainings}"
        rng = stream(self.market.seed, drawn_from)
        hidden = int(rng.choice(self.market.scenario.workload.hidden_units))
        domain = self.market.workshop.domains[_DOMAIN]
        log = TrainingLog(domain, _DOMAIN, drawn_from)
        return self.publish(train(domain, hidden, rng, note=log.note), _DOMAIN, log)

    def _sells_passes(self) -> bool:
        return self.number < self.market.scenario.population.creators.subscription.sellers

    def approve_forks(self) -> Actions:
        """Approve forks, unless the right to make one is sold."""
        if not self.market.unbundling.sells_forks:
            yield from super().approve_forks()

    def improve(self) -> Actions:
        """
        Now and then train again, and publish the result as a version where it measured better.
        """
        creators = self.market.scenario.population.creators
        for offer in self.offers:
            if self.draws.random() >= self.market.per_day(creators.new_version):
                continue
            published = self._train()
            if published.accuracy > offer.listing.published.accuracy:
                yield from self._publish_version(offer, published)

    def _publish_version(self, offer: Offer, published: Published) -> Actions:
        listing = offer.listing
        receipt = yield self.call(
            "model_registry",
            "publish_version",
            listing.model_id,
            listing.version,
            published.weights_hash,
            f"ipfs://{published.stored.cid}",
            published.architecture,
            published.parameter_count,
            self.licence_id,
        )
        if receipt.ok:
            yield from self.keeper.commit(listing.model_id, receipt.value, published)
            offer.listing = self._list(listing.model_id, receipt.value, published, listing.domain)
            offer.has_circuit = False
