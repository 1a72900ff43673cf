"""
The command line: each command parses, calls one function, prints, and sets the exit code.

Results go to standard output; progress, warnings and errors to standard error.
Everything heavy is imported inside the command that needs it: help must come at once.
"""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal

import typer
from typer.exceptions import TyperException

from sim.commands.experiments import compare, discover, optimise, sensitivity, sweep
from sim.commands.options import (
    AsJson,
    ChainName,
    ColourOption,
    EngineName,
    ProgressOption,
    RunFolder,
    ScenarioFile,
    SetOption,
)
from sim.commands.rules import check, coverage, fuzz, reference, shrink
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


for _command in (
    *(check, fuzz, shrink, coverage, reference),
    *(sweep, compare, sensitivity, discover, optimise),
):
    app.command()(_command)


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


def _render_report(folder: Path) -> Path:
    from reports.page import render  # noqa: PLC0415

    page: Path = render(folder)
    return page


if __name__ == "__main__":
    sys.exit(main())
