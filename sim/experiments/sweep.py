"""A sweep: every arm with every seed, each run in a folder of its own, what is complete skipped."""

import json
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from sim.errors import ScenarioError, UserError
from sim.experiments.batches import further_seeds
from sim.experiments.design import ONLY, Arm, arms_of, replica_seeds
from sim.experiments.pool import Backend, carry_out_all
from sim.experiments.replica import Outcome, Replica, is_complete
from sim.progress import Progress, Replicas
from sim.scenario.loading import LoadedScenario
from sim.scenario.sweeping import Sweep

DOCUMENT = "sweep.json"
SCHEMA = "mnft.sweep/1"
_LOCK = ".lock"
_DIGEST_SHOWN = 12


@dataclass(frozen=True, slots=True)
class Plan:
    """A sweep before it starts: arms, seeds, and where each replica belongs."""

    loaded: LoadedScenario
    file: str
    changes: Mapping[str, str]
    arms: tuple[Arm, ...]
    seeds: tuple[int, ...]
    folder: Path
    cache: Path

    @property
    def replicas(self) -> Iterator[Replica]:
        """Every replica, all arms of a seed before the next: what is there can be paired."""
        for number, seed in enumerate(self.seeds):
            for arm in self.arms:
                yield Replica(
                    text=self.loaded.text,
                    file=self.file,
                    name=self.loaded.name,
                    arm=arm.name,
                    changes={**self.changes, **arm.changes},
                    replica=number,
                    seed=seed,
                    folder=self.folder / arm.name / f"replica-{number}",
                    cache=self.cache,
                    files=self.loaded.files,
                )


@dataclass
class Swept:
    """What came of a sweep; `seconds` is its wall time, `worked` that of its workers together."""

    plan: Plan
    jobs: int
    counts: Counter[str] = field(default_factory=Counter)
    failed: list[Outcome] = field(default_factory=list)
    seconds: float = 0.0
    worked: float = 0.0

    @property
    def folder(self) -> Path:
        """The sweep's folder."""
        return self.plan.folder

    @property
    def efficiency(self) -> float | None:
        """Share of the jobs' time in which replicas were carried out; None where none was."""
        if not self.worked or not self.seconds:
            return None
        return min(1.0, self.worked / (self.jobs * self.seconds))

    def as_json(self) -> dict[str, Any]:
        """Return the document that `mnft sweep --json` prints."""
        return {
            "schema": SCHEMA,
            "folder": str(self.folder),
            "arms": [arm.name for arm in self.plan.arms],
            "replicas_done": self.counts["done"],
            "replicas_failed": self.counts["failed"],
            "replicas_skipped": self.counts["skipped"],
            "wall_s": round(self.seconds, 3),
            "efficiency": self.efficiency and round(self.efficiency, 3),
            "failed": _failures(self.failed),
        }


def plan_sweep(
    loaded: LoadedScenario,
    file: str,
    changes: Mapping[str, str],
    *,
    replicas: int | None = None,
    out: Path | None = None,
    cache: Path,
) -> Plan:
    """
    Return what a scenario's sweep will run, every arm checked.

    A scenario without `sweep:` has one arm. `changes` hold for all arms; `replicas` replaces the
    file's number, and the folder stays the same: more replicas go on with a sweep.

    Raises:
        ScenarioError: An arm is no valid scenario; it names the arm.
        UserError: Two arms have the same name or the same values.
    """
    scenario = loaded.scenario
    sweep = scenario.sweep or Sweep()
    common = {path: text for path, text in changes.items() if path != "seed"}
    arms = arms_of(sweep, scenario.seed)
    seeds = replica_seeds(scenario.seed, replicas or sweep.replicas)
    folder = (out or _default_folder(loaded, arms)).absolute()
    plan = Plan(loaded, file, common, arms, seeds, folder, cache.absolute())
    _require_valid(plan)
    return plan


def carry_out_sweep(
    plan: Plan,
    *,
    jobs: int,
    backend: Backend = "loky",
    address: str | None = None,
    progress: Progress,
) -> Swept:
    """
    Carry out what is not complete yet; stop and begin again at any time.

    Where the scenario says `until`, batches of seeds follow until it is satisfied.

    Raises:
        UserError: Another sweep works in the folder, it cannot be written, or no cluster answers.
    """
    swept = Swept(plan, jobs)
    batch, sweep = len(plan.seeds), plan.loaded.scenario.sweep
    until = sweep.until if sweep else None
    arms = [arm.name for arm in plan.arms]
    started = time.perf_counter()
    with locked(plan.folder):
        more = plan.seeds
        while more:
            done = len(swept.plan.seeds) - len(more)
            replicas = [each for each in swept.plan.replicas if each.replica >= done]
            _write(swept.plan, swept.failed)
            for outcome in carry_out_all(replicas, jobs=jobs, backend=backend, address=address):
                _note(swept, outcome, time.perf_counter() - started)
                progress.replica(_progressed(swept), **_facts(outcome))
            more = further_seeds(until, plan.folder, arms, plan.seeds[0], done + len(more), batch)
            swept.plan = replace(swept.plan, seeds=(*swept.plan.seeds, *more))
        swept.seconds = time.perf_counter() - started
        swept.failed.sort(key=lambda each: (each.replica.replica, each.replica.arm))
        _write(swept.plan, swept.failed)
    return swept


