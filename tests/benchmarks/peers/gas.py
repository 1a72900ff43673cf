"""Comparison (c): gas per inference of three ways to be paid."""

from typing import Any

from contenders import Contender, compete, table

PAYMENTS = Contender("payments", None, "settlement_gas.py")
WAYS = {
    "gateway": "Gateway, settled and released",
    "transfer": "ERC-20 transfer each",
    "claim": "channel claim per user",
    "claims together": "64 claims in a transaction",
}


def rows_of(figures: dict[str, dict[str, float]]) -> list[list[str]]:
    """Return a row per size: gas per inference by way, and the others over ours."""
    rows = []
    for size, by_way in figures.items():
        ours = by_way["gateway"]
        cells = [f"{by_way['gateway']:,.0f}"]
        cells += [f"{by_way[way]:,.0f} ({by_way[way] / ours:.2f})" for way in list(WAYS)[1:]]
        rows.append([f"{int(size):,}", *cells])
    return rows


def settlement(rounds: int) -> tuple[str, dict[str, Any]]:
    """Return tables and figures; gas is no time, so one round is enough."""
    del rounds
    outcome = compete([PAYMENTS], 1)["payments"]
    if "error" in outcome:
        raise SystemExit(outcome["error"])
    many = table(("users, one inference each", *WAYS.values()), rows_of(outcome["many users"]))
    alone = table(("inferences of one user", *WAYS.values()), rows_of(outcome["one user"]))
    opening, collect = outcome["opening"], outcome["collect"]
    once = (
        f"Once per user: a session {opening['session']:,} gas, a channel {opening['channel']:,}. "
        f"Once for any number of batches: distribute and withdraw twice, {collect:,} gas."
    )
    return f"{many}\n\n{alone}\n\n{once}", outcome
