"""
The one table of key figures: name, label, unit, direction, format, definition.

Metrics, claims, terminal, page and documentation all read it.
A share is stored as a fraction of one and shown in per cent; an amount is in MNFT.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from sim.numbers import NOT_COMPUTED, exact_count, three_digits, with_unit

Direction = Literal["up", "down", "none"]
Format = Literal["count", "share", "amount", "number", "milliseconds", "gas"]
OverRun = Literal["at_end", "mean", "max", "min", "total"]


@dataclass(frozen=True, slots=True)
class Kpi:
    """
    One key figure, measured once per tick.

    `direction` is where it is better; `over_run` is how ticks become the figure of a whole run.
    """

    name: str
    label: str
    unit: str
    direction: Direction
    number_format: Format
    over_run: OverRun
    definition: str

    def show(self, value: float | None) -> str:
        """Return the value with its unit, three significant digits, counts exact."""
        if value is None or math.isnan(value):
            return NOT_COMPUTED
        if self.number_format == "share":
            return with_unit(three_digits(100 * value), "%")
        number = exact_count(value) if self.number_format == "count" else three_digits(value)
        return number if self.unit == "1" else with_unit(number, self.unit)


KPIS: tuple[Kpi, ...] = (
    # Service
    Kpi(
        "calls_asked",
        "calls asked for",
        "calls",
        "up",
        "count",
        "total",
        "inference requests that users made in the tick",
    ),
    Kpi(
        "calls_served",
        "calls served",
        "calls",
        "up",
        "count",
        "total",
        "requests that a host computed and signed a receipt for in the tick",
    ),
    Kpi(
        "calls_settled",
        "calls settled",
        "calls",
        "up",
        "count",
        "total",
        "receipts settled on chain in the tick",
    ),
    Kpi(
        "calls_unserved_share",
        "calls not served",
        "1",
        "down",
        "share",
        "at_end",
        "requests without a host's answer over requests, since the start",
    ),
    Kpi(
        "calls_refused_share",
        "transactions refused",
        "1",
        "down",
        "share",
        "at_end",
        "transactions that the rules refused over all transactions, since the start",
    ),
    Kpi(
        "latency_p50",
        "latency, median",
        "ms",
        "down",
        "milliseconds",
        "mean",
        "median time from request to answer in the tick, queue included",
    ),
    Kpi(
        "latency_p95",
        "latency, 95th percentile",
        "ms",
        "down",
        "milliseconds",
        "mean",
        "95th percentile of the time from request to answer in the tick, queue included",
    ),
    Kpi(
        "host_utilisation",
        "host utilisation",
        "1",
        "none",
        "share",
        "mean",
        "calls served in the tick over the capacity of all active hosts",
    ),
    Kpi(
        "host_uptime",
        "host uptime",
        "1",
        "up",
        "share",
        "mean",
        "share of the tick in which hosts were up, weighted by capacity",
    ),
    # Users
    Kpi(
        "active_users",
        "active users",
        "users",
        "up",
        "count",
        "at_end",
        "users who have not left the market",
    ),
    Kpi(
        "user_churn",
        "user churn",
        "1",
        "down",
        "share",
        "mean",
        "users who left in the tick over users active before it, scaled to 30 days",
    ),
    Kpi(
        "accuracy_bought",
        "accuracy bought",
        "1",
        "up",
        "share",
        "mean",
        "measured held-out accuracy of the models called in the tick, weighted by calls",
    ),
    # Money
    Kpi(
        "revenue_total",
        "paid by users",
        "MNFT",
        "up",
        "amount",
        "total",
        "value of the receipts settled in the tick",
    ),
    Kpi(
        "protocol_fees",
        "protocol fees",
        "MNFT",
        "none",
        "amount",
        "total",
        "paid to the treasury out of revenue released in the tick",
    ),
    Kpi(
        "verification_pool_paid_in",
        "into the verification pool",
        "MNFT",
        "none",
        "amount",
        "total",
        "paid into the checkers' pool out of revenue released in the tick",
    ),
    Kpi(
        "host_revenue",
        "earned by hosts",
        "MNFT",
        "up",
        "amount",
        "total",
        "host fees credited in the tick",
    ),
    Kpi(
        "data_payouts",
        "paid to data providers",
        "MNFT",
        "up",
        "amount",
        "total",
        "data pool credited in the tick",
    ),
    Kpi(
        "royalties_paid",
        "royalties up the lineage",
        "MNFT",
        "none",
        "amount",
        "total",
        "royalties moved from a child's accrual to a parent's in the tick",
    ),
    Kpi(
        "revenue_per_1000_tokens",
        "revenue per 1,000 tokens",
        "MNFT",
        "none",
        "amount",
        "mean",
        "revenue settled in the tick per 1,000 input and output tokens settled",
    ),
    Kpi(
        "revenue_per_1000_calls",
        "revenue per 1,000 calls",
        "MNFT",
        "none",
        "amount",
        "mean",
        "revenue settled in the tick per 1,000 calls settled",
    ),
    Kpi(
        "treasury",
        "treasury",
        "MNFT",
        "up",
        "amount",
        "at_end",
        "tokens that the timelock holds or is owed at the end of the tick",
    ),
    Kpi(
        *("in_streams", "held in streams", "MNFT", "none", "amount", "at_end"),
        "tokens that streams hold and have not yet paid out",
    ),
    # Prices
    Kpi(
        "price_level",
        "price level",
        "1",
        "none",
        "number",
        "at_end",
        "mean price level over models with a tariff, 1 at the start",
    ),
    Kpi(
        "price_per_1000_calls",
        "price per 1,000 calls",
        "MNFT",
        "down",
        "amount",
        "at_end",
        "price quoted for 1,000 calls of mean usage, mean over models weighted by calls",
    ),
    # Concentration
    Kpi(
        "gini_models",
        "Gini of model revenue",
        "1",
        "down",
        "number",
        "at_end",
        "Gini coefficient of revenue since the start over all registered models",
    ),
    Kpi(
        "gini_hosts",
        "Gini of host revenue",
        "1",
        "down",
        "number",
        "at_end",
        "Gini coefficient of host fees since the start over all hosts",
    ),
    # Lineage
    Kpi("models", "models", "models", "up", "count", "at_end", "registered models"),
    Kpi("forks", "forks", "models", "up", "count", "total", "models forked in the tick"),
    Kpi(
        "models_on_record",
        "models on record",
        "1",
        "up",
        "share",
        "at_end",
        "registered models with a training on record over all registered models",
    ),
    Kpi(
        "calls_on_record",
        "calls on record",
        "1",
        "up",
        "share",
        "at_end",
        "calls settled of models with a training on record over calls settled, since the start",
    ),
    Kpi(
        "fork_adoption",
        "fork adoption",
        "1",
        "up",
        "share",
        "at_end",
        "forked and merged models with at least one settled call over all of them",
    ),
    Kpi(
        "deepest_fork",
        "deepest lineage",
        "levels",
        "none",
        "count",
        "at_end",
        "greatest depth of a model; a model without parent has 0",
    ),
    # Resales
    Kpi("resales", "models resold", "models", "none", "count", "total", "models sold in the tick"),
    Kpi(
        *("resale_volume", "paid for models", "MNFT", "none", "amount", "total"),
        "prices of the models sold in the tick",
    ),
    Kpi(
        *("resale_royalties", "royalties of resales", "MNFT", "up", "amount", "total"),
        "paid to the accruals of the models sold in the tick",
    ),
    Kpi(
        *("royalty_honoured", "share of resale royalties paid", "1", "up", "share", "at_end"),
        "royalties paid over royalties due of all sales since the start; not computed before one",
    ),
    # Access
    Kpi(
        *("calls_by_subscription", "calls by subscription", "calls", "none", "count", "total"),
        "calls settled in the tick that a pass paid for",
    ),
    Kpi(
        *("calls_by_credits", "calls by credits", "calls", "none", "count", "total"),
        "calls settled in the tick that credits paid for",
    ),
    Kpi(
        *("calls_by_grant", "calls by grant", "calls", "none", "count", "total"),
        "calls settled in the tick that an allowlist, a token or a stake made cheaper or free",
    ),
    Kpi(
        *("calls_paid_singly", "calls paid singly", "calls", "none", "count", "total"),
        "calls settled in the tick at their price, by no other right",
    ),
    Kpi(
        *("subscriptions_sold", "paid for subscriptions", "MNFT", "none", "amount", "total"),
        "paid for periods of subscriptions in the tick",
    ),
    Kpi(
        *("credits_sold", "paid for credits", "MNFT", "none", "amount", "total"),
        "paid for credits in the tick",
    ),
    Kpi(
        *("breakage", "breakage", "MNFT", "none", "amount", "total"),
        "paid ahead for calls that lapsed unused in the tick; it goes to the model",
    ),
    Kpi(
        *("users_paid", "paid by users, also ahead", "MNFT", "up", "amount", "total"),
        "what users paid in the tick: for settled calls, and ahead, less what was paid back",
    ),
    # Verification
    Kpi(
        "deepest_stack",
        "owed by the deepest model",
        "1",
        "none",
        "share",
        "at_end",
        "share of what the deepest model earns itself that it owes in royalties, the highest of "
        "equally deep ones",
    ),
    Kpi(
        "leaf_share",
        "kept by forks",
        "1",
        "up",
        "share",
        "at_end",
        "share of what forked and merged models earned themselves that royalties leave to their "
        "makers, since the start",
    ),
    Kpi(
        "merges",
        "merges",
        "models",
        "none",
        "count",
        "total",
        "models merged in the tick",
    ),
    Kpi(
        "merge_frequency",
        "merge frequency",
        "models",
        "none",
        "number",
        "at_end",
        "models merged per 30 days, since the start",
    ),
    Kpi(
        "checks_opened",
        "checks opened",
        "checks",
        "none",
        "count",
        "total",
        "spot checks opened in the tick",
    ),
    Kpi(
        "checks_passed",
        "checks passed",
        "checks",
        "up",
        "count",
        "total",
        "spot checks answered by a valid proof in the tick",
    ),
    Kpi(
        "checks_failed",
        "checks failed",
        "checks",
        "down",
        "count",
        "total",
        "spot checks that expired unanswered in the tick",
    ),
    Kpi(
        "zk_coverage",
        "proven share of calls",
        "1",
        "up",
        "share",
        "at_end",
        "settled calls whose output an accepted proof confirmed, since the start",
    ),
    Kpi(
        "proofs_verified",
        "proofs verified on chain",
        "proofs",
        "up",
        "count",
        "total",
        "proofs that the verifier contract accepted in the tick; none without a chain",
    ),
    Kpi(
        "validator_uptime",
        "validator uptime",
        "1",
        "up",
        "share",
        "mean",
        "validators who revealed their secret for the epoch over active validators",
    ),
    # Deterrence
    Kpi("slashes", "slashes", "slashes", "down", "count", "total", "slashes in the tick"),
    Kpi(
        "slashed_amount",
        "slashed",
        "MNFT",
        "down",
        "amount",
        "total",
        "stake taken by slashes in the tick",
    ),
    Kpi(
        "honest_slashes",
        "slashes of honest hosts",
        "slashes",
        "down",
        "count",
        "total",
        "slashes in the tick of hosts whose output was right",
    ),
    Kpi(
        "deterrence_min",
        "deterrence D, weakest host",
        "1",
        "up",
        "number",
        "min",
        "p slash stake / ((1 - p) gain), least over hosts that could cheat; below 1 cheating pays",
    ),
    Kpi(
        "deterrence_mean",
        "deterrence D, mean",
        "1",
        "up",
        "number",
        "mean",
        "p slash stake / ((1 - p) gain), mean over hosts that could cheat",
    ),
    Kpi(
        "deterrence_threshold",
        "deterrence D where cheating stops",
        "1",
        "none",
        "number",
        "at_end",
        "D at which hosts that could cheat did so on half of their calls, since the start; theory "
        "says 1",
    ),
    Kpi(
        "cheat_share",
        "cheated calls",
        "1",
        "down",
        "share",
        "at_end",
        "served calls with a wrong output over served calls, since the start",
    ),
    Kpi(
        "wrong_outputs_per_million",
        "wrong outputs paid per million calls",
        "calls",
        "down",
        "number",
        "at_end",
        "settled calls with a wrong output that were not refunded, per million, since the start",
    ),
    Kpi(
        "cheating_profit",
        "profit of cheating",
        "MNFT",
        "down",
        "amount",
        "at_end",
        "gain from wrong outputs less stake slashed and payments refunded, since the start",
    ),
    # Stake and votes
    Kpi(
        "stake_ratio",
        "stake ratio",
        "1",
        "none",
        "share",
        "at_end",
        "tokens staked, unbonding included, over supply",
    ),
    Kpi(
        "active_hosts",
        "active hosts",
        "hosts",
        "up",
        "count",
        "at_end",
        "hosts whose bonded stake reaches the minimum",
    ),
    Kpi(
        "votes_for_share",
        "votes for, of supply",
        "1",
        "none",
        "share",
        "max",
        "votes for the latest proposal over supply at its snapshot; 0 without one",
    ),
    # Rules
    Kpi(
        "invariants_violated",
        "invariants violated",
        "invariants",
        "down",
        "count",
        "max",
        "invariants that were violated at the end of the tick; the run stops there",
    ),
    # Licences
    Kpi(
        "policed_revenue_share",
        "revenue under a policy",
        "1",
        "none",
        "share",
        "at_end",
        "what users paid for models whose licence has a policy over all they paid, since the start",
    ),
    Kpi(
        "attestations",
        "attestations",
        "attestations",
        "none",
        "count",
        "total",
        "attestations made in the tick",
    ),
    Kpi(
        "consents",
        "consents that hold",
        "consents",
        "none",
        "count",
        "at_end",
        "consents to a model's sensitive use that were given and not withdrawn",
    ),
    # Cost of the chain
    Kpi(
        "gas_per_settled_call",
        "gas per settled call",
        "gas",
        "down",
        "gas",
        "at_end",
        "gas of all settlements over calls settled, since the start; not computed without a chain",
    ),
)

KPI_BY_NAME: Mapping[str, Kpi] = {kpi.name: kpi for kpi in KPIS}
