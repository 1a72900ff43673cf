"""The page of the rulebook's coverage: written from counts, and read back into them."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate
from pathlib import Path

from sim.rulebook.coverage import OK, Row, Share, Tally, coverage
from sim.rulebook.functions import functions

HOME = Path(__file__).parents[2]
PAGE = HOME / "docs/coverage.md"
COMMAND = "make coverage"
WALKS, TESTS = "walks", "tests"

Columns = dict[str, Tally]
"""What was counted, by where: a scenario's name, `walks`, `tests`."""

_HEAD = f"""# Coverage of the rulebook

Printed by `{COMMAND}`: each function that writes, each outcome it can have, how often it had it.
A column for each shipped scenario (its calls on the model), one for the walks of `make fuzz`, one
for the tests of `tests/protocol`, `tests/conformance` and `tests/attacks`.
A function counts whoever called it, an account or another contract.
"""
_TESTS_ALONE = """## Met by tests alone

What no scenario and no walk has met (functions that were not carried out, refusals met nowhere),
and why: what has no reason here is within a walk's reach, and none of these came there.
"""
_BY_CHANCE = "by chance"
_NEVER_MET = """## Never met

What no scenario, walk or test has met, and why (`tests/coverage/gaps.py`).
"""
_EVERYTHING = """## Everything

**never** marks what nothing has met.
A refusal in brackets is no promise of the function's own text: it is read from the source of a
part that the function calls, and an earlier check often makes it impossible.
"""
_ROW = re.compile(r"^\| `(\w+\.\w+)` \| (?:\*\*never\*\* )?\(?`?(\w+)`?\)? \| ([\d,| ]+) \|$")
_TITLES = re.compile(r"^\| function \| outcome \| (.+) \|$", re.MULTILINE)


def scenarios() -> list[Path]:
    """Return the shipped scenarios."""
    return sorted((HOME / "scenarios").glob("*.yaml"))


def titles() -> list[str]:
    """Return the names of the page's columns, in their order."""
    return [*(each.stem for each in scenarios()), WALKS, TESTS]


def promised() -> frozenset[tuple[str, str]]:
    """Return the refusals that functions' own texts promise, by function and name."""
    return frozenset(
        (function.key, error.__name__)
        for function in functions()
        if not function.is_view
        for error, when in function.refusals.items()
        if when
    )


def together(columns: Columns) -> Tally:
    """Return the sum of all columns."""
    return sum(columns.values(), Counter())


def shares(tally: Tally) -> tuple[Share, Share, Share]:
    """Return the shares of functions carried out, of refusals met, of refusals promised and met."""
    covered = coverage(tally)
    awaited = promised()
    met = {(row.function, row.outcome) for row in covered.rows if row.times}
    return covered.functions, covered.reasons, Share(len(met & awaited), len(awaited))


def gaps(tally: Tally) -> list[str]:
    """Return what was never met and needs a reason, as keys of `GAPS`."""
    rows = coverage(tally).rows
    met = {row.outcome for row in rows if row.times}
    nowhere = sorted({row.outcome for row in rows} - met - {OK})
    awaited = promised()
    return [
        *(row.function for row in rows if row.outcome == OK and not row.times),
        *nowhere,
        *(
            f"{row.function} {row.outcome}"
            for row in rows
            if not row.times
            and (row.function, row.outcome) in awaited
            and row.outcome not in nowhere
        ),
    ]


def unmet_by_walks(columns: Columns) -> list[str]:
    """Return the functions and refusals that tests alone have met."""
    shipped = together({name: tally for name, tally in columns.items() if name != TESTS})
    nowhere = set(gaps(together(columns)))
    # A function's own promise is too fine here: a key of two words.
    return [each for each in gaps(shipped) if " " not in each and each not in nowhere]


def complaints(columns: Columns, reasons: Mapping[str, str]) -> list[str]:
    """Return a sentence for each gap without a reason, and for each reason without a gap."""
    unmet = gaps(together(columns))
    place = "tests/coverage/gaps.py"
    return [
        *(
            f"{place}: {each} is never met, and has no reason"
            for each in unmet
            if each not in reasons
        ),
        *(f"{place}: {each} is met, and needs no reason" for each in reasons if each not in unmet),
    ]


def text(
    columns: Columns, reasons: Mapping[str, str], walkers: Mapping[str, str] | None = None
) -> str:
    """Return the page; `walkers` says why walks do not come where tests do."""
    sections = (
        *(_HEAD, _totals(columns), _TESTS_ALONE, _table(unmet_by_walks(columns), walkers or {})),
        *(_NEVER_MET, _unmet(columns, reasons), _EVERYTHING),
    )
    return "\n".join([*sections, *_tables(columns)])


def read(page: str) -> Columns:
    """Return the columns of a page; a page that is none has none."""
    found = _TITLES.search(page)
    if found is None:
        return {}
    names = found[1].split(" | ")
    columns: Columns = {name: Counter() for name in names}
    for line in page.splitlines():
        if row := _ROW.match(line):
            for name, times in zip(names, row[3].split(" | "), strict=True):
                columns[name][row[1], row[2]] = int(times.replace(",", ""))
    return columns


def _totals(columns: Columns) -> str:
    alone = [(f"`{name}`", tally) for name, tally in columns.items() if name not in (WALKS, TESTS)]
    shipped = together(dict(alone))
    steps = accumulate((shipped, columns[WALKS], columns[TESTS]), lambda one, other: one + other)
    names = ("all scenarios", "**scenarios and walks**", "scenarios, walks and tests")
    scenarios, *wider = zip(names, steps, strict=True)
    lines = [
        "| met by | functions carried out | refusals | refusals that a function's text promises |",
        "| --- | --- | --- | --- |",
    ]
    for name, tally in [*wider, scenarios, *alone]:
        lines.append(f"| {name} | {' | '.join(str(share) for share in shares(tally))} |")
    return "\n".join(lines) + "\n"


def _unmet(columns: Columns, reasons: Mapping[str, str]) -> str:
    return _table(gaps(together(columns)), reasons, "**no reason is given**")


def _table(unmet: Sequence[str], reasons: Mapping[str, str], otherwise: str = _BY_CHANCE) -> str:
    lines = [f"| `{each}` | {reasons.get(each, otherwise)} |" for each in unmet]
    return "\n".join(["| what | why |", "| --- | --- |", *lines]) + "\n"


def _tables(columns: Columns) -> Iterator[str]:
    contract = ""
    for row in coverage(together(columns)).rows:
        if row.function.partition(".")[0] != contract:
            contract = row.function.partition(".")[0]
            names: Sequence[str] = list(columns)
            yield f"### {contract}\n"
            yield f"| function | outcome | {' | '.join(names)} |"
            yield f"| --- | --- |{' ---: |' * len(names)}"
        yield _line(row, columns)
    yield ""


def _line(row: Row, columns: Columns) -> str:
    key = (row.function, row.outcome)
    outcome = f"`{row.outcome}`" if row.outcome == OK or key in promised() else f"(`{row.outcome}`)"
    never = "" if row.times else "**never** "
    counts = " | ".join(f"{tally[key]:,}" for tally in columns.values())
    return f"| `{row.function}` | {never}{outcome} | {counts} |"
