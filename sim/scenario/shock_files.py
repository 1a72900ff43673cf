"""Reads the CSV files of shocks: a header `tick,value`, then a tick and a number per line."""

import csv
import math
from collections.abc import Mapping
from io import StringIO
from pathlib import Path

from sim.errors import UserError
from sim.scenario.schema import Scenario
from sim.scenario.tree import read_text

_HEADER = ["tick", "value"]
_LIMITS: Mapping[str, tuple[float, float]] = {
    "demand": (0.0, 1e6),
    "outages": (0.0, 1.0),
    "token_price": (1e-9, 1e9),
    "coin_price": (1e-9, 1e9),
}


def files_of(scenario: Scenario, beside: Path) -> dict[str, str]:
    """
    Return the text of each file that the scenario's shocks name, by the name given there.

    Raises:
        UserError: A file is not beside or below the scenario, or cannot be read.
    """
    texts: dict[str, str] = {}
    for shock in scenario.shocks:
        if shock.process != "file":
            continue
        path = Path(shock.file)
        if path.is_absolute() or ".." in path.parts:
            place = f"shocks: {shock.name}: {shock.file}"
            raise UserError(place, "is elsewhere", "a file beside or below the scenario", "E118")
        texts[shock.file] = read_text(beside / path)
    return texts


def values_of(scenario: Scenario, texts: Mapping[str, str]) -> dict[str, dict[int, float]]:
    """
    Return the values by tick of each file.

    Raises:
        UserError: A line is not a tick and a number, or a value is not one of its target's.
    """
    return {
        shock.file: _values(shock.file, texts[shock.file], shock.target)
        for shock in scenario.shocks
        if shock.process == "file"
    }


def _values(file: str, text: str, target: str) -> dict[int, float]:
    rows = list(csv.reader(StringIO(text)))
    if not rows or [cell.strip() for cell in rows[0]] != _HEADER:
        raise UserError(f"{file}:1", "another header", "tick,value", "E118")
    values: dict[int, float] = {}
    for number, row in enumerate(rows[1:], start=2):
        if not row:
            continue
        tick, value = _row(f"{file}:{number}", row, target)
        if tick in values:
            raise UserError(f"{file}:{number}", f"tick {tick} is given twice", "once", "E118")
        values[tick] = value
    if 0 not in values:
        raise UserError(file, "there is no value for tick 0", "a line `0,VALUE`", "E118")
    return values


def _row(place: str, row: list[str], target: str) -> tuple[int, float]:
    try:
        written, number = row
        tick, value = int(written), float(number)
    except ValueError as error:
        problem = f"`{','.join(row)}` is not a tick and a number"
        raise UserError(place, problem, "such as `12,0.85`", "E118") from error
    lower, upper = _LIMITS[target]
    if tick < 0 or not math.isfinite(value) or not lower <= value <= upper:
        problem = f"{value:g} at tick {tick} cannot be for {target}"
        raise UserError(place, problem, f"{lower:g} to {upper:g}, from tick 0 on", "E118")
    return tick, value
