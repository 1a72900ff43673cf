"""The page of gas: written from what was measured, and its tables read back."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from sim.rulebook import functions
from tests.gas.measured import Settled, Spent

HOME = Path(__file__).parents[2]
PAGE = HOME / "docs/gas.md"
COMMAND = "make gas"

_HEAD = f"""# Gas

Printed by `{COMMAND}`, and kept so that a change shows in the diff. Tests hold it exactly.

A call is a transaction of its own: intrinsic gas, calldata, cold access and refunds are in.
Only calls that succeed count, and functions that somebody calls: what only other contracts call
is part of their callers' gas. All engines use the same gas.
A proof is blinded anew each time, so functions that take one are rounded to ten thousand.
"""
_RECORDED = """## A small economy

The recorded run that [walks](fuzzing.md) go along, on py-evm.
"""
_EVERYTHING = """## Quickstart and walks

`scenarios/quickstart.yaml` as it is shipped, and walks along the small economy, on py-evm.
A dash: neither has it succeed. Least and most of a walk are those of odd arguments.
"""
_SETTLEMENT = """## Settlement

An entry of a batch settles any number of receipts of one session; a batch has at most 64 entries.
Everybody has settled before. Released after the challenge window, eight batches at most at once.
A transfer, to a host who has tokens already, takes {transfer:,} gas: the last column is what
paying each inference so would take, over what settling and releasing it takes.
"""
_FUNCTION = re.compile(r"^\| `(\w+\.\w+)` \| ([\d,]+) \| ([\d,]+) \| ([\d,]+) \| ([\d,]+) \|$")
_NUMBERS = r" \| ".join([r"([\d,]+)"] * 6)
_SETTLED = re.compile(rf"^\| {_NUMBERS} \| [\d.]+ \|$")
_TRANSFER = re.compile(r"takes ([\d,]+) gas: the last column")


def text(
    recorded: Mapping[str, Spent],
    everything: Mapping[str, Spent],
    transfer: int,
    settled: Sequence[Settled],
) -> str:
    """Return the page."""
    names = [each.key for each in functions() if not each.is_view]
    return "\n".join(
        [
            *(_HEAD, _RECORDED),
            *_functions([name for name in names if name in recorded], recorded),
            *("", _EVERYTHING),
            *_functions(names, everything),
            *("", _SETTLEMENT.format(transfer=transfer)),
            *_settlements(transfer, settled),
            "",
        ]
    )


def recorded_of(page: str) -> dict[str, Spent]:
    """Return what the page says of the small economy."""
    return _read(_section(page, _RECORDED))


def functions_of(page: str) -> list[str]:
    """Return the functions that the page lists."""
    return re.findall(r"^\| `(\w+\.\w+)` \|", _section(page, _EVERYTHING), re.MULTILINE)


def settlement_of(page: str) -> tuple[int, list[Settled]]:
    """Return what the page says of a transfer, and of settlement."""
    section = _section(page, _SETTLEMENT)
    (transfer,) = map(_number, _TRANSFER.findall(section))
    rows = [found for line in section.splitlines() if (found := _SETTLED.match(line))]
    return transfer, [Settled(*map(_number, row.groups()[:5])) for row in rows]


def _functions(names: Sequence[str], spent: Mapping[str, Spent]) -> list[str]:
    lines = ["| function | calls | least | median | most |", "| --- |" + " ---: |" * 4]
    for name in names:
        cells = [f"{each:,}" for each in spent[name]] if name in spent else ["0", *["-"] * 3]
        lines.append(f"| `{name}` | {' | '.join(cells)} |")
    return lines


def _settlements(transfer: int, settled: Sequence[Settled]) -> list[str]:
    lines = [
        "| receipts | sessions | batches | settle | release | per receipt | transfers over ours |",
        "|" + " ---: |" * 7,
    ]
    for row in settled:
        ratio = transfer * row.receipts / (row.settle + row.release)
        cells = [f"{each:,}" for each in (*row, row.per_receipt)]
        lines.append(f"| {' | '.join(cells)} | {ratio:.2f} |")
    return lines


def _section(page: str, beginning: str) -> str:
    title = beginning.partition("\n")[0]
    return page.partition(title)[2].partition("\n## ")[0]


def _read(section: str) -> dict[str, Spent]:
    rows = [found for line in section.splitlines() if (found := _FUNCTION.match(line))]
    return {row[1]: Spent(*map(_number, row.groups()[1:])) for row in rows}


def _number(written: str) -> int:
    return int(written.replace(",", ""))
