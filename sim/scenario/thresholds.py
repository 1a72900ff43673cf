"""How the threshold of a claim is written, by the KPI's unit."""

from collections.abc import Mapping

from sim.kpi import Kpi
from sim.scenario.units import AMOUNT, GAS, MILLISECONDS, NUMBER, SHARE, Kind

_BY_FORMAT: Mapping[str, Kind] = {
    "share": SHARE,
    "amount": AMOUNT,
    "milliseconds": MILLISECONDS,
    "gas": GAS,
    "count": NUMBER,
    "number": NUMBER,
}


def threshold_kind(kpi: Kpi) -> Kind:
    """Return how a threshold of a KPI is written: `5%`, `100 MNFT`, `500 ms`, `1.5`."""
    return _BY_FORMAT[kpi.number_format]
