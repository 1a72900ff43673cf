"""
The command line: each command parses, calls one function, prints, and sets the exit code.

Results go to standard output; progress, warnings and errors to standard error.
Everything heavy is imported inside the command that needs it: help must come at once.
"""

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal

import typer
from typer.exceptions import TyperException

from sim.commands.options import (
    AddressOption,
    AsJson,
    Backend,
    BackendOption,
    ChainName,
    Colour,
    ColourOption,
    EngineName,
    JobsOption,
    ProgressOption,
    ProgressStyle,
    RunFolder,
    ScenarioFile,
    SearchFolder,
    SetOption,
)
from sim.console import (
    DIVERGED,
    INTERRUPTED,
    OUR_BUG,
    PROOF_REFUSED,
    Console,
    ReaderGone,
)
from sim.errors import EXIT_CODE, UserError

app = typer.Typer(
    name="mnft",
    help="Workbench for model-token economies: reference model and compiled contracts in lockstep.",
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


@app.command()
def run(
    file: ScenarioFile,
    out: Annotated[
        Path | None, typer.Option(help="Folder of the run; runs/<scenario>/seed-<n> if not given.")
    ] = None,
    seed: Annotated[int | None, typer.Option(help="Seed, instead of the scenario's.")] = None,
    engine: Annotated[
        EngineName | None, typer.Option(help="Engine, instead of the scenario's.")
    ] = None,
    as_json: AsJson = False,
    progress: ProgressOption = "auto",
    fail_on: Annotated[
        Literal["amber", "red"] | None,
        typer.Option(help="Exit with 1 if the state is this or worse (for CI)."),
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="State and report only.")] = False,
    override: SetOption = None,
    color: ColourOption = "auto",
) -> None:
    """Run a scenario: model and contracts in lockstep, real inference, a report."""
    from sim.commands.running import run_file  # noqa: PLC0415
    from sim.scenario.overrides import overrides_from  # noqa: PLC0415

    console = Console(color, as_json=as_json)
    raise typer.Exit(
        run_file(
            console,
            file,
            overrides_from(override or (), {"seed": seed, "chain.engine": engine}),
            out,
            style=progress,
            render=_render_report,
            fail_on=fail_on,
            quiet=quiet,
        )
    )


@app.command()
def validate(
    file: ScenarioFile,
    show: Annotated[bool, typer.Option("--show", help="Print every resolved value.")] = False,
    as_json: AsJson = False,
    override: SetOption = None,
    color: ColourOption = "auto",
) -> None:
    """Check a scenario file without running it; every error at once."""
    from sim.commands.inspecting import validate_file  # noqa: PLC0415
    from sim.scenario.overrides import overrides_from  # noqa: PLC0415

    console = Console(color, as_json=as_json)
    validate_file(console, file, overrides_from(override or (), {}), show=show)


@app.command()
def defaults(
    as_json: AsJson = False,
    markdown: Annotated[
        bool, typer.Option("--markdown", help="Print the table for docs/scenarios.md.")
    ] = False,
    color: ColourOption = "auto",
) -> None:
    """Print every key of a scenario: default, bounds, source."""
    from sim.commands.inspecting import show_defaults  # noqa: PLC0415

    show_defaults(Console(color, as_json=as_json), markdown=markdown)


@app.command()
def schema(
    metadata: Annotated[
        bool, typer.Option("--metadata", help="Of a model's metadata, instead.")
    ] = False,
) -> None:
    """Print the JSON Schema of scenario files."""
    from sim.commands.inspecting import show_schema  # noqa: PLC0415

    show_schema(Console("never"), metadata=metadata)


@app.command()
def replay(
    run_folder: Annotated[
        Path, typer.Argument(metavar="RUN", help="Folder of a finished run, or a trace file.")
    ],
    engine: Annotated[
        ChainName | None, typer.Option(help="Engine to replay on, instead of the run's.")
    ] = None,
    explain_call: Annotated[
        int | None, typer.Option("--explain", metavar="CALL", help="Show this call decoded.")
    ] = None,
    as_json: AsJson = False,
    color: ColourOption = "auto",
) -> None:
    """Execute a run's calls again; the digest must be the same."""
    from sim.commands.replaying import explain_one, replay_run  # noqa: PLC0415

    console = Console(color, as_json=as_json)
    if explain_call is not None:
        explain_one(console, run_folder, engine, explain_call)
        return
    if not replay_run(console, run_folder, engine):
        raise typer.Exit(DIVERGED)


@app.command()
def report(run_folder: RunFolder, color: ColourOption = "auto") -> None:
    """Build the page of a finished run again."""
    from sim.runs import open_run  # noqa: PLC0415

    Console(color).result(str(_render_report(open_run(run_folder).folder)))


