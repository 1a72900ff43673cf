"""Replicas on a Ray cluster or a Dask cluster, each a task of its own."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, CancelledError, Future, wait
from itertools import islice
from typing import Any, Literal, NamedTuple

from sim.errors import UserError
from sim.experiments.replica import Outcome, Replica, carry_out

Kind = Literal["ray", "dask"]
_RETRIES = 3
"""Workers that a replica may lose before it is called the cause; Dask's own default."""


class Cluster(NamedTuple):
    """
    How a replica is handed over, and what is raised where its workers died too often.

    A cluster gives the replicas of a worker that died to another by itself.
    """

    submit: Callable[[Replica], "Future[Outcome]"]
    deaths: tuple[type[BaseException], ...]


def carry_out_on(
    cluster: Cluster, replicas: Sequence[Replica], *, at_once: int
) -> Iterator[Outcome]:
    """
    Yield the outcome of every replica as it ends; at most `at_once` are with the cluster.

    Raises:
        UserError: The cluster went away.
    """
    left = iter(replicas)
    given = {cluster.submit(each): each for each in islice(left, max(1, at_once))}
    try:
        while given:
            for future in wait(given, return_when=FIRST_COMPLETED).done:
                replica = given.pop(future)
                yield _outcome(cluster, replica, future)
                given |= {cluster.submit(each): each for each in islice(left, 1)}
    finally:
        for future in given:
            future.cancel()


def connect(kind: Kind, address: str | None) -> Cluster:
    """
    Return the cluster at an address; the connection is kept until the process ends.

    Raises:
        UserError: The cluster's packages are not installed, or none answers.
    """
    try:
        return _ray(address) if kind == "ray" else _dask(address)
    except ImportError as error:
        place, problem = f"--backend {kind}", f"{error.name} is not installed"
        raise UserError(place, problem, "pip install 'mnft[cluster]'", "E150") from error


def _outcome(cluster: Cluster, replica: Replica, future: "Future[Outcome]") -> Outcome:
    try:
        return future.result()
    except CancelledError as error:
        allowed = "start it, and give the same command again: it goes on where it was"
        raise UserError("--backend", "the cluster went away", allowed, "E150") from error
    except cluster.deaths as error:
        return Outcome(replica, "failed", f"the worker died: {_first_line(error)}", "WorkerDied")
    except Exception as error:
        # No replica raises: a worker could not even begin, for want of mnft or of a file.
        said = f"the worker could not begin: {_first_line(error)}"
        return Outcome(replica, "failed", said, type(error).__name__)


def _ray(address: str | None) -> Cluster:
    import ray  # noqa: PLC0415 - an extra
    from ray.exceptions import NodeDiedError, OutOfMemoryError, WorkerCrashedError  # noqa: PLC0415

    if not ray.is_initialized():
        try:
            ray.init(address=address or "auto", log_to_driver=False)
        except ConnectionError as error:
            allowed = "a cluster that `ray start` began, and its --address"
            raise UserError("--backend ray", f"no cluster answers: {error}", allowed) from error
    # A task takes one processor, and Ray keeps numeric libraries to one thread in it.
    task: Any = ray.remote(max_retries=_RETRIES)(carry_out)
    deaths = (WorkerCrashedError, NodeDiedError, OutOfMemoryError)
    return Cluster(lambda replica: task.remote(replica).future(), deaths)


def _dask(address: str | None) -> Cluster:
    from distributed import Client, KilledWorker, default_client  # noqa: PLC0415 - an extra

    try:
        client: Any = default_client()
    except ValueError:
        if address is None:
            allowed = "--address tcp://HOST:PORT of a scheduler"
            raise UserError("--backend dask", "no scheduler was named", allowed, "E150") from None
        try:
            client = Client(address, set_as_default=True, timeout="10s")
        except OSError as error:
            problem = f"no scheduler answers: {error}"
            raise UserError("--backend dask", problem, "an address", "E150") from error
    executor = client.get_executor(pure=False)
    return Cluster(lambda replica: executor.submit(carry_out, replica), (KilledWorker,))


def _first_line(error: BaseException) -> str:
    return str(error).splitlines()[0] if str(error) else type(error).__name__
