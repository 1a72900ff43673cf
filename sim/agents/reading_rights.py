"""What a right to read sealed weights is worth to whoever might want it, and what to ask for it."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from protocol.lineage import Parent
from protocol.money import BPS
from sim.agents.expectations import TUNED_ACCURACY, expected_income, kept_share
from sim.agents.fork_rights import calls_lost
from sim.agents.publisher import Publisher
from sim.agents.user import tokens
from sim.agents.valuation import Ask, lognormal_quantiles
from sim.catalogue import Listing

if TYPE_CHECKING:
    from sim.market import Market

_UNDERCUT = 0.99
"""Of the cheapest other ask, what a seller asks who takes its buyers away."""


class _Reader(NamedTuple):
    """
    A kind of agent that would read the weights: how many there are, what the right may be worth to
    one (MNFT, alike likely values), and what the seller loses by its model.
    """

    number: int
    values: tuple[float, ...]
    lost: float


def ask_for_weights(
    market: "Market", listing: Listing, seller: Publisher, resold_for: float, rival: float | None
) -> tuple[Ask, float]:
    """
    Return the price of one weights right that promises its seller most, and what the seller loses
    by the next reader's model, in MNFT.

    A reader is a fine-tuner or a copier, the seller cannot know which. A reader pays R / h - c + s:
    what its model earns over its hurdle, less the cost of making it, and `resold_for`, what resale
    will bring it (indirect appropriability: Liebowitz 1985). So an ask p promises
    sum of n_i q_i(p) (k p - l_i) / sum of n_i, and nothing from the price of a `rival` on.
    Source: Riley and Zeckhauser 1983; of used units beside new ones Benjamin and Kormendi 1974.
    """
    readers = [each for each in _readers(market, listing, seller) if each.number]
    total = sum(each.number for each in readers)
    if not total:
        return Ask(0.0, 0.0), 0.0
    lost = sum(each.number * each.lost for each in readers) / total
    kept = 1 - market.parameter("protocolFeeBps") / BPS
    prices = sorted({value + resold_for for each in readers for value in each.values})
    if rival is not None:
        prices = [price for price in prices if price < rival] + [_UNDERCUT * rival]
    asks = []
    for price in prices:
        gain = 0.0
        for each in readers:
            paying = sum(value + resold_for >= price for value in each.values) / len(each.values)
            gain += each.number * paying * (kept * price - each.lost)
        asks.append(Ask(price, gain / total))
    return max(asks, key=lambda ask: ask.gain), lost


def _readers(market: "Market", listing: Listing, seller: Publisher) -> Iterator[_Reader]:
    """Return who may still want the weights: who has room for a fork, and the first to copy."""
    people = market.scenario.population
    tuners = [
        each
        for each in market.fine_tuners
        if len(each.offers) < people.fine_tuners.forks_each
        and each is not seller
        and each.name != listing.owner
    ]
    price, royalty = market.shelf.price_of(listing.model_id), market.shelf.minimum_royalty(listing)
    host_fee = seller.host_fee(people.creators.host_fee)
    domains = range(len(market.workshop.domains))
    incomes = [
        expected_income(market, TUNED_ACCURACY, domain, price, host_fee) for domain in domains
    ]
    best = max(domains, key=incomes.__getitem__)
    revenue = tokens(int(incomes[best]))
    kept = market.shelf.kept_by_child((Parent(listing.model_id, listing.version, royalty),))
    costs = lognormal_quantiles(
        tokens(people.fine_tuners.fork_cost), people.fine_tuners.fork_cost_sigma
    )
    hurdle = max(people.fine_tuners.hurdle, 1.0)
    lost = _lost(market, seller, best, TUNED_ACCURACY, tokens(price))
    if seller.name == listing.owner:
        lost -= revenue * royalty / BPS
    yield _Reader(len(tuners), tuple(revenue * kept / hurdle - cost for cost in costs), lost)

    copiers, copied = (
        people.copiers,
        {each.model_id for other in market.copiers for each in other.originals.values()},
    )
    if listing.model_id in copied | set(market.copies()) or not copiers.count:
        return
    asked = max(seller.least_price(), int(price * (1 - copiers.undercut)))
    accuracy = [float(listing.accuracy[domain]) for domain in domains]
    copy = sum(
        expected_income(market, each, domain, asked, host_fee)
        for domain, each in enumerate(accuracy)
    )
    lost = sum(
        _lost(market, seller, domain, each, tokens(asked)) for domain, each in enumerate(accuracy)
    )
    value = tokens(int(copy)) / max(copiers.hurdle, 1.0) - tokens(copiers.copy_cost)
    yield _Reader(1, (value,), lost)


def _lost(market: "Market", seller: Publisher, domain: int, accuracy: float, price: float) -> float:
    """Return what another model on a domain takes from a seller's own models, MNFT."""
    return sum(
        calls_lost(market, offer.listing, domain, accuracy, price)
        * kept_share(market, offer.host_fee)
        * tokens(market.shelf.price_of(offer.listing.model_id))
        * market.shelf.kept_by(offer.listing.model_id)
        for offer in seller.offers
    )
