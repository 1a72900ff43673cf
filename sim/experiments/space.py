"""Inputs of a study: a path of the scenario and its range, and what stands at a place between."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

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
