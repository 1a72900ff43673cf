"""
One function per group of figures, measured at the end of a tick; names and definitions are those
of `sim.kpis`.
"""

import math
from array import array
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from protocol.money import WAD
from protocol.parameters import DAY
from protocol.rights_terms import FINE_TUNE, INFERENCE, REVENUE, WEIGHTS
from protocol.stable_token import UNIT
from protocol.types import Address
from sim.agents.bargain import MNFT
from sim.agents.paths import Integers
from sim.currency_book import STABLE
from sim.deterrence import threshold
from sim.ledger import Ledger
from sim.market import Market

Figures = dict[str, float | None]


class Series:
    """All figures of a run, tick after tick, in eight bytes each."""

    def __init__(self) -> None:
        self._values: dict[str, array[float]] = {}

    def add(self, figures: Figures) -> None:
        """Append the figures of a tick, the same each time."""
        for name, value in figures.items():
            column = self._values.setdefault(name, array("d"))
            column.append(math.nan if value is None else value)

    def table(self, seed: int) -> pd.DataFrame:
        """Return the columns replica, seed, tick, kpi and value, ordered by tick."""
        names, ticks = list(self._values), len(next(iter(self._values.values()), ()))
        values = np.array([self._values[name] for name in names]).T
        return pd.DataFrame(
            {
                "replica": 0,
                "seed": seed,
                "tick": np.repeat(np.arange(ticks), len(names)),
                "kpi": np.tile(np.array(names, dtype=object), ticks),
                "value": values.ravel(),
            }
        )


def measure(market: Market, ledger: Ledger) -> Figures:
    """
    Return every figure of the tick that just ended; None for what nothing was there to measure.
    """
    return {
        **_service(market, ledger),
        **_money(market, ledger),
        **_models(market, ledger),
        **_resales(market, ledger),
        **_weights(market, ledger),
        **_storage(market),
        **_access(market, ledger),
        **_leases(market),
        **_gates(market, ledger),
        **_clubs(market, ledger),
        **_rights(market, ledger),
        **_checks(market, ledger),
        **_stake(market),
        **_channels(market),
        **_currencies(market, ledger),
        **_licences(ledger),
        **_chain(market, ledger),
    }


def gini(values: Sequence[int | float]) -> float | None:
    """Return the Gini coefficient of amounts, None without any."""
    ordered = np.sort(np.asarray(values, dtype=np.float64))
    total = ordered.sum()
    if len(ordered) == 0 or total == 0:
        return None
    ranks = np.arange(1, len(ordered) + 1)
    return float((2 * ranks - len(ordered) - 1) @ ordered / (len(ordered) * total))


def quantile_of_waits(
    share: float, means: Sequence[float], weights: Sequence[float]
) -> float | None:
    """
    Return the time within which a share of calls is answered, over hosts whose times are
    exponential (M/M/1).

    Solves sum of w (1 - exp(-t / mean)) = share by bisection; None without calls.
    """
    total = sum(weights)
    if total == 0:
        return None
    low, high = 0.0, 50 * max(means)
    for _ in range(60):
        middle = (low + high) / 2
        done = sum(w * (1 - math.exp(-middle / m)) for m, w in zip(means, weights, strict=True))
        low, high = (middle, high) if done < share * total else (low, middle)
    return high


def _ratio(part: float, whole: float) -> float | None:
    return part / whole if whole else None


def _service(market: Market, ledger: Ledger) -> Figures:
    records = [host.record for host in market.hosts]
    means = [record.latency for record in records]
    served = [record.served for record in records]
    p50, p95 = (quantile_of_waits(share, means, served) for share in (0.5, 0.95))
    here = int(market.population.is_here.sum())
    left = sum(tick == market.tick for tick in market.demand.left.values())
    periods = 30 * DAY / market.scenario.tick
    capacity = market.scenario.population.hosts.capacity * sum(
        host.is_active() for host in market.hosts
    )
    totals = market.tally.totals
    return {
        "calls_asked": market.demand.asked,
        "calls_served": sum(served),
        "calls_settled": ledger.tick["calls_settled"],
        "calls_unserved_share": _ratio(totals["asked"] - totals["served"], totals["asked"]),
        "calls_refused_share": _ratio(ledger.total["refused"], ledger.number),
        "latency_p50": None if p50 is None else 1_000 * p50,
        "latency_p95": None if p95 is None else 1_000 * p95,
        "host_utilisation": _ratio(sum(served), capacity),
        "host_uptime": _ratio(
            sum(1 - host.failing_share for host in market.hosts), len(market.hosts)
        ),
        "active_users": here,
        "user_churn": _ratio(left * periods, here + left),
        "accuracy_bought": _ratio(sum(record.accuracy for record in records), sum(served)),
    }


