"""What a sweep varies: arms by name, grids, lists side by side, and samples of ranges."""

from pydantic import Field

from sim.scenario.fields import Section, quantity, ranges
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
