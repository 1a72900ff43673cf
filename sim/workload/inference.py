"""Inference: published models run by onnxruntime, in batches, each pair of model and input once."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import onnxruntime

from sim.workload.errors import WorkloadError
from sim.workload.graph import INPUT, LOGITS, from_onnx, to_onnx
from sim.workload.store import Cid, ContentStore
from sim.workload.tasks import CLASSES, GREY_LEVELS, Domain, Integers
from zk.field import input_hash, output_hash

_FATAL_ONLY = 4


class InputTable:
    """All inputs that users may send: the held-out images of the domains, numbered by row."""

    def __init__(self, domains: Sequence[Domain]) -> None:
        """
        Number the domains' held-out images in the order given.

        Raises WorkloadError for two domains of one name, and for grey levels outside 0 to 16,
        on which models are not exact.
        """
        self.inputs: Integers = np.concatenate([each.held_out_inputs for each in domains])
        self.labels: Integers = np.concatenate([each.held_out_labels for each in domains])
        self._rows: dict[str, Integers] = {}
        first = 0
        for domain in domains:
            _check_domain(domain, self._rows)
            count = len(domain.held_out_labels)
            self._rows[domain.name] = np.arange(first, first + count)
            first += count
        self._hashes: dict[int, bytes] = {}

    def __len__(self) -> int:
        return len(self.labels)

    def rows(self, domain: str) -> Integers:
        """Return the rows of a domain's held-out images."""
        return self._rows[domain]

    def input_hash(self, row: int) -> bytes:
        """Return keccak256 of the input's 64 field elements, 32 bytes."""
        if row not in self._hashes:
            self._hashes[row] = input_hash(self.inputs[row].tolist())
        return self._hashes[row]


@dataclass(frozen=True, slots=True, eq=False)
class Outputs:
    """What a model answered to a sequence of inputs, one entry per call; hashes of 32 bytes."""

    classes: Integers
    hashes: list[bytes]


class InferenceEngine:
    """
    Runs published models on the inputs of a table.

    The first call of a pair of model and input runs onnxruntime, and hashes the logits where they
    are somebody's output. Every later one is a look-up, so a million calls cost as much as their
    distinct pairs.
    """

    def __init__(self, store: ContentStore, table: InputTable) -> None:
        self.table = table
        self._store = store
        self._models: dict[Cid, _Model] = {}

    def run(self, cid: Cid, rows: Integers) -> Outputs:
        """
        Return the model's outputs on the rows, in their order, repeats allowed.

        Raises StoreError for a missing or altered file, and what `from_onnx` raises.
        """
        model = self._answered(cid, rows)
        return Outputs(model.classes[rows], [model.output_hash(row) for row in rows.tolist()])

    def logits(self, cid: Cid, rows: Integers) -> Integers:
        """Return one row of ten integer logits per row of the table."""
        found: Integers = self._answered(cid, rows).logits[rows]
        return found

    def accuracy(self, cid: Cid, domain: str) -> float:
        """Return the share of a domain's held-out images that the model labels rightly."""
        rows = self.table.rows(domain)
        return float(np.mean(self._answered(cid, rows).classes[rows] == self.table.labels[rows]))

    def _answered(self, cid: Cid, rows: Integers) -> "_Model":
        """Return the model after it has answered all the rows."""
        model = self._models.get(cid)
        if model is None:
            model = _Model(cid, self._store, len(self.table))
            self._models[cid] = model
        if not model.is_answered[rows].all():
            missing = np.unique(rows[~model.is_answered[rows]])
            model.answer(missing, self.table.inputs[missing])
        return model


class _Model:
    """One loaded model and its answers so far, by row of the table."""

    def __init__(self, cid: Cid, store: ContentStore, rows: int) -> None:
        exact = from_onnx(store.get(cid), place=str(store.folder / cid))
        self.is_answered = np.zeros(rows, dtype=np.bool_)
        self.logits = np.zeros((rows, CLASSES), dtype=np.int64)
        self.classes = np.zeros(rows, dtype=np.int64)
        self._hashes = [b""] * rows
        self._session: onnxruntime.InferenceSession | None = open_session(
            to_onnx(exact, batch=None)
        )

    def answer(self, rows: Integers, inputs: Integers) -> None:
        logits = run_session(self._session, inputs)
        self.logits[rows] = logits
        self.classes[rows] = logits.argmax(axis=1)
        self.is_answered[rows] = True
        if self.is_answered.all():
            # Nothing is left to ask it: old versions of a long run do not pile up.
            self._session = None

    def output_hash(self, row: int) -> bytes:
        """Return the hash of an answer; nobody asks for that of most drawings that are scored."""
        if not self._hashes[row]:
            self._hashes[row] = output_hash(self.logits[row].tolist())
        return self._hashes[row]


def open_session(serialised: bytes) -> onnxruntime.InferenceSession:
    """Return an onnxruntime session on one thread of the processor."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = _FATAL_ONLY
    return onnxruntime.InferenceSession(serialised, options, providers=["CPUExecutionProvider"])


def run_session(session: onnxruntime.InferenceSession, inputs: Integers) -> Integers:
    """Return the logits of an integer-exact model as the integers that they are."""
    (logits,) = session.run([LOGITS], {INPUT: inputs.astype(np.float32)})
    integers: Integers = logits.astype(np.int64)
    return integers


def _check_domain(domain: Domain, known: dict[str, Integers]) -> None:
    place = f"domain '{domain.name}'"
    if domain.name in known:
        raise WorkloadError(place, "two domains have this name", "one domain per name")
    inputs = domain.held_out_inputs
    outside = (inputs < 0) | (inputs > GREY_LEVELS)
    if outside.any():
        row = int(outside.any(axis=1).argmax())
        raise WorkloadError(
            f"{place}, held-out image {row}",
            f"a grey level is {int(inputs[row][outside[row]][0])}",
            f"integers from 0 to {GREY_LEVELS}",
        )
