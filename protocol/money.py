"""Integer money: every operation names its rounding."""

from collections.abc import Sequence

BPS = 10_000
"""One whole, in basis points."""

WAD = 10**18
"""One whole, in the fixed point of price levels; also the units in one MNFT."""

MAX_UINT256 = 2**256 - 1


def mul_div_down(amount: int, numerator: int, denominator: int) -> int:
    """Return amount times numerator over denominator, rounded down."""
    return amount * numerator // denominator


def mul_div_up(amount: int, numerator: int, denominator: int) -> int:
    """Return amount times numerator over denominator, rounded up."""
    return -(-amount * numerator // denominator)


def split(amount: int, shares_bps: Sequence[int]) -> tuple[list[int], int]:
    """
    Return the parts of an amount, and the dust that no part got.

    The shares must sum to BPS.
    Each part rounds down, so the dust is less than one unit per share.
    """
    parts = [mul_div_down(amount, share_bps, BPS) for share_bps in shares_bps]
    return parts, amount - sum(parts)
