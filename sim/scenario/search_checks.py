"""What no single key of a search can say: designs that their methods cannot use."""

import re
from collections.abc import Iterator

from sim.scenario.finding import Finding
from sim.scenario.schema import SEARCHES, Scenario
from sim.scenario.searching import Optimise, Sensitivity
from sim.scenario.sweeping import Sweep, Until

_INDEX = re.compile(r"workload\.domains\[(\d+)\]|governance\.proposals\[(\d+)\]|claims\[(\d+)\]")


def check_searches(scenario: Scenario) -> Iterator[Finding]:
    """Yield everything that is wrong about how the keys of the searches fit together."""
    if scenario.sensitivity is not None:
        yield from _sensitivity(scenario.sensitivity)
    if scenario.optimise is not None:
        yield from _optimise(scenario.optimise)
    if scenario.sweep is not None:
        yield from _sweep(scenario.sweep)
    for name in SEARCHES:
        block = getattr(scenario, name)
        for each in block.ranges if block is not None else ():
            yield from _place_in_list(scenario, name, each.path)


def _sweep(block: Sweep) -> Iterator[Finding]:
    lengths = {axis.path: len(axis.values) for axis in block.zip}
    if len(set(lengths.values())) > 1:
        said = ", ".join(f"`{path}` has {length}" for path, length in lengths.items())
        path = f"sweep.zip.{next(iter(lengths))}"
        allowed = ("lists of one length, or `grid` for all combinations",)
        problem = "the lists of `sweep.zip` are not equally long"
        yield Finding("E117", path, problem, said, allowed, ("sweep.zip",))
    if block.sobol is not None:
        yield from _power_of_two("sweep.sobol.samples", block.sobol.samples, ())
    yield from _varied_twice(block)
    if block.until is not None:
        yield from _until(block.until)


def _varied_twice(block: Sweep) -> Iterator[Finding]:
    axes = (("grid", block.grid), ("zip", block.zip))
    varied = [(f"sweep.{name}.{axis.path}", axis.path) for name, ours in axes for axis in ours]
    for name, sampled in (("lhs", block.lhs), ("sobol", block.sobol)):
        ranges = sampled.ranges if sampled else ()
        varied += [(f"sweep.{name}.ranges.{each.path}", each.path) for each in ranges]
    seen = {path for arm in block.arms for path, _ in arm.changes}
    for place, path in varied:
        if path in seen:
            allowed = ("one design for each path",)
            problem = f"`{path}` is varied twice"
            yield Finding("E117", place, problem, "only one could count", allowed, (place,))
        seen.add(path)


def _until(block: Until) -> Iterator[Finding]:
    if block.half_width <= 0:
        yield Finding(
            "E105",
            "sweep.until.half_width",
            "no interval has a half width of zero or less",
            "",
            ("a number above zero, in the KPI's unit",),
            ("sweep.until.half_width",),
        )


def _sensitivity(block: Sensitivity) -> Iterator[Finding]:
    if block.method == "sobol":
        yield from _power_of_two("sensitivity.samples", block.samples, ("sensitivity.method",))
    if block.method == "morris" and block.second_order == "yes":
        yield Finding(
            "E117",
            "sensitivity.second_order",
            "Morris' screening has no indices of pairs",
            "",
            ("no, or `method: sobol`",),
            ("sensitivity.second_order", "sensitivity.method"),
        )


def _power_of_two(path: str, samples: int, involved: tuple[str, ...]) -> Iterator[Finding]:
    if samples & (samples - 1):
        lower = 1 << (samples.bit_length() - 1)
        yield Finding(
            "E117",
            path,
            f"Sobol's sequence takes a power of two, not {samples}",
            "its points are even only then",
            (f"{lower} or {2 * lower}",),
            (path, *involved),
        )


def _optimise(block: Optimise) -> Iterator[Finding]:
    if block.pruning == "none":
        return
    involved = ("optimise.pruning", "optimise.objectives", "optimise.replicas")
    if len(block.objectives) > 1:
        yield Finding(
            "E117",
            "optimise.pruning",
            "trials of several objectives cannot be pruned",
            f"there are {len(block.objectives)} objectives",
            ("none, or one objective",),
            involved,
        )
    if block.sampler == "nsga2":
        yield Finding(
            "E117",
            "optimise.pruning",
            "NSGA-II takes no notice of pruned trials",
            "its populations would never be complete",
            ("none, or `sampler: tpe`",),
            (*involved, "optimise.sampler"),
        )
    if block.replicas == 1:
        yield Finding(
            "E117",
            "optimise.pruning",
            "with one replica there is nothing to save",
            "a trial is given up between replicas",
            ("none, or more replicas",),
            involved,
        )


def _place_in_list(scenario: Scenario, block: str, path: str) -> Iterator[Finding]:
    found = _INDEX.match(path)
    if found is None:
        return
    sizes = (
        len(scenario.workload.domains),
        len(scenario.governance.proposals),
        len(scenario.claims),
    )
    for place, size in zip(found.groups(), sizes, strict=True):
        if place is not None and int(place) >= size:
            yield Finding(
                "E117",
                f"{block}.ranges.{path}",
                f"`{path}` is beyond the list, which has {size}",
                "",
                (f"a place from 0 to {size - 1}",) if size else ("another path",),
                (f"{block}.ranges.{path}",),
            )
