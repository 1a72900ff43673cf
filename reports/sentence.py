"""
Sentences and the quantities in them.

A sentence is a template whose slots are quantities, names or other sentences: no bare number
reaches the reader without its unit.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from string import Formatter
from typing import Literal

from markupsafe import Markup, escape

from sim.kpis import KPI_BY_NAME
from sim.numbers import (
    MINUS,
    NARROW_BLANK,
    NONE,
    NOT_COMPUTED,
    amount,
    exact_count,
    three_digits,
    with_unit,
)

_WAD = 10**18
_LONGEST_NAME = 60
_LEAST_SHARE = 1e-6
"""Below it a share is shown as less than this."""

_SINGULAR: Mapping[str, str] = {
    "copies": "copy",
    "slashes": "slash",
    "classes": "class",
    "boxes": "box",
}

Style = Literal["count", "three", "money", "share", "stated", "stated share"]


@dataclass(frozen=True, slots=True)
class Quantity:
    """
    A value with its unit, `1` where it has none; money is held in base units, shares in ones.

    None and NaN are quantities too: nothing there, and not computed.
    """

    value: float | None
    unit: str
    style: Style = "three"

    @property
    def number(self) -> str:
        """The number as read by people, without its unit."""
        return self._parts()[0]

    @property
    def shown_unit(self) -> str:
        """The unit as read by people: small amounts are told in base units."""
        return self._parts()[1]

    def __str__(self) -> str:
        number, unit = self._parts()
        if unit == "1" or number in (NONE, NOT_COMPUTED):
            return number
        if number == "1" and self.style == "count":
            unit = _SINGULAR.get(unit, unit.removesuffix("s"))
        return with_unit(number, unit)

    def _parts(self) -> tuple[str, str]:
        if self.value is None:
            return NONE, self.unit
        if math.isnan(self.value):
            return NOT_COMPUTED, self.unit
        if self.style == "money":
            return _money_parts(int(self.value))
        unit = "%" if self.style in ("share", "stated share") else self.unit
        return _NUMBERS[self.style](self.value), unit


@dataclass(frozen=True, slots=True)
class Name:
    """Something that is called so: a host, a file; `code` for the protocol's own names."""

    text: str
    code: bool = False
    length: int = _LONGEST_NAME

    def __str__(self) -> str:
        return shortened(self.text, self.length)


@dataclass(frozen=True, slots=True)
class Sentence:
    """Text with names in it, ready for the page (`__html__`) or as plain text (`str`)."""

    parts: tuple["str | Name", ...]

    def __str__(self) -> str:
        return "".join(str(part) for part in self.parts)

    def __html__(self) -> str:
        return Markup("").join(_html(part) for part in self.parts)

    def __add__(self, other: "Sentence") -> "Sentence":
        return Sentence((*self.parts, " ", *other.parts)) if other.parts else self


Slot = Quantity | Name | Sentence


def say(template: str, **slots: Slot) -> Sentence:
    """
    Return a template with its slots filled.

    Raises:
        TypeError: A slot is a bare number or text, or the template itself holds a number.
        KeyError: A slot of the template is missing.
    """
    parts: list[str | Name] = []
    for literal, field, _, _ in Formatter().parse(template):
        if any(letter.isdigit() for letter in literal):
            raise TypeError(f"`{template}` holds a number, allowed: slots")
        parts.append(literal)
        if field is not None:
            parts.extend(_filled(field, slots[field]))
    return Sentence(tuple(part for part in parts if part))


def count(value: float, unit: str) -> Quantity:
    """Return an exact count."""
    return Quantity(value, unit, "count")


def money(base_units: int) -> Quantity:
    """Return an amount of MNFT given in base units."""
    return Quantity(base_units, "MNFT", "money")


def share(fraction: float | None) -> Quantity:
    """Return a fraction of one, shown in per cent."""
    return Quantity(fraction, "%", "share")


def number(value: float | None, unit: str = "1") -> Quantity:
    """Return a measured number with three significant digits."""
    return Quantity(value, unit)


def tick(value: int) -> Quantity:
    """Return the number of a tick, for `tick {at}`."""
    return Quantity(value, "1", "count")


def stated_share(fraction: float) -> Quantity:
    """Return a share that somebody set, with the digits that were set."""
    return Quantity(fraction, "%", "stated share")


def kpi_quantity(name: str, value: float | None, *, stated: bool = False) -> Quantity:
    """Return a KPI's value in its unit and style; a stated one keeps the digits it was set with."""
    kpi = KPI_BY_NAME.get(name)
    unit = kpi.unit if kpi else "1"
    is_share = kpi is not None and kpi.number_format == "share"
    if stated:
        return Quantity(value, unit, "stated share" if is_share else "stated")
    if is_share:
        return share(value)
    is_count = kpi is not None and kpi.number_format == "count"
    return Quantity(value, unit, "count" if is_count else "three")


@dataclass(frozen=True, slots=True)
class Interval:
    """What an interval is: estimator, method, level and the number behind it."""

    estimator: str
    method: str
    level: float
    over: Quantity

    def label(self) -> Sentence:
        """Return the label without which no interval may stand on the page."""
        return say(
            "{estimator}, {level} {method} over {over}",
            estimator=Name(self.estimator),
            level=stated_share(self.level),
            method=Name(self.method),
            over=self.over,
        )


def shortened(text: str, longest: int = _LONGEST_NAME) -> str:
    """Return a text that fits, cut at the end, without control characters."""
    printable = "".join(letter if letter.isprintable() else "\ufffd" for letter in text)
    return printable if len(printable) <= longest else printable[: longest - 1] + "…"


def _per_cent(fraction: float) -> str:
    if 0 < fraction < _LEAST_SHARE:
        return f"< {_stated(100 * _LEAST_SHARE)}"
    return three_digits(100 * fraction)


def _stated(value: float) -> str:
    return f"{value + 0.0:,.12g}".replace("-", MINUS)


_NUMBERS: Mapping[str, Callable[[float], str]] = {
    "count": exact_count,
    "three": three_digits,
    "share": _per_cent,
    "stated": _stated,
    "stated share": lambda value: _stated(100 * value),
}


def _money_parts(whole: int) -> tuple[str, str]:
    if abs(whole) >= 1_000 * _WAD:
        # Half a token up: what is shown to the reader is never used to compute.
        rounded = (abs(whole) + _WAD // 2) // _WAD
        return (MINUS if whole < 0 else "") + f"{rounded:,}", "MNFT"
    if 0 < abs(whole) < _WAD // 10**6:
        number_text, _, unit = amount(whole).partition(NARROW_BLANK)
        return number_text, unit
    return three_digits(whole / _WAD), "MNFT"


def _filled(field: str, slot: Slot) -> tuple["str | Name", ...]:
    if isinstance(slot, Sentence):
        return slot.parts
    if isinstance(slot, Name):
        return (slot,)
    if isinstance(slot, Quantity):
        return (str(slot),)
    raise TypeError(f"slot `{field}` holds {slot!r}, allowed: Quantity, Name, Sentence")


def _html(part: "str | Name") -> Markup:
    if isinstance(part, Name) and part.code:
        return Markup("<code>{}</code>").format(str(part))
    return escape(str(part))
