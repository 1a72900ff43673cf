"""How a sweep's arms are to be compared: decided before anybody looks."""

from pydantic import Field

from sim.scenario.fields import ASSUMED, Section, quantity, text
from sim.scenario.units import SHARE


class Compare(Section):
    """What is compared with what, and from which difference on it matters."""

    baseline: str = text("", "arm that the others are compared with; the first if not named")
    primary: str = Field(
        default="",
        description="KPI that decides; the first claim's if not named, the others are exploratory",
        json_schema_extra={"names": "kpi", "source": ASSUMED},
    )
    matters_from: float = quantity(
        SHARE, "0%", ("0%", "100%"), "least difference that matters, of the baseline's mean"
    )
    kpis: tuple[str, ...] = Field(
        default=(),
        description="KPIs compared beside the primary one; the headline ones if not named",
        json_schema_extra={"names": "kpi", "source": ASSUMED},
    )
