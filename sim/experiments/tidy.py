"""Runs and sweeps as tidy tables: the same columns for one run and for thousands."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from sim.errors import UserError
from sim.kpis import KPI_BY_NAME
from sim.runs.manifest import MANIFEST, Manifest
from sim.runs.reader import read_manifest

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = ("scenario", "arm", "replica", "seed", "tick", "kpi", "value", "unit")


def read(folder: Path | str, kpis: Sequence[str] | None = None) -> "pd.DataFrame":
    """
    Return what was measured, tick by tick, in a run or in all complete runs of a sweep.

    One row per run, tick and KPI: scenario, arm, replica, seed, tick, kpi, value, unit.
    `kpis` leaves only these; with thousands of runs it keeps the table small.

    Raises:
        UserError: There is no complete run, or no such KPI.
    """
    import pyarrow.compute as pc  # noqa: PLC0415 - a tenth of a second to import
    import pyarrow.dataset as ds  # noqa: PLC0415

    _require_kpis(kpis)
    places = [str(place / "metrics.parquet") for place in run_folders(Path(folder))]
    wanted = pc.field("kpi").isin(list(kpis)) if kpis is not None else None
    table = ds.dataset(places, format="parquet").to_table(columns=list(COLUMNS), filter=wanted)
    frame: pd.DataFrame = table.to_pandas()
    return frame


def figures(folder: Path | str, kpis: Sequence[str] | None = None) -> "pd.DataFrame":
    """
    Return the figure of the whole run of each KPI, for a run or all complete runs of a sweep.

    One row per run and KPI: scenario, arm, replica, seed, kpi, value (NaN where it was not
    computed), unit.

    Raises:
        UserError: There is no complete run, or no such KPI.
    """
    import pandas as pd  # noqa: PLC0415 - half a second to import

    _require_kpis(kpis)
    rows = [
        (run.scenario.name, run.arm, run.replica, run.seed, name, value, KPI_BY_NAME[name].unit)
        for run in manifests(Path(folder))
        for name, value in run.kpis.items()
        if kpis is None or name in kpis
    ]
    columns = [name for name in COLUMNS if name != "tick"]
    return pd.DataFrame(rows, columns=columns).astype({"value": "float64"})


def manifests(folder: Path) -> Iterator[Manifest]:
    """Yield the manifest of each complete run at or below a folder."""
    for place in run_folders(folder):
        yield read_manifest(place)


def run_folders(folder: Path) -> list[Path]:
    """
    Return the folders of all complete runs at or below a folder, by arm and replica.

    Raises:
        UserError: There is none.
    """
    if (folder / MANIFEST).is_file():
        return [folder]
    found = [
        path.parent
        for path in folder.rglob(MANIFEST)
        if not any(part.endswith((".partial", ".replaced")) for part in path.parts)
    ]
    if not found:
        allowed = "the folder of a run or of a sweep"
        raise UserError(str(folder), "there is no complete run here", allowed, "E130")
    return sorted(found, key=lambda path: (path.parent, _number(path)))


def _number(folder: Path) -> tuple[int, str]:
    digits = folder.name.rpartition("-")[2]
    return (int(digits) if digits.isdecimal() else -1, folder.name)


def _require_kpis(kpis: Sequence[str] | None) -> None:
    for name in kpis or ():
        if name not in KPI_BY_NAME:
            raise UserError(name, "there is no such KPI", "a name from `mnft kpis`", "E108")
