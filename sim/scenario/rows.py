"""Every number of a scenario in one list: value, unit, who set it, why, from where, bounds."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal, get_args, get_origin

from annotated_types import Ge, Le
from pydantic.fields import FieldInfo

from sim.scenario.fields import Section, kind_of
from sim.scenario.paths import section_of
from sim.scenario.reading import Written
from sim.scenario.schema import EXPERIMENTS, Scenario
from sim.scenario.units import Kind

NOT_STATED = "not stated"
REQUIRED = "required"
OF_SCENARIO = "the scenario"


@dataclass(frozen=True, slots=True)
class ParameterRow:
    """
    One key of a resolved scenario.

    `value`, `lower` and `upper` are written as in a scenario file; bounds are empty for texts.
    `set_by` is `line 14`, `--set` or `default`; `source` may be `assumed` or `not stated`.
    """

    key: str
    value: str
    unit: str
    set_by: str
    why: str
    source: str
    lower: str
    upper: str
    meaning: str

    @property
    def is_default(self) -> bool:
        """Whether nobody set it."""
        return self.set_by == "default"


def parameter_rows(scenario: Scenario, written: Mapping[str, Written]) -> tuple[ParameterRow, ...]:
    """Return a row per key, in the schema's order; governance and claims have their own tables."""
    rows: list[ParameterRow] = []
    for name in type(scenario).model_fields:
        if name not in ("question", "claims", "governance", *EXPERIMENTS):
            rows.extend(_rows_of_field(scenario, name, name, written))
    return tuple(rows)


def declared_rows() -> tuple[ParameterRow, ...]:
    """
    Return a row per key that a scenario file may hold, in the schema's order, its default as value.

    Keys of list items come once, as `claims[].kpi`; the value of a key without a default is
    `required`, its source the scenario.
    """
    return tuple(_declared(Scenario, ""))


def _declared(model: type[Section], path: str) -> Iterator[ParameterRow]:
    for name, declared in model.model_fields.items():
        where = f"{path}{name}"
        section = None if _has_paths(declared) else section_of(declared)
        if section is not None:
            listed = get_origin(declared.annotation) is tuple
            yield from _declared(section, f"{where}[]." if listed else f"{where}.")
        elif declared.is_required():
            row = _row(declared, REQUIRED, where, None)
            yield replace(row, source=OF_SCENARIO)
        else:
            yield _row(declared, declared.default, where, None)


def _rows_of_field(
    section: Section, name: str, path: str, written: Mapping[str, Written]
) -> Iterator[ParameterRow]:
    value = getattr(section, name)
    if isinstance(value, Section):
        for inner in type(value).model_fields:
            yield from _rows_of_field(value, inner, f"{path}.{inner}", written)
    elif isinstance(value, tuple) and value and isinstance(value[0], Section):
        for position, each in enumerate(value):
            for inner in type(each).model_fields:
                yield from _rows_of_field(each, inner, f"{path}[{position}].{inner}", written)
    else:
        yield _row(type(section).model_fields[name], value, path, written.get(path))


def _row(declared: FieldInfo, value: Any, path: str, note: Written | None) -> ParameterRow:
    extra = declared.json_schema_extra if isinstance(declared.json_schema_extra, dict) else {}
    kind = kind_of(extra)
    lower, upper = bounds_text(declared, kind)
    return ParameterRow(
        key=path,
        value=_shown(value, kind),
        unit=kind.unit if kind else "1",
        set_by=_set_by(note),
        why=note.why if note else "",
        source=_source(note, str(extra.get("source", NOT_STATED))),
        lower=lower,
        upper=upper,
        meaning=declared.description or "",
    )


def _has_paths(declared: FieldInfo) -> bool:
    return isinstance(declared.json_schema_extra, dict) and "paths" in declared.json_schema_extra


def _set_by(note: Written | None) -> str:
    if note is None:
        return "default"
    return "--set" if note.line is None else f"line {note.line}"


def _source(note: Written | None, of_default: str) -> str:
    if note is None:
        return of_default
    return note.source or NOT_STATED


def _shown(value: Any, kind: Kind | None) -> str:
    if isinstance(value, tuple):
        return "[" + ", ".join(str(each) for each in value) + "]"
    return kind.show(value) if kind and value != REQUIRED else str(value)


def bounds_text(declared: FieldInfo, kind: Kind | None) -> tuple[str, str]:
    """Return the bounds of a field as a scenario file would write them."""
    extra = declared.json_schema_extra
    if isinstance(extra, dict) and isinstance(each := extra.get("each"), list):
        return str(each[0]), str(each[1])
    choices = get_args(declared.annotation) if get_origin(declared.annotation) is Literal else ()
    if kind is None:
        return ("", " | ".join(choices)) if choices else ("", "")
    lower = next((each.ge for each in declared.metadata if isinstance(each, Ge)), None)
    upper = next((each.le for each in declared.metadata if isinstance(each, Le)), None)
    return kind.show(lower), kind.show(upper)  # type: ignore[arg-type]
