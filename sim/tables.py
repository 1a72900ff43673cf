"""The tables of a run folder that are written at its end; amounts in base units."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from protocol.gateway_errors import PolicyRefused
from protocol.marketplace import AccountChanged
from sim.diary import Diary
from sim.ledger import Ledger
from sim.market import Market
from sim.runs import RunWriter
from sim.runs.columns import kinds_of_letters
from sim.tables_of_parts import Row, tables_of_parts
from sim.workload.exact import EXACT_LIMIT


def write_tables(writer: RunWriter, market: Market, ledger: Ledger, diary: Diary) -> None:
    """Write every table that needs the whole run; one about a choice only where it was made."""
    for name, (kinds, rows) in _TABLES.items():
        writer.append(name, kinds, rows(market, ledger, diary))
    for name, kinds, listed in tables_of_parts(market, ledger):
        writer.append(name, kinds, listed)


def _agents(market: Market, ledger: Ledger, _: Diary) -> Iterable[Row]:
    del ledger
    roles: Mapping[str, Sequence[Any]] = {
        "creator": market.creators,
        "fine-tuner": market.fine_tuners,
        "host": market.hosts,
        "validator": market.validators,
        "user": market.users,
        "holder": market.holders,
        "data-provider": market.providers,
        "collector": market.resale.collectors,
        "investor": market.unbundling.investors,
        "copier": market.copiers,
        "pinner": [market.storing.pinner] if market.storing.is_priced else [],
    }
    for role, agents in roles.items():
        for agent in agents:
            start, end = (
                market.tally.granted[agent.address],
                market.view("settlement_token", "balance_of", agent.address),
            )
            costs = getattr(agent, "compute_costs", getattr(agent, "costs", 0))
            yield (
                agent.name,
                role,
                agent.address,
                start,
                end,
                market.tally.withdrawn[agent.address],
                costs,
            )


def _models(market: Market, ledger: Ledger, _: Diary) -> Iterable[Row]:
    del ledger
    for listing in market.catalogue.all_versions():
        published = listing.published
        parents = market.view("lineage", "parents_of", listing.model_id)
        # Of several parents the first; all of them stand in the table of merges.
        parent = parents[0].model_id if parents else 0
        bound = max(layer.bound for layer in published.bounds)
        yield (
            listing.model_id,
            listing.version,
            f"{listing.owner}/{listing.model_id}",
            listing.owner,
            market.workshop.domains[listing.domain].name,
            published.architecture,
            published.parameter_count,
            multiply_accumulates(published.architecture),
            parent,
            market.shelf.depth_of(listing.model_id),
            sum(each.royalty_bps for each in parents),
            published.float_accuracy,
            published.accuracy,
            published.agreement,
            int(bound),
            EXACT_LIMIT,
            market.shelf.listed_at(listing),
        )


def multiply_accumulates(architecture: str) -> int:
    """
    Return the multiply-accumulates of one inference: products of neighbouring widths in
    `mlp-64-32-10`.
    """
    widths = [int(width) for width in architecture.removeprefix("mlp-").split("-")]
    return sum(before * after for before, after in pairwise(widths))


def _accuracy(market: Market, ledger: Ledger, _: Diary) -> Iterable[Row]:
    del ledger
    for listing in market.catalogue.all_versions():
        for domain, accuracy in zip(
            market.workshop.domains, listing.accuracy.tolist(), strict=True
        ):
            yield listing.model_id, listing.version, domain.name, accuracy


def _model_money(market: Market, ledger: Ledger, _: Diary) -> Iterable[Row]:
    for listing in market.catalogue.newest():
        model = listing.model_id
        yield (
            model,
            ledger.model_paid[model],
            ledger.model_accrued[model],
            ledger.royalties_received[model],
            ledger.royalties_paid[model],
            ledger.contributors_paid[model],
        )


def _flows(market: Market, ledger: Ledger, _: Diary) -> Iterable[Row]:
    total = ledger.total
    held = sum(batch.settled - batch.refunded for batch in ledger.batches.values())
    undistributed = total["accrued"] + total["paid_directly"] - total["contributors"]
    yield "users", "protocol", total["protocol_fee"]
    yield "users", "validators", total["verification_pool"]
    yield "users", "hosts", total["host_fee"]
    yield "users", "data", total["data_pool"]
    yield "users", "models", total["accrued"]
    yield "users", "held back", held
    yield "users", "refunds", total["refunded"]
    yield "models", "parents", total["royalties"]
    yield "models", "contributors", total["contributors"]
    yield "models", "undistributed", undistributed
    del market


def _checks(market: Market, ledger: Ledger, _: Diary) -> Iterable[Row]:
    for check_id, record in market.challenges.records.items():
        gas = ledger.check_gas.get(check_id, 0)
        yield (check_id, *record, gas)


def _refusals(market: Market, ledger: Ledger, diary: Diary) -> Iterable[Row]:
    del market
    for refused, (count, first) in ledger.refusals.items():
        place = ("chain", refused.contract, refused.function, refused.reason, refused.role)
        yield (refused.tick, *place, count, first, is_expected(refused.reason, "chain"))
    for (tick, reason), calls in diary.service.items():
        expected = is_expected(reason, "service")
        yield tick, "service", "", "", reason, "user", calls, 0, expected


def is_expected(reason: str, place: str) -> bool:
    """
    Whether a strategy expects a refusal.

    Off the chain nothing is refused by a rule: capacity, budgets and habits are the market at
    work. On it, whoever lacks what a licence asks for may try without first, and a seller may
    empty an account when its buyer comes.
    """
    is_strategy = reason.startswith((PolicyRefused.__name__, AccountChanged.__name__))
    return place == "service" or is_strategy


def _gas(market: Market, ledger: Ledger, _: Diary) -> Iterable[Row]:
    del market
    for (contract, function), used in sorted(ledger.gas.items()):
        low, middle, high = (
            int(np.percentile(used, share, method="nearest")) for share in (5, 50, 95)
        )
        yield contract, function, len(used), min(used), low, middle, high, max(used), sum(used)


def _proposals(market: Market, ledger: Ledger, _: Diary) -> Iterable[Row]:
    del ledger
    for motion in market.politics.motions:
        against, in_favour, abstain = market.view("governor", "proposal_votes", motion.proposal_id)
        snapshot = market.view("governor", "proposal_snapshot", motion.proposal_id)
        quorum = market.view("governor", "quorum", snapshot) if snapshot < market.now else 0
        record = market.politics.outcome(motion)
        yield (
            str(motion.proposal_id),
            motion.parameter,
            motion.previous,
            motion.value,
            motion.proposed_at,
            record.decided_at,
            record.executed_at,
            record.outcome,
            record.reason,
            in_favour,
            against,
            abstain,
            quorum,
        )


def _votes(market: Market, ledger: Ledger, _: Diary) -> Iterable[Row]:
    del ledger
    names = ("against", "for", "abstain")
    for vote in market.politics.votes:
        stance = vote.stance
        yield (
            str(vote.motion.proposal_id),
            vote.voter,
            names[stance.support],
            vote.weight,
            stance.gain,
            stance.loss,
            stance.reason,
        )


def _users(market: Market, ledger: Ledger, _: Diary) -> Iterable[Row]:
    del ledger
    for user in market.users:
        domain = market.workshop.domains[market.population.domain[user.row]].name
        budget, left = market.demand.budget(user.row), market.demand.left.get(user.row, -1)
        spent, calls = market.demand.spent[user.row], market.demand.served[user.row]
        yield user.name, domain, user.calls_per_day, budget, spent, calls, left


def _proofs(market: Market, ledger: Ledger, _: Diary) -> Iterable[Row]:
    grouped: dict[Any, list[tuple[int, int]]] = defaultdict(list)
    for check_id, (listing, proof_bytes) in market.challenges.proofs_accepted.items():
        grouped[listing.keys.result()].append((proof_bytes, ledger.check_gas.get(check_id, 0)))
    for keys, proofs in grouped.items():
        sizes, gas = zip(*proofs, strict=True)
        kind = f"ezkl, input {keys.settings.input_visibility}, weights committed"
        yield (
            kind,
            keys.logrows,
            keys.proving_key_bytes,
            max(sizes),
            max(gas),
            keys.srs_id,
            len(proofs),
        )


_Rows = Callable[[Market, Ledger, Diary], Iterable[Row]]
_TABLES: Mapping[str, tuple[dict[str, str], _Rows]] = {
    "agents": (
        kinds_of_letters("agent:s role:s address:s tokens_start:d tokens_end:d revenue:d costs:d"),
        _agents,
    ),
    "models": (
        kinds_of_letters(
            "model_id:i version:i name:s owner:s domain:s architecture:s parameters:i "
            "multiply_accumulates:i parent_id:i depth:i royalty_bps:i float_accuracy:f "
            "accuracy:f agreement:f bound:i limit:i tick:i"
        ),
        _models,
    ),
    "accuracy": (kinds_of_letters("model_id:i version:i domain:s accuracy:f"), _accuracy),
    "model_money": (
        kinds_of_letters(
            "model_id:i paid_by_users:d accrued:d royalties_received:d royalties_paid:d kept:d"
        ),
        _model_money,
    ),
    "flows": (kinds_of_letters("source:s target:s amount:d"), _flows),
    "checks": (
        kinds_of_letters(
            "check_id:i host:s validator:s model_id:i version:i opened_tick:i closed_tick:i "
            "outcome:s was_honest:b gas:i"
        ),
        _checks,
    ),
    "refusals": (
        kinds_of_letters(
            "tick:i place:s contract:s function:s reason:s role:s count:i first_call:i expected:b"
        ),
        _refusals,
    ),
    "gas": (
        kinds_of_letters(
            "contract:s function:s calls:i minimum:i p5:i median:i p95:i maximum:i total:i"
        ),
        _gas,
    ),
    "proposals": (
        kinds_of_letters(
            "proposal:s parameter:s previous:d value:d tick_proposed:i tick_decided:i "
            "tick_executed:i outcome:s reason:s votes_for:d votes_against:d votes_abstain:d "
            "quorum:d"
        ),
        _proposals,
    ),
    "votes": (
        kinds_of_letters("proposal:s voter:s support:s weight:d gain:f loss:f reason:s"),
        _votes,
    ),
    "users": (
        kinds_of_letters("user:s domain:s calls_per_day:f budget:d spent:d calls:i left_tick:i"),
        _users,
    ),
    "proofs": (
        kinds_of_letters("kind:s logrows:i key_bytes:i proof_bytes:i gas:i srs_id:s count:i"),
        _proofs,
    ),
}
