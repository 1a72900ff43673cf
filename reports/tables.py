"""Tables: columns with units, cells that carry their exact value beside the one shown."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from markupsafe import Markup

from reports.sentence import Quantity, Sentence, Style, shortened
from sim.claims import SIGNS, State
from sim.numbers import NONE

Kind = Literal["text", "code", "state", "count", "money", "share", "number"]

_STYLES: Mapping[Kind, Style] = {
    "count": "count",
    "money": "money",
    "share": "share",
    "number": "three",
}
_LONGEST_TEXT = 120


@dataclass(frozen=True, slots=True)
class Column:
    """One column: key of the row, head, kind and unit (`1` where numbers have none)."""

    key: str
    head: str
    kind: Kind = "text"
    unit: str = "1"

    @property
    def is_numeric(self) -> bool:
        """Whether cells are numbers, aligned right."""
        return self.kind in _STYLES

    def cell(self, value: Any) -> Markup:
        """Return a cell's content, escaped."""
        if isinstance(value, Quantity):
            return _data(value, self.unit)
        if isinstance(value, Sentence):
            return Markup(value.__html__())
        if self.is_numeric:
            return _data(self._quantity(value), self.unit)
        if self.kind == "state":
            return state_mark(value)
        if value is None or value == "":
            return Markup(NONE)
        text = shortened(str(value), _LONGEST_TEXT)
        return Markup("<code>{}</code>" if self.kind == "code" else "{}").format(text)

    def _quantity(self, value: Any) -> Quantity:
        return Quantity(value, self.unit, _STYLES[self.kind])


@dataclass(frozen=True, slots=True)
class Table:
    """A table of the page; rows are mappings by the columns' keys."""

    caption: str
    columns: tuple[Column, ...]
    rows: tuple[Mapping[str, Any], ...]

    def cells(self) -> Iterable[Sequence[tuple[Column, Markup]]]:
        """Return the rows as the template prints them."""
        for row in self.rows:
            yield [(column, column.cell(row.get(column.key))) for column in self.columns]


def table(caption: str, columns: Sequence[Column], rows: Iterable[Mapping[str, Any]]) -> Table:
    """Return a table of rows."""
    return Table(caption, tuple(columns), tuple(dict(row) for row in rows))


def state_mark(state: State) -> Markup:
    """Return a state as sign and word in its colour."""
    return Markup('<span class="state {}"><span aria-hidden="true">{}</span> {}</span>').format(
        state_class(state), SIGNS[state], state
    )


def state_class(state: State) -> str:
    """Return the CSS class of a state."""
    if state in ("INVALID", "error"):
        return "is-red"
    return f"is-{state}" if state in ("red", "amber", "green") else "is-grey"


def _data(quantity: Quantity, unit_of_head: str) -> Markup:
    # The head has the unit; a cell repeats its own only where it is another one.
    shown = quantity.number if quantity.shown_unit == unit_of_head else str(quantity)
    if quantity.value is None or not math.isfinite(quantity.value):
        return Markup("{}").format(shown)
    exact = str(int(quantity.value)) if quantity.style == "money" else repr(quantity.value)
    return Markup('<data value="{}">{}</data>').format(exact, shown)
