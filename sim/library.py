"""The commands as functions, for notebooks and scripts; `mnft` re-exports them."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.progress import Progress, Silent
from sim.runs import Run, default_folder, open_run
from sim.scenario.loading import load_scenario

if TYPE_CHECKING:
    from sim.chain.tester import Market
    from sim.experiments.pool import Backend
    from sim.experiments.sweep import Swept


def run(
    scenario: Path | str,
    *,
    out: Path | str | None = None,
    changes: Mapping[str, object] | None = None,
    progress: Progress | None = None,
) -> Run:
    """
    Run a scenario file and return the finished run, as `mnft run` does; without a page.

    `changes` replaces single values by their keys, written as in the file:
    `{"seed": 2, "chain.engine": "revm", "protocol.spot_check_rate": "1%"}`.

    Raises:
        ScenarioError: The file or a change is wrong; it lists every error.
        UserError: The folder cannot be written.
        Divergence: Model and contracts disagree.
    """
    from sim.run import run as simulate  # noqa: PLC0415 - engines and agents take seconds to import

    written = {key: str(value) for key, value in (changes or {}).items()}
    loaded = load_scenario(Path(scenario), written)
    seed = loaded.scenario.seed
    folder = default_folder(loaded.name, seed) if out is None else Path(out)
    simulate(loaded, seed, folder, loaded.scenario.chain.engine, progress or Silent())
    return open_run(folder)


def sweep(
    scenario: Path | str,
    *,
    replicas: int | None = None,
    out: Path | str | None = None,
    changes: Mapping[str, object] | None = None,
    jobs: int = 1,
    backend: "Backend" = "loky",
    address: str | None = None,
    progress: Progress | None = None,
) -> "Swept":
    """
    Carry out a scenario's sweep and return what came of it, as `mnft sweep` does; without a page.

    What is complete is not run again; `mnft.read(swept.folder)` has the figures. A replica that
    failed is in `swept.failed` and stops nobody.

    Raises:
        ScenarioError: The file, a change or an arm is wrong; it lists every error.
        UserError: Another sweep works in the folder, it cannot be written, or no cluster answers.
    """
    from sim.experiments.sweep import carry_out_sweep, plan_sweep  # noqa: PLC0415
    from sim.run import CACHE  # noqa: PLC0415

    written = {key: str(value) for key, value in (changes or {}).items()}
    loaded = load_scenario(Path(scenario), written)
    folder = None if out is None else Path(out)
    plan = plan_sweep(loaded, str(scenario), written, replicas=replicas, out=folder, cache=CACHE)
    return carry_out_sweep(
        plan, jobs=jobs, backend=backend, address=address, progress=progress or Silent()
    )


def chain(finished: Run | Path | str, *, calls: int | None = None) -> "Market":
    """
    Return a finished run's market as an ordinary web3 object and its contracts by name.

    The run's trace, or its first calls, is replayed on a chain of its own: look around, call,
    send transactions; the run folder stays as it is.

    Raises:
        UserError: There is no such run, or its trace is damaged.
    """
    from sim.chain.tester import replayed_market  # noqa: PLC0415 - web3 takes a second to import

    opened = finished if isinstance(finished, Run) else open_run(finished)
    return replayed_market(opened.trace, calls)


def replay(finished: Run | Path | str, *, engine: str = "py-evm") -> str:
    """
    Execute a finished run's calls again on an engine, and return the digest reached.

    It equals `run.manifest.digests.trace`, or the engine does not do what the run's did.

    Raises:
        UserError: There is no such run or engine, or the trace is damaged.
    """
    from sim.chain import open_engine  # noqa: PLC0415 - engines take a second to import
    from sim.trace import replay as execute_again  # noqa: PLC0415

    opened = finished if isinstance(finished, Run) else open_run(finished)
    machine = open_engine(engine)
    try:
        return execute_again(opened.trace, machine)
    finally:
        machine.close()


def metadata(finished: Run | Path | str, model_id: int) -> dict[str, Any]:
    """
    Return what is to be known of a model of a run, as docs/model-metadata.schema.json says.

    The document that its `tokenURI` names, and token, versions and ownership history from events.

    Raises:
        UserError: The folder is no finished run, or the run has no such model.
        StoreError: The document is missing, or is not what `tokenURI` says.
    """
    from sim.identity import metadata_of  # noqa: PLC0415 - the workload takes seconds to import

    return metadata_of(finished if isinstance(finished, Run) else open_run(finished), model_id)
