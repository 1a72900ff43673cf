"""Options and arguments that several commands have."""

from pathlib import Path
from typing import Annotated, Literal

import typer

EngineName = Literal["py-evm", "revm", "eth-tester", "none"]
ChainName = Literal["py-evm", "revm", "eth-tester"]
ProgressStyle = Literal["auto", "plain", "json", "none"]
Colour = Literal["auto", "always", "never"]

ScenarioFile = Annotated[Path, typer.Argument(metavar="FILE", help="Scenario file (YAML).")]
RunFolder = Annotated[Path, typer.Argument(metavar="RUN", help="Folder of a finished run.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document, nothing else.")]
ColourOption = Annotated[Colour, typer.Option("--color", help="When to use colour.")]
ProgressOption = Annotated[
    ProgressStyle, typer.Option("--progress", help="How progress is shown, on standard error.")
]
SetOption = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="Replace one value of the scenario."),
]

Backend = Literal["loky", "ray", "dask"]
JobsOption = Annotated[int, typer.Option(min=0, help="Runs side by side; 0: one per processor.")]
BackendOption = Annotated[Backend, typer.Option(help="Who carries runs out.")]
AddressOption = Annotated[
    str | None, typer.Option(metavar="ADDRESS", help="The cluster of --backend ray or dask.")
]
SearchFolder = Annotated[
    Path | None,
    typer.Option(help="Folder of the search; runs/<scenario>/<command>-<digest> if not given."),
]
