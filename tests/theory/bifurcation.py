"""
The figure of docs/pricing.md: where a moving price ends up, over its steepness.

One population, governed steps from 1 % to 60 %: for each the real rule runs for 600 epochs in the
reference model, and the prices of the last 160 are drawn. Run it after a change of the rule:

    .venv/bin/python tests/theory/bifurcation.py
"""

import sys
from pathlib import Path

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

HOME = Path(__file__).parents[2]
sys.path.insert(0, str(HOME))

from protocol.deployment import Deployment  # noqa: E402
from protocol.money import BPS  # noqa: E402
from protocol.parameters import resolve  # noqa: E402
from protocol.world import World  # noqa: E402
from tests.conftest import GENESIS  # noqa: E402
from tests.uniform_demand import PricedModel, Uniform  # noqa: E402

PICTURE = HOME / "docs/bifurcation.png"
STEPS_BPS = range(100, 6_001, 25)
TARGET = 5_000
EPOCHS, SHOWN = 600, 160


def market(step_bps: int) -> Uniform:
    """Valuations uniform on 150 to 200, twice as many people as the target: steepness 7 d."""
    return Uniform(150, 50, 2, step_bps / BPS)


def late_prices(step_bps: int) -> list[float]:
    """Return the prices over b* that a step ends up at, having begun a tenth above b*."""
    people = market(step_bps)
    deployment = Deployment(resolve({"priceStepBps": step_bps}), GENESIS)
    world = World(deployment, lambda *_: False)
    model = PricedModel(world, deployment, 1.1 * people.fixed_point, 2 * TARGET)
    found = model.prices(people.people(TARGET), EPOCHS)[-SHOWN:]
    return [price / people.fixed_point for price in found]


def main() -> None:
    """Draw the figure."""
    figure = Figure(figsize=(8, 4.4), dpi=110, layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    for step_bps in STEPS_BPS:
        steepness, prices = market(step_bps).steepness, late_prices(step_bps)
        axes.plot([steepness] * SHOWN, prices, linestyle="none", marker=",", color="#0072B2")
    axes.axvline(2, color="#B84A00", linewidth=1.2, linestyle=(0, (5, 2)))
    axes.annotate("settles below 2", (1.95, 1.29), ha="right", color="#B84A00")
    axes.set_xlabel("steepness d · load · f(b*) · b*")
    axes.set_ylabel("price over b*, epochs 441 to 600")
    axes.set_xlim(0, 4.2)
    axes.set_ylim(0.4, 1.4)
    figure.savefig(PICTURE, metadata={"Software": None})


if __name__ == "__main__":
    main()
