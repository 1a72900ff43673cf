"""What a worker process and its owner say to each other: a length and a pickle."""

import pickle
import struct
from dataclasses import dataclass
from typing import Any, BinaryIO

from zk.errors import ZkError

_LENGTH = struct.Struct(">Q")


@dataclass(frozen=True)
class Reply:
    """A job's result or what it raised, with the peak memory of the process so far."""

    value: Any
    error: ZkError | None
    bug: str | None
    peak_memory_bytes: int


def send(stream: BinaryIO, message: object) -> None:
    """Write one message."""
    content = pickle.dumps(message)
    stream.write(_LENGTH.pack(len(content)) + content)
    stream.flush()


def receive(stream: BinaryIO) -> Any:
    """Return the next message; raises EOFError where the other side is gone."""
    header = stream.read(_LENGTH.size)
    if len(header) < _LENGTH.size:
        raise EOFError
    (length,) = _LENGTH.unpack(header)
    content = stream.read(length)
    if len(content) < length:
        raise EOFError
    return pickle.loads(content)
