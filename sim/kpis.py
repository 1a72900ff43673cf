"""
The one table of key figures: name, label, unit, direction, format, definition.

Metrics, claims, terminal, page and documentation all read it.
A share is stored as a fraction of one and shown in per cent; an amount is in MNFT.
"""

from collections.abc import Mapping

from sim.kpi import Kpi
from sim.kpis_of_parts import KPIS_OF_PARTS
from sim.kpis_of_rules import KPIS_OF_RULES
from sim.kpis_of_use import KPIS_OF_USE

KPIS: tuple[Kpi, ...] = (*KPIS_OF_USE, *KPIS_OF_RULES, *KPIS_OF_PARTS)
KPI_BY_NAME: Mapping[str, Kpi] = {kpi.name: kpi for kpi in KPIS}
