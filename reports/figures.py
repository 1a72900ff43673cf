"""
Drawing: canvases of one size, labels that keep apart, and SVG that follows the page's colours.

Everything is drawn with Figure objects and sentinel colours; no backend and no global state.
"""

import math
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from io import StringIO
from typing import Any

import matplotlib
from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, findfont, get_font
from matplotlib.ft2font import FT2Font, LoadFlags
from matplotlib.ticker import FuncFormatter, MaxNLocator, NullFormatter

from reports.sentence import Sentence
from reports.tables import Table
from reports.theme import INK, MUTED, RULE, without_sentinels
from sim.numbers import MINUS

WIDTH = 4.4
HEIGHT = 3.1
POINTS = 72
FONT_SIZE = 10
LINE_HEIGHT = 14.0
"""Points from one line of text to the next that leaves browsers' boxes apart."""

LABEL_PAD = 4.5
"""Points between the numbers of an axis and its label."""

_LEFT, _TOP, _BOTTOM = 0.62, 0.34, 0.56
_METADATA = {"Creator": None, "Date": None, "Format": None, "Type": None}


@dataclass(frozen=True)
class Drawing:
    """A figure of the page, with the table that has the same values."""

    slug: str
    title: str
    caption: Sentence
    figure: Figure
    table: Table

    def svg(self, finding: Sentence) -> Markup:
        """Return the drawing as SVG for the page; its description is the finding."""
        return _inline(self.figure, self.slug, self.title, f"{finding} {self.caption}.")


@contextmanager
def drawing_style() -> Iterator[None]:
    """Draw with matplotlib's own defaults and ours, whatever a user's settings are."""
    ours = {
        "font.family": ["sans-serif"],
        "font.sans-serif": ["DejaVu Sans"],
        "font.size": FONT_SIZE,
        "text.color": INK,
        "text.parse_math": False,
        "axes.edgecolor": RULE,
        "axes.facecolor": "none",
        "axes.labelcolor": INK,
        "axes.labelsize": FONT_SIZE,
        "axes.linewidth": 0.8,
        "axes.spines.right": False,
        "axes.spines.top": False,
        "axes.unicode_minus": True,
        "figure.facecolor": "none",
        "hatch.linewidth": 0.8,
        "lines.linewidth": 1.6,
        "lines.scale_dashes": False,
        "savefig.facecolor": "none",
        "svg.fonttype": "none",
        "svg.hashsalt": "mnft",
        "xtick.color": RULE,
        "xtick.labelcolor": MUTED,
        "xtick.labelsize": FONT_SIZE,
        "xtick.major.pad": 5,
        "ytick.color": RULE,
        "ytick.labelcolor": MUTED,
        "ytick.labelsize": FONT_SIZE,
    }
    with matplotlib.rc_context():
        # A user's own settings must not change a page; the backend is none of our business.
        settings: Any = matplotlib.rcParams
        defaults: Any = matplotlib.rcParamsDefault
        settings.update({key: defaults[key] for key in defaults if "backend" not in key} | ours)
        yield


def canvas(
    *,
    panels: int = 1,
    height: float = HEIGHT,
    right: float = 0.15,
    left: float = _LEFT,
    top: float = _TOP,
    bottom: float = _BOTTOM,
    between: float = 0.5,
) -> tuple[Figure, list[Axes]]:
    """Return a figure with panels one below the other that share x; lengths in inches."""
    figure = Figure(figsize=(WIDTH, height))
    usable = height - top - bottom - between * (panels - 1)
    each = usable / panels
    axes: list[Axes] = []
    for place in range(panels):
        lower = bottom + (panels - 1 - place) * (each + between)
        box = (left / WIDTH, lower / height, (WIDTH - left - right) / WIDTH, each / height)
        axes.append(figure.add_axes(box, sharex=axes[0] if axes else None))
    for axis in axes[:-1]:
        axis.tick_params(labelbottom=False)
    return figure, axes


def bare(height: float) -> tuple[Figure, Axes]:
    """Return a figure whose axes are its points, from the lower left, without frame."""
    figure = Figure(figsize=(WIDTH, height))
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_axis_off()
    axes.set_xlim(0, WIDTH * POINTS)
    axes.set_ylim(0, height * POINTS)
    return figure, axes


def figure_of(axes: Axes) -> Figure:
    """Return the figure that axes are part of."""
    figure = axes.get_figure(root=True)
    if figure is None:
        raise ValueError("the axes belong to no figure")
    return figure


def headed(axes: Axes, label: str, rows_above: int = 0) -> None:
    """Write what an axis measures over it, so that nothing has to be read sideways."""
    figure = figure_of(axes)
    box = axes.get_position()
    height = figure.get_size_inches()[1] * POINTS
    above = (9 + rows_above * LINE_HEIGHT) / height
    figure.text(0.006, box.y1 + above, label, color=INK, va="bottom", ha="left")


def tick_axis(axes: Axes, label: str, first: float, last: float) -> None:
    """Make x the time of the run, whole ticks."""
    axes.set_xlim(first, max(last, first + 1))
    axes.xaxis.set_major_locator(MaxNLocator(nbins=4, integer=True))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
    axes.set_xlabel(label, color=INK, labelpad=LABEL_PAD)


def number_axis(axes: Axes, *, log: bool = False, percent: bool = False) -> None:
    """Make y a linear axis from its limits, or a logarithmic one, with few ticks."""
    if log:
        axes.set_yscale("log")
        axes.yaxis.set_minor_formatter(NullFormatter())
        few_decades(axes)
    else:
        axes.yaxis.set_major_locator(MaxNLocator(nbins=4))
    unit = 100 if percent else 1
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: brief(value * unit)))


