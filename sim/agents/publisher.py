"""
What creators and fine-tuners share: to put a model on the market, prove its circuit, and collect
what it earns.
"""

from collections.abc import Generator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from protocol.circuits import INPUT_COMMITTED, INPUT_OPENED, Circuit
from protocol.model_registry import Registration
from protocol.money import BPS, WAD
from protocol.pricing import Tariff
from protocol.types import Call, Receipt
from sim.accounts import Account
from sim.agents.base import Actions, MarketAgent
from sim.catalogue import Listing
from sim.streams import stream
from sim.workload.publishing import Published
from sim.workload.tasks import GREY_LEVELS, PIXELS

if TYPE_CHECKING:
    from sim.market import Market

COLLECT_EVERY = 7
"""Ticks between two collections: gas is not worth paying for every payment."""
_CLASSES = 10


@dataclass
class Offer:
    """
    A model that an agent owns: its price per call at level one, and how the last change of it
    did.
    """

    listing: Listing
    price: int
    is_dynamic: bool
    direction: int = 1
    calls_at_change: int = 0
    changed_at: int = 0
    revenue_before: float = -1.0
    has_circuit: bool = False


class Publisher(MarketAgent):
    """An owner of models."""

    def __init__(self, market: "Market", account: Account) -> None:
        super().__init__(market, account)
        self.offers: list[Offer] = []
        self.costs = 0
        self.draws = stream(market.seed, f"{self.name}/decisions")

    def registration(self, published: Published, licence_id: int) -> Registration:
        """Return what the registry records of a published file."""
        creators = self.market.scenario.population.creators
        return Registration(
            metadata_uri=f"ipfs://{published.cid}/metadata.json",
            weights_hash=published.weights_hash,
            storage_uri=f"ipfs://{published.cid}",
            architecture=published.architecture,
            parameter_count=published.parameter_count,
            licence_id=licence_id,
            resale_royalty_bps=creators.resale_royalty,
            contributors=(self.address,),
            shares_bps=(BPS,),
        )

    def tariff(self, price: int, is_dynamic: bool) -> Tariff:
        """
        Return a tariff whose typical call costs the price: half per call, a quarter each for input
        and output tokens.
        """
        creators, workload = self.market.scenario.population.creators, self.market.scenario.workload
        return Tariff(
            dynamic=is_dynamic,
            per_call=price // 2,
            per_input_token=price // 4 // workload.input_tokens,
            per_output_token=price // 4 // workload.output_tokens,
            per_megapixel=0,
            per_step=0,
            floor_level=int(creators.price_floor * WAD) if is_dynamic else WAD,
            cap_level=int(creators.price_cap * WAD) if is_dynamic else WAD,
            capacity=creators.capacity,
            host_fee_bps=creators.host_fee,
            data_pool_bps=creators.data_pool,
        )

    def offer(
        self,
        model_id: int,
        version: int,
        published: Published,
        domain: int,
        price: int,
        is_dynamic: bool,
    ) -> Generator[Call, Receipt, Offer]:
        """Price a registered model, name who provided its data, and put it in the catalogue."""
        yield self.call("pricing", "set_tariff", model_id, self.tariff(price, is_dynamic))
        provider = self.market.providers[domain].address
        yield self.call("revenue", "set_data_providers", model_id, (provider,), (BPS,))
        listing = self._list(model_id, version, published, domain)
        offer = Offer(listing, price, is_dynamic, changed_at=self.market.tick)
        self.offers.append(offer)
        return offer

    def _list(self, model_id: int, version: int, published: Published, domain: int) -> Listing:
        workshop = self.market.workshop
        listing = Listing(
            model_id,
            version,
            self.name,
            domain,
            published,
            workshop.accuracy(published),
            workshop.prepare(published),
        )
        self.market.catalogue.add(listing)
        self.market.published(listing)
        return listing

    def register_circuits(self) -> Actions:
        """
        Register the circuits of versions published before this tick, whose keys a worker has made
        meanwhile.
        """
        for offer in self.offers:
            if offer.has_circuit:
                continue
            keys = offer.listing.keys.result()
            is_opened = keys.settings.input_visibility == "opened"
            circuit = Circuit(
                key_digest=keys.key_digest,
                settings_hash=keys.settings_hash,
                weight_point_x=keys.weight_point[:32],
                weight_point_y=keys.weight_point[32:],
                input_mode=INPUT_OPENED if is_opened else INPUT_COMMITTED,
                input_length=PIXELS,
                output_length=_CLASSES,
                input_bound=GREY_LEVELS,
                logrows=keys.logrows,
                srs_id=keys.srs_id,
            )
            listing = offer.listing
            yield self.call(
                "verification", "register_circuit", listing.model_id, listing.version, circuit
            )
            offer.has_circuit = True

    def review_prices(self) -> Actions:
        """
        Now and then move a price, on in the same direction while revenue per tick rises, back
        where it fell.

        How often and how far: calibration 9 (0.8 % a day); the first move is a rise with the
        observed share of rises.
        Source: hill climbing on realised revenue, as firms that do not know their demand curve do
        (Kirman 1975).
        """
        creators = self.market.scenario.population.creators
        for offer in self.offers:
            draw, first = self.draws.random(2)
            if draw >= self.market.per_day(creators.price_review):
                continue
            calls = self.market.calls_of(offer.listing.model_id)
            ticks = max(1, self.market.tick - offer.changed_at)
            revenue = (calls - offer.calls_at_change) * offer.price / ticks
            if offer.revenue_before < 0:
                offer.direction = 1 if first < creators.price_rise else -1
            elif revenue < offer.revenue_before:
                offer.direction = -offer.direction
            step = int(creators.price_change * offer.direction * BPS)
            offer.price = max(1, offer.price * (BPS + step) // BPS)
            offer.revenue_before = revenue
            offer.calls_at_change, offer.changed_at = calls, self.market.tick
            tariff = self.tariff(offer.price, offer.is_dynamic)
            yield self.call("pricing", "set_tariff", offer.listing.model_id, tariff)

    def approve_forks(self) -> Actions:
        """Approve the forks that wait for this owner: a royalty is income without cost."""
        for child_id in self.market.pending_children(self.address):
            yield self.call("lineage", "approve_child", child_id)

    def collect(self) -> Actions:
        """Distribute what the own models accrued, and withdraw what is owed."""
        if self.market.tick % COLLECT_EVERY and not self.market.is_last_tick:
            return
        for offer in self.offers:
            if self.market.view("revenue", "accrued_of", offer.listing.model_id):
                yield self.call("revenue", "distribute", offer.listing.model_id)
        if self.market.view("revenue", "owed_to", self.address):
            yield self.call("revenue", "withdraw", self.address)
