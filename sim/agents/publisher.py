"""
What creators and fine-tuners share: to put a model on the market, prove its circuit, and collect
what it earns.
"""

import math
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from protocol.circuits import INPUT_COMMITTED, INPUT_OPENED, Circuit
from protocol.credits import CreditOffer
from protocol.model_registry_terms import Registration
from protocol.money import BPS, WAD
from protocol.pricing import MAXIMUM_HOST_FEE_BPS, Tariff
from protocol.subscriptions import SubscriptionOffer
from protocol.types import Call, Receipt
from sim.accounts import Account
from sim.agents.bargain import MNFT
from sim.agents.base import Actions, MarketAgent
from sim.agents.describing import describe
from sim.agents.exchange import REVENUES, WHOLE
from sim.agents.key_keeping import KeyKeeper
from sim.agents.provenance import data_shares, worth_of_a_record
from sim.catalogue import Listing
from sim.streams import stream
from sim.workload.models import Network
from sim.workload.publishing import Published
from sim.workload.store import Cid
from sim.workload.tasks import GREY_LEVELS, PIXELS
from sim.workload.training import StoredLog, TrainingLog

if TYPE_CHECKING:
    from sim.market import Market

COLLECT_EVERY = 7
"""Ticks between two collections: gas is not worth paying for every payment."""
_REVIEWS_BACK = 2
"""Reviews of the capacity that the epochs reach back which show what is usual."""
_CLASSES = 10


@dataclass
class Offer:
    """
    A model that an agent owns: its price per call at level one, and how the last change of it
    did.

    The price is in 10^18ths of a whole of the currency.
    `capacity` is what a moving price level measures demand against, in calls per epoch; `host_fee`
    the share (bps) of a payment for the host.
    """

    listing: Listing
    price: int
    is_dynamic: bool
    capacity: int
    host_fee: int
    currency: str = MNFT
    direction: int = 1
    paid_at_change: int = 0
    changed_at: int = 0
    revenue_before: float = -1.0
    planned_at: int = 0
    has_circuit: bool = False


def steady_target(used: Sequence[int], step: float) -> float:
    """
    Return the target use per epoch at which these epochs would have left a price level unmoved.

    Solves sum of ln(1 + step * clamp((used - target) / target, -1, 1)) = 0 by bisection; the sum
    falls as the target rises. Below the mean use where use is uneven, as a step up is cut off at
    twice the target.
    """

    def drift(target: float) -> float:
        return sum(math.log1p(step * min(1.0, (calls - target) / target)) for calls in used)

    low, high = 0.0, float(max(used, default=0))
    for _ in range(40):
        middle = (low + high) / 2
        if middle == 0:
            break
        low, high = (middle, high) if drift(middle) > 0 else (low, middle)
    return high