@app.command()
def runs(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Where runs are.")] = Path("runs"),
    as_json: AsJson = False,
    color: ColourOption = "auto",
) -> None:
    """List runs."""
    from sim.commands.inspecting import show_runs  # noqa: PLC0415

    show_runs(Console(color, as_json=as_json), folder)


@app.command()
def prove(
    model: Annotated[Path, typer.Argument(metavar="MODEL.onnx", help="Any model ezkl can take.")],
    inputs: Annotated[Path, typer.Argument(metavar="INPUT.json", help='{"input_data": [[...]]}')],
    calibration: Annotated[
        Path | None, typer.Option(metavar="FILE", help="More inputs to tune the circuit with.")
    ] = None,
    input_bounds: Annotated[
        tuple[int, int] | None,
        typer.Option(metavar="LOW HIGH", help="Inputs are whole numbers between these."),
    ] = None,
    as_json: AsJson = False,
    progress: ProgressOption = "auto",
    color: ColourOption = "auto",
) -> None:
    """Prove a model's output for an input, and verify it locally and on chain."""
    from sim.commands.proving import prove_model  # noqa: PLC0415

    console = Console(color, as_json=as_json)
    accepted = prove_model(
        console, model, inputs, calibration, input_bounds=input_bounds, style=progress
    )
    if not accepted:
        raise typer.Exit(PROOF_REFUSED)


@app.command()
def explain(
    code: Annotated[str, typer.Argument(metavar="CODE", help="Such as E101.")] = "",
    color: ColourOption = "auto",
) -> None:
    """Explain an error or warning code; all of them without one."""
    from sim.commands.inspecting import explain_code  # noqa: PLC0415

    explain_code(Console(color), code)


@app.command()
def kpis(
    as_json: AsJson = False,
    markdown: Annotated[
        bool, typer.Option("--markdown", help="Print the table for docs/kpis.md.")
    ] = False,
    color: ColourOption = "auto",
) -> None:
    """List the key figures: name, unit, definition."""
    from sim.commands.inspecting import show_kpis  # noqa: PLC0415

    show_kpis(Console(color, as_json=as_json), markdown=markdown)


@app.command()
def check(
    places: Annotated[
        list[Path] | None,
        typer.Argument(metavar="PATH...", help="Scenarios, or cases, or folders of them."),
    ] = None,
    corpus: Annotated[
        bool, typer.Option("--corpus", help="Replay cases: of corpus/ if no PATH is given.")
    ] = False,
    seeds: Annotated[
        int | None, typer.Option(min=1, help="Seeds of each scenario; 5 if not given.")
    ] = None,
    fail_on: Annotated[
        Literal["warning", "error", "critical"],
        typer.Option(help="From which severity on the exit code is not 0."),
    ] = "error",
    engine: Annotated[
        EngineName | None, typer.Option(help="Engine, instead of the scenarios'.")
    ] = None,
    contracts: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Your own build of the contracts, with the same ABI."),
    ] = None,
    jobs: JobsOption = 0,
    out: Annotated[
        Path | None, typer.Option(help="Where the runs are kept; not kept if not given.")
    ] = None,
    junit: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the results as JUnit XML too.")
    ] = None,
    as_json: AsJson = False,
    progress: ProgressOption = "auto",
    override: SetOption = None,
    color: ColourOption = "auto",
) -> None:
    """Check the invariants over scenarios and seeds, or the corpus, for continuous integration."""
    from sim.commands.checking import Options, check_corpus, check_scenarios  # noqa: PLC0415
    from sim.scenario.overrides import overrides_from  # noqa: PLC0415

    console = Console(color, as_json=as_json)
    workers = jobs or os.cpu_count() or 1
    options = Options(seeds, fail_on, workers, out, contracts, junit, progress)
    if corpus:
        if override:
            raise UserError("--set", "a case has its own numbers", "no --set with --corpus", "E120")
        raise typer.Exit(check_corpus(console, places or (), engine, options))
    changes = overrides_from(override or (), {"chain.engine": engine})
    raise typer.Exit(check_scenarios(console, places or (), changes, options))