def _money(market: Market, ledger: Ledger) -> Figures:
    tick = ledger.tick
    tokens = sum(record.tokens for host in market.hosts for record in [host.record])
    revenue = tick["revenue"] / WAD
    timelock = market.world.addresses["timelock"]
    treasury = market.view("settlement_token", "balance_of", timelock)
    treasury += market.view("revenue", "owed_to", timelock)
    treasury += market.view("marketplace", "owed_to", timelock)
    return {
        "revenue_total": revenue,
        "protocol_fees": tick["protocol_fee"] / WAD,
        "verification_pool_paid_in": tick["verification_pool"] / WAD,
        "host_revenue": tick["host_fee"] / WAD,
        "data_payouts": tick["data_pool"] / WAD,
        "royalties_paid": tick["royalties"] / WAD,
        "revenue_per_1000_tokens": _ratio(1_000 * revenue, tokens),
        "revenue_per_1000_calls": _ratio(1_000 * revenue, tick["calls_settled"]),
        "treasury": treasury / WAD,
        "in_streams": market.view(
            "settlement_token", "balance_of", market.world.addresses["streams"]
        )
        / WAD,
    }


def _models(market: Market, ledger: Ledger) -> Figures:
    listings = market.catalogue.newest()
    ids = [listing.model_id for listing in listings]
    calls = np.array([market.tally.calls_by_model[model_id] for model_id in ids], dtype=np.float64)
    prices = np.array([market.shelf.price_of(model_id) / WAD for model_id in ids])
    levels = [market.view("pricing", "level_of", model_id) / WAD for model_id in ids]
    depths = [market.shelf.depth_of(model_id) for model_id in ids]
    used_forks = sum(calls[row] > 0 for row, depth in enumerate(depths) if depth)
    born = [model_id for model_id, depth in zip(ids, depths, strict=True) if depth]
    earned = sum(ledger.model_accrued[model_id] for model_id in born)
    kept = sum(ledger.model_accrued[each] * market.shelf.kept_by(each) for each in born)
    months = (market.tick + 1) * market.scenario.tick / (30 * DAY)
    return {
        "price_level": _ratio(sum(levels), len(levels)),
        "price_per_1000_calls": _ratio(1_000 * float(prices @ calls), float(calls.sum())),
        "gini_models": gini([ledger.model_paid[model_id] for model_id in ids]),
        "gini_hosts": gini([ledger.host_fees[host.address] for host in market.hosts]),
        "models": len(ids),
        "forks": ledger.tick["forks"],
        "fork_adoption": _ratio(float(used_forks), sum(depth > 0 for depth in depths)),
        "deepest_fork": max(depths, default=0),
        "deepest_stack": _deepest_stack(market, ids, depths),
        "leaf_share": _ratio(kept, earned),
        "merges": ledger.tick["merges"],
        "merge_frequency": ledger.total["merges"] / months,
        "models_on_record": _ratio(len(ledger.on_record), len(ids)),
        "calls_on_record": _ratio(ledger.total["calls_on_record"], ledger.total["calls_settled"]),
    }


def _weights(market: Market, ledger: Ledger) -> Figures:
    copies = market.copies()
    born = [each for each in copies if market.shelf.listed_at(copies[each]) == market.tick]
    paid = ledger.model_paid
    listings = market.catalogue.newest()
    originals = [
        each.model_id
        for each in listings
        if each.model_id not in copies and not market.shelf.depth_of(each.model_id)
    ]
    is_about = market.copiers or market.scenario.workload.weights == "sealed"
    earned = sum(
        market.view("revenue", "earned_by", each) + market.weights_rights.makers_proceeds(each)
        for each in originals
    )
    return {
        "keys_released": ledger.tick["keys_released"],
        "key_fees": ledger.tick["key_fees"] / WAD,
        "copies": len(born),
        "copied_revenue_share": _ratio(sum(paid[each] for each in copies), sum(paid.values())),
        "originals_earned": earned / WAD if is_about else None,
    }


def _storage(market: Market) -> Figures:
    born = [
        each.published.stored.form
        for each in market.catalogue.newest()
        if market.shelf.listed_at(each) == market.tick
    ]
    is_about = market.storing.is_priced or market.scenario.population.fine_tuners.stored != "whole"
    served = {
        listing.domain
        for listing in market.catalogue.newest()
        if any(market.storing.can_read(listing, host.address) for host in market.hosts)
    }
    return {
        "forks_as_deltas": born.count("delta"),
        "storage_paid": market.storing.paid_in_tick / WAD,
        "bytes_stored": market.storing.bytes_paid() if market.storing.is_priced else 0,
        "tasks_with_model": len(served) if is_about else None,
    }


