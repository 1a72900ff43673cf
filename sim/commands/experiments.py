"""The commands of many runs: they parse, call one function, and set the exit code."""

import os
from pathlib import Path
from typing import Annotated, Literal

import typer

from sim.commands.options import (
    AddressOption,
    AsJson,
    Backend,
    BackendOption,
    Colour,
    ColourOption,
    JobsOption,
    ProgressOption,
    ProgressStyle,
    ScenarioFile,
    SearchFolder,
    SetOption,
)
from sim.console import Console


def sweep(
    file: ScenarioFile,
    replicas: Annotated[
        int | None, typer.Option(min=1, help="Seeds per arm, instead of the scenario's.")
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(help="Folder of the sweep; runs/<scenario>/sweep-<digest> if not given."),
    ] = None,
    jobs: JobsOption = 0,
    backend: BackendOption = "loky",
    address: AddressOption = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be run, and what it would take.")
    ] = False,
    as_json: AsJson = False,
    progress: ProgressOption = "auto",
    override: SetOption = None,
    color: ColourOption = "auto",
) -> None:
    """Run a scenario's arms with many seeds, and compare them."""
    from sim.commands.sweeping import Options, sweep_file  # noqa: PLC0415
    from sim.scenario.overrides import overrides_from  # noqa: PLC0415

    console = Console(color, as_json=as_json)
    workers = jobs or os.cpu_count() or 1
    options = Options(replicas, out, workers, backend, address, progress, dry_run)
    overrides = overrides_from(override or (), {})
    raise typer.Exit(sweep_file(console, file, overrides, options, _render_sweep))


def compare(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Folder of a sweep.")],
    as_json: AsJson = False,
    color: ColourOption = "auto",
) -> None:
    """Compare the arms of a sweep, and build its page again."""
    from sim.commands.comparing import compare_sweep  # noqa: PLC0415

    compare_sweep(Console(color, as_json=as_json), folder, _render_sweep)


def sensitivity(
    file: ScenarioFile,
    out: SearchFolder = None,
    jobs: JobsOption = 0,
    backend: BackendOption = "loky",
    address: AddressOption = None,
    as_json: AsJson = False,
    progress: ProgressOption = "auto",
    override: SetOption = None,
    color: ColourOption = "auto",
) -> None:
    """Find which inputs move a figure: Morris' screening or Sobol's indices."""
    _search("sensitivity", file, out, jobs, backend, address, as_json, progress, override, color)


def discover(
    file: ScenarioFile,
    out: SearchFolder = None,
    jobs: JobsOption = 0,
    backend: BackendOption = "loky",
    address: AddressOption = None,
    as_json: AsJson = False,
    progress: ProgressOption = "auto",
    override: SetOption = None,
    color: ColourOption = "auto",
) -> None:
    """Find where in the ranges a target fails, as boxes (PRIM)."""
    _search("discover", file, out, jobs, backend, address, as_json, progress, override, color)


def optimise(
    file: ScenarioFile,
    out: SearchFolder = None,
    jobs: JobsOption = 0,
    backend: BackendOption = "loky",
    address: AddressOption = None,
    as_json: AsJson = False,
    progress: ProgressOption = "auto",
    override: SetOption = None,
    color: ColourOption = "auto",
) -> None:
    """Find the inputs that are best for one figure or for several at once."""
    _search("optimise", file, out, jobs, backend, address, as_json, progress, override, color)


def _search(
    command: Literal["sensitivity", "discover", "optimise"],
    file: Path,
    out: Path | None,
    jobs: int,
    backend: Backend,
    address: str | None,
    as_json: bool,
    progress: ProgressStyle,
    override: list[str] | None,
    color: Colour,
) -> None:
    from sim.commands.searching import Options, search_file  # noqa: PLC0415
    from sim.scenario.overrides import overrides_from  # noqa: PLC0415

    console = Console(color, as_json=as_json)
    options = Options(out, jobs or os.cpu_count() or 1, backend, address, progress)
    overrides = overrides_from(override or (), {})
    raise typer.Exit(search_file(console, command, file, overrides, options, _render_search))


def _render_search(command: str, folder: Path) -> Path:
    from reports.searches.page import render  # noqa: PLC0415

    page: Path = render(folder, command)
    return page


def _render_sweep(folder: Path) -> Path:
    from reports.comparison import render  # noqa: PLC0415

    page: Path = render(folder)
    return page
