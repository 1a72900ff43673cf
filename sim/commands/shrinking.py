"""`mnft shrink`: from a trace that fails to the few calls that it takes, kept as a case."""

from collections.abc import Mapping
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from sim.commands.checking import load_contracts
from sim.console import Console
from sim.errors import UserError, nearest
from sim.progress import Style, showing
from sim.runs import open_run

if TYPE_CHECKING:
    from sim.shrinking.case import CaseFile
    from sim.shrinking.minimum import Minimum, Wanted
    from sim.shrinking.predicates import Predicate, Refused

_CORPUS = Path("corpus")
_COLUMNS = ("call", "agent", "function", "outcome")


class Asked(NamedTuple):
    """What the options say that a trace must still show; whatever fails first if they say none."""

    divergence: bool = False
    invariant: str | None = None
    kpi: str | None = None
    refusal: str | None = None


class _Source(NamedTuple):
    """A trace, the invariant that its run recorded as violated, and names by address."""

    trace: Path
    violated: str | None
    names: Mapping[str, str]


def shrink_trace(
    console: Console,
    place: Path,
    asked: Asked,
    contracts: Path | None,
    engine: str | None,
    out: Path | None,
    told: str,
    style: Style,
) -> None:
    """Shrink a trace, print what is left, and write it as a case."""
    from sim.rulebook.record import read  # noqa: PLC0415 - engines take a second to import
    from sim.shrinking.bench import Bench, fastest_engine  # noqa: PLC0415
    from sim.shrinking.minimum import keep, minimum  # noqa: PLC0415
    from sim.shrinking.story import rows  # noqa: PLC0415

    source = _source(place)
    wanted = _wanted(asked, source)
    build = load_contracts(contracts)
    record = read(source.trace)
    with (
        Bench(engine or fastest_engine(), build) as bench,
        showing(style, is_terminal=console.err.redraws) as shown,
    ):
        found = minimum(bench, record, wanted, shown, str(place))
    case = keep(out or _new_place(found), record, found, source.names, told)
    table = rows(case.file, found.done)
    if console.as_json:
        console.document(_document(place, case.folder, case.file, found, table))
        return
    from sim.commands.inspecting import print_table  # noqa: PLC0415

    console.result(
        f"{found.of_calls:,} calls shrunk to {len(found.done)} in {found.replays:,} replays: "
        f"{case.file.shown}"
    )
    print_table(console, table, _COLUMNS)
    theirs = f" --contracts {contracts}" if contracts is not None else ""
    console.result(f"case    {case.folder}\nagain   mnft check --corpus {case.folder}{theirs}")


def _source(place: Path) -> _Source:
    """Return the trace of a file, of a finished run, or of a run that a divergence ended."""
    if place.is_file():
        return _Source(place, None, {})
    for folder in (place, place.with_name(place.name + ".partial")):
        if (folder / "divergence.trace").is_file():
            return _Source(folder / "divergence.trace", None, {})
    run = open_run(place)
    agents = run.table("agents")
    names = dict(zip(agents["address"], agents["agent"], strict=True))
    if not run.manifest.invariants.violated:
        return _Source(run.trace, None, names)
    findings = run.table("invariants")
    first = findings[findings["state"] == "violated"].sort_values("tick").iloc[0]
    return _Source(run.trace, str(first["id"]), names)


def _wanted(asked: Asked, source: _Source) -> "Wanted":
    from sim.shrinking.figures import parse_claim  # noqa: PLC0415
    from sim.shrinking.minimum import Wanted  # noqa: PLC0415
    from sim.shrinking.predicates import Every, Reached  # noqa: PLC0415

    shows: list[Predicate] = []
    if asked.kpi is not None:
        shows.append(Reached(parse_claim(asked.kpi)))
    if asked.refusal is not None:
        shows.append(_refusal(asked.refusal))
    if sum((asked.divergence, asked.invariant is not None, bool(shows))) > 1:
        problem = "more than one kind of failure is asked for"
        allowed = "one of --divergence, --invariant and --kpi; --kpi with --refusal"
        raise UserError("mnft shrink", problem, allowed, "E120")
    if shows:
        return Wanted(shows[0] if len(shows) == 1 else Every(tuple(shows)))
    if asked.divergence:
        return Wanted(rules=frozenset())
    number = asked.invariant if asked.invariant is not None else source.violated
    if number is None:
        return Wanted()
    return Wanted(rules=frozenset((_known(number),)), alone=True)


def _known(number: str) -> str:
    from sim.invariants import INVARIANTS  # noqa: PLC0415

    if number not in {each.number for each in INVARIANTS}:
        allowed = ", ".join(f"{each.number} ({each.name})" for each in INVARIANTS)
        raise UserError(f"--invariant {number}", "no invariant of the calls", allowed, "E120")
    return number


def _refusal(text: str) -> "Refused":
    from sim.rulebook import functions  # noqa: PLC0415
    from sim.shrinking.predicates import Refused  # noqa: PLC0415

    name, _, reason = (part.strip() for part in text.partition(":"))
    known = {f"{each.contract}.{each.name}": each for each in functions()}
    place = f"--refusal {text}"
    if name not in known:
        near = nearest(name, tuple(known))
        allowed = f"did you mean {near}?" if near else "a function of docs/reference.md"
        raise UserError(place, f"`{name}` is no function", allowed, "E120")
    reasons = sorted(error.__name__ for error in known[name].refusals)
    if reason not in reasons:
        raise UserError(place, f"{name} is not refused for that", ", ".join(reasons), "E120")
    return Refused(name, reason)


def _new_place(found: "Minimum") -> Path:
    """Return a folder of the corpus that is not there yet, named by what is shown."""
    name = found.predicate.slug()
    places = (_CORPUS / (name if n == 1 else f"{name}-{n}") for n in count(1))
    return next(place for place in places if not place.exists())


def _document(
    place: Path, folder: Path, file: "CaseFile", found: "Minimum", table: list[dict[str, str]]
) -> dict[str, object]:
    return {
        "schema": "mnft.shrink/1",
        "trace": str(place),
        "case": str(folder),
        "predicate": file.predicate,
        "shown": file.shown,
        "of_calls": found.of_calls,
        "replays": found.replays,
        "calls": table,
    }