def _resales(market: Market, ledger: Ledger) -> Figures:
    tick, total, inside = ledger.tick, ledger.total, market.resale.wrapping.tick
    return {
        "resales": tick["resales"],
        "resale_volume": tick["resale_volume"] / WAD,
        "resale_royalties": tick["resale_royalties"] / WAD,
        "royalty_honoured": _ratio(total["resale_royalties"], total["resale_royalties_due"]),
        "sales_inside": inside["sold"],
        "royalties_avoided": inside["avoided"] / WAD,
        "paid_for_nothing": inside["paid for nothing"] / WAD,
    }


def _deepest_stack(market: Market, ids: Sequence[int], depths: Sequence[int]) -> float:
    deepest = max(depths, default=0)
    owed = [
        1 - market.shelf.kept_by(model_id)
        for model_id, depth in zip(ids, depths, strict=True)
        if depth == deepest
    ]
    return max(owed, default=0.0)


def _access(market: Market, ledger: Ledger) -> Figures:
    tick = ledger.tick
    ahead = tick["subscriptions_sold"] + tick["credits_sold"] - tick["credits_refunded"]
    return {
        "calls_by_subscription": tick["calls_by_subscription"],
        "calls_by_credits": tick["calls_by_credits"],
        "calls_by_grant": tick["granted_calls"]
        - tick["calls_by_subscription"]
        - tick["calls_by_credits"],
        "calls_paid_singly": tick["calls_settled"] - tick["granted_calls"],
        "subscriptions_sold": tick["subscriptions_sold"] / WAD,
        "credits_sold": tick["credits_sold"] / WAD,
        "breakage": tick["breakage"] / WAD,
        "users_paid": (
            tick["revenue"] - tick["prepaid_used"] + ahead - tick["refunded"] + _fees(market)
        )
        / WAD,
    }


def _leases(market: Market) -> Figures:
    let = [each for each in market.leasing.let if each.tick == market.tick]
    return {
        "leases": len(let),
        "calls_let": sum(each.calls for each in let),
        "rents": sum(each.rent for each in let) / WAD,
    }


def _gates(market: Market, ledger: Ledger) -> Figures:
    tick, total, returns = ledger.tick, ledger.total, market.gating.returns
    stakes = [amount for amount in ledger.access.staked.values() if amount]
    return {
        "discounts": tick["discounts"] / WAD,
        "discounts_of_customers": _ratio(total["discounts_of_customers"], total["discounts"]),
        "stake_in_gates": sum(stakes) / WAD,
        "gate_holders": len(stakes),
        "returning_holders": _ratio(
            returns[True, True], returns[True, True] + returns[True, False]
        ),
        "returning_others": _ratio(
            returns[False, True], returns[False, True] + returns[False, False]
        ),
        "badges": market.view("badges", "count"),
        "calls_of_helped": _ratio(market.badging.calls["helped"], market.badging.calls["all"]),
        "first_model_revenue": ledger.tick["first_model_revenue"] / WAD,
        "calls_by_token_gate": tick["calls_by_token_gate"],
        "loyal_share": _ratio(market.poaching.calls["loyal"], market.poaching.calls["all"]),
    }


def _clubs(market: Market, ledger: Ledger) -> Figures:
    activity = market.population.activity
    is_heavy = activity > np.median(activity) if len(activity) else activity > 0
    return {
        "members": len(ledger.access.listed),
        "joining_fees": _fees(market) / WAD,
        "calls_by_allowlist": ledger.tick["calls_by_allowlist"],
        "heavy_paid_per_call": _paid_per_call(market, np.flatnonzero(is_heavy)),
        "light_paid_per_call": _paid_per_call(market, np.flatnonzero(~is_heavy)),
        "first_model_earned": market.view("revenue", "earned_by", 1) / WAD,
    }


def _fees(market: Market) -> int:
    return sum(each.fee for each in market.clubs.joined if each.tick == market.tick)


def _paid_per_call(market: Market, users: Integers) -> float | None:
    rows = users.tolist()
    paid = sum(market.demand.spent[row] + market.clubs.fees[row] for row in rows)
    return _ratio(paid / WAD, sum(market.demand.served[row] for row in rows))


def _channels(market: Market) -> Figures:
    tick, totals = market.channelling.tick, market.tally.totals
    unchecked = totals["served_unchecked"]
    return {
        "calls_by_channel": tick["calls"],
        "channel_share": _ratio(unchecked, totals["served"]),
        "paid_by_channel": tick["paid"] / WAD,
        "revenue_lost": tick["revenue_lost"] / WAD,
        "royalties_lost": tick["royalties_lost"] / WAD,
        "wrong_by_channel": _ratio(totals["cheated_unchecked"], unchecked),
    }


