"""What is noted at the end of each tick: tables with a row per tick, written as the run goes on."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sim.invariants import Finding, Invariant
from sim.ledger import Ledger
from sim.market import Market
from sim.runs import RunWriter
from sim.runs.columns import kinds_of_letters

_TABLES: Mapping[str, Mapping[str, str]] = {
    "hosts": kinds_of_letters(
        "tick:i host:s asked:i served:i cheated:i latency_s:f bonded:d deterrence:f "
        "cheat_chance:f is_prone:b gain:d slashed:d"
    ),
    "sampling": kinds_of_letters("tick:i receipts:i picked:i checked:i"),
    "invariants": kinds_of_letters("id:s name:s severity:s tick:i state:s detail:s"),
}


class Diary:
    """
    Writes the tables of ticks, and keeps what is asked of the whole run.

    `service` counts the calls refused off the chain by tick and reason; `states` has what each
    invariant ever was, by its number.
    """

    def __init__(self, writer: RunWriter) -> None:
        self._writer = writer
        self.service: dict[tuple[int, str], int] = {}
        self.states: dict[str, set[str]] = {}
        for name in _TABLES:
            self._append(name)

    def note(self, market: Market, ledger: Ledger) -> None:
        """Note the tick that just ended."""
        self._append("hosts", *_hosts(market, ledger))
        drawn, opened = market.challenges, ledger.tick["checks_opened"]
        self._append("sampling", (market.tick, drawn.sampled, drawn.picked, opened))
        for reason, calls in market.tally.refused.items():
            self.service[market.tick, reason] = calls

    def judged(self, tick: int, invariant: Invariant, finding: Finding) -> None:
        """Note what an invariant says of a tick."""
        self.states.setdefault(invariant.number, set()).add(finding.state)
        rule = (invariant.number, invariant.name, invariant.severity)
        self._append("invariants", (*rule, tick, finding.state, finding.detail))

    def _append(self, name: str, *rows: Sequence[Any]) -> None:
        self._writer.append(name, _TABLES[name], rows)


def _hosts(market: Market, ledger: Ledger) -> Iterator[Sequence[Any]]:
    for host in market.hosts:
        record = host.record
        yield (
            market.tick,
            host.name,
            record.asked,
            record.served,
            record.cheated,
            record.latency,
            host.bonded(),
            host.deterrence(),
            host.cheating_chance(),
            host.is_prone,
            host.cheating_gains,
            ledger.slashed[host.address],
        )
