"""
Integer-exact models: integer weights whose sums float32 adds without rounding.

float32 represents every integer up to 2**24. Where a layer's largest possible sum of absolute
terms stays below that, each partial sum is exact in any order, with or without fused
multiply-add, on any number of threads. So onnxruntime, 64-bit integers, the proof's witness
and a contract get the same logits, bit for bit.
"""

from dataclasses import dataclass
from itertools import product

import numpy as np

from sim.workload.errors import ExactnessError, NonFiniteWeightsError
from sim.workload.models import Floats, Network
from sim.workload.tasks import CLASSES, GREY_LEVELS, PIXELS, Integers

EXACT_LIMIT = 2**24
HIDDEN_LAYER = "hidden"
OUTPUT_LAYER = "output"

MAX_SCALE_BITS = 12

# Finest first. The coarser of the two layers decides the error, so it counts before the sum.
_SCALES = sorted(
    product(range(MAX_SCALE_BITS + 1), repeat=2),
    key=lambda bits: (min(bits), sum(bits), bits),
    reverse=True,
)


@dataclass(frozen=True, slots=True, eq=False)
class ExactWeights:
    """
    The integer weights of a 64-h-10 classifier of grey levels.

    A hidden weight is the network's times 2**hidden_bits, an output weight the network's times
    2**output_bits; biases are scaled to match, and so are the logits (`logit_scale`).
    Weights have one row per input of their layer.
    """

    hidden_weights: Integers
    hidden_biases: Integers
    output_weights: Integers
    output_biases: Integers
    hidden_bits: int
    output_bits: int

    @property
    def hidden_scale(self) -> int:
        """How many units of the integer hidden layer make 1 of the network's."""
        return int(GREY_LEVELS * 2**self.hidden_bits)

    @property
    def logit_scale(self) -> int:
        """How many units of an integer logit make 1 of the network's."""
        return int(self.hidden_scale * 2**self.output_bits)

    @property
    def architecture(self) -> str:
        """The kind and the sizes of the layers, as the registry shows them."""
        return f"mlp-{PIXELS}-{len(self.hidden_biases)}-{CLASSES}"

    @property
    def parameter_count(self) -> int:
        """How many weights and biases there are."""
        units = len(self.hidden_biases)
        return (PIXELS + 1) * units + (units + 1) * CLASSES


@dataclass(frozen=True, slots=True)
class LayerBound:
    """The size that no partial sum of a layer can exceed, whatever the image."""

    layer: str
    bound: int


def quantise(network: Network) -> ExactWeights:
    """
    Return the network with integer weights, at the finest scales that stay exact.

    Raises NonFiniteWeightsError, and ExactnessError where even whole units do not fit.
    """
    for hidden_bits, output_bits in _SCALES[:-1]:
        try:
            return quantise_at(network, hidden_bits, output_bits)
        except ExactnessError:
            continue
    return quantise_at(network, *_SCALES[-1])


def quantise_at(network: Network, hidden_bits: int, output_bits: int) -> ExactWeights:
    """
    Return the network with integer weights at given scales, each rounded to the nearest.

    Raises NonFiniteWeightsError and ExactnessError, which name the layer.
    """
    hidden_scale, output_scale = 2.0**hidden_bits, 2.0**output_bits
    hidden_sum_scale = GREY_LEVELS * hidden_scale
    exact = ExactWeights(
        _round(HIDDEN_LAYER, network.hidden_weights * hidden_scale),
        _round(HIDDEN_LAYER, network.hidden_biases * hidden_sum_scale),
        _round(OUTPUT_LAYER, network.output_weights * output_scale),
        _round(OUTPUT_LAYER, network.output_biases * hidden_sum_scale * output_scale),
        hidden_bits,
        output_bits,
    )
    layer_bounds(exact)
    return exact


def layer_bounds(exact: ExactWeights) -> tuple[LayerBound, LayerBound]:
    """
    Return the bound of each layer, sum(|w| * max|x|) + |b| for its largest unit.

    Raises ExactnessError for the first layer whose bound reaches 2**24.
    """
    hidden = GREY_LEVELS * np.abs(exact.hidden_weights).sum(axis=0) + np.abs(exact.hidden_biases)
    hidden_bound = _below_limit(HIDDEN_LAYER, int(hidden.max()))
    output = hidden @ np.abs(exact.output_weights) + np.abs(exact.output_biases)
    output_bound = _below_limit(OUTPUT_LAYER, int(output.max()))
    return LayerBound(HIDDEN_LAYER, hidden_bound), LayerBound(OUTPUT_LAYER, output_bound)


def evaluate(exact: ExactWeights, inputs: Integers) -> Integers:
    """Return one row of ten logits per row of grey levels, in 64-bit integers: the reference."""
    hidden = np.maximum(inputs @ exact.hidden_weights + exact.hidden_biases, 0)
    logits: Integers = hidden @ exact.output_weights + exact.output_biases
    return logits


def restore(exact: ExactWeights) -> Network:
    """Return the network that published weights stand for: where a fine-tuner starts."""
    return Network(
        exact.hidden_weights / 2.0**exact.hidden_bits,
        exact.hidden_biases / exact.hidden_scale,
        exact.output_weights / 2.0**exact.output_bits,
        exact.output_biases / exact.logit_scale,
    )


def _round(layer: str, scaled: Floats) -> Integers:
    """Return the nearest integers; even ones on a tie."""
    finite = np.isfinite(scaled)
    if not finite.all():
        raise NonFiniteWeightsError(layer, int((~finite).sum()))
    _below_limit(layer, int(np.abs(scaled).max()))
    return np.rint(scaled).astype(np.int64)


def _below_limit(layer: str, bound: int) -> int:
    if bound >= EXACT_LIMIT:
        raise ExactnessError(layer, bound, EXACT_LIMIT)
    return bound
