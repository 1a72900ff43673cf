"""Where cheating stops: calls cheated against D, simulated and by theory."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from reports.charts import column_label, grid
from reports.figures import LABEL_PAD, brief, canvas, headed
from reports.run_view import RunView
from reports.theme import INK, SENTINEL
from sim.deterrence import DECIMALS, threshold
from sim.deterrence import Response as Pooled

_WIDEST = 700.0


@dataclass(frozen=True, slots=True)
class Response:
    """How often one host that would cheat did so while its deterrence was D."""

    host: str
    deterrence: float
    served: int
    cheated: int

    @property
    def part(self) -> float:
        """The share of its calls that it cheated on."""
        return self.cheated / self.served


@dataclass(frozen=True, slots=True)
class Theory:
    """
    The share of calls cheated by a logistic answer to what cheating is worth.

    `slope` is sensitivity times (1 - p) G, G in MNFT: worth = (1 - p) G (1 - D), as
    (1 - p) G - p s S with D = p s S / ((1 - p) G).
    """

    slope: float

    def part(self, deterrence: float) -> float:
        """Return the expected share at a deterrence."""
        exponent = self.slope * (deterrence - 1)
        return 1 / (1 + math.exp(min(_WIDEST, max(-_WIDEST, exponent))))


def responses(hosts: pd.DataFrame) -> list[Response]:
    """
    Return what the hosts that might have cheated did at each D they served at, least D first.

    A host that is slashed or adds stake serves at several.
    """
    levels = hosts["deterrence"].astype(float).replace(np.inf, np.nan).round(DECIMALS)
    usable = (hosts["served"] > 0) & levels.notna() & (hosts["cheat_chance"] > 0)
    rows = hosts.assign(deterrence=levels)[usable]
    pooled = rows.groupby(["deterrence", "host"], sort=True)[["served", "cheated"]].sum()
    return [
        Response(str(host), float(at), int(served), int(cheated))
        for (at, host), served, cheated in zip(
            pooled.index, pooled["served"], pooled["cheated"], strict=True
        )
    ]


def half_point(found: Iterable[Response]) -> float | None:
    """Return the D at which half of the prone hosts' calls were cheated, as the KPI takes it."""
    return threshold(Pooled(each.deterrence, each.served, each.cheated) for each in found)


def theory_of(view: RunView) -> Theory | None:
    """Return the theory's curve from the scenario's parameters; None where one is missing."""
    values = {row["key"]: row["value"] for row in view.parameters}
    try:
        sensitivity = float(values["population.hosts.cheating.sensitivity"])
        gain = _mnft(values["population.hosts.cheating.gain"])
        chance = float(values["protocol.spot_check_rate"].removesuffix("%")) / 100
    except KeyError:
        return None
    return Theory(sensitivity * (1 - chance) * gain)


def draw_threshold(found: Sequence[Response], theory: Theory | None, half: float | None) -> Figure:
    """Return calls cheated per host over D, the theory's line, and where half are cheated."""
    figure, panels = canvas(right=0.2, left=0.55, top=0.56)
    axes = panels[0]
    least = 0.9 * min(0.5, *(each.deterrence for each in found))
    most = max(1.5, *(each.deterrence for each in found)) * 1.05
    axes.set_xlim(least, most)
    axes.set_ylim(-4, 104)
    axes.axvline(1, color=INK, linewidth=2.4)
    if theory is not None:
        steps = np.linspace(least, most, 200)
        axes.plot(
            steps, [100 * theory.part(float(at)) for at in steps],
            color=SENTINEL["c1"], linewidth=1.4, linestyle=(0, (5, 2)),
        )  # fmt: skip
    axes.plot(
        [each.deterrence for each in found],
        [100 * each.part for each in found],
        color=SENTINEL["c2"],
        marker="s",
        markersize=6,
        linestyle="none",
        label=column_label("part"),
    )
    if half is not None:
        axes.plot(
            [half], [50], color=SENTINEL["c3"], marker="D", markersize=9, linestyle="none",
            fillstyle="none", markeredgewidth=2,
        )  # fmt: skip
    axes.set_yticks([0, 50, 100])
    axes.locator_params(axis="x", nbins=5)
    axes.xaxis.set_major_formatter(lambda value, _: brief(value))
    axes.set_xlabel("D = p·s·S / ((1 - p)·G); cheating pays below 1", labelpad=LABEL_PAD)
    grid(axes)
    headed(axes, "% of calls cheated; square: a host at D; diamond: half", rows_above=1)
    headed(axes, "dashes: theory, 1 / (1 + exp(k·(1 - p)·G·(D - 1)))")
    return figure


def _mnft(written: str) -> float:
    number, _, unit = written.partition(" ")
    return float(number) * _FACTORS[unit or "MNFT"]


_FACTORS: Mapping[str, float] = {"MNFT": 1.0, "milliMNFT": 1e-3, "microMNFT": 1e-6}
