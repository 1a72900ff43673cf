"""What a right to fork a model is worth, to those who would and to the model's owner."""

import math
from typing import TYPE_CHECKING

from protocol.lineage import Parent
from protocol.money import BPS
from sim.agents.expectations import (
    TUNED_ACCURACY,
    expected_income,
    kept_share,
    reached_calls,
    utility,
    weight_of,
)
from sim.agents.publisher import Offer
from sim.agents.user import tokens
from sim.agents.valuation import Ask, best_ask, lognormal_quantiles
from sim.catalogue import Listing

if TYPE_CHECKING:
    from sim.market import Market


def ask_for_a_fork(market: "Market", offer: Offer) -> tuple[Ask, float]:
    """
    Return the price of one right to fork a model that promises its owner most, and what the owner
    loses by a fork, in MNFT.

    A fine-tuner pays up to R / h - c: what it keeps of the fork's revenue over its hurdle, less its
    cost, of which the owner knows the distribution. To the owner the fork is worth its royalty,
    less what it takes from the owner's own calls.
    Source: a take-it-or-leave-it price for one buyer (Riley and Zeckhauser 1983), the fixed part of
    a licence fee beside a royalty (Kamien and Tauman 1986, Quarterly Journal of Economics 101).
    """
    listing, tuners = offer.listing, market.scenario.population.fine_tuners
    price, royalty = market.shelf.price_of(listing.model_id), market.shelf.minimum_royalty(listing)
    kept = market.shelf.kept_by_child((Parent(listing.model_id, listing.version, royalty),))
    domains = range(len(market.workshop.domains))
    incomes = [
        expected_income(market, TUNED_ACCURACY, domain, price, offer.host_fee) for domain in domains
    ]
    domain = max(domains, key=incomes.__getitem__)
    revenue = tokens(int(incomes[domain]))
    lost = calls_lost(market, listing, domain, TUNED_ACCURACY, tokens(price))
    lost = lost * kept_share(market, offer.host_fee) * tokens(price)
    costs = lognormal_quantiles(tokens(tuners.fork_cost), tuners.fork_cost_sigma)
    values = [revenue * kept / max(tuners.hurdle, 1.0) - cost for cost in costs]
    fee = market.parameter("protocolFeeBps") / BPS
    own = lost - revenue * royalty / BPS
    return best_ask(own, 1 - fee, values, 1), own


def calls_lost(
    market: "Market", listing: Listing, domain: int, accuracy: float, price: float
) -> float:
    """Return the calls that a new model on a domain takes from another, by the users' logit."""
    own = weight_of(market, listing, domain)
    child = math.exp(utility(market, accuracy, price, on_record=False))
    rest = 1 + sum(weight_of(market, each, domain) for each in market.catalogue.newest())
    return (own / rest - own / (rest + child)) * reached_calls(market, domain)
