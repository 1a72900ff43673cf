"""Whether a user and a host gain by a payment channel: in which currency, at which price."""

from collections.abc import Mapping
from typing import NamedTuple

MNFT, STABLE, COIN = "MNFT", "stable", "coin"
CURRENCIES = (MNFT, STABLE, COIN)

OPENING = {MNFT: 184_000, STABLE: 179_000, COIN: 122_000}
"""Gas of opening a channel for the first time; figures as in docs/gas.md, held by a test."""
RENEWAL = {MNFT: 95_000, STABLE: 90_000, COIN: 70_000}
"""Gas of adding to a channel and keeping it open for longer."""
WITHDRAWAL = {MNFT: 46_000, STABLE: 43_000, COIN: 35_000}
CLAIM = 85_000
APPROVAL = 47_000
EXCHANGE = 56_000
"""Gas of paying for another currency."""
ESCROW = 69_000
SESSION = 253_000
"""Gas of opening a session and closing it."""
ENTRY = 31_000
"""Gas of a session's entry in a full batch; docs/protocol.md, Access."""


class Calls(NamedTuple):
    """
    A user's calls of a model at a host, until a session would expire; amounts in outside money.

    `covered` are the calls for which money is set aside, `locked` is what a session sets aside,
    `entries` how often the calls are expected to settle, `trust` what a call is worth whose answer
    nobody checks, over one that is checked; `years` how long money is set aside, `waiting` until
    the settlement pays the host, `cost` what computing a call costs it.
    """

    expected: float
    covered: float
    price: float
    locked: float
    host_share: float
    entries: float
    trust: float
    years: float
    waiting: float
    cost: float


class Prices(NamedTuple):
    """
    What money costs: a unit of gas in outside money, the share that an exchange keeps, and of each
    currency the yearly cost of holding it, over its amount.
    """

    gas: float
    exchange_fee: float
    holding: Mapping[str, float]


class Deal(NamedTuple):
    """A channel that both gain by: price of a call and joint gain, in outside money."""

    currency: str
    price: float
    gain: float


def best_deal(calls: Calls, prices: Prices, gas_to_open: Mapping[str, int]) -> Deal | None:
    """
    Return the channel of the greatest joint gain; None where none leaves both better off.

    Settled, n calls at a price p cost the user C = n p, the escrow's gas and what holding the
    escrow costs, and leave the host H = h n p less its gas and the wait. By channel the user gives
    at most the X at which X, the gas, the exchange and the deposit's holding cost `trust` times C;
    the host takes no less than the X that leaves it H, nor than what computing costs. They split
    the difference: Nash's bargain (1950) between two who are alike.

    Holding MNFT, half of it on average, costs its yearly cost times half of the time.
    """
    holds = prices.holding[MNFT]
    settled = calls.expected * calls.price
    to_user = settled + calls.locked * holds * calls.years / 2 + ESCROW * prices.gas
    to_host = calls.host_share * settled * (1 - holds * calls.waiting)
    to_host -= (SESSION + calls.entries * ENTRY) * prices.gas
    deals = []
    for currency in CURRENCIES:
        waits = prices.holding[currency] * calls.years / 2
        fee = 0.0 if currency == MNFT else prices.exchange_fee
        # What is set aside over what is expected to be spent of it.
        margin = calls.covered / calls.expected
        own_gas = (gas_to_open[currency] + WITHDRAWAL[currency]) * prices.gas
        most = (calls.trust * to_user - own_gas) / (1 + margin * (waits + fee))
        its_gas = (CLAIM + WITHDRAWAL[currency]) * prices.gas
        least = max(to_host + its_gas, calls.cost * calls.expected) / max(1 - waits, 1e-9)
        price = (most + least) / 2 / calls.expected
        deals.append(Deal(currency, price, most - least))
    best = max(deals, key=lambda deal: deal.gain)
    return best if best.gain > 0 else None
