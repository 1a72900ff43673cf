"""What an owner expects users to pay: the users' own logit, as a survey would show it."""

import math
from typing import TYPE_CHECKING

from protocol.money import BPS
from protocol.parameters import DAY
from sim.agents.user import tokens
from sim.catalogue import Listing

if TYPE_CHECKING:
    from sim.market import Market


TUNED_ACCURACY = 0.95
"""
What a fine-tuner expects of a child on its own domain before it has trained one: measured 0.93 to
0.98.
"""


def utility(market: "Market", accuracy: float, price: float, *, on_record: bool) -> float:
    """Return what a typical call (MNFT) is worth to users, over not calling at all."""
    users = market.scenario.population.users
    value = users.quality_coefficient * accuracy - users.price_coefficient * math.log(price)
    return value - users.outside_utility + users.traceability * on_record


def weight_of(market: "Market", listing: Listing, domain: int) -> float:
    """Return a listing's weight in the logit of a domain's users."""
    price = tokens(market.shelf.price_of(listing.model_id))
    on_record = market.shelf.is_on_record(listing)
    return math.exp(utility(market, float(listing.accuracy[domain]), price, on_record=on_record))


def reached_calls(market: "Market", domain: int) -> float:
    """
    Return the calls over the horizon of a domain's users who choose anew within it.

    With hazard h over horizon H the part of the horizon after the choice is
    1 - (1 - exp(-h H)) / (h H).
    """
    population = market.scenario.population
    days = population.fine_tuners.horizon / DAY
    chances = population.users.rechoice * days + population.fine_tuners.horizon / (
        population.users.session
    )
    reach = 1 - (1 - math.exp(-chances)) / chances
    return market.population.expected_calls(domain) * days * reach


def kept_share(market: "Market", host_fee: int) -> float:
    """Return what is left of a payment after fees, pools and the host's share (bps)."""
    creators = market.scenario.population.creators
    fees = market.parameter("protocolFeeBps") + market.parameter("verificationPoolBps")
    return 1 - (fees + host_fee + creators.data_pool) / BPS


def expected_income(
    market: "Market", accuracy: float, domain: int, price: int, host_fee: int
) -> float:
    """
    Return what a new model is expected to earn on a domain over the horizon, net of fees.

    income = share * calls of the domain * reach * price * (1 - fees). The share is the users'
    logit (Berry 1994) against all that is on offer; what a record of the training would add is
    weighed when it is made.
    """
    own = math.exp(utility(market, accuracy, tokens(price), on_record=False))
    others = sum(weight_of(market, listing, domain) for listing in market.catalogue.newest())
    share = own / (1 + own + others)
    return share * reached_calls(market, domain) * price * kept_share(market, host_fee)
