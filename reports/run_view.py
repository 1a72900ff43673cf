"""A finished run as the sections read it: missing tables are empty, amounts are exact integers."""

import math
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal, localcontext
from functools import cached_property
from typing import Any

import pandas as pd

from reports.sentence import Sentence, count, say
from sim.claims import Claim, Judgement, judge_all
from sim.runs import Manifest, Run

COLUMNS: Mapping[str, Sequence[str]] = {
    "agents": ("agent", "role", "tokens_start", "tokens_end", "revenue", "costs"),
    "models": (
        *("model_id", "version", "name", "domain", "parent_id", "depth", "royalty_bps"),
        *("multiply_accumulates", "float_accuracy", "accuracy", "bound", "limit"),
    ),
    "model_money": (
        *("model_id", "paid_by_users", "accrued"),
        *("royalties_received", "royalties_paid", "kept"),
    ),
    "merges": ("model_id", "parent_id"),
    "keys": ("tick", "name", "version", "asker", "fee", "outcome"),
    "copies": ("tick", "name", "original", "accuracy", "paid_by_users"),
    "deltas": (
        *("model_id", "name", "domain", "stored", "whole_bytes", "delta_bytes"),
        *("whole_accuracy", "delta_accuracy"),
    ),
    "stored": (
        *("model_id", "version", "name", "domain", "stored", "bytes", "paid"),
        *("first_tick", "until_tick", "state"),
    ),
    "flows": ("source", "target", "amount"),
    "hosts": (
        *("tick", "host", "asked", "served", "cheated", "latency_s"),
        *("bonded", "deterrence", "cheat_chance", "gain", "slashed"),
    ),
    "checks": (
        *("check_id", "host", "validator", "model_id"),
        *("opened_tick", "closed_tick", "outcome", "was_honest", "gas"),
    ),
    "sampling": ("tick", "receipts", "picked", "checked"),
    "refusals": (
        *("tick", "place", "contract", "function", "reason"),
        *("role", "count", "first_call", "expected"),
    ),
    "licensing": (
        *("user", "territory", "sensitive", "attested"),
        *("paid_policed", "paid", "served", "expected"),
    ),
    "consents": ("model_id", "given", "withdrawn", "held", "calls_logged"),
    "gas": ("contract", "function", "calls", "minimum", "p5", "median", "p95", "maximum", "total"),
    "invariants": ("id", "name", "severity", "tick", "state", "detail"),
    "proposals": (
        *("proposal", "parameter", "previous", "value", "tick_proposed", "tick_decided"),
        *("tick_executed", "outcome", "reason"),
        *("votes_for", "votes_against", "votes_abstain", "quorum"),
    ),
    "votes": ("proposal", "voter", "support", "weight"),
    "trainings": (
        *("model_id", "version", "name", "data", "operations"),
        *("traced_versions", "traced_operations", "log_hash"),
    ),
    "users": ("user", "domain", "spent", "calls", "left_tick"),
    "wrapped": ("price", "avoided", "outcome"),
    "channels": ("user", "currency", "calls", "wrong", "expected_wrong", "calls_per_day", "value"),
    "currencies": ("model_id", "owner", "currency", "calls", "paid"),
    "access": ("model_id", "user", "mode", "calls", "calls_per_day"),
    "leases": ("tick", "model_id", "owner", "tenant", "calls", "rent"),
    "gates": ("tick", "model_id", "owner", "right", "discount", "expected", "fee"),
    "rights": (*("tick", "model_id", "kind", "seller", "buyer", "units", "amount", "own_worth"),),
    "sales": ("tick", "model_id", "seller", "buyer", "price", "royalty", "royalty_due"),
    "shocks": ("tick", "name", "target", "value"),
    "proofs": ("kind", "logrows", "key_bytes", "proof_bytes", "gas", "srs_id", "count"),
}
"""The columns that the page reads of each table."""


class NotExercised(Exception):
    """The run has nothing that a section could judge; the sentence says what was missing."""

    def __init__(self, sentence: Sentence) -> None:
        super().__init__(str(sentence))
        self.sentence = sentence


