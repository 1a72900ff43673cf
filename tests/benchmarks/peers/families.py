"""
Train a model of each family and export it to ONNX, in the environment that has hummingbird-ml.

`python families.py FOLDER` writes FOLDER/<family>/model.onnx (float, one row, class scores) and
samples.json (what to calibrate with, what to judge by). Digits are 0 to 1 in steps of 1/16.
"""

import json
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import hummingbird.ml
import numpy as np
import onnx
import torch
from sklearn.datasets import load_digits, load_iris
from sklearn.ensemble import GradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier
from torch import nn

OPSET = 13
CALIBRATION = 32
JUDGED = 100
CHANNELS = 4

Split = tuple[Any, Any, Any, Any]
Trainer = Callable[[Any, Any], nn.Module]


class Image(nn.Module):
    """Rows of 64 as images of one channel; Unflatten would export operators without a circuit."""

    def forward(self, rows: torch.Tensor) -> torch.Tensor:
        return rows.reshape(-1, 1, 8, 8)


def dense(*layers: tuple[Any, Any]) -> nn.Module:
    """Return linear layers with these weights (inputs by outputs) and biases, Relu between."""
    parts: list[nn.Module] = []
    for weights, biases in layers:
        linear = nn.Linear(*weights.shape)
        linear.weight.data = torch.tensor(weights.T, dtype=torch.float32)
        linear.bias.data = torch.tensor(biases, dtype=torch.float32)
        parts += [linear, nn.ReLU()]
    return nn.Sequential(*parts[:-1])


def logistic(inputs: Any, labels: Any) -> nn.Module:
    fitted = LogisticRegression(max_iter=1_000, random_state=0).fit(inputs, labels)
    return dense((fitted.coef_.T, fitted.intercept_))


def perceptron(inputs: Any, labels: Any) -> nn.Module:
    fitted = MLPClassifier((32,), random_state=0).fit(inputs, labels)
    return dense(*zip(fitted.coefs_, fitted.intercepts_, strict=True))


def convolutional(inputs: Any, labels: Any) -> nn.Module:
    """Return a network of one convolution, 3 x 3 with four channels, and one dense layer."""
    torch.manual_seed(0)
    network = nn.Sequential(
        Image(),
        nn.Conv2d(1, CHANNELS, 3),
        nn.ReLU(),
        nn.Flatten(),
        nn.Linear(CHANNELS * 36, 10),
    )
    optimiser = torch.optim.Adam(network.parameters(), lr=0.01)
    images, wanted = torch.tensor(inputs, dtype=torch.float32), torch.tensor(labels)
    for _ in range(300):
        optimiser.zero_grad()
        nn.functional.cross_entropy(network(images), wanted).backward()
        optimiser.step()
    return network


def trees(form: str) -> Trainer:
    """Return what trains boosted trees and writes them as tensors in one of hummingbird's forms."""

    def trained(inputs: Any, labels: Any) -> nn.Module:
        fitted = GradientBoostingClassifier(n_estimators=10, random_state=0).fit(inputs, labels)
        wanted = {"tree_implementation": form}
        converted = hummingbird.ml.convert(fitted, "torch", inputs[:1], extra_config=wanted)
        module: nn.Module = converted.model
        return module

    return trained


def iris() -> Split:
    return split(*load_iris(return_X_y=True))


def digits() -> Split:
    pixels, labels = load_digits(return_X_y=True)
    return split(pixels / 16, labels)


def split(inputs: Any, labels: Any) -> Split:
    found: Split = tuple(
        train_test_split(inputs.astype(np.float32), labels, test_size=0.25, random_state=0)
    )
    return found


def export(module: nn.Module, path: Path, row: Any) -> None:
    """Write the module as ONNX; of trees the scores before softmax and decision."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            module, (torch.tensor(row[None]),), path, opset_version=OPSET, dynamo=False
        )
    model = onnx.load(path)
    before = [node.input[0] for node in model.graph.node if node.op_type == "Softmax"]
    if before:
        cut = path.with_suffix(".scores.onnx")
        onnx.utils.extract_model(path, cut, [model.graph.input[0].name], before)
        cut.replace(path)


FAMILIES: dict[str, tuple[Callable[[], Split], Trainer]] = {
    "logistic regression 64-10": (digits, logistic),
    "MLP 64-32-10": (digits, perceptron),
    "CNN 3x3x4, 144-10": (digits, convolutional),
    "30 boosted trees, by indices": (iris, trees("perf_tree_trav")),
    "30 boosted trees, by matrices": (iris, trees("gemm")),
}


def main(folder: Path) -> None:
    for number, (name, (data, train)) in enumerate(FAMILIES.items()):
        inputs, judged, labels, truth = data()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            module = train(inputs, labels)
        home = folder / str(number)
        home.mkdir(parents=True, exist_ok=True)
        export(module.eval(), home / "model.onnx", judged[0])
        samples = {
            "name": name,
            "calibration": inputs[:CALIBRATION].tolist(),
            "judged": judged[:JUDGED].tolist(),
            "truth": truth[:JUDGED].tolist(),
            "levels": 16 if data is digits else 0,
        }
        (home / "samples.json").write_text(json.dumps(samples))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
