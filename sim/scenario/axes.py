"""Reads what a sweep varies: mappings from paths to lists of values, and named arms."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from sim.errors import nearest
from sim.scenario.paths import is_value, number_at, value_paths

if TYPE_CHECKING:
    from sim.scenario.reading import Reading


def read_axes(reading: "Reading", node: Node | None, path: str) -> Any:
    """Return an axis per path, its values as they are written; None where one is wrong."""
    found: list[Any] = []
    for name, where, value in _pairs(reading, node, path, "path: [value, value] on each line"):
        if not _is_known(reading, name, where):
            found.append(None)
            continue
        if not isinstance(value, SequenceNode) or not value.value:
            reading.report("E104", f"`{name}` has no list of values", where, value, "[1%, 5%]")
            found.append(None)
            continue
        texts = [_text(reading, name, each, f"{where}[{place}]")
                 for place, each in enumerate(value.value)]  # fmt: skip
        repeated = {text for text in texts if text is not None and texts.count(text) > 1}
        if repeated:
            reading.report("E107", f"`{name}` has {repeated.pop()} twice", where, value)
        found.append(None if None in texts else {"path": name, "values": tuple(texts)})
    return None if None in found or not found else tuple(found)


def read_arms(reading: "Reading", node: Node | None, path: str) -> Any:
    """Return each named arm with its changes; None where one is wrong."""
    if not isinstance(node, MappingNode) or not node.value:
        reading.report("E104", f"`{path}` is a mapping", path, node, "name: {path: value}")
        return None
    found: list[Any] = []
    for key, value in node.value:
        name = str(key.value) if isinstance(key, ScalarNode) else ""
        where = f"{path}.{name}"
        if not name.strip() or "/" in name or name.startswith("."):
            allowed = ("letters, digits, blanks, - and _",)
            reading.report("E104", f"`{name}` is no name of an arm", where, key, allowed=allowed)
        if where in reading.locations:
            reading.report("E107", f"`{name}` is given twice", where, key)
        reading.locations[where] = reading.source.of_node(key)
        changes = _changes(reading, value, where)
        found.append(None if changes is None else {"name": name, "changes": changes})
    return None if None in found else tuple(found)


def _changes(reading: "Reading", node: Node, path: str) -> tuple[tuple[str, str], ...] | None:
    if isinstance(node, MappingNode) and not node.value:
        return ()
    found = [
        (name, _text(reading, name, value, where) if _is_known(reading, name, where) else None)
        for name, where, value in _pairs(reading, node, path, "{path: value}")
    ]
    complete = tuple((name, text) for name, text in found if text is not None)
    return complete if found and len(complete) == len(found) else None


def _pairs(
    reading: "Reading", node: Node | None, path: str, note: str
) -> Iterator[tuple[str, str, Node]]:
    if not isinstance(node, MappingNode) or not node.value:
        allowed = ("`protocol.spot_check_rate: [1%, 10%]`",)
        reading.report("E104", f"`{path}` is a mapping", path, node, note, allowed=allowed)
        return
    seen: set[str] = set()
    for key, value in node.value:
        name = str(key.value) if isinstance(key, ScalarNode) else ""
        where = f"{path}.{name}"
        if name in seen:
            reading.report("E107", f"`{name}` is given twice", where, key)
        seen.add(name)
        reading.locations[where] = reading.source.of_node(key)
        yield name, where, value


def _is_known(reading: "Reading", name: str, where: str) -> bool:
    if is_value(name):
        return True
    near = nearest(name, value_paths())
    note = f"did you mean {near}?" if near else ""
    allowed = ("the path of a value, see `mnft defaults`; neither list, section nor seed",)
    place = reading.locations[where]
    reading.report("E101", f"`{name}` names no value", where, place, note, allowed=allowed)
    return False


def _text(reading: "Reading", name: str, node: Node, where: str) -> str | None:
    """Return a value as it is written, judged as the scenario's own would be where it can be."""
    reading.locations[where] = reading.source.of_node(node)
    if not isinstance(node, ScalarNode):
        reading.report("E104", f"a value of `{name}` is a number or a text", where, node)
        return None
    text = str(node.value)
    declared = number_at(name)
    if declared is not None:
        bounds = declared.lower, declared.upper
        if reading.number(declared.kind, text, node, where, bounds) is None:
            return None
    return text
