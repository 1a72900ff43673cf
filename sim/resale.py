"""How models change owners: who asks how much for them, who pays which royalty, what was sold."""

from collections.abc import Generator
from typing import TYPE_CHECKING, NamedTuple

from protocol.marketplace import ModelSold
from protocol.money import BPS, WAD
from protocol.types import Call, Receipt
from sim.accounts import account
from sim.agents.base import Actions
from sim.agents.collector import Collector
from sim.agents.disposition import Disposition, Sale
from sim.agents.publisher import Offer, Publisher
from sim.agents.user import tokens
from sim.agents.valuation import Ask, best_ask, lognormal_quantiles, worth
from sim.wrapping import Wrapping

if TYPE_CHECKING:
    from sim.market import Market


class _Asked(NamedTuple):
    """What an owner asks for a model now."""

    seller: Publisher
    price: int
    expires_at: int


class Resale:
    """
    The market for models themselves; without collectors nothing ever happens in it.

    What a model earns its owner is the owner's share, so that is what it is worth.
    """

    def __init__(self, market: "Market") -> None:
        self._market = market
        people = market.scenario.population
        self._traits = people.collectors
        self._owner_share = people.creators.owner_share / BPS
        self.collectors = [
            Collector(market, account(market.seed, f"collector-{n + 1}"))
            for n in range(people.collectors.count)
        ]
        self.wrapping = Wrapping(market)
        self.sales: list[Sale] = []
        self._asked: dict[int, _Asked] = {}
        self._dispositions: dict[str, Disposition] = {}
        self._rates = lognormal_quantiles(self._traits.discount, self._traits.discount_sigma)

    def step(self) -> None:
        """Let owners review what they ask, and collectors look around."""
        if not self.collectors:
            return
        self.wrapping.tick.clear()
        owners = self._market.owners()
        for owner in owners:
            self.disposition_of(owner).pass_tick()
        for owner in owners:
            self._market.perform(owner, self._review(owner))
        self._market.everyone(self.collectors, "shop")

    def on_sale(self, visitor: Publisher) -> list[tuple[int, int]]:
        """Return the models that others offer, and their prices."""
        return [
            (model_id, asked.price)
            for model_id, asked in self._asked.items()
            if asked.seller is not visitor
            and self._market.now <= asked.expires_at
            and not self.wrapping.is_shunned(asked.seller, model_id)
        ]

    def disposition_of(self, owner: Publisher) -> Disposition:
        """Return how an owner is disposed."""
        if owner.name not in self._dispositions:
            self._dispositions[owner.name] = Disposition(self._market, owner.name)
        return self._dispositions[owner.name]

    def worth_to(self, owner: Publisher, model_id: int) -> int:
        """Return what a model's income is worth to an owner, in base units."""
        income = _base_units(self._worth(model_id, self.disposition_of(owner).rate))
        return income + self.wrapping.cash(model_id)

    def buy(self, buyer: Publisher, model_id: int, price: int) -> Actions:
        """Buy a model, or the shell in whose account it is."""
        wrapped = self.wrapping.inside.get(model_id)
        receipt = yield self.wrapping.purchase(buyer, model_id, price)
        sale = next((event for _, event in receipt.events if isinstance(event, ModelSold)), None)
        if wrapped is not None:
            self.wrapping.bought(wrapped, buyer, price, sale)
        if sale is not None:
            self._sold(buyer, model_id, sale)
        elif wrapped is not None:
            self._asked.pop(model_id)

    def _sold(self, buyer: Publisher, model_id: int, sale: ModelSold) -> None:
        """Hand a model over: its new owner prices it and plans its capacity from now on."""
        seller = self._asked.pop(model_id).seller
        if model_id == sale.model_id:
            offer = next(each for each in seller.offers if each.listing.model_id == model_id)
            seller.offers.remove(offer)
            buyer.offers.append(offer)
        amounts = (sale.price, sale.protocol_fee, sale.royalty, sale.royalty_due)
        names = (seller.name, buyer.name)
        self.sales.append(Sale(self._market.tick, model_id, *names, *amounts))

    def _review(self, owner: Publisher) -> Actions:
        if self._market.view("marketplace", "owed_to", owner.address):
            yield owner.call("marketplace", "withdraw", owner.address)
        yield from self.wrapping.collect(owner)
        for offer in (*owner.offers, *(each.offer for each in self.wrapping.of(owner))):
            if self.disposition_of(owner).reviews():
                yield from self._ask(owner, offer)

    def _ask(self, owner: Publisher, offer: Offer) -> Actions:
        """
        Ask the price that promises most; where none promises anything, keep the model.

        The offer ends some time after its last review: what a model earns changes, and an old
        price is a gift to whoever sees that first.
        """
        market, model_id = self._market, offer.listing.model_id
        disposition = self.disposition_of(owner)
        least = market.parameter("resaleRoyaltyShareBps")
        share = disposition.royalty_share(least, self.sales)
        ask = self._best(owner, model_id, self._kept(owner, offer, share))
        if self.wrapping.may_wrap(owner, offer):
            ask = yield from self._wrap_where_it_pays(owner, offer, ask)
        wrapped = self.wrapping.inside.get(model_id)
        token_id = wrapped.shell_id if wrapped is not None else model_id
        share = BPS if wrapped is not None else share
        price = _base_units(ask.price)
        if ask.gain <= 0 or price == 0:
            if self._asked.pop(model_id, None) is not None:
                yield owner.call("marketplace", "cancel", token_id)
            return
        marketplace = market.world.addresses["marketplace"]
        if market.view("model_registry", "get_approved", token_id) != marketplace:
            yield owner.call("model_registry", "approve", marketplace, token_id)
        until = market.now + self._traits.listing
        receipt = yield owner.call("marketplace", "list", token_id, price, share, until)
        if receipt.ok:
            self._asked[model_id] = _Asked(owner, price, until)

    def _best(self, owner: Publisher, model_id: int, kept: float) -> Ask:
        return best_ask(
            self._worth(model_id, self.disposition_of(owner).rate),
            kept,
            [self._worth(model_id, rate) for rate in self._rates],
            sum(collector is not owner for collector in self.collectors),
        )

    def _wrap_where_it_pays(
        self, owner: Publisher, offer: Offer, ask: Ask
    ) -> Generator[Call, Receipt, Ask]:
        """
        Put a model into an account where a sale inside promises more than the sale of the model,
        by more than that costs: what is saved is the royalty.
        """
        model_id = offer.listing.model_id
        inside = self._best(owner, model_id, 1 - self._market.parameter("protocolFeeBps") / BPS)
        if inside.gain - max(0.0, ask.gain) <= tokens(self._traits.wrapping_cost):
            return ask
        if self._asked.pop(model_id, None) is not None:
            yield owner.call("marketplace", "cancel", model_id)
        yield from self.wrapping.wrap(owner, offer)
        return inside

    def _worth(self, model_id: int, rate: float) -> float:
        """
        Return what a model is worth at a discount rate, in MNFT.

        Royalties of forks and of the next sale are left out, and so is what the terms are worth.
        """
        return worth(self.income_of(model_id), rate, self._traits.horizon)

    def income_of(self, model_id: int) -> float:
        """
        Return what a model earns its owner per day, in MNFT.

        The owner's share of what reaches the contributors: of payments per day over the last 30
        days, what fees, host, data pool and the parents' royalties leave.
        """
        market, people = self._market, self._market.scenario.population
        paid = tokens(market.tally.recent_revenue_of({model_id})) / market.tally.recent_days()
        fees = market.parameter("protocolFeeBps") + market.parameter("verificationPoolBps")
        kept = 1 - (fees + people.creators.host_fee + people.creators.data_pool) / BPS
        return self._owner_share * kept * (1 - self._upwards(model_id)) * paid

    def _kept(self, owner: Publisher, offer: Offer, share: int) -> float:
        """
        Return what a sale leaves its seller of a price.

        The protocol fee goes, and the royalty as far as it is paid; of that the maker gets back
        its part as a contributor, less what its parents take.
        """
        if offer.listing.model_id in self.wrapping.inside:
            return 1 - self._market.parameter("protocolFeeBps") / BPS
        royalty = self._market.scenario.population.creators.resale_royalty / BPS * share / BPS
        if offer.listing.owner == owner.name:
            upwards = self._upwards(offer.listing.model_id)
            royalty *= 1 - (1 - self._owner_share) * (1 - upwards)
        return 1 - self._market.parameter("protocolFeeBps") / BPS - royalty

    def _upwards(self, model_id: int) -> float:
        _, shares_bps = self._market.view("lineage", "royalties_of", model_id)
        return float(sum(shares_bps)) / BPS


def _base_units(amount: float) -> int:
    # In whole millionths of a token: what float arithmetic may differ in between machines is cut
    # off.
    return int(amount * 10**6) * (WAD // 10**6)
