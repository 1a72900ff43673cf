"""The numbers of a scenario by their paths, as ranges and changes name them."""

import re
from collections.abc import Iterator
from functools import cache
from typing import Any, NamedTuple, get_args, get_origin

from annotated_types import Ge, Le
from pydantic.fields import FieldInfo

from sim.scenario.fields import Section, kind_of
from sim.scenario.schema import EXPERIMENTS, Scenario
from sim.scenario.units import Kind

_INDEX = re.compile(r"\[\d+\]")
# Replicas have seeds of their own; an experiment does not vary itself.
_NO_INPUTS = frozenset({"seed", *EXPERIMENTS})


class DeclaredNumber(NamedTuple):
    """A number that a scenario may hold: its kind and bounds."""

    kind: Kind
    lower: float
    upper: float


def number_at(path: str) -> DeclaredNumber | None:
    """Return what stands at a path such as `workload.domains[0].noise`; None if no number does."""
    return _numbers().get(_INDEX.sub("[]", path))


def number_paths() -> tuple[str, ...]:
    """Return the path of every number; `[]` stands for the place in a list."""
    return tuple(_numbers())


def is_key(path: str) -> bool:
    """Whether a path leads to a key at all, number or not."""
    model: Any = Scenario
    for name in _INDEX.sub("", path).split("."):
        if not (isinstance(model, type) and issubclass(model, Section)):
            return False
        if name not in model.model_fields:
            return False
        model = section_of(model.model_fields[name])
    return True


def value_paths() -> tuple[str, ...]:
    """Return the path of every single value, number, text or choice, that runs may differ in."""
    return _values()


def is_value(path: str) -> bool:
    """Whether a path leads to a single value that runs may differ in."""
    return _INDEX.sub("[]", path) in value_paths()


def section_of(declared: FieldInfo) -> type[Section] | None:
    """Return the section that a field is, may be, or is a list of."""
    for annotation in (declared.annotation, *get_args(declared.annotation)):
        if isinstance(annotation, type) and issubclass(annotation, Section):
            return annotation
    return None


@cache
def _values() -> tuple[str, ...]:
    return tuple(_leaves(Scenario, ""))


def _leaves(model: type[Section], path: str) -> Iterator[str]:
    for name, declared in model.model_fields.items():
        where = f"{path}{name}"
        section = section_of(declared)
        if where in _NO_INPUTS or where == "question":
            continue
        if section is not None:
            listed = "[]" if get_origin(declared.annotation) is tuple else ""
            yield from _leaves(section, f"{where}{listed}.")
        elif get_origin(declared.annotation) is not tuple:
            yield where


@cache
def _numbers() -> dict[str, DeclaredNumber]:
    return dict(_declared(Scenario, ""))


def _declared(model: type[Section], path: str) -> Iterator[tuple[str, DeclaredNumber]]:
    for name, declared in model.model_fields.items():
        where = f"{path}{name}"
        if where in _NO_INPUTS:
            continue
        section = section_of(declared)
        if section is not None:
            listed = "[]" if get_origin(declared.annotation) is tuple else ""
            yield from _declared(section, f"{where}{listed}.")
            continue
        kind = kind_of(declared.json_schema_extra)
        lower = next((each.ge for each in declared.metadata if isinstance(each, Ge)), None)
        upper = next((each.le for each in declared.metadata if isinstance(each, Le)), None)
        if kind is not None and lower is not None and upper is not None:
            yield where, DeclaredNumber(kind, lower, upper)  # type: ignore[arg-type]
