"""
A case: a trace that showed something once, what that was, and how it must end from now on.

A folder with `trace.jsonl`, `case.json` and `story.md`; those of `corpus/` and of
`tests/regressions` are replayed on model and contracts.
"""

import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from protocol.deployment import Deployment
from protocol.types import Address
from sim.errors import UserError
from sim.runs.writer import write_error
from sim.shrinking.predicates import outcome
from sim.shrinking.replaying import Done
from sim.trace import Trace, TraceWriter, open_trace

TRACE, CASE, STORY = "trace.jsonl", "case.json", "story.md"
_PARTIAL = ".partial"
_ALLOWED = "a case, as `mnft shrink` writes it, or a folder of cases"


class Expected(BaseModel):
    """
    How the calls must end: model and contracts agree and invariants hold in any case.

    `outcomes` has `ok` or the refusal's name for each call whose receipt must be the recorded one,
    and null where a fault was: there only agreement counts. `time` is when views are compared at
    the end, if that is later than the last call. `digest` is the trace's.
    """

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)
    outcomes: list[str | None]
    time: int
    digest: str


class CaseFile(BaseModel):
    """What `case.json` says: `predicate` is what was shrunk, `shown` the same as a sentence."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, validate_by_name=True,
                              validate_by_alias=True)  # fmt: skip
    schema_: Literal["mnft.case/1"] = Field(default="mnft.case/1", alias="schema")
    trace: Literal["mnft.trace/1"] = "mnft.trace/1"
    predicate: dict[str, Any]
    shown: str
    expected: Expected
    of_calls: int
    agents: dict[str, str]


@dataclass(frozen=True)
class Case:
    """A case on disk."""

    folder: Path
    file: CaseFile

    @property
    def trace(self) -> Trace:
        """Its calls with the receipts that were recorded."""
        return open_trace(self.folder / TRACE)


def write_case(
    folder: Path, deployment: Deployment, done: Sequence[Done], file: CaseFile, story: str
) -> Case:
    """
    Write a case, complete or not at all; one that stood there is replaced.

    Raises:
        UserError: The folder holds anything else, or cannot be written.
    """
    if folder.exists() and not (folder / CASE).is_file():
        raise UserError(str(folder), "holds no case", "a new folder, or that of a case", "E133")
    partial = folder.with_name(folder.name + _PARTIAL)
    try:
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(parents=True)
        with TraceWriter(partial / TRACE, deployment) as writer:
            for call, receipt in done:
                writer.write(call, receipt)
        text = json.dumps(file.model_dump(by_alias=True), indent=1, ensure_ascii=False)
        (partial / CASE).write_text(text + "\n", encoding="utf-8")
        (partial / STORY).write_text(story + "\n", encoding="utf-8")
        shutil.rmtree(folder, ignore_errors=True)
        partial.rename(folder)
    except OSError as error:
        raise write_error(error, folder) from error
    return Case(folder, file)


def open_case(folder: Path) -> Case:
    """
    Return the case of a folder.

    Raises:
        UserError: There is none, it is damaged, or its trace is not the one it speaks of.
    """
    try:
        file = CaseFile.model_validate_json((folder / CASE).read_bytes())
    except OSError as error:
        raise UserError(str(folder), "there is no case here", _ALLOWED, "E162") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        problem = f"{where or 'text'}: {first['msg']}"
        raise UserError(str(folder / CASE), problem, _ALLOWED, "E162") from error
    case = Case(folder, file)
    if case.trace.digest() != file.expected.digest:
        problem = "the trace is not the one that the case was made of"
        raise UserError(str(folder / TRACE), problem, _ALLOWED, "E162")
    calls, expected = sum(1 for _ in case.trace.entries()), len(file.expected.outcomes)
    if calls != expected:
        problem = f"expected.outcomes: {expected} outcomes of {calls} calls"
        raise UserError(str(folder / CASE), problem, _ALLOWED, "E162")
    return case


def case_folders(places: Sequence[Path]) -> list[Path]:
    """
    Return the cases named, and those in the folders named, by name.

    Raises:
        UserError: There is no case there.
    """
    found: list[Path] = []
    for place in places:
        is_case = (place / CASE).is_file()
        inside = sorted(path.parent for path in place.glob(f"*/{CASE}"))
        cases = [place] if is_case else [each for each in inside if each.suffix != _PARTIAL]
        if not cases:
            raise UserError(str(place), "there is no case here", _ALLOWED, "E162")
        found += cases
    return found


def outcomes(done: Sequence[Done], *, known: bool) -> list[str | None]:
    """Return how each call ended, or, where that is not known to be right, null."""
    return [outcome(receipt) if known else None for _, receipt in done]


def agent_names(
    deployment: Deployment, senders: Sequence[Address], known: Mapping[str, str]
) -> dict[str, str]:
    """Return a name for each sender: an agent's, a contract's, else the start of its address."""
    named: dict[str, str] = {address: name for name, address in deployment.addresses.items()}
    named |= {deployment.deployer: "deployer", **known}
    return {sender: named.get(sender, sender[:10]) for sender in dict.fromkeys(senders)}
