"""Proofs: made, checked, bound to an input and a model, one by one or by a pool of processes."""

import json
import queue
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from types import TracebackType
from typing import Any, Self, TypeVar

from zk import backend
from zk.cache import Cache, key_of
from zk.circuit import CircuitSettings
from zk.errors import ZkError
from zk.field import (
    POINT_BYTES,
    SCALAR_MODULUS,
    from_field,
    from_little_endian_hex,
    to_little_endian_hex,
)
from zk.keys import Keys, prepare
from zk.values import flat_tensors
from zk.workers import DEFAULT_MEMORY_BYTES, DEFAULT_TIMEOUT_SECONDS, Worker

Result = TypeVar("Result")
_Job = tuple[Future[Any], Callable[[Worker], Any]]


@dataclass(frozen=True)
class Proof:
    """
    A proof as it goes on chain, and what it says.

    `instances` are field elements: the inputs where these are opened, then the outputs.
    `input_point` is the head of the proof, 64 bytes per committed input; None for opened inputs.
    `outputs` are the signed integers of the circuit: value * 2 ** scale of that output.
    """

    proof: bytes
    instances: tuple[int, ...]
    input_point: bytes | None
    outputs: tuple[int, ...]
    seconds: float
    peak_memory_bytes: int = 0


def prove(keys: Keys, values: Any) -> Proof:
    """
    Return a proof of the model's outputs for the input, verified before it is handed out.

    The values may have any shape; a model with several inputs takes one item for each.
    Raises ZkError where the circuit cannot represent a value on the way.
    """
    started = perf_counter()
    inputs = flat_tensors("input", values, keys.input_lengths)
    with TemporaryDirectory() as scratch:
        input_path, witness_path = Path(scratch) / "input.json", Path(scratch) / "witness.json"
        input_path.write_text(json.dumps({"input_data": [tensor.tolist() for tensor in inputs]}))
        backend.write_witness(
            input_path, keys.circuit_path, witness_path, keys.verifying_key_path, keys.srs_path
        )
        content = backend.prove(
            witness_path, keys.circuit_path, keys.proving_key_path, keys.srs_path
        )
    seconds = perf_counter() - started
    proof = bytes.fromhex(content["proof"].removeprefix("0x"))
    instances = tuple(from_little_endian_hex(text) for row in content["instances"] for text in row)
    if not verify(keys, proof, instances):
        raise ZkError("proof", "does not verify under its own key", "keys of this very circuit")
    committed = keys.settings.input_visibility == "committed"
    return Proof(
        proof=proof,
        instances=instances,
        input_point=proof[: POINT_BYTES * len(inputs)] if committed else None,
        outputs=tuple(from_field(element) for element in instances[-sum(keys.output_lengths) :]),
        seconds=seconds,
    )


def verify(keys: Keys, proof: bytes, instances: Sequence[int]) -> bool:
    """
    Return whether the proof holds under the key; False for anything malformed.

    With committed weights this says nothing about which weights: see `binds`.
    """
    if not all(0 <= element < SCALAR_MODULUS for element in instances):
        return False
    # ezkl ignores what follows a proof; a contract does not, and one proof must have one spelling.
    return _holds(keys, proof, instances) and not _holds(keys, proof[:-1], instances)


def _holds(keys: Keys, proof: bytes, instances: Sequence[int]) -> bool:
    with TemporaryDirectory() as scratch:
        path = Path(scratch) / "proof.json"
        row = [to_little_endian_hex(element) for element in instances]
        path.write_text(json.dumps({"instances": [row], "proof": list(proof)}))
        try:
            return backend.verify(path, keys.settings_path, keys.verifying_key_path, keys.srs_path)
        except ZkError:
            return False


def binds(proof: bytes, input_point: bytes | None, weight_point: bytes) -> bool:
    """
    Whether the proof is about this input and these weights: its head must be their points.

    The verifying key alone accepts a proof of any model of the same shape.
    """
    if len(weight_point) != POINT_BYTES or len(input_point or b"") % POINT_BYTES:
        return False
    return proof.startswith((input_point or b"") + weight_point)


def commit_input(keys: Keys, values: Any, cache: Cache) -> bytes:
    """
    Return the 64 bytes, big endian x then y, that commit to the input: the head of its proofs.

    From the cache where the same input was committed before.
    Raises ZkError for a circuit whose input is opened, or that has several inputs.
    """
    inputs = flat_tensors("input", values, keys.input_lengths)
    if keys.settings.input_visibility != "committed" or len(inputs) != 1:
        raise ZkError("input commitment", "the circuit has none to offer", "one committed input")
    (scale,) = keys.input_scales

    def build() -> bytes:
        elements = backend.quantise(inputs[0].tolist(), scale)
        points = backend.commit(
            elements, keys.verifying_key_path, keys.settings_path, keys.srs_path
        )
        return b"".join(points)

    key = key_of(keys.key_digest, str(scale), inputs[0].tobytes())
    return cache.remember("commitments", key, POINT_BYTES, build)


class Prover:
    """
    A pool of processes that prove while the caller goes on.

    A crash, a panic or a time-out in a process fails the future of its job and no other.
    Closing, or the end of the interpreter, ends the processes at once.
    """

    def __init__(
        self,
        workers: int = 1,
        memory_bytes: int = DEFAULT_MEMORY_BYTES,
        timeout_seconds: float = DEFAULT_TIMEOUT_SECONDS,
    ) -> None:
        if workers < 1:
            raise ZkError("prover", f"{workers} workers", "1 or more")
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._workers = [Worker(memory_bytes, timeout_seconds) for _ in range(workers)]
        self._closed = threading.Event()
        for worker in self._workers:
            threading.Thread(target=self._serve, args=(worker,), daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def submit(self, keys: Keys, values: Any) -> Future[Proof]:
        """Return the future of a proof; it holds a ZkError where there can be none."""
        inputs = flat_tensors("input", values, keys.input_lengths)

        def action(worker: Worker) -> Proof:
            proof = worker.call(prove, keys, inputs)
            return replace(proof, peak_memory_bytes=worker.peak_memory_bytes)

        return self._submit(action)

    def submit_prepare(
        self, model_path: Path, settings: CircuitSettings, cache: Cache
    ) -> Future[Keys]:
        """Return the future of a model's keys."""

        def action(worker: Worker) -> Keys:
            return prepare(
                model_path, settings, cache, memory_cap_bytes=worker.memory_bytes, worker=worker
            )

        return self._submit(action)

    def close(self) -> None:
        """End all processes; jobs that are not done fail."""
        self._closed.set()
        for worker in self._workers:
            self._jobs.put(None)
            worker.close()

    def _submit(self, action: Callable[[Worker], Result]) -> Future[Result]:
        if self._closed.is_set():
            raise ZkError("prover", "is closed", "jobs before close()")
        future: Future[Result] = Future()
        self._jobs.put((future, action))
        return future

    def _serve(self, worker: Worker) -> None:
        while (job := self._jobs.get()) is not None:
            future, action = job
            if not future.set_running_or_notify_cancel():
                continue
            try:
                if self._closed.is_set():
                    raise ZkError("prover", "was closed before the job was done", "an open prover")
                future.set_result(action(worker))
            except Exception as failure:
                future.set_exception(failure)
