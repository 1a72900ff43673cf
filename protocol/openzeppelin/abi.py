"""`abi.encode` of arguments of which some are dynamic, for the ids that are hashes of them."""

from collections.abc import Sequence
from typing import NamedTuple

from protocol.hashing import word, words


class Dynamic(NamedTuple):
    """The encoding of a value without a fixed size; its place holds an offset instead."""

    tail: bytes


def encode(*parts: bytes | Dynamic) -> bytes:
    """Return the encoding of a sequence of values: static ones as words, dynamic ones as such."""
    head, tail = b"", b""
    for part in parts:
        if isinstance(part, Dynamic):
            head += word(32 * len(parts) + len(tail))
            tail += part.tail
        else:
            head += part
    return head + tail


def bytes_value(value: bytes) -> Dynamic:
    """Return the encoding of `bytes` or `string`."""
    return Dynamic(word(len(value)) + value + bytes(-len(value) % 32))


def array_of_words(values: Sequence[int | str]) -> Dynamic:
    """Return the encoding of `uint256[]` or `address[]`."""
    return Dynamic(word(len(values)) + words(*values))


def array_of_bytes(values: Sequence[bytes]) -> Dynamic:
    """Return the encoding of `bytes[]`."""
    return Dynamic(word(len(values)) + encode(*(bytes_value(value) for value in values)))
