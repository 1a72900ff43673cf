"""
What becomes of a claim and of a run: states, margins, and how sure many seeds make one.

One path can refute a claim, never confirm it: a claim that held on one path is `held`, not green.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING, Any, Literal

from sim.kpis import KPI_BY_NAME
from sim.numbers import NONE

if TYPE_CHECKING:
    import pandas as pd

State = Literal[
    "INVALID",
    "red",
    "amber",
    "green",
    "held",
    "not asked",
    "not exercised",
    "not assessed",
    "error",
]

SIGNS: Mapping[State, str] = {
    "INVALID": "✗",
    "red": "✗",
    "amber": "!",
    "green": "✓",
    "held": "=",
    "not asked": NONE,
    "not exercised": "○",
    "not assessed": NONE,
    "error": "?",
}
"""What stands before a state's word, so that colour never says it alone."""

_WORST_FIRST: Sequence[State] = ("INVALID", "red", "error", "amber", "not exercised", "held")

LEVEL = 0.95
_Z = NormalDist().inv_cdf((1 + LEVEL) / 2)
"""The normal quantile of LEVEL, two-sided."""


@dataclass(frozen=True, slots=True)
class Claim:
    """
    What the designer wanted to hold; `threshold` in the KPI's unit, shares as fractions of one.

    `tolerance` is the share of seeds that may fail.
    """

    kpi: str
    quantifier: str
    comparison: str
    threshold: float
    tolerance: float = 0.05
    why: str = ""

    @classmethod
    def read(cls, written: Mapping[str, Any]) -> "Claim":
        """Return the claim of a manifest's entry, whatever else stands in it."""
        return cls(
            kpi=str(written["kpi"]),
            quantifier=str(written["quantifier"]),
            comparison=str(written["comparison"]),
            threshold=float(written["threshold"]),
            tolerance=float(written.get("tolerance", 0.05)),
            why=str(written.get("why", "")),
        )

    def holds(self, value: float) -> bool:
        """Whether a value satisfies the comparison."""
        match self.comparison:
            case ">=":
                return value >= self.threshold
            case "<=":
                return value <= self.threshold
            case ">":
                return value > self.threshold
            case "<":
                return value < self.threshold
            case "==":
                return value == self.threshold
        raise ValueError(f"comparison `{self.comparison}` is none of >=, <=, >, <, ==")

    def margin(self, value: float) -> float:
        """Return how far a value is on the good side, in the KPI's unit; negative beyond it."""
        if self.comparison in (">=", ">"):
            return value - self.threshold
        if self.comparison in ("<=", "<"):
            return self.threshold - value
        return -abs(value - self.threshold)


@dataclass(frozen=True, slots=True)
class Judgement:
    """
    A claim and what came of it.

    `observed` is the worst seed's figure; `tick` is where its extreme lies, or where it first broke
    an `every_tick` claim. Both are None where nothing was measured.
    `seeds_needed` is how many seeds would settle an amber claim, None where no number would.
    """

    claim: Claim
    state: State
    observed: float | None
    margin: float | None
    tick: int | None
    seeds: int
    failing: int
    seeds_needed: int | None

    def as_json(self) -> dict[str, Any]:
        """Return the entry for a manifest; `Claim.read` takes it back."""
        rest = {name: each for name, each in asdict(self).items() if name != "claim"}
        return asdict(self.claim) | rest


def wilson(failing: int, seeds: int, level: float = LEVEL) -> tuple[float, float]:
    """
    Return the Wilson interval of a share, 95 % unless told otherwise.

    Source: Wilson 1927, score interval of a binomial proportion.
    """
    if seeds == 0:
        return 0.0, 1.0
    quantile = NormalDist().inv_cdf((1 + level) / 2)
    share, squared = failing / seeds, quantile * quantile
    centre = (share + squared / (2 * seeds)) / (1 + squared / seeds)
    spread = share * (1 - share) / seeds + squared / (4 * seeds * seeds)
    half = quantile * math.sqrt(spread) / (1 + squared / seeds)
    lower = 0.0 if failing == 0 else max(0.0, centre - half)
    upper = 1.0 if failing == seeds else min(1.0, centre + half)
    return lower, upper


def seeds_needed(share: float, tolerance: float) -> int | None:
    """
    Return from how many seeds on the interval of a failing share clears the tolerance.

    None where share and tolerance are equal, or no failure is tolerated and none was seen.
    Source: the Wilson interval ends at t where (p - t)^2 = z^2 t (1 - t) / n.
    """
    if share == tolerance or tolerance in (0.0, 1.0):
        return None
    return math.ceil(_Z * _Z * tolerance * (1 - tolerance) / (share - tolerance) ** 2)


