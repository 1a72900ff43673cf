"""
Where published weights are kept: a pinner is paid for bytes and time, and what is not paid for
is served no longer.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from protocol.money import MAX_UINT256
from protocol.parameters import DAY
from protocol.types import Address
from sim.accounts import account
from sim.agents.base import Actions
from sim.agents.pinner import Pinner
from sim.catalogue import Listing
from sim.workload.store import Cid

if TYPE_CHECKING:
    from sim.agents.publisher import Publisher
    from sim.market import Market

MONTH = 30 * DAY
"""Seconds for which a file is paid at a time."""
_KIB = 1_024

PAID, LET_GO, SHORT = "paid for", "let go", "could not pay"


@dataclass
class Pinned:
    """
    A version's file at the pinner: what was paid for it so far, until when (Unix seconds), and
    what its model had earned when it was paid last.
    """

    listing: Listing
    owner: str
    paid: int
    first_tick: int
    until: int
    earned: int
    state: str = PAID


class Storing:
    """What is kept for money; where storage has no price everything is kept for nothing."""

    def __init__(self, market: "Market") -> None:
        self._market = market
        self._price = market.scenario.workload.storage_price
        self.pinner = Pinner(market, account(market.seed, "pinner"))
        self.pinned: dict[tuple[int, int], Pinned] = {}
        self._running: dict[int, int] = {}
        self._approved: set[Address] = set()
        self._fetched: set[tuple[Address, Cid]] = set()
        self.paid_in_tick = 0

    @property
    def is_priced(self) -> bool:
        """Whether storage costs anything."""
        return self._price > 0

    def begin_tick(self) -> None:
        """Start a tick's counts at zero."""
        self.paid_in_tick = 0

    def cost(self, size_bytes: int, seconds: int) -> int:
        """Return what it costs to keep so many bytes for a time, rounded up."""
        return -(-self._price * size_bytes * seconds // (_KIB * MONTH))

    def expected_cost(self, size_bytes: int) -> int:
        """Return what a new model's file will cost over the time in which its income is counted."""
        return self.cost(size_bytes, self._market.scenario.population.fine_tuners.horizon)

    def is_paid(self, listing: Listing) -> bool:
        """Return whether a version's file is paid for now."""
        held = self.pinned.get((listing.model_id, listing.version))
        return not self.is_priced or (held is not None and self._market.now < held.until)

    def can_read(self, listing: Listing, reader: Address | None = None) -> bool:
        """
        Return whether somebody, or anybody, can have a version's weights: from the pinner, or
        fetched before. A delta takes its parent's weights too.
        """
        published = listing.published
        if not self.is_priced or (reader, published.cid) in self._fetched:
            return True
        if not self.is_paid(listing):
            return False
        if published.stored.form != "delta":
            return True
        parent = self._market.catalogue.made_of(listing.log.parents[0])
        return parent is not None and self.can_read(parent, reader)

    def fetched(self, listing: Listing, reader: Address) -> None:
        """Note that a host has a version's weights from now on."""
        self._fetched.add((reader, listing.published.cid))

    def bytes_paid(self) -> int:
        """Return the bytes of all files that are paid for now."""
        return sum(
            each.listing.published.stored.size_bytes
            for each in self.pinned.values()
            if self.is_paid(each.listing)
        )

    def due(self) -> list[int]:
        """Return the streams that the pinner should withdraw from now; ended ones are forgotten."""
        market = self._market
        ended = [number for number, until in self._running.items() if until <= market.now]
        due = list(self._running) if market.is_last_tick else ended
        for number in ended:
            del self._running[number]
        return due

    def keep(self, owner: "Publisher") -> Actions:
        """
        Have an owner pay for its models' newest files by the month, in a stream to the pinner.

        Whoever publishes pays the first month. Another one is paid where the last brought the
        model at least what it costs; else the file is let go for good.
        """
        if not self.is_priced:
            return
        wrapped = (each.offer for each in self._market.resale.wrapping.of(owner))
        for offer in (*owner.offers, *wrapped):
            yield from self._keep(owner, offer.listing)

    def _keep(self, owner: "Publisher", listing: Listing) -> Actions:
        market, view = self._market, self._market.view
        held = self.pinned.get((listing.model_id, listing.version))
        if self.is_paid(listing) or (held is not None and held.state == LET_GO):
            return
        cost = self.cost(listing.published.stored.size_bytes, MONTH)
        earned = int(view("revenue", "earned_by", listing.model_id))
        if held is None:
            now = (market.tick, market.now, earned)
            held = self.pinned[listing.model_id, listing.version] = Pinned(
                listing, owner.name, 0, *now
            )
        elif held.state == PAID and cost > market.shelf.kept_by(listing.model_id) * (
            earned - held.earned
        ):
            held.state = LET_GO
            return
        if view("settlement_token", "balance_of", owner.address) < cost:
            held.state = SHORT
            return
        yield from self._pay(owner, held, cost, earned)

    def _pay(self, owner: "Publisher", held: Pinned, cost: int, earned: int) -> Actions:
        market = self._market
        start, stop = market.now, market.now + MONTH
        if owner.address not in self._approved:
            streams = market.world.addresses["streams"]
            yield owner.call("settlement_token", "approve", streams, MAX_UINT256)
            self._approved.add(owner.address)
        terms = (self.pinner.address, cost, start, start, stop, False)
        receipt = yield owner.call("streams", "create", *terms)
        if receipt.ok:
            self._running[receipt.value] = stop
            self.paid_in_tick += cost
            held.owner, held.state = owner.name, PAID
            held.paid, held.until, held.earned = held.paid + cost, stop, earned
