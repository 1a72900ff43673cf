"""
The lineage as a tree of rows: depth is the indent, kept revenue the circle, royalties the line.

A merged model stands below all its parents; the line to its first is whole, to the others dashed.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import networkx as nx
import pandas as pd
from matplotlib.figure import Figure

from reports.figures import POINTS, WIDTH, bare, fitting
from reports.run_view import base_units, records
from reports.sentence import money, share
from reports.theme import BAND, INK, MUTED, SENTINEL

MOST_MODELS = 12
_ROW = 17.0
_HEAD = 20.0
_ROYALTY_AT = 226.0
_KEPT_AT = WIDTH * POINTS - 4

Row = Mapping[str, Any]


def lineage_rows(models: pd.DataFrame, of_model: pd.DataFrame, merges: pd.DataFrame) -> list[Row]:
    """Return the models that kept most, each after its parents, ancestors before the rest."""
    if models.empty:
        return []
    latest = models.sort_values("version").groupby("model_id").last()
    kept = {
        int(row["model_id"]): {name: base_units(row[name]) for name in _MONEY}
        for row in records(of_model)
    }
    parents = _parents(latest, merges)
    graph: nx.DiGraph[int] = nx.DiGraph()
    graph.add_nodes_from(parents)
    graph.add_edges_from(
        (parent, model)
        for model, named in parents.items()
        for parent in named
        if parent in latest.index
    )
    chosen = _chosen(graph, {model: kept.get(model, _NOTHING)["kept"] for model in graph})
    return [
        _row(model, parents[model], kept.get(model, _NOTHING), latest)
        for model in _in_tree_order(graph.subgraph(chosen))
    ]


def draw_lineage(rows: Sequence[Row]) -> Figure:
    """Return the tree of `lineage_rows`."""
    height = _HEAD + _ROW * max(3, len(rows)) + 6
    figure, axes = bare(height / POINTS)
    top = height - _HEAD
    axes.text(4, top + 6, "model", color=MUTED, va="bottom")
    axes.text(_ROYALTY_AT, top + 6, "royalty", color=MUTED, va="bottom", ha="right")
    axes.text(_KEPT_AT, top + 6, "kept", color=MUTED, va="bottom", ha="right")
    most_kept = max((row["kept"] for row in rows), default=0)
    most_passed = max((row["passed_on"] for row in rows), default=0)
    shallowest = min((row["depth"] for row in rows), default=0)
    deepest = max((row["depth"] for row in rows), default=0)
    indent = min(14.0, 90.0 / max(1, deepest - shallowest))
    places: dict[int, tuple[float, float]] = {}
    for place, row in enumerate(rows):
        at = (12 + indent * (row["depth"] - shallowest), top - _ROW * (place + 0.5))
        places[row["model_id"]] = at
        for number, parent_id in enumerate(row["parent_ids"]):
            if parent_id not in places:
                continue
            # Beside the first parent's line, where both could run down the same level.
            parent = (places[parent_id][0] + 3 * number, places[parent_id][1])
            axes.plot(
                [parent[0], parent[0], at[0]], [parent[1], at[1], at[1]],
                color=SENTINEL["c2"], linewidth=0.8 + 3 * _part(row["passed_on"], most_passed),
                linestyle=(0, (2, 1.5)) if number else "solid",
                solid_joinstyle="round", zorder=1,
            )  # fmt: skip
    for row in rows:
        across, up = places[row["model_id"]]
        size = 3 + 9 * math.sqrt(_part(row["kept"], most_kept))
        axes.plot(
            [across], [up], marker="o", markersize=size, markerfacecolor=BAND,
            markeredgecolor=SENTINEL["c1"], linestyle="none", zorder=2,
        )  # fmt: skip
        room = _ROYALTY_AT - 48 - across - 10
        axes.text(across + 9, up, fitting(row["label"], room), color=INK, va="center")
        royalty = str(share(row["royalty"])) if row["royalty"] is not None else ""
        axes.text(_ROYALTY_AT, up, royalty, color=INK, va="center", ha="right")
        axes.text(_KEPT_AT, up, str(money(row["kept"])), color=INK, va="center", ha="right")
    return figure


_MONEY = ("paid_by_users", "royalties_received", "royalties_paid", "kept")
_NOTHING: Mapping[str, int] = dict.fromkeys(_MONEY, 0)


def _part(amount: int, most: int) -> float:
    return amount / most if most > 0 and amount > 0 else 0.0


def _chosen(graph: "nx.DiGraph[int]", kept: Mapping[int, int]) -> set[int]:
    chosen: set[int] = set()
    for model in sorted(kept, key=lambda each: (-kept[each], each)):
        family = {model, *nx.ancestors(graph, model)}
        if len(chosen | family) <= MOST_MODELS:
            chosen |= family
    return chosen


def _in_tree_order(graph: "nx.DiGraph[int]") -> Iterator[int]:
    placed: set[int] = set()
    open_models = sorted(
        (each for each in graph if not list(graph.predecessors(each))), reverse=True
    )
    while open_models:
        model = open_models.pop()
        # A merged model comes up once per parent, and is placed below the last of them.
        if placed.issuperset(graph.predecessors(model)) and model not in placed:
            placed.add(model)
            yield model
            open_models += sorted(graph.successors(model), reverse=True)


def _parents(latest: pd.DataFrame, merges: pd.DataFrame) -> dict[int, list[int]]:
    parents = {
        int(model): [int(parent)] if parent else []
        for model, parent in zip(latest.index, latest["parent_id"], strict=True)
    }
    for row in records(merges):
        named = parents.get(int(row["model_id"]), [])
        if int(row["parent_id"]) not in named:
            named.append(int(row["parent_id"]))
    return parents


def _row(
    model: int, parents: Sequence[int], amounts: Mapping[str, int], every: pd.DataFrame
) -> Row:
    of: Any = every.loc[model]
    named = [str(every.loc[each]["name"]) for each in parents if each in every.index]
    return {
        "model_id": model,
        "parent_ids": tuple(parents),
        "label": str(of["name"]),
        "parent": ", ".join(named),
        "depth": int(of["depth"]),
        "royalty": int(of["royalty_bps"]) / 10_000 if parents else None,
        "paid": amounts["paid_by_users"],
        "received": amounts["royalties_received"],
        "passed_on": amounts["royalties_paid"],
        "kept": amounts["kept"],
    }
