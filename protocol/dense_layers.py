"""Dense layers as they lie on chain: rows of packed weights, their sums, and the sums' bounds."""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from struct import unpack
from typing import NamedTuple

from protocol.onchain_inference_errors import ChunkCutsRow
from protocol.types import Address

EXACT_LIMIT = 2**24
"""From here on float32 rounds."""

WEIGHT_OFFSET = 2**15
WEIGHT_BYTES = 2
BIAS_BYTES = 4

Numbers = tuple[int, ...]


class Layer(NamedTuple):
    """One row of weights per input, with a weight per unit; one bias per unit."""

    weights: tuple[Numbers, ...]
    biases: Numbers


def stored_size(sizes: Sequence[int]) -> int:
    """Return how many bytes a network takes, given its inputs and then each layer's units."""
    return sum(units * (WEIGHT_BYTES * inputs + BIAS_BYTES) for inputs, units in pairwise(sizes))


def layers(sizes: Sequence[int], chunks: Sequence[tuple[Address, bytes]]) -> Iterator[Layer]:
    """
    Yield the layers that chunks hold; together these have the stored size.

    A row is a big-endian number: unit u's weight, plus 2^15, at bit 16u. A bias is an int32.

    Raises:
        ChunkCutsRow: A chunk ends inside a row of weights or inside a layer's biases.
    """
    reader = _Reader(chunks)
    for inputs, units in pairwise(sizes):
        rows = tuple(_weights(reader.take(units * WEIGHT_BYTES)) for _ in range(inputs))
        yield Layer(rows, unpack(f">{units}i", reader.take(units * BIAS_BYTES)))


def sums(layer: Layer, inputs: Sequence[int]) -> Numbers:
    """Return each unit's sum of inputs times weights, with its bias."""
    totals = list(layer.biases)
    for value, row in zip(inputs, layer.weights, strict=True):
        for unit, weight in enumerate(row):
            totals[unit] += value * weight
    return tuple(totals)


def bounds(layer: Layer, inputs: Sequence[int]) -> Numbers:
    """Return the largest absolute value of each unit's sum, given those of the inputs."""
    absolutes = Layer(
        tuple(tuple(abs(weight) for weight in row) for row in layer.weights),
        tuple(abs(bias) for bias in layer.biases),
    )
    return sums(absolutes, inputs)


class _Reader:
    """Takes bytes from chunks, one after the other."""

    def __init__(self, chunks: Sequence[tuple[Address, bytes]]) -> None:
        self._chunks = iter(chunks)
        self._address, self._left = Address(""), b""

    def take(self, size: int) -> bytes:
        """Return the next bytes, all from one chunk."""
        if not self._left:
            self._address, self._left = next(self._chunks)
        if len(self._left) < size:
            raise ChunkCutsRow(self._address)
        taken, self._left = self._left[:size], self._left[size:]
        return taken


def _weights(row: bytes) -> Numbers:
    stored = unpack(f">{len(row) // WEIGHT_BYTES}H", row)
    return tuple(weight - WEIGHT_OFFSET for weight in reversed(stored))