def judge(claim: Claim, metrics: "pd.DataFrame") -> Judgement:
    """Return what a run's metrics say of a claim: columns replica, seed, tick, kpi, value."""
    of_kpi = metrics[metrics["kpi"] == claim.kpi]
    figures = [
        figure
        for _, path in of_kpi.groupby(["replica", "seed"], sort=True)
        if (figure := _figure(claim, path.sort_values("tick"))) is not None
    ]
    if not figures:
        return Judgement(claim, "not exercised", None, None, None, 0, 0, None)
    observed, tick = min(figures, key=lambda figure: claim.margin(figure[0]))
    failing = sum(not claim.holds(value) for value, _ in figures)
    state = _state(claim, failing, len(figures))
    needed = seeds_needed(failing / len(figures), claim.tolerance)
    return Judgement(
        claim=claim,
        state=state,
        observed=observed,
        margin=claim.margin(observed),
        tick=tick,
        seeds=len(figures),
        failing=failing,
        seeds_needed=needed if state in ("amber", "held") else None,
    )


def judge_all(claims: Sequence[Claim], metrics: "pd.DataFrame") -> tuple[Judgement, ...]:
    """Return a judgement per claim, in their order."""
    return tuple(judge(claim, metrics) for claim in claims)


def verdict(judgements: Sequence[Judgement], state: State) -> str:
    """Return the answer of one path in a few words: what failed first, or how little was shown."""
    if state == "INVALID":
        return "an invariant broke: nothing here can be trusted"
    if not judgements:
        return "the scenario claims nothing"
    failed = [judgement for judgement in judgements if judgement.state == "red"]
    if failed:
        worst = failed[0]
        kpi = KPI_BY_NAME[worst.claim.kpi]
        wanted = f"{worst.claim.comparison} {kpi.show(worst.claim.threshold)}"
        return f"no: {kpi.label} should be {wanted}, was {kpi.show(worst.observed)}"
    held = sum(judgement.state == "held" for judgement in judgements)
    return f"{held} of {len(judgements)} claims held on this path"


def run_state(
    states: Sequence[State], *, divergences: int, violated: int, failed_sections: int = 0
) -> State:
    """
    Return the state of a run: INVALID without trust in it, else that of its worst claim.

    A report of which a section failed is at best amber.
    """
    if divergences or violated:
        return "INVALID"
    worst = next((state for state in _WORST_FIRST if state in states), None)
    if worst is None:
        worst = "green" if states else "not asked"
    if failed_sections and worst in ("green", "held"):
        return "amber"
    return worst


def _state(claim: Claim, failing: int, seeds: int) -> State:
    if seeds == 1:
        return "red" if failing else "held"
    lower, upper = wilson(failing, seeds)
    if upper <= claim.tolerance:
        return "green"
    return "red" if lower > claim.tolerance else "amber"


def _figure(claim: Claim, path: "pd.DataFrame") -> tuple[float, int] | None:
    """Return the figure of one path and the tick it belongs to."""
    every = list(zip(path["value"].astype(float), path["tick"].astype(int), strict=True))
    if claim.quantifier == "at_end":
        value, tick = every[-1]
        return None if math.isnan(value) else (value, tick)
    measured = [each for each in every if not math.isnan(each[0])]
    return _OVER_TICKS[claim.quantifier](claim, measured) if measured else None


Measured = Sequence[tuple[float, int]]


def _mean(_: Claim, measured: Measured) -> tuple[float, int]:
    return math.fsum(value for value, _ in measured) / len(measured), measured[-1][1]


def _total(_: Claim, measured: Measured) -> tuple[float, int]:
    return math.fsum(value for value, _ in measured), measured[-1][1]


def _greatest(_: Claim, measured: Measured) -> tuple[float, int]:
    return max(measured, key=lambda each: each[0])


def _least(_: Claim, measured: Measured) -> tuple[float, int]:
    return min(measured, key=lambda each: each[0])


def _worst(claim: Claim, measured: Measured) -> tuple[float, int]:
    value, tick = min(measured, key=lambda each: claim.margin(each[0]))
    return value, next((at for each, at in measured if not claim.holds(each)), tick)


_OVER_TICKS: Mapping[str, Callable[[Claim, Measured], tuple[float, int]]] = {
    "mean": _mean,
    "total": _total,
    "max": _greatest,
    "min": _least,
    "every_tick": _worst,
}
