"""Replicas side by side, through joblib: on this machine, on a Ray cluster or on a Dask cluster."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Any, Literal

import joblib

from sim.errors import UserError
from sim.experiments.replica import Outcome, Replica, carry_out

Backend = Literal["loky", "ray", "dask"]
_PER_JOB = 4
"""Replicas handed to each job at a time, where a backend hands all results back at once."""


def carry_out_all(
    replicas: Sequence[Replica], *, jobs: int, backend: Backend = "loky", address: str | None = None
) -> Iterator[Outcome]:
    """
    Yield the outcome of every replica, in no order; each is carried out once.

    A worker that dies takes no replica with it: what it had is done again, at last one by one, and
    a replica that kills its worker even alone is a failed one.

    Raises:
        UserError: The cluster's packages are not installed, or no cluster answers.
    """
    left = {each.folder: each for each in replicas}
    broken = False
    while left:
        # After a second death in a row each replica gets a pool of its own.
        alone = broken
        wanted = list(left.values())[:1] if alone else list(left.values())
        before = len(left)
        try:
            # With a single job joblib would not leave this process.
            for outcome in _once(wanted, 2 if alone else jobs, backend, address):
                del left[outcome.replica.folder]
                yield outcome
            broken = False
        except UserError:
            raise
        except Exception as error:
            # No replica raises: this is the pool's own, and each backend calls it otherwise.
            if alone:
                (lost,) = wanted
                del left[lost.folder]
                said = f"the worker died: {_first_line(error)}"
                yield Outcome(lost, "failed", said, "WorkerDied")
            broken = alone or len(left) == before
            if backend == "loky":
                joblib.externals.loky.get_reusable_executor().shutdown(wait=True)


def _once(
    replicas: Sequence[Replica], jobs: int, backend: Backend, address: str | None
) -> Iterator[Outcome]:
    with _cluster(backend, jobs, address):
        if backend == "ray":
            # Its joblib backend cannot hand results back one by one.
            size = max(1, jobs) * _PER_JOB
            for start in range(0, len(replicas), size):
                part = replicas[start : start + size]
                yield from joblib.Parallel(batch_size=1)(_tasks(part))
            return
        parallel = joblib.Parallel(
            batch_size=1, return_as="generator_unordered", pre_dispatch="2 * n_jobs"
        )
        yield from parallel(_tasks(replicas))


def _tasks(replicas: Iterable[Replica]) -> Iterator[Any]:
    return (joblib.delayed(carry_out)(each) for each in replicas)


def _cluster(backend: Backend, jobs: int, address: str | None) -> AbstractContextManager[Any]:
    if backend == "loky":
        return _configured(backend="loky", n_jobs=jobs, inner_max_num_threads=1)
    connect = _ray if backend == "ray" else _dask
    try:
        connect(address)
    except ImportError as error:
        place, problem = f"--backend {backend}", f"{error.name} is not installed"
        raise UserError(place, problem, "pip install 'mnft[cluster]'", "E150") from error
    return _configured(backend=backend, n_jobs=_there(jobs) if backend == "ray" else jobs)


def _configured(**settings: Any) -> AbstractContextManager[Any]:
    context: AbstractContextManager[Any] = joblib.parallel_config(**settings)
    return context


def _ray(address: str | None) -> None:
    import ray  # noqa: PLC0415 - an extra
    from ray.util.joblib import register_ray  # noqa: PLC0415

    register_ray()
    if not ray.is_initialized():
        try:
            ray.init(address=address or "auto", log_to_driver=False)
        except ConnectionError as error:
            allowed = "a cluster that `ray start` began, and its --address"
            raise UserError("--backend ray", f"no cluster answers: {error}", allowed) from error


def _there(jobs: int) -> int:
    # Ray refuses a pool that is larger than what is left of its cluster.
    import ray  # noqa: PLC0415 - an extra

    return max(1, min(jobs, int(ray.cluster_resources().get("CPU", 1))))


def _dask(address: str | None) -> None:
    from distributed import Client, get_client  # noqa: PLC0415 - an extra

    try:
        get_client()
        return
    except ValueError:
        pass
    if address is None:
        allowed = "--address tcp://HOST:PORT of a scheduler"
        raise UserError("--backend dask", "no scheduler was named", allowed, "E150")
    try:
        Client(address, set_as_default=True, timeout="10s")
    except OSError as error:
        raise UserError("--backend dask", f"no scheduler answers: {error}", "an address") from error


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0] if str(error) else type(error).__name__
