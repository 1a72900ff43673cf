"""
Warnings: what could make a pass of this run meaningless, in words for the page and the terminal.
"""

import math
from collections.abc import Iterator

import pandas as pd

from protocol.money import BPS
from sim.diary import Diary
from sim.kpis_of_parts import KPIS_OF_PARTS
from sim.ledger import Ledger
from sim.market import Market
from sim.price_stability import SWINGS_FROM, steepness

_UNTESTED = {
    "calls_settled": "No call was settled: nothing about the market was tested",
    "slashes": "Nobody was slashed, so the slashing rules were not tested",
    "checks_passed": "No proof was verified, so the verification rules were not tested",
    "forks": "Nothing was forked, so no royalty flowed",
    "refused": "No transaction was refused: nobody tried what the rules forbid",
}
_OF_PARTS = frozenset(kpi.name for kpi in KPIS_OF_PARTS)


def caveats(market: Market, ledger: Ledger, diary: Diary, metrics: pd.DataFrame) -> Iterator[str]:
    """Yield what the reader should know before trusting a claim that held."""
    yield from (text for count, text in _UNTESTED.items() if not ledger.total[count])
    if market.hosts and not any(host.is_prone for host in market.hosts):
        yield "No host would ever cheat, whatever it pays: deterrence was not tested"
    idle = (number for number, states in diary.states.items() if states == {"not_exercised"})
    unexercised = sorted(idle, key=int)
    if unexercised:
        yield f"Invariants that had nothing to judge: {', '.join(unexercised)}"
    never = [
        str(name)
        for name, values in metrics.groupby("kpi")["value"]
        if all(value is None or math.isnan(value) for value in values)
        and (market.tally.totals["cheated"] or name != "deterrence_threshold")
        and name not in _OF_PARTS
    ]
    if never:
        yield f"Figures that could not be computed: {', '.join(never)}"
    yield from _swinging_prices(market)
    yield (
        "The reference string of the proofs was made locally, not in a ceremony: "
        "whoever made it could forge"
    )


def _swinging_prices(market: Market) -> Iterator[str]:
    """
    Yield a warning where moving prices lie on the wrong side of T1, by what users asked in the run.
    """
    scenario = market.scenario
    epochs = (market.tick + 1) * scenario.tick / scenario.protocol.epoch
    asked = market.tally.totals["asked"] / epochs
    step = market.parameter("priceStepBps") / BPS
    found = [
        steepness(
            step,
            scenario.population.users.price_coefficient,
            market.view("pricing", "tariff_of", offer.listing.model_id).capacity // 2,
            asked,
        )
        for owner in (*market.creators, *market.fine_tuners)
        for offer in owner.offers
        if offer.is_dynamic
    ]
    swinging = [each for each in found if each >= SWINGS_FROM]
    if swinging:
        yield (
            f"Moving prices overshoot: step times elasticity is up to {max(swinging):.2f} in "
            f"{len(swinging)} of {len(found)} models, and a price settles below {SWINGS_FROM:g}; "
            "lower protocol.price_step, or raise population.creators.capacity"
        )
