"""Packing: a model's integers as the bytes that OnchainInference.sol computes from."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from protocol.dense_layers import WEIGHT_OFFSET
from protocol.onchain_inference import MAXIMUM_CHUNK
from sim.workload.errors import WorkloadError
from sim.workload.exact import HIDDEN_LAYER, OUTPUT_LAYER, ExactWeights
from sim.workload.tasks import Integers


class DenseLayer(NamedTuple):
    """A layer by name: weights with one row per input, biases with one entry per unit."""

    name: str
    weights: Integers
    biases: Integers


class Packed(NamedTuple):
    """What a network is registered with: inputs and units per layer, and its chunks in order."""

    sizes: tuple[int, ...]
    chunks: tuple[bytes, ...]


def pack(exact: ExactWeights) -> Packed:
    """
    Return a published model as it lies on chain.

    Anyone can do so from the published file: equal bytes are chunks at equal addresses.
    Raises WorkloadError for weights that do not fit int16, and names the layer.
    """
    return pack_layers(
        (
            DenseLayer(HIDDEN_LAYER, exact.hidden_weights, exact.hidden_biases),
            DenseLayer(OUTPUT_LAYER, exact.output_weights, exact.output_biases),
        )
    )


def pack_layers(layers: Sequence[DenseLayer]) -> Packed:
    """
    Return any dense network as it lies on chain, in as few chunks as can be.

    Raises WorkloadError for weights that do not fit int16 or biases that do not fit int32, and
    names the layer.
    """
    chunks = [b""]
    for layer in layers:
        for record in _records(layer):
            if len(chunks[-1]) + len(record) > MAXIMUM_CHUNK:
                chunks.append(b"")
            chunks[-1] += record
    sizes = (layers[0].weights.shape[0], *(len(each.biases) for each in layers))
    return Packed(sizes, tuple(chunks))


def _records(layer: DenseLayer) -> Iterator[bytes]:
    _check(layer.name, "weights", layer.weights, np.int16)
    _check(layer.name, "biases", layer.biases, np.int32)
    # A row is one number whose lowest bits are the first unit's.
    rows = (layer.weights + WEIGHT_OFFSET)[:, ::-1].astype(">u2")
    for row in rows:
        yield row.tobytes()
    yield layer.biases.astype(">i4").tobytes()


def _check(layer: str, part: str, values: Integers, kind: type[np.signedinteger]) -> None:
    limits = np.iinfo(kind)
    outside = (values < limits.min) | (values > limits.max)
    if outside.any():
        raise WorkloadError(
            f"layer '{layer}'",
            f"one of its {part} is {int(values[outside][0])}",
            f"{limits.dtype}, whole numbers from {limits.min:,} to {limits.max:,}",
        )
