"""Money from users through the splits to those who keep it, in three columns."""

from collections.abc import Mapping
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch, Rectangle
from matplotlib.path import Path

from reports.figures import POINTS, bare, fitting, text_width
from reports.sentence import money, share
from reports.theme import BAND, INK, SENTINEL

_HEIGHT = 3.1
_BAR = 8.0
_COLUMNS = (6.0, 88.0, 192.0)
_MOST = 5
_SPACE = 15.5
_ROOM = (0.0, 92.0, 112.0)

Flows = Mapping[tuple[str, str], int]


@dataclass
class _Node:
    name: str
    amount: int
    height: float
    top: float = 0.0
    used: float = 0.0


def draw_sankey(flows: Flows) -> Figure:
    """Return flows from `users` and `models`; the smallest become `other`."""
    figure, axes = bare(_HEIGHT)
    first = _largest({to: amount for (of, to), amount in flows.items() if of == "users"})
    second = _largest({to: amount for (of, to), amount in flows.items() if of == "models"})
    paid = sum(first.values())
    unit = (_HEIGHT * POINTS - 34 - _SPACE * (len(first) - 1) * 0.75) / max(1, paid)
    users = _Node("users", paid, paid * unit, _HEIGHT * POINTS - 26)
    # Royalties leave one model's accrual and enter another's: more goes out than came in.
    middle = _column(first, unit, {"models": sum(second.values())})
    last = _column(second, unit, {})
    models = next((node for node in middle if node.name == "models"), None)
    for node in middle:
        _band(axes, users, node, 0)
    if models is not None:
        for node in last:
            _band(axes, models, node, 1)
    _bar(axes, users, 0)
    axes.text(_COLUMNS[0], users.top + 5, f"users paid {money(paid)}", va="bottom")
    for place, nodes in ((1, middle), (2, last)):
        for node in nodes:
            _bar(axes, node, place)
            _label(axes, node, place, str(share(node.amount / paid if paid else 0)))
    return figure


def _label(axes: Axes, node: _Node, place: int, part: str) -> None:
    name = fitting(node.name, _ROOM[place] - text_width(f" {part}"))
    axes.text(
        _COLUMNS[place] + _BAR + 4,
        node.top - node.height / 2,
        f"{name} {part}",
        va="center",
        color=INK,
    )


def _largest(amounts: Mapping[str, int]) -> dict[str, int]:
    positive = [(name, amount) for name, amount in amounts.items() if amount > 0]
    ordered = sorted(positive, key=lambda each: (-each[1], each[0]))
    kept = dict(ordered[:_MOST])
    rest = sum(amount for _, amount in ordered[_MOST:])
    return kept | ({"other": rest} if rest else {})


def _column(amounts: Mapping[str, int], unit: float, passing: Mapping[str, int]) -> list[_Node]:
    nodes = [
        _Node(name, amount, max(1.5, max(amount, passing.get(name, 0)) * unit))
        for name, amount in amounts.items()
    ]
    top = _HEIGHT * POINTS - 26
    for node in nodes:
        # A label is taller than a thin bar: keep the labels apart, not only the bars.
        clearance = max(node.height, _SPACE)
        node.top = top - (clearance - node.height) / 2
        top -= clearance + 3
    return nodes


def _bar(axes: Axes, node: _Node, place: int) -> None:
    box = Rectangle(
        (_COLUMNS[place], node.top - node.height), _BAR, node.height,
        facecolor=SENTINEL["c1"], edgecolor=SENTINEL["c1"], linewidth=0.8,
    )  # fmt: skip
    axes.add_patch(box)


def _band(axes: Axes, source: _Node, target: _Node, place: int) -> None:
    start, end = _COLUMNS[place] + _BAR, _COLUMNS[place + 1]
    middle = (start + end) / 2
    upper, lower = source.top - source.used, source.top - source.used - target.height
    source.used += target.height
    points = [
        (start, upper), (middle, upper), (middle, target.top), (end, target.top),
        (end, target.top - target.height), (middle, target.top - target.height),
        (middle, lower), (start, lower), (start, upper),
    ]  # fmt: skip
    codes = [
        Path.MOVETO, Path.CURVE4, Path.CURVE4, Path.CURVE4, Path.LINETO,
        Path.CURVE4, Path.CURVE4, Path.CURVE4, Path.CLOSEPOLY,
    ]  # fmt: skip
    axes.add_patch(
        PathPatch(Path(points, codes), facecolor=BAND, edgecolor=SENTINEL["c1"], linewidth=0.6)
    )
