"""What comes from outside: paths that no agent decides, read from a file or drawn."""

from typing import Literal

from sim.scenario.fields import ASSUMED, Section, choice, quantity, text
from sim.scenario.units import COUNT, DURATION, NUMBER, SHARE

Target = Literal["demand", "outages", "token_price", "coin_price"]


class Shock(Section):
    """
    A path of one value per tick, and what it moves.

    `demand` multiplies how much users want; `outages` is the share of calls that every host fails;
    `token_price` is the token's price in outside money, in which computing is paid; `coin_price`
    that of the coin, in which gas is.
    """

    name: str = text(None, "how tables and draws call it")
    target: Target = choice(None, "demand, outages, token_price or coin_price")
    process: Literal["file", "gbm", "outages", "season"] = choice(
        "file", "a file, geometric Brownian motion, random outages, or a season"
    )
    file: str = text("", "CSV beside the scenario with columns tick,value; for `process: file`")
    drift: float = quantity(
        NUMBER, "0", ("-100", "100"), "gbm: mean growth of ln(value) per year, before volatility"
    )
    volatility: float = quantity(
        NUMBER, "0.8", ("0", "20"), "gbm: standard deviation of ln(value) per year", ASSUMED
    )
    chance: float = quantity(SHARE, "1%", ("0%", "100%"), "outages: chance per day that one begins")
    length: int = quantity(DURATION, "1d", ("60s", "3650d"), "outages: how long one lasts")
    depth: float = quantity(SHARE, "100%", ("0%", "100%"), "outages: share of calls that fail")
    period: int = quantity(DURATION, "7d", ("60s", "3650d"), "season: from peak to peak")
    amplitude: float = quantity(SHARE, "30%", ("0%", "100%"), "season: height of the peak")
    first_peak: int = quantity(COUNT, "0", ("0", "1000000"), "season: tick of the first peak")
