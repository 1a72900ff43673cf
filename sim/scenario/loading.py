"""From a scenario file to a checked, resolved scenario, or to all of its errors at once."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from sim.errors import Problem, ScenarioError, nearest
from sim.scenario.checks import check
from sim.scenario.choice_checks import check_choices
from sim.scenario.licensing_checks import check_licensing
from sim.scenario.reading import Reading
from sim.scenario.rows import ParameterRow, parameter_rows
from sim.scenario.schema import EXPERIMENTS, Scenario
from sim.scenario.search_checks import check_searches
from sim.scenario.shock_checks import check_shocks
from sim.scenario.shock_files import files_of, values_of
from sim.scenario.time_checks import check_times
from sim.scenario.tree import Source, parse_tree, read_text


@dataclass(frozen=True, slots=True)
class LoadedScenario:
    """A scenario that can run, with its text, its parameter table and what is doubtful in it."""

    name: str
    text: str
    scenario: Scenario
    rows: tuple[ParameterRow, ...]
    warnings: tuple[Problem, ...]
    files: Mapping[str, str] = field(default_factory=dict)
    """What the scenario reads beside itself: the text of each file by its name."""

    @property
    def digest(self) -> str:
        """SHA-256 of everything that decides the run: the resolved values, not comments."""
        decides = self.scenario.model_dump_json(exclude=set(EXPERIMENTS))
        texts = "".join(f"\n{name}\n{text}" for name, text in sorted(self.files.items()))
        return sha256((decides + texts).encode()).hexdigest()


def load_scenario(path: Path, overrides: Mapping[str, str] | None = None) -> LoadedScenario:
    """
    Return the scenario of a file, with single values replaced by `overrides` (key to text).

    Raises UserError where the file cannot be read, ScenarioError with every error in it.
    """
    return parse_scenario(read_text(path), str(path), path.stem, overrides)


def parse_scenario(
    text: str,
    file: str,
    name: str,
    overrides: Mapping[str, str] | None = None,
    files: Mapping[str, str] | None = None,
) -> LoadedScenario:
    """
    Return the scenario of a text; `file` is what errors call it.

    `files` has the texts of the files that it names; without them they are read beside `file`.
    """
    source = Source(file, text)
    reading = Reading(source, dict(overrides or {}))
    values = reading.section(Scenario, parse_tree(source, text), "")
    _unused_overrides(reading)
    scenario = _validated(reading, values)
    if scenario is not None:
        _cross_check(reading, scenario)
    problems = tuple(sorted(reading.problems, key=_in_file_order))
    if scenario is None or any(not problem.is_warning for problem in problems):
        raise ScenarioError(problems)
    rows = parameter_rows(scenario, reading.written)
    texts = files_of(scenario, Path(file).parent) if files is None else files
    values_of(scenario, texts)
    return LoadedScenario(name, text, scenario, rows, problems, dict(texts))


def _validated(reading: Reading, values: dict[str, Any] | None) -> Scenario | None:
    """Return the scenario with defaults where a value is wrong, so that the rest is judged too."""
    provisional = {"question": "?", **(values or {})}
    if values is None and not reading.failed <= {"question"}:
        return None
    try:
        return Scenario.model_validate(provisional)
    except ValidationError as error:
        for each in error.errors():
            path = _path(each["loc"])
            if any(failed.startswith(path) for failed in reading.failed):
                # A list that lacks an item because the item is wrong: that is said already.
                continue
            reading.report("E104", f"`{path}`: {each['msg']}", path, reading.locations.get(path))
        return None


def _cross_check(reading: Reading, scenario: Scenario) -> None:
    found = (check, check_times, check_choices, check_licensing, check_searches, check_shocks)
    for finding in [each for judge in found for each in judge(scenario)]:
        if any(_touches(path, failed) for path in finding.involved for failed in reading.failed):
            continue
        location = _closest(reading, finding.path, finding.involved)
        reading.report(
            finding.code,
            finding.problem,
            finding.path,
            location,
            finding.note,
            allowed=finding.allowed,
        )


def _touches(path: str, failed: str) -> bool:
    # `population.users.` stands for every key of the section.
    return failed.startswith(path) if path.endswith(".") else failed == path


def _closest(reading: Reading, path: str, involved: tuple[str, ...]) -> Any:
    """Return where the user wrote the key, or the first key written that it follows from."""
    for wanted in (path, *involved, path.rpartition(".")[0]):
        if wanted in reading.locations:
            return reading.locations[wanted]
    return None


def _unused_overrides(reading: Reading) -> None:
    known = tuple(sorted(reading.locations))
    for path in reading.overrides:
        if path not in reading.used:
            near = nearest(path, known)
            reading.report(
                "E101",
                f"--set names no value: `{path}`",
                path,
                None,
                allowed=(f"a key such as `{near}`",) if near else ("a key, see `mnft schema`",),
            )


def _path(parts: tuple[int | str, ...]) -> str:
    path = ""
    for part in parts:
        path += f"[{part}]" if isinstance(part, int) else f".{part}" if path else part
    return path


def _in_file_order(problem: Problem) -> tuple[int, int]:
    location = problem.location
    return (location.line, location.column) if location else (0, 0)
