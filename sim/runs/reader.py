"""Opens finished runs, verified against their manifest, and lists them."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from hashlib import file_digest
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import ValidationError

from sim.errors import UserError
from sim.runs.manifest import MANIFEST, Manifest

if TYPE_CHECKING:
    import pandas as pd


def default_folder(scenario: str, seed: int, root: Path = Path("runs")) -> Path:
    """Return where a run of a scenario is kept unless told otherwise."""
    return root / scenario / f"seed-{seed}"


class Run:
    """A finished run: manifest at once, tables as pandas frames when they are asked for."""

    def __init__(self, folder: Path, manifest: Manifest) -> None:
        self.folder = folder
        self.manifest = manifest

    @cached_property
    def scenario_text(self) -> str:
        """The scenario file as it was read."""
        return (self.folder / "scenario.yaml").read_text(encoding="utf-8")

    @cached_property
    def parameters(self) -> "pd.DataFrame":
        """One row per parameter: key, value, unit, set_by, why, source, bounds, meaning."""
        import pandas as pd  # noqa: PLC0415

        return pd.DataFrame(json.loads((self.folder / "parameters.json").read_text("utf-8")))

    @cached_property
    def metrics(self) -> "pd.DataFrame":
        """Tidy: scenario, arm, replica, seed, tick, kpi, value, unit."""
        return self._frame("metrics.parquet")

    @property
    def events(self) -> tuple[str, ...]:
        """Names of the event tables, `contract.Event`."""
        return self._names("events/")

    @property
    def tables(self) -> tuple[str, ...]:
        """Names of the tables."""
        return self._names("tables/")

    @property
    def proofs(self) -> tuple[Path, ...]:
        """The proofs' files."""
        return tuple(self.folder / name for name in self._files("proofs/"))

    @property
    def trace(self) -> Path:
        """The calls and receipts, one per line."""
        return self.folder / "trace.jsonl"

    def event(self, name: str) -> "pd.DataFrame":
        """Return an event's rows: tick, call, then its fields; UserError for an unknown name."""
        self._require(name, self.events)
        return self._frame(f"events/{name}.parquet")

    def table(self, name: str) -> "pd.DataFrame":
        """Return a table; UserError for an unknown name."""
        self._require(name, self.tables)
        return self._frame(f"tables/{name}.parquet")

    def kpi(self, name: str) -> "pd.Series[float]":
        """Return a KPI's values by tick; UserError for an unknown name."""
        rows = self.metrics[self.metrics["kpi"] == name]
        self._require(name, tuple(sorted(self.metrics["kpi"].unique())))
        return rows.set_index("tick")["value"]

    def _require(self, name: str, known: tuple[str, ...]) -> None:
        if name not in known:
            raise UserError(f"{self.folder}: {name}", "the run has no such table", ", ".join(known))

    def _names(self, start: str) -> tuple[str, ...]:
        return tuple(
            name.removeprefix(start).removesuffix(".parquet") for name in self._files(start)
        )

    def _files(self, start: str) -> tuple[str, ...]:
        return tuple(sorted(name for name in self.manifest.files if name.startswith(start)))

    def _frame(self, name: str) -> "pd.DataFrame":
        import pandas as pd  # noqa: PLC0415

        return pd.read_parquet(self.folder / name)


@dataclass(frozen=True, slots=True)
class RunListing:
    """A folder under the runs' root; without a manifest the run is not complete."""

    folder: Path
    manifest: Manifest | None


def open_run(folder: Path | str) -> Run:
    """
    Return a finished run, each file compared with the manifest's digest.

    Raises UserError where there is no run, it is not finished, or a file is not as written.
    """
    folder = Path(folder)
    _put_back(folder.absolute())
    manifest = read_manifest(folder)
    for name, expected in manifest.files.items():
        path = folder / name
        if not path.is_file():
            raise _corrupt(folder, f"`{name}` is missing")
        with path.open("rb") as opened:
            found = file_digest(opened, "sha256").hexdigest()
        if found != expected.sha256:
            raise _corrupt(folder, f"`{name}` is not as it was written")
    return Run(folder, manifest)


def read_manifest(folder: Path) -> Manifest:
    """Return a run's manifest; raises UserError where there is none or it is damaged."""
    path = folder / MANIFEST
    if not path.is_file():
        partial = folder.absolute().with_name(folder.absolute().name + ".partial")
        if partial.is_dir():
            problem = "the run was interrupted before it was complete"
            raise UserError(str(folder), problem, "a complete run; run it again", "E130")
        raise UserError(
            str(folder), "there is no run here", "a folder that `mnft run` made", "E130"
        )
    try:
        return Manifest.model_validate_json(path.read_bytes())
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise _corrupt(folder, f"manifest.json: {where or 'text'}: {first['msg']}") from error


def list_runs(root: Path) -> Iterator[RunListing]:
    """Yield every run below a folder by path; unfinished and damaged ones have no manifest."""
    if not root.is_dir():
        return
    for path in sorted({*root.rglob(MANIFEST), *root.rglob("*.partial")}):
        if path.name.endswith(".partial"):
            yield RunListing(path, None)
            continue
        if any(part.endswith((".partial", ".replaced")) for part in path.parts):
            continue
        if any(part.startswith(".") for part in path.relative_to(root).parts):
            # The cache beside the runs has manifests of its own.
            continue
        try:
            yield RunListing(path.parent, read_manifest(path.parent))
        except UserError:
            yield RunListing(path.parent, None)


def _put_back(folder: Path) -> None:
    """A kill between two renames leaves the earlier run aside: give it its name again."""
    replaced = folder.with_name(folder.name + ".replaced")
    if replaced.is_dir() and not folder.exists():
        replaced.rename(folder)


def _corrupt(folder: Path, problem: str) -> UserError:
    return UserError(str(folder), problem, "the folder as `mnft run` left it; run it again", "E131")
