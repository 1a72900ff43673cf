"""
From YAML nodes to typed values, led by the schema: every error at once, each with its place.

A value may be given as `{value: X, why: "...", source: "..."}` wherever a plain one may stand.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import NoneType, UnionType
from typing import Any, Literal, get_args, get_origin

from annotated_types import Ge, Le, MinLen
from pydantic.fields import FieldInfo
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from sim.errors import Location, Problem, nearest
from sim.kpis import KPI_BY_NAME
from sim.scenario.axes import read_arms, read_axes
from sim.scenario.fields import Section, kind_of
from sim.scenario.ranges import read_ranges
from sim.scenario.schema import GOVERNED_KEYS, Claim, Proposal, Protocol
from sim.scenario.searching import Fails
from sim.scenario.sweeping import Until
from sim.scenario.thresholds import threshold_kind
from sim.scenario.tree import Source
from sim.scenario.units import COUNT, Kind, UnitError

IN_UNIT_OF_KPI = ((Claim, "threshold"), (Fails, "threshold"), (Until, "half_width"))
"""Numbers whose unit is that of the KPI beside them."""

_NOTE_KEYS = ("value", "why", "source")


@dataclass(frozen=True, slots=True)
class Written:
    """A value that somebody wrote: its line (None: given by an option), reason and source."""

    line: int | None
    why: str = ""
    source: str = ""


@dataclass
class Reading:
    """What was read: plain values for the schema, and where each of them stands."""

    source: Source
    overrides: Mapping[str, str]
    problems: list[Problem] = field(default_factory=list)
    locations: dict[str, Location] = field(default_factory=dict)
    written: dict[str, Written] = field(default_factory=dict)
    failed: set[str] = field(default_factory=set)
    used: set[str] = field(default_factory=set)

    def section(self, model: type[Section], node: Node | None, path: str) -> dict[str, Any] | None:
        """Return the plain values of a section, None where a required one is missing or wrong."""
        if node is not None and not isinstance(node, MappingNode):
            self.report("E104", f"`{path}` is a section", path, node, "keys are missing")
            return None
        nodes = self._known_keys(model, node, path) if node is not None else {}
        values: dict[str, Any] = {}
        complete = True
        for name, declared in model.model_fields.items():
            where = f"{path}.{name}" if path else name
            if name not in nodes and not self._is_overridden(where):
                if declared.is_required():
                    complete = False
                    self._missing(name, where, path, node)
                continue
            value = self._value(model, declared, nodes.get(name), where, values)
            if value is None:
                self.failed.add(where)
                complete = complete and not declared.is_required()
            else:
                values[name] = value
        return values if complete else None

    def report(
        self,
        code: str,
        problem: str,
        path: str,
        place: Node | Location | None,
        note: str = "",
        *,
        allowed: tuple[str, ...] = (),
        label: str = "allowed",
    ) -> None:
        """Add a problem; a path that is wrong is not judged again by the checks."""
        location = self.source.of_node(place) if isinstance(place, Node) else place
        where = f"{location.file}:{location.line}:{location.column}" if location else path
        self.problems.append(Problem(code, problem, where, note, allowed, label, location))
        if not code.startswith("W"):
            self.failed.add(path)

    def _is_overridden(self, path: str) -> bool:
        return any(
            each == path or each.startswith((f"{path}.", f"{path}[")) for each in self.overrides
        )

    def _known_keys(self, model: type[Section], node: MappingNode, path: str) -> dict[str, Node]:
        nodes: dict[str, Node] = {}
        allowed = tuple(sorted(model.model_fields))
        for key, value in node.value:
            name = str(key.value) if isinstance(key, ScalarNode) else ""
            where = f"{path}.{name}" if path else name
            if name in nodes:
                first = self.locations[where].line
                self.report(
                    "E107", f"`{name}` is given twice", where, key, f"first in line {first}"
                )
            elif name not in model.model_fields:
                self._unknown(name, key, path, allowed)
            else:
                nodes[name] = value
                self.locations[where] = self.source.of_node(key)
        return nodes

    def _unknown(
        self, name: str, key: Node, path: str, allowed: tuple[str, ...], hint: str = ""
    ) -> None:
        near = nearest(name, allowed)
        note = f"not a key of `{path}`" if path else "not a key of a scenario"
        self.report(
            "E101",
            f"unknown key `{name}`",
            f"{path}.{name}",
            key,
            f"{note}; nearest: `{near}`" if near else f"{note}{hint}",
            allowed=allowed,
            label="allowed here",
        )

    def _missing(self, name: str, where: str, path: str, node: Node | None) -> None:
        location = self.locations.get(path)
        if location is None:
            location = self.source.of_node(node) if node else self.source.span(0, 0, 1)
        owner = f"`{path}`" if path else "the scenario"
        self.report("E106", f"{owner} needs `{name}`", where, location, f"no `{name}` here")

    def _value(
        self,
        model: type[Section],
        declared: FieldInfo,
        node: Node | None,
        path: str,
        siblings: dict[str, Any],
    ) -> Any:
        annotation = _without_none(declared.annotation)
        if isinstance(annotation, type) and issubclass(annotation, Section):
            return self.section(annotation, node, path)
        special = _SPECIAL.get(str(_extra(declared).get("paths", "")))
        if special is not None:
            return special(self, node, path)
        members = get_args(annotation) if get_origin(annotation) is tuple else ()
        if members and isinstance(members[0], type) and issubclass(members[0], Section):
            return self._sections(members[0], declared, node, path)
        return self._leaf(model, declared, node, path, siblings)

    def _sections(
        self, model: type[Section], declared: FieldInfo, node: Node | None, path: str
    ) -> Any:
        if not isinstance(node, SequenceNode):
            self.report("E104", f"`{path}` is a list", path, node, "items start with `- `")
            return None
        if not node.value and any(isinstance(each, MinLen) for each in declared.metadata):
            self.report("E104", f"`{path}` is empty", path, node, "at least one item")
            return None
        items = []
        for position, each in enumerate(node.value):
            where = f"{path}[{position}]"
            self.locations[where] = self.source.of_node(each)
            item = self.section(model, each, where)
            if item is None:
                self.failed.add(path)
            else:
                items.append(item)
        # A list that only errors emptied is not one that was left empty.
        return tuple(items) if items or not node.value else None

    def _leaf(
        self,
        model: type[Section],
        declared: FieldInfo,
        node: Node | None,
        path: str,
        siblings: dict[str, Any],
    ) -> Any:
        if path in self.overrides:
            self.used.add(path)
            self.written[path] = Written(None)
            node = None
            content: Node | str = self.overrides[path]
        else:
            unwrapped = self._unwrap(node, path)
            if unwrapped is None:
                return None
            content = unwrapped
            if not isinstance(unwrapped, ScalarNode) or unwrapped.value:
                self.locations[path] = self.source.of_node(unwrapped)
        if isinstance(content, SequenceNode):
            return self._numbers(declared, content, path)
        if isinstance(content, MappingNode):
            self.report("E104", f"`{path}` is a value, not a section", path, content)
            return None
        written = content if isinstance(content, str) else str(content.value)
        if not written.strip():
            self.report("E104", f"`{path}` has no value", path, self.locations.get(path), "empty")
            return None
        if _is_list(declared):
            self.report("E104", f"`{path}` is a list", path, node, "write it as [1, 2, 3]")
            return None
        return self._scalar(model, declared, content, path, siblings)

    def _unwrap(self, node: Node | None, path: str) -> Node | None:
        """Return the node of the value itself, and remember the reason and source beside it."""
        line = self.locations[path].line
        self.written[path] = Written(line)
        if not isinstance(node, MappingNode):
            return node
        if not any(str(key.value) in _NOTE_KEYS for key, _ in node.value):
            self.report("E104", f"`{path}` is a value, not a section", path, node)
            return None
        parts: dict[str, Node] = {}
        for key, value in node.value:
            name = str(key.value)
            if name in parts:
                self.report("E107", f"`{name}` is given twice", path, key)
            elif name not in _NOTE_KEYS:
                # `{why: one, two}` is two keys to YAML, the second without a value.
                hint = "" if _text(value) else "; a text with a comma needs quotes"
                self._unknown(name, key, path, _NOTE_KEYS, hint)
            parts[name] = value
        if "value" not in parts:
            self.report("E106", f"`{path}` needs `value`", path, node, "no `value` here")
            return None
        self.written[path] = Written(line, _text(parts.get("why")), _text(parts.get("source")))
        return parts["value"]

    def _scalar(
        self,
        model: type[Section],
        declared: FieldInfo,
        content: Node | str,
        path: str,
        siblings: dict[str, Any],
    ) -> Any:
        written = content if isinstance(content, str) else str(content.value)
        choices = get_args(declared.annotation) if _is_choice(declared) else ()
        if choices:
            return self._choice(written, choices, path)
        kind = kind_of(declared.json_schema_extra)
        lower, upper = _bounds(declared)
        if model is Proposal and path.endswith(".value"):
            proposed = self._proposed(siblings, path)
            if proposed is None:
                return None
            kind, (lower, upper) = proposed
        elif (model, path.rpartition(".")[2]) in IN_UNIT_OF_KPI:
            kind = self._threshold(siblings, path)
            if kind is None:
                return None
        if kind is None:
            if "names" in _extra(declared):
                return self._kpi(written, path)
            return written
        return self.number(kind, written, content, path, (lower, upper))

    def _choice(self, written: str, choices: tuple[str, ...], path: str) -> str | None:
        if written in choices:
            return written
        near = nearest(written, choices)
        note = f"did you mean {near}?" if near else ""
        place = self.locations.get(path)
        self.report(
            "E108", f"`{written}` is not a choice of `{path}`", path, place, note, allowed=choices
        )
        return None

    def _proposed(
        self, siblings: dict[str, Any], path: str
    ) -> tuple[Kind | None, tuple[Any, Any]] | None:
        name = siblings.get("parameter")
        if isinstance(name, str) and name in GOVERNED_KEYS:
            declared = Protocol.model_fields[name]
            return kind_of(declared.json_schema_extra), _bounds(declared)
        if name is not None:
            sibling = path.replace(".value", ".parameter")
            near = nearest(name, GOVERNED_KEYS)
            self.report(
                "E108",
                f"governance cannot change `{name}`",
                sibling,
                self.locations.get(sibling),
                f"did you mean {near}?" if near else "",
                allowed=GOVERNED_KEYS,
            )
        return None

    def _threshold(self, siblings: dict[str, Any], path: str) -> Kind | None:
        name = siblings.get("kpi")
        if isinstance(name, str) and name in KPI_BY_NAME:
            return threshold_kind(KPI_BY_NAME[name])
        if name is not None:
            self._kpi(name, f"{path.rpartition('.')[0]}.kpi")
        return None

    def _kpi(self, name: str, path: str) -> str | None:
        if name in KPI_BY_NAME:
            return name
        near = nearest(name, tuple(KPI_BY_NAME))
        note = f"did you mean {near}?" if near else "see `mnft kpis`"
        place = self.locations.get(path)
        self.report("E108", f"unknown KPI `{name}`", path, place, note, allowed=tuple(KPI_BY_NAME))
        return None

    def _kpis(self, node: SequenceNode, path: str) -> Any:
        names = [
            self._kpi(_text(item), f"{path}[{position}]")
            for position, item in enumerate(node.value)
            if self._locate(item, f"{path}[{position}]")
        ]
        if not names:
            self.report("E104", f"`{path}` is empty", path, node, "at least one KPI")
            return None
        return None if None in names else tuple(names)

    def number(
        self,
        kind: Kind,
        written: str,
        content: Node | str,
        path: str,
        bounds: tuple[Any, Any],
    ) -> int | float | None:
        """Return the number that a text stands for; None, and a problem, where it is none."""
        try:
            number = kind.parse(written)
        except UnitError as error:
            place = self.locations.get(path)
            if isinstance(content, ScalarNode):
                place = self.source.within_scalar(content, error.start, error.length)
            note = f"did you mean {error.suggestion}?" if error.suggestion else ""
            self.report(error.code, error.problem, path, place, note, allowed=error.allowed)
            return None
        lower, upper = bounds
        if (lower is not None and number < lower) or (upper is not None and number > upper):
            allowed = f"{kind.show(lower)} to {kind.show(upper)}"
            place = self.locations.get(path)
            problem = f"`{path}` is {kind.show(number)}"
            self.report("E105", problem, path, place, "out of bounds", allowed=(allowed,))
            return None
        return number

    def _numbers(self, declared: FieldInfo, node: SequenceNode, path: str) -> Any:
        extra = declared.json_schema_extra
        if not _is_list(declared) or not isinstance(extra, dict):
            self.report("E104", f"`{path}` is one value, not a list", path, node)
            return None
        if "names" in extra:
            return self._kpis(node, path)
        each: Any = extra["each"]
        numbers = [
            self.number(COUNT, _text(item), item, f"{path}[{position}]", (each[0], each[1]))
            for position, item in enumerate(node.value)
            if self._locate(item, f"{path}[{position}]")
        ]
        if not numbers:
            self.report("E104", f"`{path}` is empty", path, node, "at least one number")
            return None
        return None if None in numbers else tuple(numbers)

    def _locate(self, node: Node, path: str) -> bool:
        self.locations[path] = self.source.of_node(node)
        return True


def _text(node: Node | None) -> str:
    return str(node.value) if isinstance(node, ScalarNode) else ""


_SPECIAL = {"ranges": read_ranges, "axes": read_axes, "arms": read_arms}
"""Who reads the fields whose keys are paths or names, by what they say of themselves."""


def _extra(declared: FieldInfo) -> dict[str, Any]:
    extra = declared.json_schema_extra
    return extra if isinstance(extra, dict) else {}


def _without_none(annotation: Any) -> Any:
    """Return the section of a field that may be left out altogether."""
    members = [each for each in get_args(annotation) if each is not NoneType]
    return members[0] if get_origin(annotation) is UnionType else annotation


def _is_list(declared: FieldInfo) -> bool:
    return get_origin(declared.annotation) is tuple


def _is_choice(declared: FieldInfo) -> bool:
    return get_origin(declared.annotation) is Literal


def _bounds(declared: FieldInfo) -> tuple[Any, Any]:
    lower = next((each.ge for each in declared.metadata if isinstance(each, Ge)), None)
    upper = next((each.le for each in declared.metadata if isinstance(each, Le)), None)
    return lower, upper
