"""What decides whether users and hosts pay each other by payment channels, past the settlement."""

from typing import Literal

from sim.scenario.fields import Section, choice, quantity
from sim.scenario.units import BPS_SHARE, MONEY, NUMBER, SHARE

_AMOUNTS = ("0 MNFT", "1000000000 MNFT")


class Channels(Section):
    """
    A channel pays the host alone: no fee, no royalty, no data pool, and nobody checks its answers.

    Outside money is what an MNFT costs in the first tick; a StableToken is one of it.
    """

    used: Literal["never", "when_it_pays"] = choice(
        "never", "whether users and hosts open payment channels where both gain by it"
    )
    expected_wrong: float = quantity(
        SHARE,
        "20%",
        ("0%", "100%"),
        "mean share of wrong answers that users expect where nobody checks, exponential over users",
        "calibration 9: the share of hosts that would cheat",
    )
    gas_price: int = quantity(
        MONEY, "0.1 MNFT", _AMOUNTS, "cost of a million gas in the first tick, paid in coin"
    )
    coin_price: int = quantity(
        MONEY, "2000 MNFT", ("0.001 MNFT", "1000000000 MNFT"), "cost of a coin in the first tick"
    )
    exchange_fee: int = quantity(
        BPS_SHARE,
        "0.3%",
        ("0%", "50%"),
        "share of an exchange from one currency into another that is lost",
        "Uniswap v2: 0.3 %",
    )
    cost_of_capital: float = quantity(
        SHARE, "5%", ("0%", "1000%"), "yearly cost of money that is set aside, in any currency"
    )
    risk_aversion: float = quantity(
        NUMBER, "2", ("0", "100"), "relative risk aversion of who holds a currency that moves"
    )
