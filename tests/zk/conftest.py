"""A classifier of digits as float and as integers, a sibling of its shape, and their keys."""

import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier

from zk.cache import Cache
from zk.circuit import CircuitSettings
from zk.keys import Keys, prepare
from zk.proving import Proof, Prover

Array = npt.NDArray[Any]
FIRST_SCALE, SECOND_SCALE, LARGEST_INPUT = 64, 32, 16

INTEGER_CIRCUIT = CircuitSettings(
    logrows=12, decomposition_base=256, decomposition_legs=2, ignore_range_check=True
)


@dataclass(frozen=True)
class Digits:
    """Test images with pixels 0 to 16, and the trained layers."""

    images: Array
    layers: tuple[Array, ...]

    @property
    def integer_layers(self) -> tuple[Array, ...]:
        """W1 * 2^6 and W2 * 2^5, the biases to match inputs of 0 to 16."""
        first, first_bias, second, second_bias = self.layers
        scaled = (
            first * FIRST_SCALE,
            first_bias * FIRST_SCALE * LARGEST_INPUT,
            second * SECOND_SCALE,
            second_bias * FIRST_SCALE * SECOND_SCALE * LARGEST_INPUT,
        )
        return tuple(np.round(layer) for layer in scaled)


@pytest.fixture(scope="session")
def digits() -> Digits:
    """Train the 64-32-10 network that all tests use."""
    pixels, labels = load_digits(return_X_y=True)
    train, test, train_labels, _ = train_test_split(pixels, labels, test_size=0.25, random_state=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        network = MLPClassifier((32,), random_state=0, max_iter=60).fit(
            train / LARGEST_INPUT, train_labels
        )
    first, second = network.coefs_
    first_bias, second_bias = network.intercepts_
    return Digits(test, (first, first_bias, second, second_bias))


@pytest.fixture(scope="session")
def images(digits: Digits) -> Array:
    """Return the test images, one of 64 pixels per row."""
    return digits.images


@pytest.fixture(scope="session")
def integer_layers(digits: Digits) -> tuple[Array, ...]:
    """Return weights and biases of both layers, in whole numbers."""
    return digits.integer_layers


@pytest.fixture(scope="session")
def integer_logits(images: Array, integer_layers: tuple[Array, ...]) -> Array:
    """Return what the integer classifier says of each image, computed in 64-bit integers."""
    first, first_bias, second, second_bias = (layer.astype(np.int64) for layer in integer_layers)
    hidden = np.maximum(images.astype(np.int64) @ first + first_bias, 0)
    logits: Array = hidden @ second + second_bias
    return logits


def save_graph(
    path: Path,
    nodes: list[onnx.NodeProto],
    constants: dict[str, Array],
    *,
    inputs: list[int | str],
    outputs: list[int | str],
    opset: int = 13,
) -> Path:
    """Write a model with input x and output y."""
    graph = helper.make_graph(
        nodes,
        "test",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, inputs)],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, outputs)],
        [numpy_helper.from_array(np.asarray(array), name) for name, array in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=8)
    onnx.save(model, path)
    return path


@pytest.fixture(scope="session")
def save_model() -> Callable[..., Path]:
    """Return the writer of one-input, one-output models."""
    return save_graph


def save_network(path: Path, layers: tuple[Array, ...]) -> Path:
    """Write Gemm, Relu, Gemm."""
    names = ("W1", "b1", "W2", "b2")
    return save_graph(
        path,
        [
            helper.make_node("Gemm", ["x", "W1", "b1"], ["h"]),
            helper.make_node("Relu", ["h"], ["r"]),
            helper.make_node("Gemm", ["r", "W2", "b2"], ["y"]),
        ],
        {name: layer.astype(np.float32) for name, layer in zip(names, layers, strict=True)},
        inputs=[1, layers[0].shape[0]],
        outputs=[1, layers[2].shape[1]],
    )


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of the session's models and cache."""
    return tmp_path_factory.mktemp("zk")


@pytest.fixture(scope="session")
def integer_model(digits: Digits, folder: Path) -> Path:
    """Write the integer-exact classifier."""
    return save_network(folder / "integer.onnx", digits.integer_layers)


@pytest.fixture(scope="session")
def float_model(digits: Digits, folder: Path) -> Path:
    """Write the float classifier, for pixels in 0 to 1."""
    return save_network(folder / "float.onnx", digits.layers)


@pytest.fixture(scope="session")
def sibling_model(digits: Digits, folder: Path) -> Path:
    """Write a classifier of the same shape whose last bias alone differs."""
    *layers, last_bias = digits.integer_layers
    return save_network(folder / "sibling.onnx", (*layers, last_bias + np.arange(10)))


@pytest.fixture(scope="session")
def cache(folder: Path) -> Cache:
    """Return the session's cache."""
    return Cache(folder / "cache")


@pytest.fixture(scope="session")
def prover() -> Iterator[Prover]:
    """Return a pool of one process."""
    with Prover(workers=1, timeout_seconds=120) as pool:
        yield pool


@pytest.fixture(scope="session")
def keys(integer_model: Path, cache: Cache, prover: Prover) -> Keys:
    """Return the integer classifier's keys."""
    return prover.submit_prepare(integer_model, INTEGER_CIRCUIT, cache).result()


@pytest.fixture(scope="session")
def sibling_keys(sibling_model: Path, cache: Cache, keys: Keys) -> Keys:
    """Return the sibling's keys, made after the classifier's."""
    assert keys.logrows == INTEGER_CIRCUIT.logrows
    return prepare(sibling_model, INTEGER_CIRCUIT, cache)


@pytest.fixture(scope="session")
def proof(keys: Keys, digits: Digits, prover: Prover) -> Proof:
    """Return the proof of the first test image."""
    return prover.submit(keys, digits.images[0]).result()


@pytest.fixture(scope="session")
def sibling_proof(sibling_keys: Keys, digits: Digits, prover: Prover) -> Proof:
    """Return the sibling's proof of the same image."""
    return prover.submit(sibling_keys, digits.images[0]).result()
