"""What a sweep varies: arms by name, grids, lists side by side, and samples of ranges."""

from pydantic import Field

from sim.scenario.fields import Section, quantity, ranges, text
from sim.scenario.searching import Range
from sim.scenario.units import COUNT


class Axis(Section):
    """A path of the scenario, and the texts that take turns there."""

    path: str
    values: tuple[str, ...]


class NamedArm(Section):
    """A name, and the texts that replace the scenario's, as pairs of path and text."""

    name: str
    changes: tuple[tuple[str, str], ...]


class Sampled(Section):
    """Points drawn from ranges."""

    samples: int = quantity(COUNT, None, ("2", "1000000"), "points; of Sobol's a power of two")
    ranges: tuple[Range, ...] = ranges("path of a number to [low, high]")


class Until(Section):
    """More seeds, as many as at the start, until a mean is known closely enough in every arm."""

    kpi: str = text(None, "KPI whose mean over seeds is looked at", names_kpi=True)
    half_width: float = Field(description="half width of its interval, in the KPI's unit")
    most: int = quantity(COUNT, "200", ("2", "100000"), "seeds per arm after which it ends anyway")


class Sweep(Section):
    """Many runs of one scenario; designs that stand together are crossed."""

    replicas: int = quantity(
        COUNT, "1", ("1", "100000"), "seeds per arm, the same in every arm; the scenario's first"
    )
    arms: tuple[NamedArm, ...] = Field(
        default=(),
        description="arms by name: each a mapping from paths to values, empty for the scenario",
        json_schema_extra={"paths": "arms"},
    )
    grid: tuple[Axis, ...] = Field(
        default=(),
        description="paths to lists of values; every combination is an arm",
        json_schema_extra={"paths": "axes"},
    )
    zip: tuple[Axis, ...] = Field(
        default=(),
        description="paths to lists of values that are read side by side, all equally long",
        json_schema_extra={"paths": "axes"},
    )
    lhs: Sampled | None = None
    sobol: Sampled | None = None
    until: Until | None = None
