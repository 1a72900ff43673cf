"""What an owner says of a model's training: what it is worth to say it, and whose the data was."""

import math
from collections import Counter
from typing import TYPE_CHECKING

from protocol.money import BPS
from protocol.types import Address
from sim.agents.expectations import kept_share, reached_calls, weight_of
from sim.catalogue import Listing

if TYPE_CHECKING:
    from sim.market import Market


def worth_of_a_record(market: "Market", listing: Listing) -> float:
    """
    Return what a version is expected to earn more (base units) over the horizon once it is on
    record.

    Users add `traceability` to the utility of a model that they can trace to its data, so its
    weight w in their logit grows to w e^t: sum over domains of calls * price * kept *
    (w e^t / (1 + w e^t + others) - w / (1 + w + others)). Nothing, where what the version came
    from is not on record itself: then the trace has a gap.
    """
    if not market.shelf.may_be_on_record(listing):
        return 0.0
    gain = math.exp(market.scenario.population.users.traceability)
    others = [each for each in market.catalogue.newest() if each.model_id != listing.model_id]
    calls = 0.0
    for domain in range(len(market.workshop.domains)):
        own = weight_of(market, listing, domain)
        rest = 1 + sum(weight_of(market, each, domain) for each in others)
        more = own * gain / (own * gain + rest) - own / (own + rest)
        calls += reached_calls(market, domain) * more
    parents = market.view("lineage", "parents_of", listing.model_id)
    host_fee = market.view("pricing", "tariff_of", listing.model_id).host_fee_bps
    kept = kept_share(market, host_fee) * market.shelf.kept_by_child(parents)
    return calls * market.shelf.price_of(listing.model_id) * kept


def data_shares(
    market: "Market", model_id: int, version: int, operations: int, own: tuple[Address, ...]
) -> tuple[tuple[Address, ...], tuple[int, ...]]:
    """
    Return who provided the data of a version about to be recorded, and each one's share (bps).

    In proportion to the gradient steps on each one's data: the own ones, and those on record of
    everything that the version came from. What rounding leaves goes to the first of the own data.
    A merged model has no steps of its own: where its parents are not all on record, those whose
    data are in its weights share evenly.
    """
    steps, complete = market.view("dataset_registry", "trace_of", model_id, version)
    if not operations and not (complete and all(any(step.log_hash) for step in steps[1:])):
        even, rest = divmod(BPS, len(own))
        return own, tuple(even + (place < rest) for place in range(len(own)))
    total: Counter[Address] = Counter({own[0]: operations})
    for step in steps[1:]:
        for content_hash in step.content_hashes:
            dataset_id = market.view("dataset_registry", "dataset_id_of", content_hash)
            owner = market.view("dataset_registry", "dataset_of", dataset_id).owner
            total[owner] += step.operations
    whole = sum(total.values())
    shares = {owner: BPS * part // whole for owner, part in total.items() if owner != own[0]}
    shares = {own[0]: BPS - sum(shares.values()), **shares}
    shares = {owner: share for owner, share in shares.items() if share}
    return tuple(shares), tuple(shares.values())
