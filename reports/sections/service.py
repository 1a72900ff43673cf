"""How fast calls were answered, and how long hosts were up."""

import pandas as pd

from reports.over_time import Panel, over_time
from reports.run_view import RunView
from reports.section import Chapter, Content, asked_of
from reports.sentence import count, number, say, share, stated_share


def _build(view: RunView) -> Content:
    median, slow, uptime = (
        view.kpi(name) for name in ("latency_p50", "latency_p95", "host_uptime")
    )
    if slow.empty:
        return Content("not exercised", say("No call was answered, so no latency was measured."))
    finding = say(
        "Half of the calls were answered within {median}, {most} within {slow}, on average over "
        "ticks; the slowest tick was {worst} with {peak}.",
        median=number(float(median.mean()), "ms"),
        most=stated_share(0.95),
        slow=number(float(slow.mean()), "ms"),
        worst=count(int(slow.index[int(slow.argmax())]), "1"),
        peak=number(float(slow.max()), "ms"),
    )
    panels = [
        Panel(
            "latency, ms", "ms", pd.DataFrame({"slow": slow, "median": median}),
            {"slow": "slowest 5 %", "median": "median"},
        )
    ]  # fmt: skip
    if len(uptime):
        finding += say("Hosts were up {uptime} of the time.", uptime=share(float(uptime.mean())))
        panels.append(
            Panel(
                "host uptime, %", "%", uptime.to_frame("uptime"), {"uptime": "uptime"},
                percent=True, from_zero=False,
            )
        )  # fmt: skip
    caption = say("Latency includes the queue; {path}", path=view.path)
    return Content(
        asked_of(view, "latency_p50", "latency_p95", "host_uptime", "host_utilisation"),
        finding,
        (over_time(view, "service", "Latency and uptime", caption, panels),),
        how=(
            say(
                "Latency is measured from request to answer in simulated time; uptime is weighted "
                "by capacity. No service level is promised on chain, so none is judged but claims."
            ),
        ),
    )


CHAPTER = Chapter("service", "Service", "How fast are calls, and are hosts up?", _build)
