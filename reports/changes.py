"""Parameter changes that governance executed, as events of other sections' figures."""

from reports.charts import Event
from reports.figures import fitting
from reports.run_view import RunView, records

_MOST = 3
_ROOM = 120.0


def changes_of_parameters(view: RunView) -> list[Event]:
    """Return executed proposals by tick; many are marked without the parameter's name."""
    proposals = view.table("proposals")
    executed = proposals[proposals["tick_executed"].astype(float) >= 0].sort_values("tick_executed")
    return [
        Event(
            float(row["tick_executed"]),
            fitting(str(row["parameter"]), _ROOM) if len(executed) <= _MOST else "",
        )
        for row in records(executed)
    ]
