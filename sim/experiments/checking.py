"""The invariants over many scenarios and seeds: what broke, where, and how to see it again."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, NamedTuple
from xml.etree import ElementTree

from sim.errors import UserError
from sim.experiments.design import ONLY, replica_seeds
from sim.experiments.replica import Outcome, Replica
from sim.runs.reader import Run, read_manifest
from sim.scenario.loading import load_scenario

Severity = Literal["warning", "error", "critical"]
SEVERITIES: tuple[Severity, ...] = ("warning", "error", "critical")
LOCKSTEP = "11"
RECORDED = "recorded"
"""What a case of the corpus breaks whose calls no longer end as they did."""


class Broken(NamedTuple):
    """
    Something that must not be: an invariant by number and name, and what was seen.

    A divergence breaks invariant 11; `tick` is None where the run says none. A warning of a run has
    no number.
    """

    number: str
    name: str
    severity: Severity
    tick: int | None
    detail: str


class Checked(NamedTuple):
    """
    One run, judged: the invariants by number with name and state, and what broke.

    A case of the corpus stands under its name and has no seed.
    """

    scenario: str
    seed: int | None
    command: str
    folder: Path
    invariants: Mapping[str, tuple[str, str]]
    broken: tuple[Broken, ...]
    error: str = ""
    seconds: float = 0.0

    @property
    def label(self) -> str:
        """Which run of the scenario it was."""
        return "case" if self.seed is None else f"seed {self.seed}"

    @property
    def diverged(self) -> bool:
        """Whether model and contracts disagreed, or a case no longer ends as it did."""
        return any(each.number in (LOCKSTEP, RECORDED) for each in self.broken)


def scenario_files(places: Sequence[Path]) -> list[Path]:
    """
    Return the scenario files named, and those in the folders named.

    Raises:
        UserError: There is no such file or folder, or no scenario in it.
    """
    found: list[Path] = []
    for place in places:
        files = sorted([*place.glob("*.yaml"), *place.glob("*.yml")]) if place.is_dir() else [place]
        if not files:
            raise UserError(str(place), "there is no scenario here", "a folder of *.yaml", "E112")
        found += files
    return found


def replicas_of(
    files: Sequence[Path],
    seeds: int,
    changes: Mapping[str, str],
    folder: Path,
    cache: Path,
    build: Path | None,
) -> list[Replica]:
    """
    Return a replica per scenario and seed, every scenario checked.

    Raises:
        ScenarioError: A scenario is wrong.
        UserError: A file cannot be read, or two have the same name.
    """
    names: set[str] = set()
    replicas = []
    for path in files:
        loaded = load_scenario(path, changes)
        if loaded.name in names:
            problem = f"another scenario is called {loaded.name} too"
            raise UserError(str(path), problem, "names that differ", "E112")
        names.add(loaded.name)
        for number, seed in enumerate(replica_seeds(loaded.scenario.seed, seeds)):
            place = folder / loaded.name / f"replica-{number}"
            replicas.append(
                Replica(
                    loaded.text, str(path), loaded.name, ONLY, dict(changes), number, seed,
                    place, cache, build, loaded.files,
                )
            )  # fmt: skip
    return replicas


def judge(outcome: Outcome) -> Checked:
    """Return what a replica's run says of the invariants."""
    replica = outcome.replica
    if outcome.state == "failed":
        return _of_failed(outcome)
    run = Run(replica.folder, read_manifest(replica.folder))
    rows = [{str(key): value for key, value in row.items()}
            for row in run.table("invariants").to_dict("records")]  # fmt: skip
    states: dict[str, tuple[str, str]] = {}
    for row in rows:
        _, before = states.get(row["id"], ("", "not_exercised"))
        states[row["id"]] = (row["name"], _worse(before, row["state"]))
    broken = tuple(_broken(rows))
    warnings = tuple(Broken("", "warning", "warning", None, text) for text in run.manifest.warnings)
    return Checked(
        replica.name, replica.seed, replica.command(), replica.folder, states, broken + warnings,
        "", outcome.seconds,
    )  # fmt: skip


def _of_failed(outcome: Outcome) -> Checked:
    replica, error = outcome.replica, outcome.error
    broken: tuple[Broken, ...] = ()
    if outcome.kind == "Divergence":
        detail = outcome.error.partition(": ")[2]
        broken = (Broken(LOCKSTEP, "model and contracts agree", "critical", None, detail),)
        error = ""
    return Checked(
        replica.name, replica.seed, replica.command(), replica.folder, {}, broken, error,
        outcome.seconds,
    )  # fmt: skip


def junit(checked: Iterable[Checked]) -> str:
    """Return the results as JUnit XML: a suite per scenario, a case per seed and invariant."""
    root = ElementTree.Element("testsuites", name="mnft check")
    suites: dict[str, ElementTree.Element] = {}
    for each in checked:
        if each.scenario not in suites:
            suites[each.scenario] = ElementTree.SubElement(root, "testsuite", name=each.scenario)
        _cases(suites[each.scenario], each)
    for suite in (*suites.values(), root):
        cases = list(suite.iter("testcase"))
        suite.set("tests", str(len(cases)))
        for state, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
            suite.set(state, str(sum(case.find(tag) is not None for case in cases)))
    ElementTree.indent(root)
    text: str = ElementTree.tostring(root, encoding="unicode", xml_declaration=True)
    return text + "\n"


def _cases(suite: ElementTree.Element, each: Checked) -> None:
    name = each.label
    broken = {one.number: one for one in each.broken if one.number}
    states = {**{one.number: (one.name, "violated") for one in broken.values()}, **each.invariants}
    if each.error:
        case = _case(suite, f"{name}: runs", each)
        ElementTree.SubElement(case, "error", message=_printable(each.error)).text = each.command
    for number, (title, state) in states.items():
        case = _case(suite, f"{name}: {number} {title}", each)
        if number in broken:
            detail = _printable(broken[number].detail)
            failure = ElementTree.SubElement(case, "failure", message=detail)
            failure.text = f"{detail}\n{each.command}"
        elif state == "not_exercised":
            ElementTree.SubElement(case, "skipped", message="there was nothing to judge")


def _case(suite: ElementTree.Element, name: str, each: Checked) -> ElementTree.Element:
    seconds = f"{each.seconds:.3f}"
    return ElementTree.SubElement(
        suite, "testcase", name=name, classname=each.scenario, time=seconds
    )


def _printable(text: str) -> str:
    # XML has no way to write most control letters.
    return "".join(letter for letter in text if letter >= " " or letter in "\n\t")


def _broken(rows: Sequence[Mapping[str, Any]]) -> Iterator[Broken]:
    for row in rows:
        if row["state"] == "violated":
            tick, detail = int(row["tick"]), str(row["detail"])
            yield Broken(row["id"], row["name"], row["severity"], tick, detail)


def _worse(first: str, second: str) -> str:
    order = ("not_exercised", "held", "violated")
    return max(first, second, key=order.index)
