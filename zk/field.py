"""Integers as elements of BN254's scalar field, and the hashes that a receipt carries."""

from collections.abc import Iterable, Sequence

import numpy as np
from eth_hash.auto import keccak

from zk.errors import ZkError

SCALAR_MODULUS = 21888242871839275222246405745257275088548364400416034343698204186575808495617
WORD_BYTES = 32
POINT_BYTES = 64


def to_field(value: int) -> int:
    """
    Return the field element of a signed integer: a negative number is p - |x|.

    Raises ZkError where the magnitude reaches half of the field.
    """
    if 2 * abs(value) >= SCALAR_MODULUS:
        raise ZkError(
            "field element",
            f"{value} does not fit the scalar field",
            "an integer whose magnitude is less than half of BN254's scalar modulus",
        )
    return value % SCALAR_MODULUS


def from_field(element: int) -> int:
    """
    Return the signed integer of a field element; the upper half is negative.

    Raises ZkError where the element is not canonical.
    """
    if not 0 <= element < SCALAR_MODULUS:
        raise ZkError(
            "field element", f"{element} is not canonical", "0 to BN254's scalar modulus - 1"
        )
    return element - SCALAR_MODULUS if 2 * element > SCALAR_MODULUS else element


def from_little_endian_hex(text: str) -> int:
    """Return the field element that ezkl writes as 64 little-endian hex digits."""
    return int.from_bytes(bytes.fromhex(text), "little")


def to_little_endian_hex(element: int) -> str:
    """Return a field element in ezkl's spelling: 64 little-endian hex digits."""
    return element.to_bytes(WORD_BYTES, "little").hex()


def elements_hash(elements: Iterable[int]) -> bytes:
    """Return keccak256 of field elements as 32-byte big-endian words, as a contract hashes them."""
    return keccak(b"".join(element.to_bytes(WORD_BYTES, "big") for element in elements))


def output_hash(values: Iterable[int]) -> bytes:
    """Return the hash of signed integer outputs that a receipt carries."""
    return elements_hash(to_field(int(value)) for value in values)


def input_hash(values: Iterable[int]) -> bytes:
    """Return the hash of signed integer inputs, for receipts whose proof opens the input."""
    return output_hash(values)


def point_hash(point: bytes) -> bytes:
    """Return keccak256 of a commitment point of 64 big-endian bytes, x then y."""
    if len(point) != POINT_BYTES:
        raise ZkError("commitment point", f"{len(point)} bytes", f"exactly {POINT_BYTES} bytes")
    return keccak(point)


def check_bounds(values: Sequence[float], lower: int, upper: int) -> None:
    """
    Refuse an input that the circuit may be unable to prove.

    Raises ZkError naming the first value that is not finite, not in lower..upper (both included).
    """
    flat = np.asarray(values, dtype=np.float64).ravel()
    outside = np.flatnonzero(~((flat >= lower) & (flat <= upper)))
    if outside.size:
        position = int(outside[0])
        raise ZkError(
            f"input value {position}",
            f"{flat[position]:g} is out of bounds",
            f"numbers from {lower} to {upper}",
        )
