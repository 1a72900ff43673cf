"""
One-bit deltas: a fine-tuned child stored as what it changed in its parent, a bit per weight.

Of each layer's weights the sign of every change is kept, and one scale, the mean size of the
changes, which is the scale of least squared error; biases are kept whole (BitDelta: Liu et al.
2024, "Your fine-tune may only be worth one bit", arXiv 2402.10193, without its later tuning of
the scales). What is published and registered is the network that parent and delta make, so who
loads the two gets the registered file bit for bit.
"""

import struct
from dataclasses import dataclass

import numpy as np

from sim.workload.errors import WorkloadError
from sim.workload.exact import ExactWeights, quantise, restore
from sim.workload.graph import from_onnx, to_onnx
from sim.workload.models import Floats, Network
from sim.workload.store import weights_hash
from sim.workload.tasks import CLASSES, PIXELS, Integers

_MAGIC = b"mnft.delta/1\n"
# Parameters are multiples of 2**-20 of at most 8, so biases and scales fit into 32 bits.
_GRID = 2.0**20
_HEADER = struct.Struct(">32sHii")
_ALLOWED = "a delta of this parent, as this project stores it"


@dataclass(frozen=True, slots=True, eq=False)
class Delta:
    """
    The changes of one network against another.

    `parent` is the weights hash of the parent's file. Scales and biases count in units of 2**-20;
    signs are 1 or -1.
    """

    parent: bytes
    hidden_scale: int
    output_scale: int
    hidden_signs: Integers
    output_signs: Integers
    hidden_biases: Integers
    output_biases: Integers


def difference(parent: bytes, child: Network, place: str) -> Delta:
    """
    Return the one-bit delta of a child against its parent's published file.

    Raises:
        WorkloadError: The two have hidden layers of different widths; what `from_onnx` raises.
    """
    base = restore(from_onnx(parent, place))
    if base.hidden_units != child.hidden_units:
        problem = f"a child of {child.hidden_units} hidden units has no delta to one of "
        raise WorkloadError(place, problem + str(base.hidden_units), "a parent of the same sizes")
    hidden, output = (
        child.hidden_weights - base.hidden_weights,
        child.output_weights - base.output_weights,
    )
    return Delta(
        weights_hash(parent),
        _scale(hidden),
        _scale(output),
        np.where(hidden < 0, -1, 1),
        np.where(output < 0, -1, 1),
        _on_grid(child.hidden_biases),
        _on_grid(child.output_biases),
    )


def apply(parent: ExactWeights, delta: Delta) -> Network:
    """Return the network that a parent and a delta make; every sum is exact."""
    base = restore(parent)
    return Network(
        base.hidden_weights + delta.hidden_signs * (delta.hidden_scale / _GRID),
        delta.hidden_biases / _GRID,
        base.output_weights + delta.output_signs * (delta.output_scale / _GRID),
        delta.output_biases / _GRID,
    )


def to_bytes(delta: Delta) -> bytes:
    """Return the file of a delta, the same bytes for the same delta."""
    units = len(delta.hidden_biases)
    signs = np.concatenate([delta.hidden_signs.ravel(), delta.output_signs.ravel()]) > 0
    biases = np.concatenate([delta.hidden_biases, delta.output_biases]).astype(">i4")
    header = _HEADER.pack(delta.parent, units, delta.hidden_scale, delta.output_scale)
    return _MAGIC + header + biases.tobytes() + np.packbits(signs).tobytes()


def size_of(parameter_count: int) -> int:
    """Return the bytes of a delta of a network with so many parameters."""
    units = (parameter_count - CLASSES) // (PIXELS + CLASSES + 1)
    return _length(units)


def from_bytes(content: bytes, place: str) -> Delta:
    """
    Return the delta of a file; `place` names it in a refusal.

    Raises:
        WorkloadError: It is no delta, or its length is not the one that its sizes make.
    """
    start = len(_MAGIC) + _HEADER.size
    if not content.startswith(_MAGIC) or len(content) < start:
        raise WorkloadError(place, "it is not a delta", _ALLOWED)
    parent, units, hidden_scale, output_scale = _HEADER.unpack(content[len(_MAGIC) : start])
    weights, biases = units * (PIXELS + CLASSES), units + CLASSES
    expected = _length(units)
    if units == 0 or len(content) != expected:
        raise WorkloadError(
            place, f"it has {len(content)} bytes, where its sizes make {expected}", _ALLOWED
        )
    whole = np.frombuffer(content, ">i4", biases, start).astype(np.int64)
    packed = np.frombuffer(content, np.uint8, offset=start + 4 * biases)
    signs = np.unpackbits(packed, count=weights).astype(np.int64) * 2 - 1
    hidden, output = np.split(signs, [PIXELS * units])
    return Delta(
        parent,
        hidden_scale,
        output_scale,
        hidden.reshape(PIXELS, units),
        output.reshape(units, CLASSES),
        whole[:units],
        whole[units:],
    )


def rebuild(parent: bytes, content: bytes, registered: bytes, place: str) -> bytes:
    """
    Return the child's published file from its parent's and the delta's.

    Raises:
        WorkloadError: The delta is another parent's, or what comes of it is not the registered
            file; what `from_bytes` and `from_onnx` raise.
    """
    delta = from_bytes(content, place)
    if delta.parent != weights_hash(parent):
        problem = f"it is a delta of the weights of hash 0x{delta.parent.hex()}"
        raise WorkloadError(place, problem, _ALLOWED)
    child = to_onnx(quantise(apply(from_onnx(parent, place), delta)))
    if weights_hash(child) != registered:
        raise WorkloadError(place, "what it makes of its parent is not registered", _ALLOWED)
    return child


def _length(units: int) -> int:
    weights, biases = units * (PIXELS + CLASSES), units + CLASSES
    return len(_MAGIC) + _HEADER.size + 4 * biases + -(-weights // 8)


def _scale(change: Floats) -> int:
    return round(float(np.abs(change).mean()) * _GRID)


def _on_grid(values: Floats) -> Integers:
    return np.rint(values * _GRID).astype(np.int64)
