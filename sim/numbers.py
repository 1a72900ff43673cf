"""How numbers are written for people: three digits, exact counts, narrow blanks before units."""

import math
from decimal import Context, Decimal

NARROW_BLANK = "\u202f"
"""Keeps a number and its unit on one line."""

MINUS = "\u2212"
NOT_COMPUTED = "not computed"
NONE = "\u2013"

_THREE = Context(prec=3)
_WAD = 10**18
_SMALLEST_SHOWN = _WAD // 10**6


def three_digits(value: float) -> str:
    """Return a number with three significant digits, thousands separated, true minus."""
    if math.isnan(value):
        return NOT_COMPUTED
    if math.isinf(value):
        return "unbounded"
    if value == 0:
        return "0"
    rounded = _THREE.create_decimal(Decimal(repr(float(value))))
    places = max(0, 2 - rounded.adjusted())
    return f"{rounded:,.{places}f}".replace("-", MINUS)


def exact_count(value: float) -> str:
    """Return a count with all its digits; a mean of counts gets three digits."""
    if not math.isfinite(value) or value != int(value):
        return three_digits(value)
    return f"{int(value):,}".replace("-", MINUS)


def with_unit(number: str, unit: str) -> str:
    """Return a number and its unit with a narrow no-break blank between."""
    return f"{number}{NARROW_BLANK}{unit}"


def amount(base_units: int) -> str:
    """Return an amount of MNFT exactly, or in base units where it is too small to read."""
    if 0 < abs(base_units) < _SMALLEST_SHOWN:
        return with_unit(exact_count(base_units), "base units")
    whole, rest = divmod(abs(base_units), _WAD)
    decimals = f"{rest:018d}".rstrip("0")
    digits = f"{whole:,}.{decimals}" if decimals else f"{whole:,}"
    return with_unit((MINUS if base_units < 0 else "") + digits, "MNFT")


def share(fraction: float) -> str:
    """Return a fraction of one in per cent."""
    return with_unit(three_digits(100 * fraction), "%")
