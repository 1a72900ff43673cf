"""
Values with units, as people write them: `30d`, `2.5%`, `100 MNFT`, `120 ms`.

A kind reads a text into the number that the simulation uses, and shows that number again.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Context, Decimal

from protocol.money import BPS, WAD
from protocol.parameters import DAY, PPM
from sim.errors import nearest

Value = int | float | str | bool

_QUANTITY = re.compile(r"([+-]?(?:\d[\d_]*)?(?:\.\d+)?(?:[eE][+-]?\d+)?)\s*(.*)", re.DOTALL)
_MOST_DIGITS = 60
# Wide enough that no amount is ever rounded.
_EXACT = Context(prec=4 * _MOST_DIGITS)


class UnitError(ValueError):
    """
    A text that is not a value of its kind.

    `start` and `length` mark the part of the text that is wrong.
    """

    def __init__(
        self,
        code: str,
        problem: str,
        allowed: tuple[str, ...],
        span: tuple[int, int],
        suggestion: str | None = None,
    ) -> None:
        super().__init__(problem)
        self.code = code
        self.problem = problem
        self.allowed = allowed
        self.start, self.length = span
        self.suggestion = suggestion


@dataclass(frozen=True, slots=True)
class Kind:
    """
    How values of a kind are written.

    `units` gives the factor of each unit, in the order in which they are offered;
    the empty unit is a bare number. `whole` marks kinds whose numbers are integers once scaled.
    """

    name: str
    unit: str
    units: Mapping[str, Decimal]
    whole: bool
    examples: str

    def parse(self, text: str) -> int | float:
        """Return the number a text stands for; raises UnitError."""
        number, unit, unit_start = _split(text, self)
        if unit not in self.units:
            raise _unit_error(text, unit, unit_start, self)
        scaled = _EXACT.multiply(number, self.units[unit])
        if not self.whole:
            return float(scaled)
        if scaled != scaled.to_integral_value():
            smallest = "a whole number" if "" in self.units else f"whole {self.unit}"
            raise UnitError(
                "E104",
                f"`{text}` is finer than {_FINEST.get(self.name, smallest)}",
                (self.examples,),
                (0, len(text)),
            )
        return int(scaled)

    def show(self, value: float) -> str:
        """Return the text of a number, in the unit that reads best; `parse` reads it back."""
        return _SHOW.get(self.name, _show_number)(value)


def _decimals(**units: str | int) -> dict[str, Decimal]:
    return {name: Decimal(factor) for name, factor in units.items()}


_SECONDS = _decimals(d=DAY, h=3_600, min=60, s=1, w=7 * DAY)
_MONEY = _decimals(MNFT=WAD, milliMNFT=WAD // 1_000, microMNFT=WAD // 1_000_000)


def _percent(whole: int | str) -> dict[str, Decimal]:
    return {"%": Decimal(whole) / 100}


COUNT = Kind("count", "1", _decimals(**{"": 1}), True, "a whole number such as `60`")
NUMBER = Kind("number", "1", _decimals(**{"": 1}), False, "a number such as `0.5`")
SHARE = Kind("share", "%", _percent(1), False, "a percentage such as `2.5%`")
BPS_SHARE = Kind("bps", "%", _percent(BPS), True, "a percentage such as `2.5%`")
PPM_SHARE = Kind("ppm", "%", _percent(PPM), True, "a percentage such as `2.5%`")
PERCENT = Kind("percent", "%", _percent(100), True, "a whole percentage such as `4%`")
MONEY = Kind("money", "MNFT", _MONEY, True, "an amount such as `100 MNFT`")
DURATION = Kind("duration", "s", _SECONDS, True, "a duration such as `30d`, `12h` or `90s`")
MILLISECONDS = Kind(
    "milliseconds", "ms", _decimals(ms=1, s=1_000), False, "a time such as `120 ms`"
)
DEGREES = Kind("degrees", "deg", _decimals(deg=1), False, "an angle such as `15 deg`")
EPOCHS = Kind("epochs", "epochs", _decimals(epochs=1), True, "epochs, such as `7 epochs`")

AMOUNT = Kind(
    "amount",
    "MNFT",
    _decimals(MNFT=1, milliMNFT="0.001"),
    False,
    "an amount such as `100 MNFT`",
)
"""Amounts in MNFT as figures are measured; MONEY has them in base units."""
GAS = Kind("gas", "gas", _decimals(gas=1), False, "an amount of gas such as `71300 gas`")

KINDS: Mapping[str, Kind] = {
    kind.name: kind
    for kind in (
        COUNT,
        NUMBER,
        SHARE,
        BPS_SHARE,
        PPM_SHARE,
        PERCENT,
        MONEY,
        DURATION,
        MILLISECONDS,
        DEGREES,
        EPOCHS,
    )
}

OF_PARAMETER: Mapping[str, Kind] = {
    "bps": BPS_SHARE,
    "ppm": PPM_SHARE,
    "percent": PERCENT,
    "seconds": DURATION,
    "MNFT": MONEY,
    "epochs": EPOCHS,
}
"""The kind of a protocol parameter by its unit there."""

_FINEST: Mapping[str, str] = {
    "bps": "0.01 % (one basis point)",
    "ppm": "0.0001 % (one part per million)",
    "percent": "1 %",
    "money": "the token's 18 decimals",
    "duration": "a second",
}


def _split(text: str, kind: Kind) -> tuple[Decimal, str, int]:
    found = _QUANTITY.fullmatch(text.strip())
    digits = found.group(1) if found else ""
    if not found or not any(letter.isdigit() for letter in digits) or len(text) > _MOST_DIGITS:
        raise UnitError(
            "E104", f"`{text}` is not {kind.examples}", (kind.examples,), (0, len(text))
        )
    number = Decimal(digits.replace("_", ""))
    if not number.is_finite() or number.adjusted() > _MOST_DIGITS:
        raise UnitError("E104", f"`{text}` is too large", (kind.examples,), (0, len(text)))
    return number, found.group(2), len(text) - len(text.lstrip()) + found.start(2)


def _unit_error(text: str, unit: str, start: int, kind: Kind) -> UnitError:
    offered = tuple(name for name in kind.units if name)
    if not offered:
        return UnitError("E102", f"unexpected unit `{unit}`", ("no unit",), (start, len(unit)))
    if not unit:
        return UnitError(
            "E102", f"`{text}` has no unit", offered, (0, len(text)), f"{text.strip()} {offered[0]}"
        )
    return UnitError(
        "E102", f"unknown unit `{unit}`", offered, (start, len(unit)), nearest(unit, offered)
    )


def _plain(number: Decimal) -> str:
    text = format(number.normalize(_EXACT), "f")
    return text if text != "-0" else "0"


def _show_number(value: float) -> str:
    return str(value) if isinstance(value, int) else format(value, ".12g")


def _show_percent_of(whole: int) -> Callable[[float], str]:
    return lambda value: f"{_plain(_EXACT.divide(Decimal(value) * 100, Decimal(whole)))}%"


def _show_money(value: float) -> str:
    return f"{_plain(_EXACT.divide(Decimal(value), Decimal(WAD)))} MNFT"


def _show_duration(value: float) -> str:
    seconds = int(value)
    for unit, factor in (("d", DAY), ("h", 3_600), ("min", 60)):
        if seconds and seconds % factor == 0:
            return f"{seconds // factor}{unit}"
    return f"{seconds}s"


_SHOW: Mapping[str, Callable[[float], str]] = {
    "share": lambda value: f"{format(value * 100, '.12g')}%",
    "bps": _show_percent_of(BPS),
    "ppm": _show_percent_of(PPM),
    "percent": _show_percent_of(100),
    "money": _show_money,
    "duration": _show_duration,
    "milliseconds": lambda value: f"{_show_number(value)} ms",
    "degrees": lambda value: f"{_show_number(value)} deg",
    "epochs": lambda value: f"{_show_number(value)} epochs",
    "amount": lambda value: f"{_show_number(value)} MNFT",
    "gas": lambda value: f"{_show_number(value)} gas",
}
