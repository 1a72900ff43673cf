"""Replicas side by side: on this machine, on a Ray cluster or on a Dask cluster."""

from collections.abc import Iterator, Sequence
from typing import Literal

import joblib
from joblib.externals.loky import get_reusable_executor
from joblib.externals.loky.process_executor import BrokenProcessPool

from sim.experiments.clusters import carry_out_on, connect
from sim.experiments.replica import Outcome, Replica, carry_out

Backend = Literal["loky", "ray", "dask"]


def carry_out_all(
    replicas: Sequence[Replica], *, jobs: int, backend: Backend = "loky", address: str | None = None
) -> Iterator[Outcome]:
    """
    Yield the outcome of every replica, in no order; each is carried out once.

    A worker that dies takes no replica with it: what it had is done again, and a replica that
    kills its worker even alone is a failed one.

    Raises:
        UserError: The cluster's packages are not installed, or no cluster answers.
    """
    if backend == "loky":
        return _carry_out_here(replicas, jobs)
    return carry_out_on(connect(backend, address), replicas, at_once=jobs)


def _carry_out_here(replicas: Sequence[Replica], jobs: int) -> Iterator[Outcome]:
    left = {each.folder: each for each in replicas}
    broken = False
    while left:
        # After a second death in a row each replica gets a pool of its own.
        alone = broken
        wanted = list(left.values())[:1] if alone else list(left.values())
        before = len(left)
        try:
            # With a single job joblib would not leave this process.
            for outcome in _once(wanted, 2 if alone else jobs):
                del left[outcome.replica.folder]
                yield outcome
            broken = False
        except BrokenProcessPool as error:
            if alone:
                (lost,) = wanted
                del left[lost.folder]
                said = f"the worker died: {str(error).splitlines()[0]}"
                yield Outcome(lost, "failed", said, "WorkerDied")
            broken = alone or len(left) == before
            get_reusable_executor().shutdown(wait=True)


def _once(replicas: Sequence[Replica], jobs: int) -> Iterator[Outcome]:
    with joblib.parallel_config(backend="loky", n_jobs=jobs, inner_max_num_threads=1):
        parallel = joblib.Parallel(
            batch_size=1, return_as="generator_unordered", pre_dispatch="2 * n_jobs"
        )
        yield from parallel(joblib.delayed(carry_out)(each) for each in replicas)
