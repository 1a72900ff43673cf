"""
Colours of the page, once: CSS variables for both schemes, sentinels that figures are drawn with.

Okabe and Ito's series darkened or lightened until text may take a line's colour.
"""

from collections.abc import Mapping

LIGHT: Mapping[str, str] = {
    "paper": "#FFFFFF",
    "panel": "#F6F8FA",
    "rule": "#7C838B",
    "ink": "#1A1C1F",
    "muted": "#555B63",
    "band": "#C9DCEA",
    "c1": "#0072B2",
    "c2": "#B84A00",
    "c3": "#007A5A",
    "c4": "#A03C78",
    "red": "#B3261E",
    "red-ground": "#FDECEA",
    "amber": "#8A5300",
    "amber-ground": "#FFF4E0",
    "green": "#00664B",
    "green-ground": "#E6F5F0",
    "grey": "#555B63",
    "grey-ground": "#F1F3F5",
}

DARK: Mapping[str, str] = {
    "paper": "#14171A",
    "panel": "#1B1F23",
    "rule": "#7A828B",
    "ink": "#E8EAED",
    "muted": "#A9B0B8",
    "band": "#274153",
    "c1": "#56B4E9",
    "c2": "#FF9B57",
    "c3": "#37C99E",
    "c4": "#E29CC6",
    "red": "#FF9C93",
    "red-ground": "#3A1B19",
    "amber": "#FFC266",
    "amber-ground": "#35280F",
    "green": "#62D9B4",
    "green-ground": "#10302A",
    "grey": "#A9B0B8",
    "grey-ground": "#23282D",
}

SENTINEL: Mapping[str, str] = {
    name: f"#0a{number:02d}0b" for number, name in enumerate(("paper", *sorted(LIGHT)), start=10)
}
"""The colour that a figure is drawn in, to be replaced by the variable of that name."""

SERIES = (
    (SENTINEL["c1"], (None, None), "o"),
    (SENTINEL["c2"], (5.0, 2.0), "s"),
    (SENTINEL["c3"], (1.5, 1.5), "^"),
    (SENTINEL["c4"], (6.0, 2.0, 1.5, 2.0), "D"),
)
"""Colour, dashes and marker of each series: told apart without colour too."""

INK = SENTINEL["ink"]
MUTED = SENTINEL["muted"]
RULE = SENTINEL["rule"]
BAND = SENTINEL["band"]
RED = SENTINEL["red"]


def variables(palette: Mapping[str, str]) -> str:
    """Return a palette as CSS declarations."""
    return "".join(f"--{name}:{colour};" for name, colour in palette.items())


def without_sentinels(svg: str) -> str:
    """Return a drawing whose colours are the page's variables."""
    for name, sentinel in SENTINEL.items():
        svg = svg.replace(sentinel, f"var(--{name})")
    return svg
