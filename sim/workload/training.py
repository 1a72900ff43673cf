"""
What a training leaves behind, so that a model can be traced to its data: data and log, as bytes.

Both are the same on any machine, for training is; who doubts a record trains again.
"""

import json
from dataclasses import dataclass

import numpy as np

from protocol.hashing import keccak
from sim.workload.models import Network
from sim.workload.store import Cid, ContentStore
from sim.workload.tasks import Domain

LOG_SCHEMA = "mnft.training-log/1"


def data_bytes(domain: Domain) -> bytes:
    """Return a domain's training data: a row of 65 bytes per drawing, 64 grey levels, a label."""
    rows = np.column_stack([domain.train_inputs, domain.train_labels])
    return rows.astype(np.uint8).tobytes()


@dataclass(frozen=True, slots=True)
class StoredData:
    """A domain's training data in the store; the hash is keccak256 of it."""

    cid: Cid
    content_hash: bytes
    examples: int


def store_data(domain: Domain, store: ContentStore) -> StoredData:
    """Store a domain's training data."""
    content = data_bytes(domain)
    return StoredData(store.put(content), keccak(content), len(domain.train_labels))


@dataclass(frozen=True, slots=True)
class StoredLog:
    """
    A training log in the store; the hash is keccak256 of it.

    `operations` counts gradient steps, `domain` is the number of the task trained on, `data` its
    data, and `parents` are the files that training went on from.
    """

    cid: Cid
    log_hash: bytes
    operations: int
    domain: int
    data: StoredData
    parents: tuple[Cid, ...]

    @property
    def is_mean(self) -> bool:
        """Whether the weights are a mean of others', and were trained no further."""
        return not self.operations and len(self.parents) > 1


class TrainingLog:
    """The log of one training: what it began from, and how well it did after each epoch."""

    def __init__(self, domain: Domain, number: int, drawn_from: str, *parents: Cid) -> None:
        self._domain, self._number, self._parents = domain, number, parents
        self._drawn_from = drawn_from
        self._epochs: list[dict[str, int]] = []

    def note(self, operations: int, network: Network) -> None:
        """Note the end of an epoch: gradient steps so far, and training drawings read rightly."""
        right = int((network.classes(self._domain.train_inputs) == self._domain.train_labels).sum())
        self._epochs.append({"operations": operations, "right": right})

    def store(self, store: ContentStore) -> StoredLog:
        """Store the log, and the data that it names."""
        data = store_data(self._domain, store)
        log = {
            "schema": LOG_SCHEMA,
            "data": {"cid": data.cid, "keccak256": "0x" + data.content_hash.hex()},
            "examples": data.examples,
            "parents": self._parents,
            "drawn_from": self._drawn_from,
            "epochs": self._epochs,
        }
        content = json.dumps(log, indent=1).encode()
        operations = self._epochs[-1]["operations"] if self._epochs else 0
        cid = store.put(content)
        return StoredLog(cid, keccak(content), operations, self._number, data, self._parents)