def _note(swept: Swept, outcome: Outcome, seconds: float) -> None:
    swept.counts[outcome.state] += 1
    swept.worked += outcome.seconds if outcome.state == "done" else 0.0
    swept.seconds = seconds
    if outcome.state == "failed":
        swept.failed.append(outcome)


def complete_replicas(plan: Plan) -> list[Replica]:
    """Return the replicas that need not be carried out again."""
    return [each for each in plan.replicas if is_complete(each, each.load())]


def read_document(folder: Path) -> dict[str, Any]:
    """
    Return what a sweep says of itself: arms with their changes, seeds, failed replicas.

    Raises:
        UserError: There is no sweep in the folder.
    """
    try:
        document: dict[str, Any] = json.loads((folder / DOCUMENT).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        allowed = "a folder that `mnft sweep` made"
        raise UserError(str(folder), "there is no sweep here", allowed, "E130") from error
    return document


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """
    Keep a folder to ourselves; the lock ends with the process, however that ends.

    Raises:
        UserError: Somebody else works there, or the folder cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(folder / _LOCK)
        lock.acquire(blocking=False)
    except Timeout as error:
        problem = "another process works in this folder"
        raise UserError(str(folder), problem, "wait for it, or --out DIR", "E151") from error
    except OSError as error:
        reason = error.strerror or str(error)
        raise UserError(str(folder), f"cannot be written: {reason}", "a folder", "E133") from error
    try:
        yield
    finally:
        lock.release()


def _default_folder(loaded: LoadedScenario, arms: Sequence[Arm]) -> Path:
    described = [loaded.digest, *((arm.name, sorted(arm.changes.items())) for arm in arms)]
    digest = sha256(json.dumps(described).encode()).hexdigest()[:_DIGEST_SHOWN]
    return Path("runs") / loaded.name / f"sweep-{digest}"


def _require_valid(plan: Plan) -> None:
    digests: dict[str, str] = {}
    first_seed = plan.seeds[:1]
    for replica in Plan(
        plan.loaded, plan.file, plan.changes, plan.arms, first_seed, plan.folder, plan.cache
    ).replicas:
        try:
            digest = replica.load().digest
        except ScenarioError as error:
            if replica.arm == ONLY:
                raise
            changed = ", ".join(f"{path} = {text}" for path, text in replica.changes.items())
            place = f"{plan.file}: arm `{replica.arm}` ({changed})"
            problem = "; ".join(each.problem for each in error.problems if not each.is_warning)
            raise UserError(place, problem, "values that fit the scenario", "E152") from error
        if digest in digests and not _is_sampled(plan):
            place = f"{plan.file}: arms `{digests[digest]}` and `{replica.arm}`"
            problem = "run the very same scenario"
            raise UserError(place, problem, "arms that differ", "E152")
        digests[digest] = replica.arm


def _is_sampled(plan: Plan) -> bool:
    # Points of a sample may meet where a value is whole.
    sweep = plan.loaded.scenario.sweep
    return sweep is not None and (sweep.lhs is not None or sweep.sobol is not None)


def _progressed(swept: Swept) -> Replicas:
    total = len(swept.plan.arms) * len(swept.plan.seeds)
    over = swept.counts.total()
    worked = swept.counts["done"]
    rate = swept.worked / worked / swept.jobs if worked else None
    return Replicas(
        done=swept.counts["done"],
        skipped=swept.counts["skipped"],
        failed=swept.counts["failed"],
        running=min(swept.jobs, total - over),
        total=total,
        left=None if rate is None else rate * (total - over),
    )


def _facts(outcome: Outcome) -> dict[str, str | int | float]:
    replica = outcome.replica
    facts: dict[str, str | int | float] = {
        "arm": replica.arm,
        "replica": replica.replica,
        "seed": replica.seed,
        "state": outcome.state,
        "seconds": round(outcome.seconds, 3),
    }
    return {**facts, "error": outcome.error} if outcome.error else facts


def _failures(failed: Sequence[Outcome]) -> list[dict[str, Any]]:
    return [
        {
            "arm": each.replica.arm,
            "replica": each.replica.replica,
            "seed": each.replica.seed,
            "changes": dict(each.replica.changes),
            "error": each.error,
            "command": each.replica.command(),
        }
        for each in failed
    ]


def _write(plan: Plan, failed: Sequence[Outcome]) -> None:
    document = {
        "schema": SCHEMA,
        "scenario": plan.loaded.name,
        "question": plan.loaded.scenario.question,
        "changes": dict(plan.changes),
        "arms": [{"name": arm.name, "changes": dict(arm.changes)} for arm in plan.arms],
        "seeds": list(plan.seeds),
        "failed": _failures(failed),
    }
    text = json.dumps(document, indent=1, ensure_ascii=False) + "\n"
    unfinished = plan.folder / f"{DOCUMENT}.partial"
    unfinished.write_text(text, encoding="utf-8")
    unfinished.replace(plan.folder / DOCUMENT)
