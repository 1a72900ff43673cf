"""What a key figure is."""

import math
from dataclasses import dataclass
from typing import Literal

from sim.numbers import NOT_COMPUTED, exact_count, three_digits, with_unit

Direction = Literal["up", "down", "none"]
Format = Literal["count", "share", "amount", "number", "milliseconds", "gas"]
OverRun = Literal["at_end", "mean", "max", "min", "total"]


@dataclass(frozen=True, slots=True)
class Kpi:
    """
    One key figure, measured once per tick.

    `direction` is where it is better; `over_run` is how ticks become the figure of a whole run.
    """

    name: str
    label: str
    unit: str
    direction: Direction
    number_format: Format
    over_run: OverRun
    definition: str

    def show(self, value: float | None) -> str:
        """Return the value with its unit, three significant digits, counts exact."""
        if value is None or math.isnan(value):
            return NOT_COMPUTED
        if self.number_format == "share":
            return with_unit(three_digits(100 * value), "%")
        number = exact_count(value) if self.number_format == "count" else three_digits(value)
        return number if self.unit == "1" else with_unit(number, self.unit)
