"""How a scenario's keys are declared: default, unit, bounds, meaning and source in one line."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from protocol.parameters import BY_NAME
from sim.scenario.units import KINDS, OF_PARAMETER, Kind

ASSUMED = "assumed"


class Section(BaseModel):
    """A part of a scenario: immutable, strict about types, without unknown keys."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


def quantity(
    kind: Kind,
    default: str | None,
    bounds: tuple[str, str],
    meaning: str,
    source: str = ASSUMED,
) -> Any:
    """
    Declare a number with a unit; default and bounds are written as in a scenario file.

    Without a default the key is required. The source says where the default comes from.
    """
    return Field(
        default=... if default is None else kind.parse(default),
        ge=kind.parse(bounds[0]),
        le=kind.parse(bounds[1]),
        description=meaning,
        json_schema_extra={"kind": kind.name, "source": source},
    )


def counts(default: tuple[int, ...], bounds: tuple[int, int], meaning: str, source: str) -> Any:
    """Declare a list of whole numbers, each within the bounds."""
    return Field(
        default=default,
        min_length=1,
        description=meaning,
        json_schema_extra={"kind": "count", "source": source, "each": list(bounds)},
    )


def ranges(meaning: str) -> Any:
    """Declare inputs: a mapping from paths of numbers to `[low, high]`, at least one."""
    return Field(
        default=..., min_length=1, description=meaning, json_schema_extra={"paths": "ranges"}
    )


def kpi_names(meaning: str) -> Any:
    """Declare a list of names of KPIs, at least one."""
    return Field(default=..., min_length=1, description=meaning, json_schema_extra={"names": "kpi"})


def text(
    default: str | None, meaning: str, source: str = ASSUMED, *, names_kpi: bool = False
) -> Any:
    """
    Declare a text; without a default the key is required and the text not empty.

    `names_kpi` asks for the name of a KPI.
    """
    if default is None:
        extra: dict[str, Any] = {"names": "kpi"} if names_kpi else {}
        return Field(default=..., min_length=1, description=meaning, json_schema_extra=extra)
    return Field(default=default, description=meaning, json_schema_extra={"source": source})


def choice(default: str | None, meaning: str, source: str = ASSUMED) -> Any:
    """Declare one of the values that the annotation names."""
    return Field(
        default=... if default is None else default,
        description=meaning,
        json_schema_extra={"source": source},
    )


def parameter(chain_name: str) -> Any:
    """Declare a number of the protocol: everything about it comes from `protocol.parameters`."""
    declared = BY_NAME[chain_name]
    governed = "governance may change it" if declared.governed else "fixed at deployment"
    return Field(
        default=declared.default,
        ge=declared.lower,
        le=declared.upper,
        description=f"{declared.meaning}; {governed}",
        json_schema_extra={
            "kind": OF_PARAMETER[declared.unit].name,
            "source": declared.source,
            "parameter": chain_name,
        },
    )


def rule(chain_name: str, words: tuple[str, ...]) -> Any:
    """Declare a rule of the protocol: a choice of words, numbered from 0 on chain."""
    declared = BY_NAME[chain_name]
    return Field(
        default=words[declared.default],
        description=f"{declared.meaning}; fixed at deployment",
        json_schema_extra={"source": declared.source, "parameter": chain_name},
    )


def kind_of(extra: Any) -> Kind | None:
    """Return the kind that a field was declared with, None for texts and choices."""
    return KINDS[extra["kind"]] if isinstance(extra, dict) and "kind" in extra else None
