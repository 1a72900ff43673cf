"""The searches as commands: from a block to a folder, a text and a page."""

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal, NamedTuple

from sim.commands.search_text import search_text
from sim.console import INCOMPLETE, Console
from sim.errors import UserError
from sim.experiments.findings import inputs_json
from sim.experiments.optional import required
from sim.experiments.pool import Backend, carry_out_all
from sim.experiments.replica import Outcome, Replica
from sim.experiments.space import Dimension, dimensions_of
from sim.experiments.study import Study
from sim.experiments.sweep import locked
from sim.progress import Progress, Replicas, Style, showing
from sim.scenario.loading import LoadedScenario, load_scenario

Command = Literal["sensitivity", "discover", "optimise"]

_BLOCKS: Mapping[Command, str] = {
    "sensitivity": "sensitivity",
    "discover": "discovery",
    "optimise": "optimise",
}
_PACKAGES: Mapping[Command, str] = {
    "sensitivity": "SALib",
    "discover": "ema_workbench",
    "optimise": "optuna",
}
_DIGEST_SHOWN = 12
_MOST_ERRORS = 5


class Options(NamedTuple):
    """Where a search is kept, and what carries its runs out; no result depends on it."""

    out: Path | None
    jobs: int
    backend: Backend
    address: str | None
    style: Style


def search_file(
    console: Console,
    command: Command,
    file: Path,
    overrides: Mapping[str, str],
    options: Options,
    render: Callable[[Command, Path], Path],
) -> int:
    """Carry a search out, print what it found, and return the exit code."""
    loaded = load_scenario(file, overrides)
    block = getattr(loaded.scenario, _BLOCKS[command])
    if block is None:
        raise UserError(
            str(file),
            f"there is no `{_BLOCKS[command]}`",
            f"a scenario that says what to look for under `{_BLOCKS[command]}:`",
            "E106",
        )
    if not console.as_json:
        console.warnings(loaded.warnings)
    required(_PACKAGES[command])
    dimensions = dimensions_of(block.ranges)
    folder = options.out or _default_folder(loaded, command, block)

    # Only now: the methods take seconds to import.
    from sim.experiments import searches  # noqa: PLC0415

    searches.require_points(loaded, str(file), overrides, block, dimensions)
    total = searches.runs_of(block)
    console.note(_announced(command, block, dimensions, total))
    with showing(options.style, is_terminal=console.err.redraws) as shown:
        pool = _Pool(console, options, shown, total)
        study = Study(
            text=loaded.text,
            file=str(file),
            name=loaded.name,
            seed=loaded.scenario.seed,
            changes={path: text for path, text in overrides.items() if path != "seed"},
            folder=folder,
            replicas=block.replicas,
            carry_out_all=pool.carry_out,
            cache=pool.cache,
            files=loaded.files,
        )
        with locked(folder):
            found = searches.SEARCHES[command](study, block, dimensions)
    document = {
        "schema": f"mnft.{command}/1",
        "command": command,
        "scenario": loaded.name,
        "question": loaded.scenario.question,
        "seed": study.seed,
        "engine": loaded.scenario.chain.engine,
        "replicas": block.replicas,
        "runs": study.runs,
        "failed": len(study.failures),
        "inputs": inputs_json(dimensions),
        **found,
    }
    searches.write_document(folder, document)
    printed = {**document, "folder": str(folder), "report": str(render(command, folder))}
    return _show(console, printed, study)


class _Pool:
    """The workers, and what is said while they work."""

    def __init__(self, console: Console, options: Options, shown: Progress, total: int) -> None:
        from sim.run import CACHE  # noqa: PLC0415

        self.cache = CACHE.absolute()
        self._console, self._options, self._shown, self._total = console, options, shown, total
        self._counts: Counter[str] = Counter()
        self._seconds = 0.0

    def carry_out(self, replicas: Sequence[Replica]) -> Iterator[Outcome]:
        """Yield the outcome of each replica, and say how far it is."""
        options = self._options
        for outcome in carry_out_all(
            replicas, jobs=options.jobs, backend=options.backend, address=options.address
        ):
            self._counts[outcome.state] += 1
            self._seconds += outcome.seconds
            replica = outcome.replica
            self._shown.replica(
                self._progressed(),
                arm=replica.arm,
                replica=replica.replica,
                seed=replica.seed,
                state=outcome.state,
                seconds=round(outcome.seconds, 3),
                **({"error": outcome.error} if outcome.error else {}),
            )
            if outcome.state == "done" and self._counts["done"] == 1:
                self._estimate(outcome.seconds)
            yield outcome

    def _progressed(self) -> Replicas:
        counts, jobs = self._counts, max(1, self._options.jobs)
        left, done = self._total - counts.total(), counts["done"]
        return Replicas(
            done=done,
            skipped=counts["skipped"],
            failed=counts["failed"],
            running=min(jobs, left),
            total=self._total,
            left=self._seconds / done / jobs * left if done else None,
        )

    def _estimate(self, seconds: float) -> None:
        """Say what is to come, by the first run; a bar and JSON lines say it themselves."""
        plain = self._options.style == "plain" or (
            self._options.style == "auto" and not self._console.err.redraws
        )
        if plain and self._counts.total() < self._total:
            self._console.note(f"a run takes {seconds:.1f} s; {self._progressed()}")


def _announced(command: Command, block: Any, dimensions: Sequence[Dimension], total: int) -> str:
    what = f"{command}: {len(dimensions)} inputs, {total // block.replicas} points"
    most = "at most " if getattr(block, "pruning", "none") != "none" else ""
    replicas = "one replica" if block.replicas == 1 else f"{block.replicas} replicas"
    return f"{what}, {replicas} each: {most}{total} runs"


def _default_folder(loaded: LoadedScenario, command: Command, block: Any) -> Path:
    # More trials continue a search; everything else makes another of it.
    described = block.model_dump(mode="json", exclude={"trials"})
    whole = json.dumps([loaded.digest, described], sort_keys=True)
    digest = sha256(whole.encode()).hexdigest()[:_DIGEST_SHOWN]
    return Path("runs") / loaded.name / f"{command}-{digest}"


def _show(console: Console, document: Mapping[str, Any], study: Study) -> int:
    if console.as_json:
        console.document(document)
    else:
        console.result(search_text(document, console.out))
    for outcome in study.failures[:_MOST_ERRORS]:
        console.note(f"failed: {outcome.replica.command()}: {outcome.error}")
    return INCOMPLETE if document["failed"] else 0
