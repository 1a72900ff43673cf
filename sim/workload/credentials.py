"""
Credentials: a value that an attester commits to, and a circuit that shows its range and no more.

The committed input is the value and salts: a commitment is not blinded, and a value that has few
possibilities could be guessed without them. Salts have no weight in the circuit.
"""

from typing import NamedTuple

import numpy as np
from onnx import TensorProto, helper, numpy_helper

from sim.workload.errors import WorkloadError
from zk.circuit import CircuitSettings

SALTS = 6
SALT_BITS = 23
"""Six salts of 23 bits, each exact as a 32-bit float: 138 bits nobody can try."""
LARGEST_VALUE = 50_000
"""Differences of two values stay below 256 ** 2, which the circuit's comparisons can hold."""
WITHIN = 1
"""What the circuit gives for a value in the range, 0 for any other."""

SETTINGS = CircuitSettings(
    logrows=9, decomposition_base=256, decomposition_legs=2, ignore_range_check=True
)


class Credential(NamedTuple):
    """What attester and subject know, and nobody else."""

    value: int
    salts: tuple[int, ...]

    @property
    def inputs(self) -> tuple[int, ...]:
        """The circuit's input."""
        return (self.value, *self.salts)


def issue(value: int, rng: np.random.Generator) -> Credential:
    """
    Return a credential of a value.

    Raises:
        WorkloadError: The value is none that the circuit can compare.
    """
    _require_value("value", value)
    salts = rng.integers(0, 2**SALT_BITS, SALTS)
    return Credential(value, tuple(int(salt) for salt in salts))


def range_model(low: int, high: int) -> bytes:
    """
    Return the ONNX model that gives 1 for a value from low to high, both included, else 0.

    For whole numbers relu(x - a + 1) - relu(x - a) is 1 from a on and 0 before.

    Raises:
        WorkloadError: The range is empty, or none that the circuit can compare.
    """
    _require_value("low", low)
    _require_value("high", high)
    if low > high:
        raise WorkloadError(f"range {low} to {high}", "is empty", "low at most high")
    first = np.zeros((1 + SALTS, 4))
    first[0] = 1
    weights = {
        "W1": first,
        "b1": np.array([1 - low, -low, -high, -high - 1]),
        "W2": np.array([[1], [-1], [-1], [1]]),
        "b2": np.array([0]),
    }
    graph = helper.make_graph(
        [
            helper.make_node("Gemm", ["x", "W1", "b1"], ["h"]),
            helper.make_node("Relu", ["h"], ["r"]),
            helper.make_node("Gemm", ["r", "W2", "b2"], ["y"]),
        ],
        "range",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 1 + SALTS])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 1])],
        [
            numpy_helper.from_array(array.astype(np.float32), name)
            for name, array in weights.items()
        ],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    serialised: bytes = model.SerializeToString(deterministic=True)
    return serialised


def _require_value(place: str, value: int) -> None:
    if not 0 <= value <= LARGEST_VALUE:
        raise WorkloadError(place, str(value), f"whole numbers from 0 to {LARGEST_VALUE}")
