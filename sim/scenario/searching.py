"""What is looked for over many runs: which inputs matter, where a target fails, what is best."""

from typing import Literal

from pydantic import Field

from sim.scenario.fields import Section, choice, kpi_names, quantity, ranges, text
from sim.scenario.units import COUNT, SHARE

Comparison = Literal[">=", "<=", ">", "<", "=="]
OverTicks = Literal["at_end", "every_tick", "mean", "max", "min", "total"]
OverRun = Literal["over_run", "at_end", "mean", "max", "min", "total"]

_REPLICAS = "runs per point; replica 0 has the scenario's seed, the others the same at every point"


class Range(Section):
    """A number of the scenario by its path, and its bounds as the number is stored."""

    path: str
    low: float
    high: float


class Sensitivity(Section):
    """Which inputs move a figure, by Morris' screening or Sobol's variance shares."""

    method: Literal["morris", "sobol"] = choice("morris", "screening, or shares of the variance")
    samples: int = quantity(
        COUNT, None, ("2", "65536"), "Morris: trajectories; Sobol: base samples, a power of two"
    )
    second_order: Literal["no", "yes"] = choice("no", "Sobol: indices of pairs of inputs too")
    ranges: tuple[Range, ...] = ranges("inputs: path of a number to [low, high]")
    kpis: tuple[str, ...] = kpi_names("figures, each over the run as its KPI says")
    replicas: int = quantity(COUNT, "1", ("1", "10000"), _REPLICAS)


class Fails(Section):
    """When a run fails, written like a claim."""

    kpi: str = text(None, "name of a KPI, see `mnft kpis`")
    quantifier: OverTicks = choice("at_end", "over the ticks: at_end, every_tick, mean, ...")
    comparison: Comparison = choice(None, "it fails where this holds; quoted: '>=', '<=', ...")
    threshold: float = Field(description="number in the KPI's unit")


class Discovery(Section):
    """Where in the ranges a run fails, as boxes (PRIM)."""

    samples: int = quantity(COUNT, None, ("10", "1000000"), "points of a Latin hypercube")
    ranges: tuple[Range, ...] = ranges("inputs: path of a number to [low, high]")
    fails: Fails = Field(description="when a run fails")
    density: float = quantity(SHARE, "80%", ("1%", "100%"), "least share of failures in a box")
    coverage: float = quantity(
        SHARE, "80%", ("1%", "100%"), "share of all failures from which on no box is looked for"
    )
    boxes: int = quantity(COUNT, "3", ("1", "20"), "most boxes")
    replicas: int = quantity(COUNT, "1", ("1", "10000"), _REPLICAS)


class Objective(Section):
    """A figure that should be as great or as small as can be."""

    kpi: str = text(None, "name of a KPI, see `mnft kpis`", names_kpi=True)
    quantifier: OverRun = choice("over_run", "over the ticks; over_run: as the KPI says")
    direction: Literal["maximise", "minimise"] = choice(None, "maximise or minimise")


class Optimise(Section):
    """Which inputs are best, for one figure or for several at once (optuna)."""

    trials: int = quantity(COUNT, None, ("1", "1000000"), "points tried")
    ranges: tuple[Range, ...] = ranges("inputs: path of a number to [low, high]")
    objectives: tuple[Objective, ...] = Field(min_length=1, description="figures, one or several")
    replicas: int = quantity(COUNT, "1", ("1", "10000"), _REPLICAS)
    batch: int = quantity(COUNT, "8", ("2", "1000"), "trials chosen at once; NSGA-II's population")
    sampler: Literal["tpe", "nsga2"] = choice("tpe", "optuna's TPE, or NSGA-II")
    pruning: Literal["none", "median"] = choice(
        "none", "median: give up after a replica worse than the median; for one objective"
    )
    claims: Literal["constraints", "ignored"] = choice(
        "constraints", "whether a trial is feasible only where every claim holds"
    )
