"""Solidity's checked arithmetic and OpenZeppelin's SafeCast and Math, with their refusals."""

from protocol.money import MAX_UINT256, mul_div_down, mul_div_up
from protocol.openzeppelin.errors import (
    DIVISION_BY_ZERO,
    OVERFLOW,
    Panic,
    SafeCastOverflowedUintDowncast,
)


def checked(value: int, bits: int = 256) -> int:
    """Return the result of an addition, subtraction or product; `Panic` if it left the type."""
    if not 0 <= value < 1 << bits:
        raise Panic(OVERFLOW)
    return value


def safe_cast(value: int, bits: int) -> int:
    """Return a value that fits into so many bits, as SafeCast does."""
    if value >= 1 << bits:
        raise SafeCastOverflowedUintDowncast(bits, value)
    return value


def mul_div(amount: int, numerator: int, denominator: int, *, round_up: bool = False) -> int:
    """Return `Math.mulDiv`: the product is exact; `Panic` for a zero divisor or a large result."""
    if denominator == 0:
        raise Panic(DIVISION_BY_ZERO)
    if mul_div_down(amount, numerator, denominator) > MAX_UINT256:
        raise Panic(OVERFLOW)
    return checked((mul_div_up if round_up else mul_div_down)(amount, numerator, denominator))