def _currencies(market: Market, ledger: Ledger) -> Figures:
    book, models = ledger.currencies, market.catalogue.newest()
    stable = [each for each in models if market.currencies.of(each.model_id) != MNFT]
    return {
        "revenue_stable": book.tick[STABLE, "revenue"] / UNIT,
        "royalties_stable": book.tick[STABLE, "royalties"] / UNIT,
        "stable_calls": _ratio(book.total[STABLE, "calls"], ledger.total["calls_settled"]),
        "stable_models": len(stable),
    }


def _rights(market: Market, ledger: Ledger) -> Figures:
    tick = ledger.tick
    return {
        "fork_rights_sold": tick[f"rights_sold_{FINE_TUNE}"] / WAD,
        "revenue_rights_sold": tick[f"rights_sold_{REVENUE}"] / WAD,
        "inference_rights_sold": tick[f"rights_sold_{INFERENCE}"] / WAD,
        "calls_by_right": tick["calls_by_inference_right"],
        "weights_rights_sold": tick[f"rights_sold_{WEIGHTS}"] / WAD,
        "rights_sold_on": sum(
            sale.amount
            for sale in market.units.sales
            if sale.tick == market.tick and not market.units.is_makers(sale)
        )
        / WAD,
        "forks_by_right": tick["fine_tunes_used"],
        "revenue_shared": tick["revenue_shared"] / WAD,
        "makers_earned": sum(_earned(market, maker.address) for maker in market.creators) / WAD,
    }


def _earned(market: Market, account: Address) -> int:
    held = market.view("settlement_token", "balance_of", account)
    owed = [market.view(contract, "owed_to", account) for contract in ("revenue", "rights")]
    return int(held + sum(owed) - market.tally.granted[account])


def _checks(market: Market, ledger: Ledger) -> Figures:
    tick, total, totals = ledger.tick, ledger.total, market.tally.totals
    settled = total["calls_settled"]
    deterrence = [host.deterrence() for host in market.hosts if host.is_prone]
    known = [each for each in deterrence if math.isfinite(each)]
    gained = sum(host.cheating_gains for host in market.hosts)
    # What channels paid for was never settled.
    wrong = totals["cheated"] - totals["cheated_unchecked"]
    wrong = max(0, wrong - total["checks_failed"])
    return {
        "checks_opened": tick["checks_opened"],
        "checks_passed": tick["checks_passed"],
        "checks_failed": tick["checks_failed"],
        "zk_coverage": _ratio(total["checks_passed"], settled),
        # Without a chain the model's verifier accepts proofs, and no contract does.
        "proofs_verified": tick["checks_passed"] if ledger.gas else 0,
        "validator_uptime": _ratio(
            sum(validator.is_up for validator in market.validators), len(market.validators)
        ),
        "slashes": tick["slashes"],
        "slashed_amount": tick["slashed"] / WAD,
        "honest_slashes": market.challenges.honest_slashes,
        "deterrence_min": min(known, default=None),
        "deterrence_mean": _ratio(sum(known), len(known)),
        "deterrence_threshold": threshold(
            response for host in market.hosts for response in host.responses
        ),
        "cheat_share": _ratio(totals["cheated"], totals["served"]),
        "wrong_outputs_per_million": _ratio(1_000_000 * wrong, settled),
        "cheating_profit": (gained - total["slashed"] - total["refunded"]) / WAD,
    }


def _stake(market: Market) -> Figures:
    supply = market.view("settlement_token", "total_supply")
    votes = _votes_for(market, supply)
    return {
        "stake_ratio": _ratio(market.view("staking", "total_staked"), supply),
        "active_hosts": sum(host.is_active() for host in market.hosts),
        "votes_for_share": votes,
    }


def _votes_for(market: Market, supply: int) -> float:
    if not market.politics.motions:
        return 0.0
    latest: Any = market.politics.motions[-1]
    _, in_favour, _ = market.view("governor", "proposal_votes", latest.proposal_id)
    return float(in_favour / supply)


def _licences(ledger: Ledger) -> Figures:
    book = ledger.policies
    policed = sum(paid for model, paid in ledger.model_paid.items() if book.is_policed(model))
    return {
        "policed_revenue_share": _ratio(policed, ledger.model_paid.total()),
        "attestations": ledger.tick["attestations"],
        "consents": book.consents_held(),
    }


def _chain(market: Market, ledger: Ledger) -> Figures:
    del market
    if not ledger.gas:
        return {"gas_per_settled_call": None}
    gas, calls = ledger.total["settlement_gas"], ledger.total["calls_settled"]
    return {"gas_per_settled_call": _ratio(gas, calls)}
