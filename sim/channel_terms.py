"""What a user and a host expect of calls that they could settle, and what money costs them."""

import math
from typing import TYPE_CHECKING

from protocol.money import BPS, WAD
from protocol.parameters import DAY
from sim.agents.bargain import COIN, CURRENCIES, MNFT, Calls, Prices
from sim.agents.host import Host
from sim.agents.user import PRICE_RISE, User, likely_calls
from sim.catalogue import Listing
from sim.shocks import YEAR

if TYPE_CHECKING:
    from sim.market import Market

_GAS_OF_A_PRICE = 10**6
_TARGETS = {MNFT: "token_price", COIN: "coin_price"}


def expected_calls(market: "Market", user: User, listing: Listing, host: Host, price: int) -> Calls:
    """Return what a user and a host expect of a session, in outside money."""
    people = market.scenario.population
    length, tick = people.users.session, market.scenario.tick
    rate = market.shocks.token_price(market.tick) / WAD
    expected = max(1.0, user.calls_per_day * length / DAY)
    covered = max(expected, likely_calls(user.calls_per_day, length / DAY))
    settlements = length / (people.hosts.settle_every * tick)
    wait = market.parameter("challengeWindowSeconds") + people.hosts.settle_every * tick / 2
    tariff = market.view("pricing", "tariff_of", listing.model_id)
    return Calls(
        expected=expected,
        covered=covered,
        price=price * rate,
        locked=covered * PRICE_RISE * price * rate,
        host_share=tariff.host_fee_bps / BPS,
        # Calls that come at random leave some of the settlements without any.
        entries=settlements * -math.expm1(-expected / settlements),
        trust=trust(market, user, listing),
        years=length / YEAR,
        waiting=wait / YEAR,
        cost=host.ask * rate,
    )


def trust(market: "Market", user: User, listing: Listing) -> float:
    """
    Return what a call that nobody checks is worth over one that is checked.

    The user expects a share w of wrong answers, which lowers its utility by Q a w; it gives that
    up where the price falls by a factor of exp(-Q a w / b). Q weighs accuracy a, b ln(price).
    """
    people = market.scenario.population.users
    domain = market.population.domain[user.row]
    lost = people.quality_coefficient * float(listing.accuracy[domain])
    lost *= market.channelling.distrust[user.row]
    if lost == 0:
        return 1.0
    return math.exp(-lost / people.price_coefficient) if people.price_coefficient else 0.0


def prices_now(market: "Market") -> Prices:
    """
    Return what gas and holding money cost now.

    Holding a currency for a year costs the capital's yield and half the risk aversion times
    the variance of its price (Arrow 1965, Pratt 1964), as its path so far shows it.
    """
    rules = market.scenario.channels
    shocks, tick = market.shocks, market.tick
    gas = rules.gas_price / WAD / _GAS_OF_A_PRICE * shocks.coin_price(tick)
    variance = {name: shocks.volatility(target, tick) ** 2 for name, target in _TARGETS.items()}
    holding = {
        currency: rules.cost_of_capital + rules.risk_aversion / 2 * variance.get(currency, 0.0)
        for currency in CURRENCIES
    }
    return Prices(gas, rules.exchange_fee / BPS, holding)
