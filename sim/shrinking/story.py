"""What a case shows, for people: a table of its calls, and one paragraph that tells its story."""

from collections.abc import Sequence

from sim.shrinking.case import CaseFile
from sim.shrinking.replaying import Done

Row = dict[str, str]


def rows(file: CaseFile, done: Sequence[Done]) -> list[Row]:
    """Return a row per call: its number, agent, function and how it ended."""
    return [
        {
            "call": str(number),
            "agent": file.agents[call.sender],
            "function": f"{call.contract}.{call.function}",
            "outcome": "ok" if receipt.ok else f"refused {type(receipt.refusal).__name__}",
        }
        for number, (call, receipt) in enumerate(done, start=1)
    ]


def story(file: CaseFile, done: Sequence[Done], told: str) -> str:
    """Return one paragraph: what somebody told, then what the calls themselves say."""
    agents = list(dict.fromkeys(file.agents[call.sender] for call, _ in done))
    times = len({call.timestamp for call, _ in done})
    steps = "; ".join(
        f"{row['agent']} {row['function']}{_refused(row)}" for row in rows(file, done)
    )
    parts = [
        " ".join(told.split()),
        f"It takes {_many(len(done), 'call')} of {_many(len(agents), 'account')} "
        f"({', '.join(agents)}) at {_many(times, 'moment')}: {steps}.",
        f"What it shows: {file.shown}.",
        f"Shrunk from {_many(file.of_calls, 'call')}; none of those left can be left out.",
    ]
    return " ".join(part for part in parts if part)


def _refused(row: Row) -> str:
    return "" if row["outcome"] == "ok" else f" ({row['outcome']})"


def _many(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
