"""Warnings: what could make a pass of this run meaningless, in words for the page and the terminal."""

import math
from collections.abc import Iterator

import pandas as pd

from sim.ledger import Ledger
from sim.market import Market
from sim.tables import Diary


def caveats(market: Market, ledger: Ledger, diary: Diary, metrics: pd.DataFrame) -> Iterator[str]:
    """Yield what the reader should know before trusting a claim that held."""
    total = ledger.total
    if not total["calls_settled"]:
        yield "No call was settled: nothing about the market was tested"
    if not total["slashes"]:
        yield "Nobody was slashed, so the slashing rules were not tested"
    if not total["checks_passed"]:
        yield "No proof was verified, so the verification rules were not tested"
    if market.hosts and not any(host.is_prone for host in market.hosts):
        yield "No host would ever cheat, whatever it pays: deterrence was not tested"
    if not total["forks"]:
        yield "Nothing was forked, so no royalty flowed"
    if not ledger.refusals:
        yield "No transaction was refused: nobody tried what the rules forbid"
    unexercised = sorted(
        {
            invariant.number
            for _, invariant, finding in diary.findings
            if finding.state == "not_exercised"
        }
        - {
            invariant.number
            for _, invariant, finding in diary.findings
            if finding.state != "not_exercised"
        },
        key=int,
    )
    if unexercised:
        yield f"{len(unexercised)} invariants had nothing to judge: {', '.join(unexercised)}"
    never = sorted(
        name
        for name, values in metrics.groupby("kpi")["value"]
        if all(value is None or math.isnan(value) for value in values)
    )
    if never:
        yield f"{len(never)} figures could not be computed: {', '.join(never)}"
    yield "The reference string of the proofs was made locally, not in a ceremony: whoever made it could forge"
