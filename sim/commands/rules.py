"""The commands that try the rules: they parse, call one function, and set the exit code."""

import os
from pathlib import Path
from typing import Annotated, Literal

import typer

from sim.commands.options import (
    AsJson,
    ChainName,
    ColourOption,
    EngineName,
    JobsOption,
    ProgressOption,
    SetOption,
)
from sim.console import Console
from sim.errors import UserError


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


def coverage(
    runs: Annotated[list[Path], typer.Argument(metavar="RUN...", help="Runs, or trace files.")],
    as_json: AsJson = False,
    markdown: Annotated[bool, typer.Option("--markdown", help="Print a Markdown table.")] = False,
    color: ColourOption = "auto",
) -> None:
    """Show which functions and refusals of the rulebook runs have met."""
    from sim.commands.fuzzing import show_coverage  # noqa: PLC0415

    show_coverage(Console(color, as_json=as_json), runs, markdown=markdown)


def reference(color: ColourOption = "auto") -> None:
    """Print the reference of all contract functions, as docs/reference.md has it."""
    from sim.rulebook.reference import reference_text  # noqa: PLC0415

    Console(color).result(reference_text())
