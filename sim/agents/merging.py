"""
Merges: which published models a fine-tuner would average, and what the result would earn.

Averaging the weights of models that were fine-tuned from one base gives a model that is fair at
all that its parents are good at (model soups, Wortsman et al. 2022); how fair is measured here,
before anything is paid for.
"""

import math
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from protocol.lineage import FEWEST_MERGED, MOST_MERGED, Parent
from sim.catalogue import Listing
from sim.workload.models import Network

if TYPE_CHECKING:
    from sim.market import Market

PRICE_SPREAD = 0.25
"""Spread of ln(child's price / parent's price) (calibration 9: host price around the model's)."""

Income = Callable[[int, float, int], float]
"""What a model is expected to earn: from a domain, its accuracy there and its price."""


@dataclass(frozen=True)
class Merge:
    """
    A merge that could be made: what it would be expected to earn, net, and what storing it would
    cost (base units).

    `domains` are its parents', the one that promises most first; `named` has the parents as the
    contract takes them.
    """

    parents: tuple[Listing, ...]
    named: tuple[Parent, ...]
    licence_id: int
    domains: tuple[int, ...]
    network: Network
    price: int
    revenue: float
    storage: int


class Merger:
    """How one fine-tuner looks for merges; its draws are its own."""

    def __init__(self, market: "Market", draws: np.random.Generator) -> None:
        self._market, self._draws = market, draws

    def plan(self, income: Income, least_price: int) -> Merge | None:
        """Return the merge with the highest expected revenue; at times it does not look."""
        tuners = self._market.scenario.population.fine_tuners
        if self._draws.random() >= tuners.merging:
            return None
        spread = math.exp(PRICE_SPREAD * self._draws.standard_normal())
        merges = [
            merge
            for parents in self._candidates()
            if (merge := self._evaluate(parents, income, spread, least_price)) is not None
        ]
        return max(merges, key=lambda merge: merge.revenue - merge.storage, default=None)

    def _candidates(self) -> Iterator[tuple[Listing, ...]]:
        """
        Yield sets of open models that can be averaged: of each base and architecture the model that
        measured best on each domain, two to eight of them together.
        """
        alike: dict[tuple[str, str], list[Listing]] = defaultdict(list)
        for listing in self._market.shelf.forkable():
            if listing.published.stored.form == "sealed":
                continue
            alike[listing.published.base, listing.published.architecture].append(listing)
        known = self._market.shelf.merged()
        for listings in alike.values():
            best = {
                max(listings, key=lambda each: float(each.accuracy[domain])).model_id
                for domain in range(len(self._market.workshop.domains))
            }
            specialists = [listing for listing in listings if listing.model_id in best]
            for size in range(FEWEST_MERGED, min(len(specialists), MOST_MERGED) + 1):
                for parents in combinations(specialists, size):
                    if frozenset((each.model_id, each.version) for each in parents) not in known:
                        yield parents

    def _evaluate(
        self, parents: tuple[Listing, ...], income: Income, spread: float, least_price: int
    ) -> Merge | None:
        """
        Return what a merge is expected to earn on its parents' domains, net of fees and royalties.

        The accuracy is measured. The price is the parents' geometric mean, as a fork's is around
        its parent's. None where the rules would refuse it.
        """
        shelf = self._market.shelf
        named = tuple(
            Parent(each.model_id, each.version, shelf.minimum_royalty(each)) for each in parents
        )
        licence_id = shelf.common_licence(parents)
        most = self._market.parameter("maximumRoyaltySumBps")
        if licence_id is None or sum(parent.royalty_bps for parent in named) > most:
            return None
        prices = [shelf.price_of(each.model_id) for each in parents]
        middle = math.exp(sum(math.log(price) for price in prices) / len(prices))
        price = max(least_price, int(middle * spread))
        network = self._market.workshop.merge([each.published for each in parents])
        accuracy = self._market.workshop.float_accuracy(network)
        incomes = {
            domain: income(domain, float(accuracy[domain]), price)
            for domain in dict.fromkeys(each.domain for each in parents)
        }
        domains = tuple(sorted(incomes, key=lambda domain: (-incomes[domain], domain)))
        revenue = sum(incomes.values()) * shelf.kept_by_child(named)
        storage = self._market.storing.expected_cost(parents[0].published.size_bytes)
        return Merge(parents, named, licence_id, domains, network, price, revenue, storage)
