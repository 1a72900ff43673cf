"""
Fine-tuners: they fork a model, or merge several, where what the child will earn exceeds its cost
and the royalties.
"""

import math
from collections.abc import Generator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from protocol.lineage import Parent
from protocol.rights_terms import FINE_TUNE
from protocol.types import Call, Receipt
from sim.accounts import Account
from sim.agents.base import Actions
from sim.agents.expectations import expected_income
from sim.agents.key_seeking import KeyRing
from sim.agents.merging import PRICE_SPREAD, Merge, Merger
from sim.agents.publisher import Publisher
from sim.agents.storage_choice import StorageChoice, Worth
from sim.catalogue import Listing
from sim.streams import stream
from sim.workload.models import Network
from sim.workload.publishing import Published, fine_tune_published
from sim.workload.training import TrainingLog

if TYPE_CHECKING:
    from sim.market import Market

OPTIONAL_ROYALTY = 0.24
"""
Share of the asked royalty that is paid where nothing enforces it (calibration 4: 2.5 % fell to
0.6 %).
"""


@dataclass(frozen=True)
class Plan:
    """
    A fork that could be made: what it would be expected to earn, net, and what the right to make
    it, the key of its parent's weights and storing it cost (base units).
    """

    parent: Listing
    domain: int
    royalty_bps: int
    price: int
    revenue: float
    right_price: int = 0
    key_price: int = 0
    storage: int = 0

    @property
    def costs(self) -> int:
        """What it costs beside the work of making it."""
        return self.right_price + self.key_price + self.storage