class RunView:
    """
    One run, read only; every section gets the same one.

    `others` are runs of other seeds, over which claims are judged too; `place` is the run's folder
    as seen from the page's.
    """

    def __init__(self, run: Run, others: Sequence[Run] = (), place: str = ".") -> None:
        self.run = run
        self.others = others
        self.place = place
        self.manifest: Manifest = run.manifest

    @cached_property
    def claims(self) -> tuple[Judgement, ...]:
        """The scenario's claims, judged again from the metrics."""
        declared = [Claim.read(entry.model_dump()) for entry in self.manifest.claims]
        return judge_all(declared, self.metrics)

    @cached_property
    def metrics(self) -> pd.DataFrame:
        """The metrics, ordered by tick."""
        if "metrics.parquet" not in self.manifest.files:
            return pd.DataFrame(
                columns=["scenario", "arm", "replica", "seed", "tick", "kpi", "value"]
            )
        every = [each.metrics for each in (self.run, *self.others)]
        return pd.concat(every, ignore_index=True).sort_values("tick", kind="stable")

    @cached_property
    def parameters(self) -> tuple[Mapping[str, str], ...]:
        """The resolved scenario's rows: key, value, unit, set_by, why, source, bounds."""
        if "parameters.json" not in self.manifest.files:
            return ()
        rows = records(self.run.parameters.fillna(""))
        return tuple({key: str(value) for key, value in row.items()} for row in rows)

    @property
    def seeds(self) -> int:
        """How many paths the metrics hold."""
        return len(self.metrics[["replica", "seed"]].drop_duplicates())

    @property
    def path(self) -> Sentence:
        """What a caption says of a figure's data."""
        return say("one path, seed {seed}", seed=count(self.manifest.seed, "1"))

    def has(self, table: str) -> bool:
        """Return whether the run wrote a table of this name."""
        return table in self.run.tables

    def table(self, name: str) -> pd.DataFrame:
        """
        Return a table, empty where the run has none.

        Raises:
            KeyError: The table lacks a column.
        """
        if name not in self.run.tables:
            return pd.DataFrame(columns=list(COLUMNS[name]))
        frame = self.run.table(name)
        missing = [column for column in COLUMNS[name] if column not in frame.columns]
        if missing:
            raise KeyError(f"tables/{name}.parquet lacks {', '.join(missing)}")
        return frame

    def require(self, name: str, otherwise: str) -> pd.DataFrame:
        """Return a table that has rows; raises NotExercised with the sentence where it has none."""
        frame = self.table(name)
        if frame.empty:
            raise NotExercised(say(otherwise))
        return frame

    def kpi(self, name: str) -> pd.Series:
        """Return a KPI by tick on this run's own path, NaN left out; empty if never measured."""
        metrics, manifest = self.metrics, self.manifest
        of_path = (metrics["seed"] == manifest.seed) & (metrics["replica"] == manifest.replica)
        rows = metrics[of_path & (metrics["kpi"] == name)]
        return rows.set_index("tick")["value"].astype(float).dropna()

    def total(self, name: str) -> float | None:
        """Return a KPI's sum over the ticks, None where it was not measured."""
        values = self.kpi(name)
        return None if values.empty else float(values.sum())

    def at_end(self, name: str) -> float | None:
        """Return a KPI's last figure, None where it was not measured."""
        values = self.kpi(name)
        return None if values.empty else float(values.iloc[-1])

    @property
    def tick_name(self) -> str:
        """What the axis of time is called: tick and its duration."""
        return f"tick ({duration(self.manifest.tick_seconds)} each)"


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Return a frame's rows as mappings."""
    return [
        {str(key): value for key, value in row.items()} for row in frame.to_dict(orient="records")
    ]


def base_units(value: Any) -> int:
    """Return an amount stored as integer or decimal string, exactly; nothing counts as 0."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return 0
    if isinstance(value, str):
        with localcontext(prec=100):
            return int(Decimal(value))
    return int(value)


def amounts(values: Iterable[Any]) -> list[int]:
    """Return amounts exactly."""
    return [base_units(value) for value in values]


def duration(seconds: int) -> str:
    """Return a duration in its largest whole unit."""
    for name, length in (("day", 86_400), ("hour", 3_600), ("minute", 60)):
        if seconds and seconds % length == 0:
            whole = seconds // length
            return f"{whole} {name}" + ("s" if whole > 1 else "")
    return f"{seconds} seconds"
