"""
Prove one classifier twice: integer-exact with both sides committed, and float as ezkl calibrates.

Run by hand: `python tests/benchmarks/bench_proving.py`. Prints times, key sizes and their ratios
from one run, the fastest of five proofs each.
"""

import json
import os
import sys
import tempfile
import warnings
from collections.abc import Callable
from pathlib import Path
from time import perf_counter

import ezkl
import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier

from zk import Cache, prepare, prove, tune
from zk.srs import local_srs

ROUNDS = 5


def write_network(path: Path, layers: list[np.ndarray]) -> Path:
    """Write Gemm, Relu, Gemm."""
    names = ("W1", "b1", "W2", "b2")
    graph = helper.make_graph(
        [
            helper.make_node("Gemm", ["x", "W1", "b1"], ["h"]),
            helper.make_node("Relu", ["h"], ["r"]),
            helper.make_node("Gemm", ["r", "W2", "b2"], ["y"]),
        ],
        "digits",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 64])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 10])],
        [
            numpy_helper.from_array(layer.astype(np.float32), name)
            for name, layer in zip(names, layers, strict=True)
        ],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    onnx.save(model, path)
    return path


def calibrated_by_ezkl(model: str, sample: list[float], folder: str) -> Callable[[], float]:
    """Make keys with ezkl's own defaults and calibration, return what takes one proof's time."""
    os.chdir(folder)
    Path("input.json").write_text(json.dumps({"input_data": [sample]}))
    ezkl.gen_settings(model, "settings.json", py_run_args=ezkl.PyRunArgs())
    ezkl.calibrate_settings(
        "input.json", model, "settings.json", "resources", 2, None, [1, 10], None
    )
    logrows = json.loads(Path("settings.json").read_text())["run_args"]["logrows"]
    Path("srs").write_bytes(local_srs(logrows))
    ezkl.compile_circuit(model, "circuit", "settings.json")
    ezkl.setup("circuit", "vk", "pk", "srs")

    def prove_once() -> float:
        started = perf_counter()
        ezkl.gen_witness("input.json", "circuit", "witness.json", "vk", "srs")
        ezkl.prove("witness.json", "circuit", "pk", None, srs_path="srs")
        return perf_counter() - started

    return prove_once


def main() -> None:
    """Print both circuits and their ratios."""
    pixels, labels = load_digits(return_X_y=True)
    train, test, train_labels, _ = train_test_split(pixels, labels, test_size=0.25, random_state=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        network = MLPClassifier((32,), random_state=0).fit(train / 16, train_labels)
    (first, second), (first_bias, second_bias) = network.coefs_, network.intercepts_
    with tempfile.TemporaryDirectory() as folder:
        floats = write_network(
            Path(folder) / "float.onnx", [first, first_bias, second, second_bias]
        )
        integers = write_network(
            Path(folder) / "integer.onnx",
            [
                np.round(first * 64),
                np.round(first_bias * 64 * 16),
                np.round(second * 32),
                np.round(second_bias * 64 * 32 * 16),
            ],
        )
        prove_default = calibrated_by_ezkl(str(floats), (test[0] / 16).tolist(), folder)
        tuning = tune(integers, test[:16], input_bounds=(0, 16), bounds_enforced=True)
        keys = prepare(integers, tuning.settings, Cache(Path(folder) / "cache"))
        default_bytes, tuned_bytes = Path("pk").stat().st_size, keys.proving_key_bytes
        # In turns, and the fastest of each: other work on the machine then touches both alike.
        times = [(prove_default(), prove(keys, test[0]).seconds) for _ in range(ROUNDS)]
    default_seconds, tuned_seconds = (min(column) for column in zip(*times, strict=True))
    lines = (
        f"float, calibrated by ezkl: {default_seconds:.2f} s, key {default_bytes / 1e6:.1f} MB",
        f"integer-exact, both committed: {tuned_seconds:.2f} s, key {tuned_bytes / 1e6:.1f} MB",
        f"agreement of the integer-exact circuit: {tuning.agreement:.0%}",
        f"time ratio: {default_seconds / tuned_seconds:.1f}",
        f"key ratio: {default_bytes / tuned_bytes:.1f}",
    )
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
