"""Writes a run's folder: everything into `<folder>.partial`, which is renamed when it is whole."""

import errno
import json
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields
from hashlib import file_digest
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from protocol.types import Event, Log, event_values
from sim.errors import UserError
from sim.kpis import KPI_BY_NAME
from sim.runs.columns import ChunkedTable, column_type, kinds_of
from sim.runs.manifest import MANIFEST, UNDIGESTED, FileDigest, Manifest

DISK_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_METRICS = {
    "scenario": "string",
    "arm": "string",
    "replica": "int64",
    "seed": "int64",
    "tick": "int64",
    "kpi": "string",
    "value": "float64",
    "unit": "string",
}


@dataclass(frozen=True, slots=True)
class RunIdentity:
    """What tells a run from all others in a sweep."""

    scenario: str
    seed: int
    arm: str = ""
    replica: int = 0


class RunWriter:
    """
    The folder of a run in progress.

    Nothing appears under the final name before `finish`; a killed run leaves `<folder>.partial`,
    which the next run replaces. `event_types` has the ABI types of each event's fields, by
    `contract.Event` (`sim.event_types`).
    Raises UserError where the folder is somebody else's, cannot be written, or the disk is full.
    """

    def __init__(
        self, folder: Path, identity: RunIdentity, event_types: Mapping[str, Sequence[str]]
    ) -> None:
        self.folder = folder
        self._identity = identity
        self._event_types = event_types
        self._partial = folder.with_name(folder.name + ".partial")
        self._tables: dict[str, ChunkedTable] = {}
        _refuse_foreign(folder)
        with self._writing():
            if self._partial.exists():
                shutil.rmtree(self._partial)
            self._partial.mkdir(parents=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close the files of a run that did not finish; what was written stays in `.partial`."""
        for table in self._tables.values():
            table.abandon()

    def path(self, name: str) -> Path:
        """Return where a file of the run is written until it is finished; its folder exists."""
        path = self._partial / name
        with self._writing():
            path.parent.mkdir(parents=True, exist_ok=True)
        return path

    def text(self, name: str, content: str) -> None:
        """Write a text file."""
        path = self.path(name)
        with self._writing():
            path.write_text(content, encoding="utf-8", newline="\n")

    def json(self, name: str, content: Any) -> None:
        """Write a JSON file, keys sorted."""
        self.text(name, json.dumps(content, indent=1, sort_keys=True, ensure_ascii=False) + "\n")

    def proof(self, name: str, content: bytes) -> None:
        """Write a proof into `proofs/`."""
        path = self.path(f"proofs/{name}")
        with self._writing():
            path.write_bytes(content)

    def events(self, tick: int, call: int, logs: Iterable[Log]) -> None:
        """Append one row per event, to the table of its kind; `call` is its number in the trace."""
        with self._writing():
            for contract, event in logs:
                name = f"{contract}.{type(event).__name__}"
                table = self._tables.get(name) or self._open_events(name, event)
                table.add((tick, call, *event_values(event)))

    def metrics(self, tick: int, values: Mapping[str, float | None]) -> None:
        """Append one row per KPI (None where it was not computed); KeyError for an unknown one."""
        table = self._tables.get("metrics") or self._open("metrics", "metrics.parquet", _METRICS)
        who = self._identity
        with self._writing():
            for name, value in values.items():
                unit = KPI_BY_NAME[name].unit
                number = None if value is None else float(value)
                table.add((who.scenario, who.arm, who.replica, who.seed, tick, name, number, unit))

    def table(
        self,
        name: str,
        columns: Mapping[str, Sequence[Any]],
        kinds: Mapping[str, str] | None = None,
    ) -> None:
        """
        Write `tables/<name>.parquet` from whole columns.

        `kinds` fixes column types ("int64", "float64", "bool", "string", "decimal", "hex",
        "json"); the others follow from the values.
        """
        resolved = kinds_of(columns) | dict(kinds or {})
        self.append(name, resolved, zip(*columns.values(), strict=True))

    def append(self, name: str, kinds: Mapping[str, str], rows: Iterable[Sequence[Any]]) -> None:
        """Append rows to `tables/<name>.parquet`; `kinds` has its columns, the same each time."""
        place = f"tables/{name}"
        table = self._tables.get(place) or self._open(place, f"{place}.parquet", kinds)
        with self._writing():
            for row in rows:
                table.add(tuple(row))

    def finish(self, manifest: Manifest, timing: Mapping[str, float]) -> Manifest:
        """
        Close all files, write the manifest with their digests, and give the folder its name.

        A complete run that stood there before is replaced in one step.
        Returns the manifest as written. `timing` goes into timing.json, which no digest covers.
        """
        self.metrics(0, {})
        with self._writing():
            for table in self._tables.values():
                table.close()
        self.json("timing.json", dict(timing))
        with self._writing():
            complete = manifest.model_copy(update={"files": dict(self._digests())})
            self.json(MANIFEST, complete.to_json())
            _sync(self._partial)
            _rename(self._partial, self.folder)
        return complete

    def _open_events(self, name: str, event: Event) -> ChunkedTable:
        kinds = {"tick": "int64", "call": "int64"}
        for each, abi_type in zip(fields(event), self._event_types[name], strict=True):
            column = each.name if each.name not in kinds else f"{each.name}_"
            kinds[column] = column_type(abi_type)
        return self._open(name, f"events/{name}.parquet", kinds)

    def _open(self, key: str, name: str, kinds: Mapping[str, str]) -> ChunkedTable:
        self._tables[key] = ChunkedTable(self.path(name), kinds)
        return self._tables[key]

    def _digests(self) -> Iterator[tuple[str, FileDigest]]:
        for path in sorted(self._partial.rglob("*")):
            name = path.relative_to(self._partial).as_posix()
            if path.is_file() and name not in UNDIGESTED:
                with path.open("rb") as opened:
                    digest = file_digest(opened, "sha256").hexdigest()
                yield name, FileDigest(sha256=digest, size=path.stat().st_size)

    @contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise write_error(error, self.folder) from error


def write_error(error: OSError, folder: Path) -> UserError:
    """Return what to tell the user about a folder that cannot be written."""
    if error.errno in DISK_FULL:
        return UserError(
            str(folder), "the disk is full; the run was not kept", "a place with room", "E132"
        )
    reason = error.strerror or str(error)
    return UserError(str(folder), f"cannot be written: {reason}", "a folder of yours", "E133")


def _refuse_foreign(folder: Path) -> None:
    """A run may replace a run, never anything else."""
    if folder.is_dir() and not (folder / MANIFEST).exists() and any(folder.iterdir()):
        raise UserError(
            str(folder), "holds files that are no run", "a new, an empty or a run's folder", "E133"
        )
    if folder.exists() and not folder.is_dir():
        raise UserError(str(folder), "is a file", "a folder", "E133")


def _sync(folder: Path) -> None:
    for path in (*sorted(folder.rglob("*")), folder):
        opened = os.open(path, os.O_RDONLY)
        try:
            os.fsync(opened)
        finally:
            os.close(opened)


def _rename(partial: Path, folder: Path) -> None:
    replaced = folder.with_name(folder.name + ".replaced")
    if folder.exists():
        if replaced.exists():
            # The rest of one that a run was removing when it was killed.
            shutil.rmtree(replaced)
        # Opening a run puts this one back if we are killed between the two renames.
        folder.rename(replaced)
    partial.rename(folder)
    if replaced.exists():
        shutil.rmtree(replaced)
