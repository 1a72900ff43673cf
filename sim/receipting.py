"""
How a host answers a request: real inference, an output hash, a receipt chained to the one before.
"""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from protocol.pricing import Usage
from protocol.sessions import Entry
from sim.catalogue import Listing
from sim.service import OpenSession, Request, ServedCall
from sim.streams import stream
from sim.workload.cheating import corrupt
from sim.workload.tasks import PIXELS
from zk.field import output_hash

if TYPE_CHECKING:
    from sim.market import Market


def answer_request(
    market: "Market",
    request: Request,
    opened: OpenSession,
    accepted: int,
    cheats: NDArray[np.bool_],
) -> list[ServedCall]:
    """
    Serve the first calls of a request, as many as were accepted and the session can pay; note
    them for settlement.
    """
    count, price = _affordable(market, request, opened, accepted)
    if count == 0:
        return []
    outputs = output_hashes(market, opened.listing, request.rows[:count], cheats[:count])
    first = opened.sequence + 1
    receipts = market.receipts.chain(
        session_id=opened.session_id,
        first_sequence=first,
        previous=opened.tip,
        input_commitments=market.workshop.input_commitments(opened.listing, request.rows[:count]),
        output_hashes=outputs,
        input_tokens=request.input_tokens[:count],
        output_tokens=request.output_tokens[:count],
        micro_megapixels=PIXELS,
        served_at=market.now,
    )
    served = [
        ServedCall(receipt, leaf, opened.listing, row, not cheat)
        for (receipt, leaf), row, cheat in zip(
            receipts, request.rows, cheats.tolist(), strict=False
        )
    ]
    entry = Entry(
        opened.session_id,
        market.epoch,
        first,
        opened.sequence + count,
        sum(request.input_tokens[:count]),
        sum(request.output_tokens[:count]),
        PIXELS * count,
        0,
    )
    opened.sequence += count
    opened.tip = served[-1].leaf
    opened.spent += price
    market.demand.spent[opened.user] += market.currencies.in_mnft(opened.listing.model_id, price)
    market.demand.served[opened.user] += count
    market.badging.note(opened.user, opened.listing, count)
    market.poaching.note(opened.user, opened.listing, count)
    opened.unsettled.append((entry, served, price))
    return served


def output_hashes(
    market: "Market", listing: Listing, rows: list[int], cheats: NDArray[np.bool_]
) -> list[bytes]:
    """Return the hash of each output: the model's own, or of a wrong one where the host cheats."""
    asked = np.asarray(rows, dtype=np.int64)
    outputs = market.workshop.inference.run(listing.published.cid, asked)
    hashes = outputs.hashes
    cheated = np.flatnonzero(cheats)
    if len(cheated):
        logits = market.workshop.inference.logits(listing.published.cid, asked[cheated])
        wrong = corrupt(
            logits, stream(market.seed, f"wrong-outputs/{market.tick}/{listing.model_id}")
        )
        for call, values in zip(cheated.tolist(), wrong.tolist(), strict=True):
            hashes[call] = output_hash(values)
    return hashes


def _affordable(
    market: "Market", request: Request, opened: OpenSession, accepted: int
) -> tuple[int, int]:
    """Return how many of the accepted calls the session's limits allow, and their price."""
    session, spent = opened.session, opened.spent
    count = accepted
    while count:
        usage = Usage(
            count,
            sum(request.input_tokens[:count]),
            sum(request.output_tokens[:count]),
            PIXELS * count,
            0,
        )
        price = market.shelf.quote(session.model_id, usage)
        if price <= count * session.maximum_price and spent + price <= session.maximum_total:
            return count, price
        count = count * 3 // 4
    return 0, 0