@app.command()
def fuzz(
    run: Annotated[
        Path | None,
        typer.Argument(metavar="RUN", help="A run to stray from; a small one is made if none."),
    ] = None,
    calls: Annotated[int, typer.Option(min=1, help="How many calls.")] = 20_000,
    seconds: Annotated[
        float | None, typer.Option(min=1, help="How long, instead of how many calls.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="What all draws follow from.")] = 1,
    engine: Annotated[ChainName, typer.Option(help="Engine of the contracts.")] = "revm",
    out: Annotated[Path, typer.Option(help="Where a failing walk's trace is left.")] = Path(
        "runs/fuzz"
    ),
    as_json: AsJson = False,
    progress: ProgressOption = "auto",
    color: ColourOption = "auto",
) -> None:
    """Make calls that nobody planned, valid and not, on model and contracts in lockstep."""
    from sim.commands.fuzzing import fuzz_rulebook  # noqa: PLC0415

    console = Console(color, as_json=as_json)
    raise typer.Exit(
        fuzz_rulebook(
            console,
            run,
            calls=calls,
            seconds=seconds,
            seed=seed,
            engine=engine,
            out=out,
            style=progress,
        )
    )


@app.command()
def shrink(
    place: Annotated[
        Path, typer.Argument(metavar="TRACE", help="A trace file, or the folder of a run.")
    ],
    divergence: Annotated[
        bool, typer.Option("--divergence", help="Keep what model and contracts disagree about.")
    ] = False,
    invariant: Annotated[
        str | None, typer.Option(metavar="ID", help="Keep the violation of this invariant.")
    ] = None,
    kpi: Annotated[
        str | None, typer.Option(metavar="'NAME >= VALUE'", help="Keep what this figure shows.")
    ] = None,
    refusal: Annotated[
        str | None, typer.Option(metavar="FUNCTION:REASON", help="Keep a call refused like this.")
    ] = None,
    contracts: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Your own build of the contracts, with the same ABI."),
    ] = None,
    engine: Annotated[
        ChainName | None, typer.Option(help="Engine of the contracts; the fastest if not given.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Folder of the case; one in corpus/ if not given.")
    ] = None,
    story: Annotated[str, typer.Option(metavar="TEXT", help="What the story begins with.")] = "",
    as_json: AsJson = False,
    progress: ProgressOption = "auto",
    color: ColourOption = "auto",
) -> None:
    """Shrink a failing trace to the few calls that it takes, and keep them as a case."""
    from sim.commands.shrinking import Asked, shrink_trace  # noqa: PLC0415

    console = Console(color, as_json=as_json)
    asked = Asked(divergence, invariant, kpi, refusal)
    shrink_trace(console, place, asked, contracts, engine, out, story, progress)


@app.command()
def coverage(
    runs: Annotated[list[Path], typer.Argument(metavar="RUN...", help="Runs, or trace files.")],
    as_json: AsJson = False,
    markdown: Annotated[bool, typer.Option("--markdown", help="Print a Markdown table.")] = False,
    color: ColourOption = "auto",
) -> None:
    """Show which functions and refusals of the rulebook runs have met."""
    from sim.commands.fuzzing import show_coverage  # noqa: PLC0415

    show_coverage(Console(color, as_json=as_json), runs, markdown=markdown)


@app.command()
def reference(color: ColourOption = "auto") -> None:
    """Print the reference of all contract functions, as docs/reference.md has it."""
    from sim.rulebook.reference import reference_text  # noqa: PLC0415

    Console(color).result(reference_text())


@app.command()
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


@app.command()
def compare(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Folder of a sweep.")],
    as_json: AsJson = False,
    color: ColourOption = "auto",
) -> None:
    """Compare the arms of a sweep, and build its page again."""
    from sim.commands.comparing import compare_sweep  # noqa: PLC0415

    compare_sweep(Console(color, as_json=as_json), folder, _render_sweep)


@app.command()
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


@app.command()
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


@app.command()
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


def main(arguments: Sequence[str] | None = None) -> int:
    """Carry a command out and return its exit code; no error leaves a traceback."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    # An option error comes before the options are parsed.
    console = Console("auto", as_json="--json" in given)
    try:
        code = int(app(given, prog_name="mnft", standalone_mode=False) or 0)
        # Typer turns Ctrl-C into this code and says nothing.
        if code == INTERRUPTED:
            console.interrupted(given)
        return code
    except UserError as error:
        console.error(error)
        return error.exit_code
    except TyperException as error:
        known = {
            command.callback.__name__ for command in app.registered_commands if command.callback
        }
        place = " ".join(["mnft", *(word for word in given[:1] if word in known)])
        console.error(UserError(place, error.format_message(), f"see `{place} --help`", "E120"))
        return EXIT_CODE
    except ReaderGone:
        return 0
    except Exception as error:
        console.bug(error, given)
        return OUR_BUG


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


def _render_report(folder: Path) -> Path:
    from reports.page import render  # noqa: PLC0415

    page: Path = render(folder)
    return page


if __name__ == "__main__":
    sys.exit(main())
