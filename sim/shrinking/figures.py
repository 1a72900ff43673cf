"""Key figures that follow from calls and events alone, over a whole trace."""

from collections.abc import Callable, Mapping
from typing import Any

from protocol.contract import Observation
from protocol.money import WAD
from protocol.world import World
from sim.claims import Claim
from sim.errors import UserError, nearest
from sim.kpis import KPI_BY_NAME
from sim.ledger import Ledger
from sim.scenario.thresholds import threshold_kind
from sim.scenario.units import UnitError

Figure = Callable[[World, Ledger], float | None]
_COMPARISONS = (">=", "<=", "==", ">", "<")


def parse_claim(text: str) -> Claim:
    """
    Return what a text such as `royalties_paid >= 100 MNFT` asks for.

    Raises:
        UserError: It cannot be read, or the figure does not follow from a trace.
    """
    place = f"--kpi '{text}'"
    comparison = next((each for each in _COMPARISONS if each in text), "")
    name, _, threshold = (part.strip() for part in text.partition(comparison or "\0"))
    if not comparison or not threshold:
        allowed = f"NAME, one of {', '.join(_COMPARISONS)}, and a value: 'slashes >= 1'"
        raise UserError(place, "no figure with a threshold", allowed, "E160")
    if name not in FIGURES:
        problem = f"`{name}` is no figure"
        if name in KPI_BY_NAME:
            problem = f"`{name}` does not follow from the calls of a trace"
        hint = nearest(name, tuple(FIGURES))
        problem += f"; did you mean `{hint}`?" if hint and name not in KPI_BY_NAME else ""
        raise UserError(place, problem, ", ".join(FIGURES), "E160")
    try:
        value = float(threshold_kind(KPI_BY_NAME[name]).parse(threshold))
    except UnitError as error:
        raise UserError(place, str(error), ", ".join(error.allowed), error.code) from error
    return Claim(name, "at_end", comparison, value)


def _count(name: str) -> Figure:
    return lambda _, ledger: ledger.total[name]


def _amount(name: str) -> Figure:
    return lambda _, ledger: ledger.total[name] / WAD


def _share(part: str, whole: str) -> Figure:
    return lambda _, ledger: _ratio(ledger.total[part], ledger.total[whole])


def _ratio(part: float, whole: float) -> float | None:
    return part / whole if whole else None


def _treasury(world: World, _: Ledger) -> float:
    timelock = world.addresses["timelock"]
    owing = ("revenue", "marketplace")
    owed = sum(_answer(world, contract, "owed_to", timelock) for contract in owing)
    return (owed + _answer(world, "settlement_token", "balance_of", timelock)) / WAD


def _models(world: World, _: Ledger) -> float:
    return _answer(world, "model_registry", "count")


def _deepest_fork(world: World, _: Ledger) -> float:
    depths: Mapping[int, int] = dict(world.lineage.tables())["_depths"]
    return max(depths.values(), default=0)


def _stake_ratio(world: World, _: Ledger) -> float | None:
    staked = _answer(world, "staking", "total_staked")
    return _ratio(staked, _answer(world, "settlement_token", "total_supply"))


def _answer(world: World, contract: str, function: str, *arguments: Any) -> int:
    # None of these moves with the clock.
    observation = Observation(contract, function, arguments)
    value: int = world.view(observation, world.deployment.genesis_timestamp).value
    return value


FIGURES: Mapping[str, Figure] = {
    "calls_settled": _count("calls_settled"),
    "calls_refused_share": lambda _, ledger: _ratio(ledger.total["refused"], ledger.number),
    "revenue_total": _amount("revenue"),
    "protocol_fees": _amount("protocol_fee"),
    "verification_pool_paid_in": _amount("verification_pool"),
    "host_revenue": _amount("host_fee"),
    "data_payouts": _amount("data_pool"),
    "royalties_paid": _amount("royalties"),
    "treasury": _treasury,
    "models": _models,
    "forks": _count("forks"),
    "deepest_fork": _deepest_fork,
    "merges": _count("merges"),
    "resales": _count("resales"),
    "resale_volume": _amount("resale_volume"),
    "resale_royalties": _amount("resale_royalties"),
    "royalty_honoured": _share("resale_royalties", "resale_royalties_due"),
    "checks_opened": _count("checks_opened"),
    "checks_passed": _count("checks_passed"),
    "checks_failed": _count("checks_failed"),
    "zk_coverage": _share("checks_passed", "calls_settled"),
    "slashes": _count("slashes"),
    "slashed_amount": _amount("slashed"),
    "stake_ratio": _stake_ratio,
}
"""By the names of `sim.kpis`; counts and amounts are those of all ticks together."""
