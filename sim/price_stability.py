"""
Whether a moving price settles or swings: T1's condition, for users who choose by a logit.

A price b moves by the largest relative step d times (use - target) / target, so near the price b*
at which use meets the target its slope is 1 - d e, where e = -d ln(use) / d ln(price): it settles
where d e < 2, and swings beyond (T1; with uniform valuations e = load f(b*) b*).
"""

SWINGS_FROM = 2.0
"""The least steepness d e at which a price does not settle."""


def elasticity(price_coefficient: float, target: float, demand: float) -> float:
    """
    Return how strongly use answers to a model's own price where it meets the target.

    Logit shares of utilities -b ln(price): e = b (1 - s), where s is the model's share of all
    calls (Berry 1994), and that is target / demand there. Users' tastes lower it, so this is a
    bound. Zero where demand never reaches the target: the price lies at its floor.
    """
    return price_coefficient * (1 - target / demand) if target < demand else 0.0


def steepness(step: float, price_coefficient: float, target: float, demand: float) -> float:
    """Return d e, the largest relative step times the elasticity at the target."""
    return step * elasticity(price_coefficient, target, demand)
