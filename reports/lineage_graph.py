"""The lineage as a tree of rows: depth is the indent, kept revenue the circle, royalty the line."""

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


def lineage_rows(models: pd.DataFrame, of_model: pd.DataFrame) -> list[Row]:
    """Return the models that kept most, each after its parent, ancestors before the rest."""
    if models.empty:
        return []
    latest = models.sort_values("version").groupby("model_id").last()
    kept = {
        int(row["model_id"]): {name: base_units(row[name]) for name in _MONEY}
        for row in records(of_model)
    }
    graph: nx.DiGraph[int] = nx.DiGraph()
    graph.add_nodes_from(int(model) for model in latest.index)
    graph.add_edges_from(
        (int(parent), int(model))
        for model, parent in zip(latest.index, latest["parent_id"], strict=True)
        if int(parent) in latest.index
    )
    chosen = _chosen(graph, {model: kept.get(model, _NOTHING)["kept"] for model in graph})
    return [
        _row(model, kept.get(model, _NOTHING), latest)
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
    for number, row in enumerate(rows):
        at = (12 + indent * (row["depth"] - shallowest), top - _ROW * (number + 0.5))
        places[row["model_id"]] = at
        if row["parent_id"] in places:
            parent = places[row["parent_id"]]
            axes.plot(
                [parent[0], parent[0], at[0]], [parent[1], at[1], at[1]],
                color=SENTINEL["c2"], linewidth=0.8 + 3 * _part(row["passed_on"], most_passed),
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
    for root in sorted(model for model in graph if not list(graph.predecessors(model))):
        yield from nx.dfs_preorder_nodes(graph, root, sort_neighbors=sorted)


def _row(model: int, amounts: Mapping[str, int], every: pd.DataFrame) -> Row:
    of: Any = every.loc[model]
    parent = int(of["parent_id"])
    return {
        "model_id": model,
        "parent_id": parent,
        "label": str(of["name"]),
        "parent": str(every.loc[parent]["name"]) if parent in every.index else "",
        "depth": int(of["depth"]),
        "royalty": int(of["royalty_bps"]) / 10_000 if parent else None,
        "paid": amounts["paid_by_users"],
        "received": amounts["royalties_received"],
        "passed_on": amounts["royalties_paid"],
        "kept": amounts["kept"],
    }
