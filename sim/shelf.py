"""What anyone can see of the models on offer: prices, licences, lineage, use."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from protocol.lineage import MAXIMUM_DEPTH, Parent
from protocol.money import BPS, WAD
from protocol.pricing import Usage
from protocol.royalties import EDGE, Ancestor, Ancestors, join, royalties
from protocol.types import Address
from sim.catalogue import Listing
from sim.workload.tasks import PIXELS

if TYPE_CHECKING:
    from sim.market import Market


class Shelf:
    """The published models as the chain's views show them."""

    def __init__(self, market: "Market") -> None:
        self._market = market
        self._view = market.view
        self._catalogue = market.catalogue
        workload = market.scenario.workload
        self._typical = Usage(1, workload.input_tokens, workload.output_tokens, PIXELS, 0)
        self._records = market.scenario.population.creators.record_training != "never"
        self._listed_at: dict[tuple[int, int], int] = {}

    def add(self, listing: Listing) -> None:
        """Put a new version on offer; its price and its place in the lineage are on the chain."""
        self._catalogue.add(listing)
        self._listed_at[listing.model_id, listing.version] = self._market.tick

    def listed_at(self, listing: Listing) -> int:
        """Return the tick in which a version was published."""
        return self._listed_at[listing.model_id, listing.version]

    def price_of(self, model_id: int) -> int:
        """Return the price of a typical call of a model now, in MNFT at today's price."""
        return self._market.currencies.in_mnft(model_id, self.own_price_of(model_id))

    def own_price_of(self, model_id: int) -> int:
        """Return the price of a typical call of a model now, in its own currency."""
        return self.quote(model_id, self._typical)

    def quote(self, model_id: int, usage: Usage) -> int:
        """Return what a usage costs now, in the model's own currency."""
        return int(self._view("pricing", "quote", model_id, usage))

    def recent_use(self, model_id: int, epochs: int) -> list[int]:
        """
        Return the calls of a model settled in each of the last closed epochs, as many as there
        were since the one after it was listed.
        """
        market = self._market
        listed = min(tick for (model, _), tick in self._listed_at.items() if model == model_id)
        age = (market.tick - listed) * market.scenario.tick // market.scenario.protocol.epoch
        return [
            market.tally.calls_in_epoch(model_id, market.epoch - back)
            for back in range(1, min(epochs, age - 1) + 1)
        ]

    def forkable(self) -> list[Listing]:
        """
        Return the newest versions that a licence lets be forked, whose lineage has room for a
        child, and whose weights are stored.
        """
        return [
            listing
            for listing in self._catalogue.newest()
            if self._terms(listing).derivatives
            and self._view("lineage", "is_active", listing.model_id)
            and self.depth_of(listing.model_id) < MAXIMUM_DEPTH
            and self._market.storing.can_read(listing)
        ]

    def licence_of(self, listing: Listing) -> int:
        """Return the licence of a version; a fork goes under its parent's."""
        version = self._view("model_registry", "version_of", listing.model_id, listing.version)
        return int(version.licence_id)

    def common_licence(self, listings: Sequence[Listing]) -> int | None:
        """
        Return a licence of one of some versions that allows no more than any of theirs, and asks
        for no less than those whose policies bind.
        """
        licences = [self.licence_of(listing) for listing in listings]
        return next(
            (
                licence
                for licence in licences
                if not any(
                    self._view("licences", "exceeds", licence, each)
                    or self._view("policies", "loosens", licence, each)
                    for each in licences
                )
            ),
            None,
        )

    def merged(self) -> set[frozenset[tuple[int, int]]]:
        """Return which versions were merged already, by model and version."""
        parents = (
            self._view("lineage", "parents_of", listing.model_id)
            for listing in self._catalogue.newest()
        )
        return {
            frozenset((parent.model_id, parent.version) for parent in each)
            for each in parents
            if len(each) > 1
        }

    def allows_commerce(self, listing: Listing) -> bool:
        """Return whether a version's licence allows commercial use."""
        return bool(self._terms(listing).commercial_use)

    def minimum_royalty(self, listing: Listing) -> int:
        """Return the least royalty (bps) that a version's licence asks of a fork."""
        return int(self._terms(listing).minimum_royalty_bps)

    def depth_of(self, model_id: int) -> int:
        """Return how many generations lie above a model."""
        return int(self._view("lineage", "depth_of", model_id))

    def children_of(self, model_id: int) -> int:
        """Return how many models name a model as a parent."""
        return sum(
            any(
                parent.model_id == model_id
                for parent in self._view("lineage", "parents_of", listing.model_id)
            )
            for listing in self._catalogue.newest()
        )

    def kept_by(self, model_id: int) -> float:
        """Return the share of what a model earns itself that its royalties leave to its makers."""
        _, shares_bps = self._view("lineage", "royalties_of", model_id)
        return self._kept(shares_bps)

    def kept_by_child(self, parents: Iterable[Parent]) -> float:
        """Return that share for a child that would be born from these parents; 0 where none is."""
        if self._royalty_rule() == EDGE:
            return self._kept(tuple(parent.royalty_bps for parent in parents))
        ancestors: Ancestors = ()
        for parent in parents:
            above = zip(*self._view("lineage", "royalties_of", parent.model_id), strict=True)
            own = Ancestor(parent.model_id, parent.royalty_bps)
            line = (own, *(Ancestor(*each) for each in above))
            ancestors = join(ancestors, line, self._royalty_rule())
        return self._kept(tuple(share_bps for _, share_bps in ancestors))

    def _kept(self, shares_bps: tuple[int, ...]) -> float:
        if self._royalty_rule() == EDGE:
            return 1 - sum(shares_bps) / BPS
        return max(0, WAD - sum(royalties(WAD, shares_bps, self._royalty_rule()))) / WAD

    def has_record(self, listing: Listing) -> bool:
        """Return whether the ledger says how a version was trained."""
        training = self._view("dataset_registry", "training_of", listing.model_id, listing.version)
        return bool(training.recorded_at)

    def is_on_record(self, listing: Listing) -> bool:
        """Return whether a version, and all that it came from, can be traced to their data."""
        if not self._records:
            return False
        _, is_whole = self._view("dataset_registry", "data_of", listing.model_id, listing.version)
        return bool(is_whole)

    def may_be_on_record(self, listing: Listing) -> bool:
        """Return whether all that a version came from can be traced to its data."""
        steps, complete = self._view(
            "dataset_registry", "trace_of", listing.model_id, listing.version
        )
        return bool(complete and all(any(step.log_hash) for step in steps[1:]))

    def _royalty_rule(self) -> int:
        return int(self._view("lineage", "royalty_rule"))

    def pending_children(self, owner: Address) -> list[int]:
        """Return the models that wait for an owner's approval."""
        return [
            listing.model_id
            for listing in self._catalogue.newest()
            if any(
                self._view("model_registry", "owner_of", parent_id) == owner
                for parent_id in self._view("lineage", "awaiting_of", listing.model_id)
            )
        ]

    def _terms(self, listing: Listing) -> Any:
        return self._view("licences", "terms_of", self.licence_of(listing))
