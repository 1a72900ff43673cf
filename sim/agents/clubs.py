"""What a members' club is worth: which users join at a fee, and which fee earns its owner most."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from sim.agents.choice import Floats
from sim.agents.plans import expected_demand

_FEES = 20
"""Fees that an owner compares: each is what one in twenty of its users would just pay."""
_BELOW = 0.99
"""Part of a user's saving that a fee takes which is to be paid by that user."""


class Club(NamedTuple):
    """A fee a period, in prices of a call, and the discount (a share) on every call within it."""

    fee: float
    discount: float


NO_CLUB = Club(0.0, 0.0)


class Prospects(NamedTuple):
    """
    What is known of users: calls a day, the weight of a model in their logit at its price and of
    all else, the price coefficient; chances a day to choose anew and to leave the market; how far
    they trust an owner; days of a period.
    """

    calls_per_day: Floats
    weight: Floats
    rest: Floats
    price_coefficient: float
    choosing: float
    leaving: float
    trust: float
    days: float


def share(prospects: Prospects, ratio: Floats | float) -> Floats:
    """Return the chance of a model to be chosen whose calls cost `ratio` of their price."""
    own = prospects.weight * ratio**-prospects.price_coefficient
    chance: Floats = own / (own + prospects.rest)
    return chance


def expected_calls(prospects: Prospects, discount: float) -> Floats:
    """
    Return the calls of a model that a member expects to make in a period, who takes it now.

    Until it chooses anew all of its calls, and of those after that the share s(1 - d) of its logit,
    for the fee is sunk: T + s (L - T) days, T until the first choice, L until it leaves.
    """
    calls, days = prospects.calls_per_day, prospects.days
    stays = 1 - (1 - prospects.choosing) * (1 - prospects.leaving)
    until_choice, _ = expected_demand(calls, stays, days)
    until_leaving, _ = expected_demand(calls, prospects.leaving, days)
    total: Floats = until_choice + share(prospects, 1 - discount) * (until_leaving - until_choice)
    return total


def member_ratio(prospects: Prospects, club: Club) -> Floats:
    """
    Return what a call costs a user over its price who may join: 1 where it does not.

    Of m calls a member saves d m prices, as far as it trusts the owner to list it, and pays the
    fee. It joins where that is more: who calls much does (Oi 1971).
    """
    saved = prospects.trust * club.discount
    ratio: Floats = np.minimum(1.0, 1 - saved + club.fee / expected_calls(prospects, club.discount))
    return ratio


def income(prospects: Prospects, club: Club, kept: float) -> float:
    """
    Return what a model earns a day, in prices of a call, of which it keeps a part, of fees all.

    Who does not join pays for s(1) of its calls. Who joins pays by periods, of F + (1 - d) m each
    with m calls, and between two of them stays away until it chooses the model again: one that it
    left within a period (chance 1 - z, z = q + (1 - q) s(1 - d), q that it never chose anew) takes
    1 / (h s(r)) days, h its chance a day to choose, r what a call costs it then.
    Sources: two-part tariff (Oi 1971, Schmalensee 1981); renewal reward (Ross 1996).
    """
    ratio = member_ratio(prospects, club)
    single = kept * prospects.calls_per_day * share(prospects, 1.0)
    never = (1 - prospects.choosing) ** prospects.days
    back = never + (1 - never) * share(prospects, 1 - club.discount)
    away = (1 - back) / (prospects.choosing * share(prospects, ratio))
    calls = expected_calls(prospects, club.discount)
    paid = club.fee + kept * (1 - club.discount) * calls
    by_period = paid / (prospects.days + away)
    return float(np.where(ratio < 1, by_period, single).sum())


def candidates(prospects: Prospects, discounts: Sequence[float]) -> Iterator[Club]:
    """Yield the clubs that an owner compares: at each discount fees that some user would pay."""
    steps = np.arange(_FEES) / _FEES
    for discount in discounts:
        saved = prospects.trust * discount * expected_calls(prospects, discount)
        for fee in np.unique(np.quantile(saved, steps)).tolist():
            yield Club(_BELOW * fee, discount)
