"""What the terminal can show: colour, width, letters. Rules of NO_COLOR, TERM=dumb and pipes."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TextIO

ColourChoice = Literal["auto", "always", "never"]
Style = Literal["red", "amber", "green", "muted", "bold"]

_DEFAULT_WIDTH = 80
_SIGNS = {
    "\u202f": " ",
    "\u00a0": " ",
    "\u2212": "-",
    "\u2013": "-",
    "\u2014": "-",
    "\u2265": ">=",
    "\u2264": "<=",
    "\u2717": "x",
    "\u2713": "+",
    "\u25cb": "o",
    "\u2026": "...",
}
_CODES: Mapping[Style, str] = {
    "red": "1;31",
    "amber": "33",
    "green": "32",
    "muted": "2",
    "bold": "1",
}


@dataclass(frozen=True, slots=True)
class Terminal:
    """A stream's abilities; `redraws` is whether a bar may overwrite itself."""

    has_colour: bool
    redraws: bool
    width: int
    encoding: str

    def paint(self, text: str, style: Style) -> str:
        """Return the text in a style, or as it is where there is no colour."""
        return f"\x1b[{_CODES[style]}m{text}\x1b[0m" if self.has_colour else text

    def fit(self, text: str) -> str:
        """Return the text with letters that the encoding lacks replaced by ASCII."""
        try:
            text.encode(self.encoding)
        except (UnicodeEncodeError, LookupError):
            for sign, plain in _SIGNS.items():
                text = text.replace(sign, plain)
            encoding = "ascii" if self.encoding_is_unknown else self.encoding
            return text.encode(encoding, errors="replace").decode(encoding)
        return text

    @property
    def encoding_is_unknown(self) -> bool:
        """Whether Python has no codec of that name."""
        try:
            "".encode(self.encoding)
        except LookupError:
            return True
        return False


def terminal_of(
    stream: TextIO, environment: Mapping[str, str], colour: ColourChoice = "auto"
) -> Terminal:
    """
    Return what a stream can show.

    No colour where NO_COLOR is set to anything or the terminal is dumb, whatever is asked for,
    and none in a pipe unless it is asked for. What may not have colour gets no cursor codes either.
    """
    is_tty = stream.isatty()
    plain = bool(environment.get("NO_COLOR")) or environment.get("TERM") == "dumb"
    has_colour = not plain and {"always": True, "never": False, "auto": is_tty}[colour]
    return Terminal(
        has_colour=has_colour,
        redraws=is_tty and not plain and colour != "never",
        width=_width(environment, is_tty),
        encoding=stream.encoding or "ascii",
    )


def _width(environment: Mapping[str, str], is_tty: bool) -> int:
    asked = environment.get("COLUMNS", "")
    if asked.isdecimal() and int(asked) > 0:
        return int(asked)
    if is_tty:
        try:
            return os.get_terminal_size().columns
        except OSError:
            return _DEFAULT_WIDTH
    return _DEFAULT_WIDTH
