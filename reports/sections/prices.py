"""Whether prices settled, and whether demand was served."""

import pandas as pd

from reports.changes import changes_of_parameters
from reports.over_time import Panel, over_time
from reports.run_view import RunView
from reports.section import Chapter, Content, asked_of, on_one_path, worst
from reports.sentence import Sentence, count, number, say, share, stated_share
from sim.claims import State

_NEAR = 0.10
_AT_EDGE = 0.001
_MOSTLY = 0.10


def _settled_at(prices: pd.Series) -> int:
    """Return the first tick from which on the price stayed near its last value."""
    last = float(prices.iloc[-1])
    off = prices[(prices - last).abs() > _NEAR * abs(last)]
    after = prices.index if off.empty else prices.index[prices.index > off.index[-1]]
    return int(after[0])


def _edges(view: RunView) -> dict[str, float]:
    found: dict[str, float] = {}
    for name, key in (("floor", "price_floor"), ("cap", "price_cap")):
        row = next(
            (each for each in view.parameters if each["key"] == f"population.creators.{key}"), None
        )
        if row is not None:
            found[name] = float(row["value"])
    return found


def _judge(level: pd.Series, edges: dict[str, float]) -> tuple[State, Sentence]:
    for name, edge in edges.items():
        stuck = float(((level - edge).abs() <= _AT_EDGE * edge).mean()) if len(level) else 0.0
        if stuck > _MOSTLY:
            worded = "The level stood at its {edge} of {at} for {part} of the ticks."
            edge_word = say(name)
            return "red", say(worded, edge=edge_word, at=number(edge), part=share(stuck))
    return "green", say("It was stuck at neither floor nor cap.") if edges else say("")


def _panels(view: RunView, price: pd.Series, level: pd.Series) -> list[Panel]:
    asked, served = view.kpi("calls_asked"), view.kpi("calls_served")
    panels = []
    if (price > 0).any():
        panels.append(
            Panel(
                "price, MNFT per 1,000 calls (log)", "MNFT",
                price[price > 0].to_frame("price"), {"price": "quoted"}, log=True,
            )
        )  # fmt: skip
    if (level > 0).any():
        panels.append(
            Panel(
                "mean price level, start = 1 (log)", "1", level[level > 0].to_frame("level"),
                {"level": "level"}, thresholds=_edges(view), log=True,
            )
        )  # fmt: skip
    calls = pd.DataFrame({"asked": asked, "served": served})
    names = {"asked": "asked", "served": "served"}
    panels.append(Panel("calls per tick", "calls", calls, names))
    return panels


def _build(view: RunView) -> Content:
    price, level = view.kpi("price_per_1000_calls"), view.kpi("price_level")
    asked, served = view.total("calls_asked"), view.total("calls_served")
    if not asked:
        return Content("not exercised", say("Nobody asked for a call, so no price met a demand."))
    finding = say(
        "{served} of {asked} were served ({part}).",
        served=count(served or 0, "1"),
        asked=count(asked, "calls"),
        part=share((served or 0) / asked),
    )
    state, judged = _judge(level, _edges(view))
    if len(price):
        settled = _settled_at(price)
        late = settled > price.index[0] + 0.9 * (price.index[-1] - price.index[0])
        finding += say(
            "The quoted price ended at {price} per {calls} and stayed within {near} of that from "
            "tick {at} on.",
            price=number(float(price.iloc[-1]), "MNFT"),
            calls=count(1_000, "calls"),
            near=stated_share(_NEAR),
            at=count(settled, "1"),
        )
        state = "amber" if late and state == "green" and len(price) > 10 else state
    caption = say("Prices and calls; dashes: governance executed; {path}", path=view.path)
    drawing = over_time(
        view, "prices", "Prices and demand", caption,
        _panels(view, price, level), changes_of_parameters(view),
    )  # fmt: skip
    asked_state = asked_of(view, "price_level", "price_per_1000_calls", "calls_unserved_share")
    return Content(
        worst(on_one_path(state), asked_state),
        finding + judged,
        (drawing,),
        how=(
            say(
                "The price quoted for a call of mean usage, mean over models weighted by calls; "
                "the level is the mean over models with a tariff."
            ),
        ),
    )


CHAPTER = Chapter("prices", "Prices and demand", "Do prices settle, and is demand served?", _build)
