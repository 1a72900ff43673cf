"""Reads `ranges`: a mapping from paths of numbers to `[low, high]`."""

from typing import TYPE_CHECKING, Any

from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from sim.errors import nearest
from sim.scenario.paths import is_key, number_at, number_paths

if TYPE_CHECKING:
    from sim.scenario.reading import Reading


def read_ranges(reading: "Reading", node: Node | None, path: str) -> Any:
    """Return a range per path, its bounds as the number is stored; None where one is wrong."""
    if not isinstance(node, MappingNode) or not node.value:
        reading.report(
            "E104", f"`{path}` is a mapping", path, node, "path: [low, high] on each line",
            allowed=("`protocol.spot_check_rate: [1%, 10%]`",),
        )  # fmt: skip
        return None
    found = []
    seen: set[str] = set()
    for key, value in node.value:
        name = str(key.value) if isinstance(key, ScalarNode) else ""
        if name in seen:
            reading.report("E107", f"`{name}` is given twice", f"{path}.{name}", key)
        seen.add(name)
        found.append(_range(reading, name, key, value, path))
    return None if None in found else tuple(found)


def _range(reading: "Reading", name: str, key: Node, value: Node, path: str) -> Any:
    where = f"{path}.{name}"
    reading.locations[where] = reading.source.of_node(key)
    declared = number_at(name)
    if declared is None:
        _no_number(reading, name, where)
        return None
    if not isinstance(value, SequenceNode) or len(value.value) != 2:
        reading.report("E104", f"the range of `{name}` is not a pair", where, value, "[low, high]")
        return None
    ends = []
    for place, each in enumerate(value.value):
        # Each end of the range is judged as the number itself would be.
        end = f"{where}[{place}]"
        reading.locations[end] = reading.source.of_node(each)
        written = str(each.value) if isinstance(each, ScalarNode) else ""
        bounds = declared.lower, declared.upper
        ends.append(reading.number(declared.kind, written, each, end, bounds))
    low, high = ends
    if low is None or high is None:
        return None
    if low >= high:
        shown = f"{declared.kind.show(low)} to {declared.kind.show(high)}"
        reading.report(
            "E105", f"the range of `{name}` is {shown}", where, value, "the lower end comes first"
        )
        return None
    return {"path": name, "low": float(low), "high": float(high)}


def _no_number(reading: "Reading", name: str, where: str) -> None:
    place = reading.locations[where]
    if is_key(name):
        reading.report(
            "E104", f"`{name}` is no number that a range could have", where, place,
            "neither text nor section, neither seed nor search",
            allowed=("the path of a number, see `mnft defaults`",),
        )  # fmt: skip
        return
    near = nearest(name, number_paths())
    reading.report(
        "E101",
        f"`{name}` names no value",
        where,
        place,
        f"did you mean {near}?" if near else "",
        allowed=("the path of a number, see `mnft defaults`",),
    )