class FineTuner(Publisher):
    """One fine-tuner."""

    def __init__(self, market: "Market", account: Account) -> None:
        super().__init__(market, account)
        spread = market.scenario.population.fine_tuners.fork_cost_sigma
        normal = stream(market.seed, f"{self.name}/traits").standard_normal()
        self.fork_cost = int(
            market.scenario.population.fine_tuners.fork_cost * math.exp(spread * normal)
        )
        self._choice = StorageChoice(market)
        self._evasion = stream(market.seed, f"{self.name}/evasion")
        self._unpoliced: dict[int, int] = {}
        self._ring = KeyRing(market, self)
        self._wanted: Plan | None = None
        self._merger = Merger(market, stream(market.seed, f"{self.name}/merging"))

    def consider_fork(self) -> Actions:
        """
        Now and then look for the most promising fork, and at times for a merge; make what promises
        more profit if it clears the hurdle. Of a sealed parent buy the key first: the fork is made
        when it has come.
        """
        yield from self._ring.receive()
        if self._wanted is not None:
            yield from self._go_on(self._wanted)
            return
        tuners = self.market.scenario.population.fine_tuners
        draw = self.draws.random()
        if len(self.offers) >= tuners.forks_each or draw >= self.market.per_day(tuners.review):
            return
        plan = self.plan()
        cost = self.fork_cost + plan.costs if plan is not None else 0
        profit = plan.revenue - cost if plan is not None else 0.0
        merge = self._merger.plan(self.income, self.least_price())
        merge_cost = tuners.merge_cost + merge.storage if merge is not None else 0
        if merge is not None and merge.revenue - merge_cost > profit:
            if merge.revenue >= tuners.hurdle * merge_cost:
                yield from self._merge(merge)
        elif plan is not None and plan.revenue >= tuners.hurdle * cost:
            if self._ring.can_open(plan.parent):
                yield from self._fork(plan)
            else:
                self._wanted = plan
                yield from self._ring.ask(plan.parent)

    def _go_on(self, wanted: Plan) -> Actions:
        """Make the fork whose parent's key has come; give it up where none will come."""
        if self._ring.can_open(wanted.parent):
            self._wanted = None
            yield from self._fork(wanted)
        elif not self._ring.waits:
            self._wanted = None

    def plan(self) -> Plan | None:
        """
        Return the fork with the highest expected revenue over the prices of the right to it, of its
        parent's key and of storing it: the best domain for the parent that appeals most.
        """
        parents = [
            parent
            for parent in self.market.shelf.forkable()
            if self.market.unbundling.fork_price(parent) is not None
            and self._ring.price(parent) is not None
        ]
        if not parents:
            return None
        plans = [
            self._evaluate(self._choose_parent(parents, domain), domain)
            for domain in range(len(self.market.workshop.domains))
        ]
        return max(plans, key=lambda plan: plan.revenue - plan.costs)

    def _choose_parent(self, parents: list[Listing], domain: int) -> Listing:
        """
        Draw a parent by logit: quality on the domain, popularity and depth.

        Weight = (children + 1)^popularity * exp(quality * accuracy + depth_preference * depth);
        source: fitness times preferential attachment (Wang form, calibration 9).
        """
        tuners = self.market.scenario.population.fine_tuners
        quality = self.market.scenario.population.users.quality_coefficient
        scores = np.array(
            [
                tuners.popularity * math.log(self.market.shelf.children_of(parent.model_id) + 1)
                + quality * parent.accuracy[domain]
                + tuners.depth_preference * self.market.shelf.depth_of(parent.model_id)
                for parent in parents
            ]
        )
        weights = np.exp(scores - scores.max())
        place = int(np.searchsorted(np.cumsum(weights), self.draws.random() * weights.sum()))
        return parents[min(place, len(parents) - 1)]

    def _evaluate(self, parent: Listing, domain: int) -> Plan:
        """Return what a fork is expected to earn over the horizon, net of fees and royalties."""
        market = self.market
        royalty = market.shelf.minimum_royalty(parent)
        price = max(
            self.least_price(),
            int(
                market.shelf.price_of(parent.model_id)
                * math.exp(PRICE_SPREAD * self.draws.standard_normal())
            ),
        )
        named = Parent(parent.model_id, parent.version, royalty)
        before = float(parent.accuracy[domain])
        form = self._choice.expected(parent.published, before, self._worth(domain, price, named))
        return Plan(
            parent,
            domain,
            royalty,
            price,
            form.revenue,
            market.unbundling.fork_price(parent) or 0,
            self._ring.price(parent) or 0,
            form.storage,
        )

    def _worth(self, domain: int, price: int, parent: Parent) -> Worth:
        """Return what a fork would earn net by its accuracy."""
        kept = self.market.shelf.kept_by_child((parent,))
        return lambda accuracy: self.income(domain, accuracy, price) * kept

    def income(self, domain: int, accuracy: float, price: int) -> float:
        """
        Return what a new model of its own is expected to earn on a domain, net of fees.
        """
        host_fee = self.host_fee(self.market.scenario.population.creators.host_fee)
        return expected_income(self.market, accuracy, domain, price, host_fee)

    def _obtain_right(self, plan: Plan) -> Generator[Call, Receipt, bool]:
        """Buy the right to a fork where one is asked for; return whether the fork may be made."""
        if plan.right_price == 0:
            return True
        market, model_id = self.market, plan.parent.model_id
        asked = market.units.cheapest(model_id, FINE_TUNE)
        if asked is not None:
            rights = market.world.addresses["rights"]
            yield self.call("settlement_token", "approve", rights, plan.right_price)
            yield from market.units.buy(self, model_id, FINE_TUNE, asked, 1)
        return bool(market.view("rights", "holds", model_id, FINE_TUNE, self.address))

    def _fork(self, plan: Plan) -> Generator[Call, Receipt, None]:
        if not (yield from self._obtain_right(plan)):
            return
        workshop = self.market.workshop
        drawn_from = f"{self.name}/fine-tuning-{len(self.offers) + 1}"
        rng = stream(self.market.seed, drawn_from)
        parent, domain = plan.parent.published, workshop.domains[plan.domain]
        log = TrainingLog(domain, plan.domain, drawn_from, parent.cid)
        tuned = fine_tune_published(self._ring.read(plan.parent), domain, rng, note=log.note)
        published = self._store(tuned, plan, log)
        self.costs += self.fork_cost
        self._choice.learn(published, float(plan.parent.accuracy[plan.domain]))
        receipt = yield from self._register(plan, published)
        if receipt.ok:
            is_dynamic = bool(
                self.draws.random() < self.market.scenario.population.creators.dynamic_pricing
            )
            yield from self.offer(
                receipt.value, 1, published, (plan.domain,), plan.price, is_dynamic
            )

    def _store(self, tuned: Network, plan: Plan, log: TrainingLog) -> Published:
        """
        Publish a child, as a delta where that is considered and does not cost too much accuracy.
        """
        tuners, parent = self.market.scenario.population.fine_tuners, plan.parent.published
        if tuners.stored == "whole":
            return self.publish(tuned, plan.domain, log, parent.base)
        small = self.market.workshop.publish_delta(tuned, plan.domain, parent)
        trial = small.delta
        named = Parent(plan.parent.model_id, plan.parent.version, plan.royalty_bps)
        worth = self._worth(plan.domain, plan.price, named)
        if trial is not None and self._choice.takes_delta(trial, parent.size_bytes, worth):
            return self.document(small, log)
        return replace(self.publish(tuned, plan.domain, log, parent.base), delta=trial)

    def _merge(self, merge: Merge) -> Generator[Call, Receipt, None]:
        """Publish the mean of the parents' weights, and register it under all of them."""
        number, parents = merge.domains[0], [each.published for each in merge.parents]
        domain = self.market.workshop.domains[number]
        log = TrainingLog(domain, number, "mean", *(each.cid for each in parents))
        published = self.publish(merge.network, number, log, parents[0].base)
        self.costs += self.market.scenario.population.fine_tuners.merge_cost
        registration = self.registration(published, merge.licence_id)
        receipt = yield self.call("lineage", "merge", merge.named, registration)
        if receipt.ok:
            yield from self.offer(receipt.value, 1, published, merge.domains, merge.price, False)

    def _register(self, plan: Plan, published: Published) -> Generator[Call, Receipt, Receipt]:
        """
        Register the child under its parent, and return the last receipt.

        Now and then a fine-tuner first offers what optional royalties come to, as it takes the
        licence's for one: a refusal costs one transaction, an acceptance would have saved three
        quarters of the royalty. It then pays what the licence asks for.
        """
        listing = plan.parent
        licence_id = yield from self._licence(listing)
        registration = self.registration(published, licence_id)
        if self._evasion.random() < self.market.scenario.population.fine_tuners.evasion:
            offered = int(OPTIONAL_ROYALTY * plan.royalty_bps)
            low = Parent(listing.model_id, listing.version, offered)
            receipt = yield self.call("lineage", "fork", low, registration)
            if receipt.ok:
                return receipt
        parent = Parent(listing.model_id, listing.version, plan.royalty_bps)
        return (yield self.call("lineage", "fork", parent, registration))

    def _licence(self, parent: Listing) -> Generator[Call, Receipt, int]:
        """
        Return the licence of a fork: its parent's, or one with the same terms and no policy, where
        that asks something of users and lets its derivatives ask for less.

        What is asked costs a model users (`sim/licensing.py`) and brings its maker nothing, so
        whatever may be left behind is. Of restrictive clauses 35.5 % are dropped from models to
        applications (Jewitt et al. 2025, arXiv 2509.09873).
        """
        market, licence_id = self.market, self.market.shelf.licence_of(parent)
        if not market.licensing.may_be_dropped(licence_id):
            return licence_id
        if licence_id not in self._unpoliced:
            terms = market.view("licences", "terms_of", licence_id)
            created = yield self.call("licences", "create", terms)
            self._unpoliced[licence_id] = created.value
        return self._unpoliced[licence_id]
