"""JSON Schema of a scenario as it is written, units and all: for editors, and for the docs."""

from typing import Any, Literal, get_args, get_origin

from pydantic.fields import FieldInfo

from sim.kpis import KPI_BY_NAME
from sim.scenario.fields import Section, kind_of
from sim.scenario.paths import section_of
from sim.scenario.reading import IN_UNIT_OF_KPI
from sim.scenario.rows import bounds_text
from sim.scenario.schema import GOVERNED_KEYS, Proposal, Scenario
from sim.scenario.units import Kind

_NUMBER = r"[+-]?(\d[\d_]*)?(\.\d+)?([eE][+-]?\d+)?"


def json_schema() -> dict[str, Any]:
    """Return the schema (draft 2020-12) that every valid scenario file satisfies."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "mnft scenario",
        **_section(Scenario),
    }


def _section(model: type[Section]) -> dict[str, Any]:
    return {
        "type": "object",
        "description": _one_line(model.__doc__ or ""),
        "additionalProperties": False,
        "required": [name for name, each in model.model_fields.items() if each.is_required()],
        "properties": {
            name: _field(model, name, declared) for name, declared in model.model_fields.items()
        },
    }


def _field(model: type[Section], name: str, declared: FieldInfo) -> dict[str, Any]:
    extra = declared.json_schema_extra
    if isinstance(extra, dict) and "paths" in extra:
        return _by_path(declared, str(extra["paths"]))
    section = section_of(declared)
    if section is not None and get_origin(declared.annotation) is tuple:
        items = _section(section)
        return {"type": "array", "items": items, "description": declared.description or ""}
    if section is not None:
        return _section(section)
    return _leaf(declared, _written(model, name, declared))


def _by_path(declared: FieldInfo, what: str) -> dict[str, Any]:
    value: dict[str, Any] = {"type": ["string", "number"]}
    items: dict[str, dict[str, Any]] = {
        "ranges": {"type": "array", "minItems": 2, "maxItems": 2, "items": value},
        "axes": {"type": "array", "minItems": 1, "items": value},
        "arms": {"type": "object", "additionalProperties": value},
    }
    return {
        "type": "object",
        "minProperties": 1,
        "additionalProperties": items[what],
        "description": declared.description or "",
    }


def _leaf(declared: FieldInfo, written: dict[str, Any]) -> dict[str, Any]:
    kind = kind_of(declared.json_schema_extra)
    facts: dict[str, Any] = {"description": _described(declared, kind)}
    if not declared.is_required():
        facts["default"] = _default(declared, kind)
    with_reason = {
        "type": "object",
        "additionalProperties": False,
        "required": ["value"],
        "properties": {
            "value": written,
            "why": {"type": "string"},
            "source": {"type": "string"},
        },
    }
    return {"anyOf": [written, with_reason], **facts}


def _written(model: type[Section], name: str, declared: FieldInfo) -> dict[str, Any]:
    extra = declared.json_schema_extra
    if get_origin(declared.annotation) is Literal:
        return {"enum": list(get_args(declared.annotation))}
    if isinstance(extra, dict) and ("names" in extra or "each" in extra):
        return _names_or_counts(declared, extra)
    kind = kind_of(extra)
    if kind is not None:
        return _quantity(kind)
    if (model, name) in ((Proposal, "value"), *IN_UNIT_OF_KPI):
        return {"type": ["string", "number"]}
    if (model, name) == (Proposal, "parameter"):
        return {"enum": list(GOVERNED_KEYS)}
    return {"type": ["string", "number", "boolean"]}


def _names_or_counts(declared: FieldInfo, extra: dict[str, Any]) -> dict[str, Any]:
    if "names" in extra:
        items: dict[str, Any] = {"enum": list(KPI_BY_NAME)}
    else:
        least, most = extra["each"]
        items = {"type": "integer", "minimum": least, "maximum": most}
    listed = get_origin(declared.annotation) is tuple
    return {"type": "array", "minItems": 1, "items": items} if listed else items


def _quantity(kind: Kind) -> dict[str, Any]:
    units = "|".join(unit for unit in kind.units if unit)
    if units:
        return {"type": "string", "pattern": rf"^\s*{_NUMBER}\s*({units})\s*$"}
    number = "integer" if kind.whole else "number"
    return {"anyOf": [{"type": number}, {"type": "string", "pattern": rf"^\s*{_NUMBER}\s*$"}]}


def _described(declared: FieldInfo, kind: Kind | None) -> str:
    lower, upper = bounds_text(declared, kind) if kind else ("", "")
    extra = declared.json_schema_extra
    source = f"; source: {extra['source']}" if isinstance(extra, dict) and "source" in extra else ""
    bounds = f"; {lower} to {upper}" if lower else ""
    return f"{declared.description or ''}{bounds}{source}"


def _default(declared: FieldInfo, kind: Kind | None) -> Any:
    if isinstance(declared.default, tuple):
        return list(declared.default)
    if kind is None or "" in kind.units:
        return declared.default
    return kind.show(declared.default)


def _one_line(text: str) -> str:
    return " ".join(text.split())
