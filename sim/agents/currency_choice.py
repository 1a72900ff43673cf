"""In which currency a creator prices a model, for the model's life."""

import math

DAYS_A_YEAR = 365


def lapsed_share(margin: float, reviews_per_year: float, volatility: float) -> float:
    """
    Return the share of time in which a price in MNFT lies below what hosts ask for.

    `margin` is ln(price / least price) when the price is set; MNFT's price moves by `volatility`
    (of ln, per year), and hosts' costs with it. The age of a price that is reviewed by chance is
    exponential, and a Brownian motion at an exponential time is Laplace: the share below -m is
    exp(-m sqrt(2 h) / s) / 2.
    Source: Borodin, Salminen 2002, 1.0.5; prices that are costly to change, Mankiw 1985.
    """
    if volatility == 0:
        return 0.0
    return 0.5 * math.exp(-max(0.0, margin) * math.sqrt(2 * reviews_per_year) / volatility)


def is_stable_better(
    margin: float, reviews_per_year: float, volatility: float, exchange_fee: float
) -> bool:
    """
    Return whether a price in the stable token brings more.

    It never lapses, and its users lose the exchange's fee, for they hold MNFT; a price in MNFT
    brings nothing while no host serves the model.
    """
    return lapsed_share(margin, reviews_per_year, volatility) > exchange_fee
