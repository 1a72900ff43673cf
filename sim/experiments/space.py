"""Inputs of a study: a path of the scenario and its range, and what stands at a place between."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

from sim.errors import ScenarioError, UserError
from sim.scenario.loading import parse_scenario
from sim.scenario.paths import number_at
from sim.scenario.searching import Range
from sim.scenario.units import Kind

_DIGITS = 6


class Dimension(NamedTuple):
    """
    An input: its path, the kind of its values, and its bounds as the kind's numbers.

    Places count from 0 (`low`) to 1 (`high`).
    """

    path: str
    kind: Kind
    low: float
    high: float

    def number(self, place: float) -> float:
        """
        Return the value at a place: whole where the kind is whole, else of six digits.

        Six digits are finer than any question, and a reader can type them.
        """
        exact = self.low + place * (self.high - self.low)
        # Amounts have more digits than a float: six decimal ones, then exact.
        rounded = Decimal(f"{exact:.{_DIGITS}g}")
        if self.kind.whole:
            return min(max(round(rounded), int(self.low)), int(self.high))
        return min(max(float(rounded), self.low), self.high)

    def text(self, place: float) -> str:
        """Return the value at a place as a scenario file writes it."""
        return self.kind.show(self.number(place))


def changes_at(dimensions: Sequence[Dimension], places: Sequence[float]) -> Mapping[str, str]:
    """Return the changes by path that put a scenario at a point of the unit cube."""
    return {
        dimension.path: dimension.text(float(place))
        for dimension, place in zip(dimensions, places, strict=True)
    }


def dimensions_of(ranges: Sequence[Range]) -> tuple[Dimension, ...]:
    """Return the inputs that a block's ranges name; they were checked when it was read."""
    found = []
    for each in ranges:
        declared = number_at(each.path)
        if declared is None:
            raise ValueError(f"`{each.path}` is no number of a scenario")
        found.append(Dimension(each.path, declared.kind, each.low, each.high))
    return tuple(found)


def require_valid(
    text: str, file: str, name: str, points: Iterable[Mapping[str, str]], block: str
) -> None:
    """
    Raise UserError for the first point at which the scenario's own rules are broken.

    `points` are all changes of each point; `block` is where its ranges are written.
    """
    for changes in points:
        try:
            parse_scenario(text, file, name, changes)
        except ScenarioError as error:
            first = next(each for each in error.problems if not each.is_warning)
            where = ", ".join(f"{path}: {written}" for path, written in changes.items())
            raise UserError(
                f"{file}: {block}.ranges",
                f"at {where}: {first.problem}",
                ", ".join(first.allowed) or "ranges in which the scenario is valid",
                "E172",
            ) from error


def yaml_of(changes: Mapping[str, str]) -> str:
    """
    Return changes as a scenario file nests them, ready to be pasted into it.

    A path into a list cannot be nested and stands as a comment.
    """
    tree: dict[str, object] = {}
    comments = []
    for path, text in changes.items():
        if "[" in path:
            comments.append(f"# {path}: {text}")
            continue
        *sections, key = path.split(".")
        inner: dict[str, object] = tree
        for section in sections:
            inner = inner.setdefault(section, {})  # type: ignore[assignment]
        inner[key] = text
    return "\n".join([*_nested(tree, 0), *comments])


def _nested(tree: Mapping[str, object], depth: int) -> list[str]:
    lines = []
    for key, value in tree.items():
        if isinstance(value, dict):
            lines += ["  " * depth + f"{key}:", *_nested(value, depth + 1)]
        else:
            lines.append("  " * depth + f"{key}: {value}")
    return lines
