"""
Small classifiers, trained by gradient descent and fine-tuned from a parent's weights.

Training is repeatable on any machine: all sums that a linear-algebra library may order in its
own way are exact, because their terms lie on a binary grid and their size is bounded.
What a market sells is still the integer weights published from here (`exact.py`).
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
import threadpoolctl

from sim.workload.errors import WorkloadError
from sim.workload.tasks import CLASSES, GREY_LEVELS, PIXELS, Domain, Integers

Floats = npt.NDArray[np.float64]

MAX_HIDDEN_UNITS = 256
TRAINING_EPOCHS = 20
FINE_TUNING_EPOCHS = 6

_BATCH = 32
_MOMENTUM = 0.9
_DECAY = 1e-4
_FIRST_LEARNING_RATE = 0.08
_TUNING_LEARNING_RATE = 0.04

# Grids, as powers of two, and the bound of every parameter.
# The widest sum, of 256 hidden activations (each below 2**10) times weights, needs 21 bits
# before the point and 30 after it: 51 of the 53 that a double has.
_PARAMETER_BITS = 20
_ACTIVATION_BITS = 10
_ERROR_BITS = 16
_PARAMETER_BOUND = 8.0

_EXPONENTIAL_SQUARINGS = 10


@dataclass(frozen=True, slots=True, eq=False)
class Network:
    """
    A 64-h-10 classifier in floating point: hidden layer, ReLU, output layer.

    Its logits belong to grey levels divided by 16.
    Weights have one row per input of their layer.
    """

    hidden_weights: Floats
    hidden_biases: Floats
    output_weights: Floats
    output_biases: Floats

    @property
    def hidden_units(self) -> int:
        """Width of the hidden layer."""
        return len(self.hidden_biases)

    def logits(self, inputs: Integers) -> Floats:
        """Return one row of ten logits per row of grey levels."""
        hidden = inputs / GREY_LEVELS @ self.hidden_weights + self.hidden_biases
        logits: Floats = np.maximum(hidden, 0.0) @ self.output_weights + self.output_biases
        return logits

    def classes(self, inputs: Integers) -> Integers:
        """Return the digit with the largest logit, per row; the smaller digit on a tie."""
        classes: Integers = self.logits(inputs).argmax(axis=1)
        return classes


Note = Callable[[int, Network], None]
"""Is told of the gradient steps so far, and of the network as it is then."""


def train(
    domain: Domain,
    hidden_units: int,
    rng: np.random.Generator,
    epochs: int = TRAINING_EPOCHS,
    note: Note | None = None,
) -> Network:
    """
    Return a network trained from scratch on the domain's training images.

    Stochastic gradient descent with momentum on the cross-entropy, weights started evenly
    within Glorot's bound. `note` is told of each epoch's end.
    """
    if not 1 <= hidden_units <= MAX_HIDDEN_UNITS:
        raise WorkloadError(
            "hidden units", f"{hidden_units} is out of range", f"1 to {MAX_HIDDEN_UNITS}"
        )
    start = Network(
        _glorot(PIXELS, hidden_units, rng),
        np.zeros(hidden_units),
        _glorot(hidden_units, CLASSES, rng),
        np.zeros(CLASSES),
    )
    return _descend(start, domain, rng, epochs, _FIRST_LEARNING_RATE, note)


def fine_tune(
    parent: Network,
    domain: Domain,
    rng: np.random.Generator,
    epochs: int = FINE_TUNING_EPOCHS,
    note: Note | None = None,
) -> Network:
    """
    Return a network of the parent's size, trained on from its weights on the child's domain.

    `note` is told of each epoch's end.
    """
    return _descend(parent, domain, rng, epochs, _TUNING_LEARNING_RATE, note)


def _descend(
    start: Network,
    domain: Domain,
    rng: np.random.Generator,
    epochs: int,
    learning_rate: float,
    note: Note | None,
) -> Network:
    if epochs < 1:
        raise WorkloadError("training", f"{epochs} epochs change nothing", "at least 1 epoch")
    parameters = _flat(start)
    network = _views(parameters, start.hidden_units)
    gradient = np.zeros_like(parameters)
    slopes = _views(gradient, start.hidden_units)
    velocity = np.zeros_like(parameters)
    inputs = domain.train_inputs / GREY_LEVELS
    targets = np.eye(CLASSES)[domain.train_labels]
    order = np.concatenate([rng.permutation(len(inputs)) for _ in range(epochs)])
    steps = len(order) // _BATCH
    ends = {len(inputs) * epoch // _BATCH for epoch in range(1, epochs + 1)}
    # Matrices this small are slower on several threads, which also keep other processes waiting.
    with _thread_pools().limit(limits=1, user_api="blas"):
        for step in range(steps):
            batch = order[step * _BATCH : (step + 1) * _BATCH]
            _write_slopes(network, slopes, inputs[batch], targets[batch])
            rate = learning_rate * (1 - step / steps)
            velocity *= _MOMENTUM
            velocity -= rate * (gradient / _BATCH + _DECAY * parameters)
            parameters += velocity
            _to_grid(parameters, _PARAMETER_BITS)
            np.clip(parameters, -_PARAMETER_BOUND, _PARAMETER_BOUND, out=parameters)
            if note is not None and step + 1 in ends:
                note(step + 1, network)
    return network


@cache
def _thread_pools() -> Any:
    return threadpoolctl.ThreadpoolController()


def _write_slopes(network: Network, slopes: Network, inputs: Floats, targets: Floats) -> None:
    """Write the loss's derivatives, summed over the batch, into the slopes."""
    hidden = np.maximum(inputs @ network.hidden_weights + network.hidden_biases, 0.0)
    _to_grid(hidden, _ACTIVATION_BITS)
    errors = _softmax(hidden @ network.output_weights + network.output_biases) - targets
    _to_grid(errors, _ERROR_BITS)
    hidden_errors = errors @ network.output_weights.T * (hidden > 0)
    _to_grid(hidden_errors, _ERROR_BITS)

    np.matmul(inputs.T, hidden_errors, out=slopes.hidden_weights)
    np.sum(hidden_errors, axis=0, out=slopes.hidden_biases)
    np.matmul(hidden.T, errors, out=slopes.output_weights)
    np.sum(errors, axis=0, out=slopes.output_biases)