def few_decades(axes: Axes) -> None:
    """Show two to four labelled ticks on a logarithmic y, whatever part of a decade is seen."""
    lower, upper = axes.get_ylim()
    powers = range(math.floor(math.log10(lower)), math.ceil(math.log10(upper)) + 1)
    inside = [10.0**power for power in powers if lower <= 10.0**power <= upper]
    if len(inside) < 2:
        finer = (step * 10.0**power for power in powers for step in (1, 2, 5))
        inside = [value for value in finer if lower <= value <= upper]
    if len(inside) < 2:
        ticks = MaxNLocator(nbins=4).tick_values(lower, upper)
        inside = [float(value) for value in ticks if lower <= value <= upper]
    axes.set_yticks(inside[:: max(1, -(-len(inside) // 4))])
    axes.set_yticks([], minor=True)


_SIZES = ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k"))


def brief(value: float) -> str:
    """Return an axis number in a few characters: 1,200 and 12k and 3.4M."""
    magnitude = abs(value)
    if magnitude >= 1e15:
        return f"{value:.0e}".replace("+", "").replace("-", MINUS)
    scale, letter = 1.0, ""
    if magnitude >= 1e4:
        scale, letter = next(size for size in _SIZES if magnitude >= size[0])
    scaled = value / scale
    text = f"{scaled:,.0f}" if scaled == int(scaled) else f"{scaled:.3g}"
    return text.replace("-", MINUS) + letter


@dataclass(frozen=True, slots=True)
class EndLabel:
    """What stands at the right end of a line: value it belongs to, text, colour."""

    at: float
    text: str
    colour: str


def end_labels(axes: Axes, labels: Sequence[EndLabel]) -> None:
    """Write labels right of the axes at their values, moved apart where they would meet."""
    figure = figure_of(axes)
    box = axes.get_position()
    height = figure.get_size_inches()[1] * POINTS
    to_figure = axes.transData + figure.transFigure.inverted()
    lower, upper = box.y0 * height, box.y1 * height
    wanted = sorted(
        (
            (min(max(float(to_figure.transform((0.5, label.at))[1]) * height, lower), upper), label)
            for label in labels
        ),
        key=lambda each: each[0],
    )
    sizes = [LINE_HEIGHT * len(label.text.split("\n")) for _, label in wanted]
    places = apart([at for at, _ in wanted], sizes, lower, upper)
    for place, (_, label) in zip(places, wanted, strict=True):
        figure.text(
            box.x1 + 6 / (WIDTH * POINTS),
            place / height,
            label.text,
            color=label.colour,
            va="center",
            ha="left",
            linespacing=1.32,
        )


def apart(
    wanted: Sequence[float], sizes: Sequence[float], lower: float, upper: float
) -> list[float]:
    """Return ascending centres near the wanted ones that keep sizes apart, within the bounds."""
    placed: list[float] = []
    for number, place in enumerate(wanted):
        least = lower if not placed else placed[-1] + (sizes[number - 1] + sizes[number]) / 2
        placed.append(max(place, least))
    ceiling = upper
    for number in range(len(placed) - 1, -1, -1):
        placed[number] = min(placed[number], ceiling)
        if number:
            ceiling = placed[number] - (sizes[number - 1] + sizes[number]) / 2
    return placed


def text_width(text: str) -> float:
    """Return the width of a text in points at the size of all our texts."""
    return sum(_advance(letter) for letter in text)


def fitting(text: str, width: float) -> str:
    """Return a text cut to a width in points, of characters that the figures' font has."""
    known = _font().get_charmap()
    drawable = "".join(letter if ord(letter) in known else "\u25a1" for letter in text)
    if text_width(drawable) <= width:
        return drawable
    room = width - text_width("…")
    for length, letter in enumerate(drawable):
        room -= _advance(letter)
        if room < 0:
            return drawable[: max(1, length)] + "…"
    return drawable


@cache
def _font() -> FT2Font:
    return get_font(findfont(FontProperties(family="DejaVu Sans")))


@cache
def _advance(letter: str) -> float:
    glyph = _font().load_char(ord(letter), flags=LoadFlags.NO_SCALE)
    return float(glyph.horiAdvance) / _font().units_per_EM * FONT_SIZE


def _inline(figure: Figure, slug: str, title: str, description: str) -> Markup:
    buffer = StringIO()
    options: dict[str, Any] = {"format": "svg", "metadata": _METADATA}
    figure.savefig(buffer, **options)
    svg = buffer.getvalue()
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    svg = re.sub(r"<defs>\s*<style.*?</style>\s*</defs>", "", svg, flags=re.DOTALL)
    svg = re.sub(r"<!--.*?-->", "", svg, flags=re.DOTALL)
    svg = re.sub(r"font: ([\d.]+)px [^;\"]*", r"font: \1px var(--figure-font)", svg)
    svg = re.sub(r'\bid="', f'id="{slug}-', svg)
    svg = re.sub(r"url\(#", f"url(#{slug}-", svg)
    svg = re.sub(r'href="#', f'href="#{slug}-', svg)
    view = re.search(r'viewBox="([^"]+)"', svg)
    head = Markup(
        '<svg viewBox="{}" role="img" aria-labelledby="{}-title {}-desc">'
        '<title id="{}-title">{}</title><desc id="{}-desc">{}</desc>'
    ).format(view.group(1) if view else "", slug, slug, slug, title, slug, description)
    body = re.sub(r"^<svg[^>]*>", "", svg, count=1)
    # Coordinates of six decimals are finer than any screen; text is left as it is.
    body = re.sub(r"<[^>]*>", lambda tag: re.sub(r"(\d+\.\d\d)\d+", r"\1", tag[0]), body)
    body = re.sub(r">\s+<", "><", body).replace("xlink:href", "href")
    return head + Markup(without_sentinels(body).strip())
