"""One replica: a pure function of a scenario's text, its changes, a seed and the code."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from sim.code import code_digest, folder_digest
from sim.errors import UserError
from sim.runs import open_run
from sim.scenario.loading import LoadedScenario, parse_scenario

State = Literal["done", "skipped", "failed"]
_LONGEST_ERROR = 2_000


@dataclass(frozen=True, slots=True)
class Replica:
    """
    Which run it is: it holds all that decides the run and can be sent anywhere.

    `files` has what the scenario reads beside itself.

    `folder`, `cache` and `build` (somebody's own contracts) are absolute, on a file system that all
    workers share.
    """

    text: str
    file: str
    name: str
    arm: str
    changes: Mapping[str, str]
    replica: int
    seed: int
    folder: Path
    cache: Path | None = None
    build: Path | None = None
    files: Mapping[str, str] | None = None

    def load(self) -> LoadedScenario:
        """
        Return the scenario as this replica runs it.

        Raises:
            ScenarioError: A change does not fit.
        """
        changes = {**self.changes, "seed": str(self.seed)}
        return parse_scenario(self.text, self.file, self.name, changes, self.files)

    def command(self) -> str:
        """Return the command that repeats this replica alone."""
        changes = "".join(f" --set '{path}={text}'" for path, text in self.changes.items())
        return f"mnft run {self.file} --seed {self.seed}{changes}"


@dataclass(frozen=True, slots=True)
class Outcome:
    """
    What came of a replica: `error` is what went wrong where it failed, `kind` the error's class.

    A violated invariant is a state of a run that is done, not a failure. `seconds` is the wall
    time that the worker spent, `bytes_on_disk` the size of the folder.
    """

    replica: Replica
    state: State
    error: str = ""
    kind: str = ""
    seconds: float = 0.0
    bytes_on_disk: int = 0


def carry_out(replica: Replica) -> Outcome:
    """Run a replica unless it is complete; nothing that goes wrong in it escapes."""
    started = time.perf_counter()
    try:
        loaded = replica.load()
        if is_complete(replica, loaded):
            return Outcome(replica, "skipped", bytes_on_disk=_size(replica.folder))
        _run(replica, loaded)
    except MemoryError:
        return _failed(replica, MemoryError("there is too little memory"), started)
    except Exception as error:
        return _failed(replica, error, started)
    seconds = time.perf_counter() - started
    return Outcome(replica, "done", seconds=seconds, bytes_on_disk=_size(replica.folder))


def is_complete(replica: Replica, loaded: LoadedScenario) -> bool:
    """Return whether the folder holds this very run, whole, made by this code."""
    try:
        manifest = open_run(replica.folder).manifest
    except UserError:
        return False
    made = (manifest.digests.scenario, manifest.arm, manifest.replica, manifest.seed)
    wanted = (loaded.digest, replica.arm, replica.replica, replica.seed)
    theirs = folder_digest(replica.build) if replica.build is not None else None
    by = (manifest.versions.get("code"), manifest.versions.get("contracts"))
    return made == wanted and by == (code_digest(), theirs)


def _run(replica: Replica, loaded: LoadedScenario) -> None:
    # Only in a worker: engines and agents take seconds to import.
    from sim.progress import Silent  # noqa: PLC0415
    from sim.run import CACHE, run  # noqa: PLC0415

    run(
        loaded,
        replica.seed,
        replica.folder,
        loaded.scenario.chain.engine,
        Silent(),
        arm=replica.arm,
        replica=replica.replica,
        cache=replica.cache or CACHE,
        # Replicas run side by side: each needs no more than one.
        provers=1,
        build=replica.build,
    )


def _failed(replica: Replica, error: Exception, started: float) -> Outcome:
    kind, seconds = type(error).__name__, time.perf_counter() - started
    return Outcome(replica, "failed", f"{kind}: {error}"[:_LONGEST_ERROR], kind, seconds)


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