def _softmax(logits: Floats) -> Floats:
    """
    Return the softmax with exp(t) as (1 + t/1024)**1024.

    A library's exp may differ in its last bit between processors; products do not.
    """
    below_largest = np.maximum(logits - logits.max(axis=1, keepdims=True), -16.0)
    powers = 1.0 + below_largest / 2**_EXPONENTIAL_SQUARINGS
    for _ in range(_EXPONENTIAL_SQUARINGS):
        powers *= powers
    _to_grid(powers, _PARAMETER_BITS)
    shares: Floats = powers / powers.sum(axis=1, keepdims=True)
    return shares


def _to_grid(values: Floats, bits: int) -> None:
    """Round the values in place to multiples of 2**-bits, which is exact."""
    values *= 2.0**bits
    np.rint(values, out=values)
    values *= 2.0**-bits


def _glorot(fan_in: int, fan_out: int, rng: np.random.Generator) -> Floats:
    bound = np.sqrt(6.0 / (fan_in + fan_out))
    return rng.uniform(-bound, bound, size=(fan_in, fan_out))


def _flat(network: Network) -> Floats:
    """Return a copy of all parameters in one row, on the grid and within the bound."""
    parameters = np.concatenate(
        [
            network.hidden_weights.ravel(),
            network.hidden_biases,
            network.output_weights.ravel(),
            network.output_biases,
        ]
    )
    _to_grid(parameters, _PARAMETER_BITS)
    clipped: Floats = np.clip(parameters, -_PARAMETER_BOUND, _PARAMETER_BOUND)
    return clipped


def _views(parameters: Floats, hidden_units: int) -> Network:
    """Return the network whose arrays are windows on one row of parameters."""
    ends = np.cumsum([PIXELS * hidden_units, hidden_units, hidden_units * CLASSES])
    hidden_weights, hidden_biases, output_weights, output_biases = np.split(parameters, ends)
    return Network(
        hidden_weights.reshape(PIXELS, hidden_units),
        hidden_biases,
        output_weights.reshape(hidden_units, CLASSES),
        output_biases,
    )