class Publisher(MarketAgent):
    """An owner of models."""

    seals: ClassVar[bool] = True
    """Whether it seals what it publishes where weights are sealed."""

    def __init__(self, market: "Market", account: Account) -> None:
        super().__init__(market, account)
        self.offers: list[Offer] = []
        self.costs = 0
        self.logs: dict[Cid, StoredLog] = {}
        self.keeper = KeyKeeper(market, self)
        self.draws = stream(market.seed, f"{self.name}/decisions")
        self._bids = stream(market.seed, f"{self.name}/bids")

    def publish(
        self, network: Network, domain: int, log: TrainingLog, base: Cid | None = None
    ) -> Published:
        """Store a network in its integer-exact form, and with it how it was trained."""
        key = self.keeper.new_key()
        published = self.market.workshop.publish(network, domain, base, key)
        self.keeper.keep(published, key)
        return self.document(published, log)

    def document(self, published: Published, log: TrainingLog) -> Published:
        """Store how a published model was trained, and return the model."""
        self.logs[published.cid] = log.store(self.market.workshop.store)
        return published

    def registration(self, published: Published, licence_id: int) -> Registration:
        """
        Return what the registry records of a published file, whose description is stored; a share
        in the registry's own name is the owner's.
        """
        creators = self.market.scenario.population.creators
        registry = self.market.world.addresses["model_registry"]
        helped = self.market.badging.shares(self.name)
        own = BPS - creators.owner_share - sum(helped.values())
        shares = {self.address: own, registry: creators.owner_share, **helped}
        shares = {account: share for account, share in shares.items() if share}
        log = self.logs[published.cid]
        return Registration(
            metadata_uri=describe(self.market, published, log, licence_id, shares),
            weights_hash=published.weights_hash,
            storage_uri=f"ipfs://{published.stored.cid}",
            architecture=published.architecture,
            parameter_count=published.parameter_count,
            licence_id=licence_id,
            resale_royalty_bps=creators.resale_royalty,
            contributors=tuple(shares),
            shares_bps=tuple(shares.values()),
        )

    def host_fee(self, wanted: int) -> int:
        """Return the share (bps) for hosts where an owner wants one: no less than the rules'."""
        return max(wanted, self.market.parameter("minimumHostFeeBps"))

    def least_price(self, host_fee: int | None = None, currency: str = MNFT) -> int:
        """
        Return the lowest price of a call at which hosts still serve: compute cost over their share,
        the scenario's unless another is given.

        A model below it sells nothing, so no owner asks for less (participation constraint). In
        the stable token, which is outside money, it stands still.
        """
        people = self.market.scenario.population
        share = self.host_fee(people.creators.host_fee) if host_fee is None else host_fee
        if share == 0:
            return 1
        cost = people.hosts.compute_cost
        if currency == MNFT:
            cost = self.market.shocks.in_tokens(cost, self.market.tick)
        least = cost * BPS // share
        # Tokens' prices are rounded down: a part in a million more, and hosts stay.
        return least + least // 10**6 + 1

    def largest_discount(self, offer: Offer) -> int:
        """Return the share (bps) of a model's price that can come off while hosts still serve."""
        price = self.market.shelf.price_of(offer.listing.model_id)
        return BPS - -(-self.least_price(offer.host_fee) * BPS // price)

    def tariff(
        self,
        price: int,
        is_dynamic: bool,
        capacity: int,
        host_fee: int,
        currency: str = MNFT,
    ) -> Tariff:
        """
        Return a tariff whose typical call costs the price: half per call, a quarter each for input
        and output tokens. A moving level keeps above what hosts ask for.
        """
        creators, workload = self.market.scenario.population.creators, self.market.scenario.workload
        least = self.least_price(host_fee, currency) * WAD // price
        price = price * WHOLE[currency] // WAD
        floor = min(WAD, max(int(creators.price_floor * WAD), least))
        return Tariff(
            dynamic=is_dynamic,
            per_call=price // 2,
            per_input_token=price // 4 // workload.input_tokens,
            per_output_token=price // 4 // workload.output_tokens,
            per_megapixel=0,
            per_step=0,
            floor_level=floor if is_dynamic else WAD,
            cap_level=int(creators.price_cap * WAD) if is_dynamic else WAD,
            capacity=capacity,
            host_fee_bps=host_fee,
            data_pool_bps=creators.data_pool,
        )

    def offer(
        self,
        model_id: int,
        version: int,
        published: Published,
        domains: Sequence[int],
        price: int,
        is_dynamic: bool,
        currency: str = MNFT,
    ) -> Generator[Call, Receipt, Offer]:
        """
        Price a registered model, name who provided its data, and put it in the catalogue.

        The first domain is the one that it is for; the data of all of them are in its weights.
        Providers share the data pool by `data_shares`.
        """
        creators = self.market.scenario.population.creators
        yield from self.keeper.commit(model_id, version, published)
        capacity, host_fee = creators.capacity, self.host_fee(creators.host_fee)
        if currency != MNFT:
            token = self.market.currencies.address(currency)
            yield self.call("pricing", "set_currency", model_id, token)
        tariff = self.tariff(price, is_dynamic, capacity, host_fee, currency)
        yield self.call("pricing", "set_tariff", model_id, tariff)
        providers = tuple(self.market.providers[domain].address for domain in domains)
        operations = self.logs[published.cid].operations
        shared = data_shares(self.market, model_id, version, operations, providers)
        yield self.call(REVENUES[currency], "set_data_providers", model_id, *shared)
        yield from self._sell_ahead(model_id, price, host_fee)
        listing = self._list(model_id, version, published, domains[0])
        now = self.market.tick
        offer = Offer(
            *(listing, price, is_dynamic, capacity, host_fee, currency),
            changed_at=now,
            planned_at=now,
        )
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
            self.logs[published.cid],
        )
        self.market.shelf.add(listing)
        return listing

    def pay_storage(self) -> Actions:
        """Have the weights of the own models stored, where that costs something and pays."""
        yield from self.market.storing.keep(self)

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

    def record_training(self) -> Actions:
        """
        Put on record how versions were trained, always or where it earns more than it costs.

        Decided anew each tick, for a parent that is on record makes its children's records worth
        something. A mean of weights was trained on no data of its own: its record says so, and its
        trace goes on through all its parents.
        """
        creators = self.market.scenario.population.creators
        if creators.record_training == "never":
            return
        for offer in self.offers:
            listing = offer.listing
            log, own = listing.log, self.market.providers[listing.log.domain].dataset_id
            if self.market.shelf.has_record(listing) or not (log.operations or log.is_mean):
                continue
            if creators.record_training == "when_it_pays":
                worth = worth_of_a_record(self.market, listing)
                if worth <= creators.record_cost:
                    continue
            record = (listing.model_id, listing.version, (own,) if log.operations else ())
            done = (log.log_hash, log.operations)
            receipt = yield self.call("dataset_registry", "record_training", *record, *done)
            if receipt.ok:
                self.costs += creators.record_cost

    def review_prices(self) -> Actions:
        """
        Now and then move a price, on in the same direction while revenue per tick rises, back
        where it fell; never below what hosts ask for.

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
            paid = self.market.tally.paid_by_model[offer.listing.model_id]
            ticks = max(1, self.market.tick - offer.changed_at)
            revenue = (paid - offer.paid_at_change) / ticks
            if offer.revenue_before < 0:
                offer.direction = 1 if first < creators.price_rise else -1
            elif revenue < offer.revenue_before:
                offer.direction = -offer.direction
            step = int(creators.price_change * offer.direction * BPS)
            offer.host_fee = self.host_fee(offer.host_fee)
            least = self.least_price(offer.host_fee, offer.currency)
            offer.price = max(least, offer.price * (BPS + step) // BPS)
            offer.revenue_before = revenue
            offer.paid_at_change, offer.changed_at = paid, self.market.tick
            yield self._set_tariff(offer)
            yield from self._sell_ahead(offer.listing.model_id, offer.price, offer.host_fee)

    def _sell_ahead(self, model_id: int, price: int, host_fee: int) -> Actions:
        """Offer what the scenario says, for less than the price, not below what hosts ask for."""
        creators = self.market.scenario.population.creators
        subscription, sold = creators.subscription, creators.credits
        if subscription.calls and self._sells_passes():
            call_price = self._reduced(price, subscription.discount, host_fee)
            terms = SubscriptionOffer(call_price, subscription.calls, subscription.period)
            yield self.call("subscriptions", "set_offer", model_id, terms)
        if sold.valid:
            call_price = self._reduced(price, sold.discount, host_fee)
            credit = CreditOffer(call_price, sold.valid, 0, sold.kept == "by anyone")
            yield self.call("credits", "set_offer", model_id, credit)

    def _sells_passes(self) -> bool:
        return True

    def _reduced(self, price: int, discount: int, host_fee: int) -> int:
        return max(price * (BPS - discount) // BPS, min(price, self.least_price(host_fee)))

    def let_hosts_bid(self) -> Actions:
        """
        Now and then leave hosts the least share at which as many of them serve as are wanted.

        A procurement at one price: the dearest host that is wanted is paid what it asks, and dearer
        ones serve no more (Vickrey 1961; hosts with spare room undercut each other down to cost).
        """
        market, creators = self.market, self.market.scenario.population.creators
        if not creators.host_bids:
            return
        asks = sorted(host.ask for host in market.hosts if host.is_active())
        for offer in self.offers:
            if not asks or self._bids.random() >= market.per_day(creators.host_bids):
                continue
            ask = asks[min(creators.hosts_wanted, len(asks)) - 1]
            price = min(offer.price, market.shelf.price_of(offer.listing.model_id))
            share = self.host_fee(min(MAXIMUM_HOST_FEE_BPS, -(-ask * BPS // price)))
            if share != offer.host_fee:
                offer.host_fee = share
                yield self._set_tariff(offer)

    def _set_tariff(self, offer: Offer) -> Call:
        terms = (offer.price, offer.is_dynamic, offer.capacity, offer.host_fee, offer.currency)
        tariff = self.tariff(*terms)
        return self.call("pricing", "set_tariff", offer.listing.model_id, tariff)

    def plan_capacity(self) -> Actions:
        """
        Now and then set the capacity of moving prices to what recent epochs show is usual demand.

        The level aims at half of the capacity: it rises with more than usual demand and falls with
        less. Twice the usual also serves peaks: measured peak over mean is 1.1 to 2.2 (calibration
        3). A change below a quarter is not worth a transaction.
        """
        market = self.market
        review = market.scenario.population.creators.capacity_review
        epochs = _REVIEWS_BACK * review // market.scenario.protocol.epoch
        step = market.parameter("priceStepBps") / BPS
        for offer in self.offers:
            seconds = (market.tick - offer.planned_at) * market.scenario.tick
            if not offer.is_dynamic or seconds < review:
                continue
            used = market.shelf.recent_use(offer.listing.model_id, epochs)
            wanted = max(2, round(2 * steady_target(used, step)))
            offer.planned_at = market.tick
            if abs(wanted - offer.capacity) * 4 > offer.capacity:
                offer.capacity = wanted
                offer.host_fee = self.host_fee(offer.host_fee)
                yield self._set_tariff(offer)

    def release_keys(self) -> Actions:
        """Answer who asked for keys of sealed weights: a fee is income without cost."""
        yield from self.keeper.release()

    def approve_forks(self) -> Actions:
        """Approve the forks that wait for this owner: a royalty is income without cost."""
        for child_id in self.market.shelf.pending_children(self.address):
            yield self.call("lineage", "approve_child", child_id)

    def collect(self) -> Actions:
        """Distribute what the own models accrued, and withdraw what is owed."""
        if self.market.tick % COLLECT_EVERY and not self.market.is_last_tick:
            return
        for offer in self.offers:
            yield from self.keeper.close(offer.listing.model_id)
            for contract, token_id in self.market.prepaying.lapsed(offer.listing.model_id):
                yield self.call(contract, "lapse", token_id)
            yield from self.market.currencies.distribute(self, offer.listing.model_id)
        yield from self.market.currencies.collect(self)
        yield from self.market.unbundling.collect(self)
