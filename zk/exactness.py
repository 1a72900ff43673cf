"""
Static bounds of integer models in float32.

A float32 sum of integers is exact in any order, with any kernel, while no partial sum can reach
2^24. The bound of a layer is sum |w| * max |x| + |b|, per output, the largest output counting.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import onnx

Shape = tuple[int, ...]
Array = npt.NDArray[np.generic]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class LayerBound:
    """The largest magnitude that a partial sum or value of one node can have."""

    name: str
    operator: str
    bound: int


@dataclass(frozen=True)
class _Interval:
    """What each element of a tensor lies between."""

    lower: Floats
    upper: Floats

    @property
    def magnitude(self) -> Floats:
        return np.maximum(np.abs(self.lower), np.abs(self.upper))


class _NoRuleError(Exception):
    """An operator or an arrangement that exactness is not shown for."""


def exact_bounds(
    graph: onnx.GraphProto,
    constants: Mapping[str, Array],
    shapes: Mapping[str, Shape],
    input_bounds: tuple[int, int],
) -> tuple[LayerBound, ...]:
    """
    Return a bound per node of an integer model, for integer inputs within the bounds.

    Empty where a node has no rule: then nothing is claimed.
    """
    known: dict[str, _Interval] = {}
    for name, array in constants.items():
        values = array.astype(np.float64)
        known[name] = _Interval(values, values)
    for item in graph.input:
        if item.name not in known:
            lower, upper = (np.full(shapes[item.name], float(end)) for end in input_bounds)
            known[item.name] = _Interval(lower, upper)
    bounds = []
    try:
        for node in graph.node:
            if node.op_type == "Constant":
                continue
            result, bound = _apply(node, [known[name] for name in node.input if name], shapes)
            known[node.output[0]] = result
            # Rounded up: the sums are of floats that may pass 2^53.
            magnitude = int(np.ceil(bound))
            bounds.append(LayerBound(node.name or node.output[0], node.op_type, magnitude))
    except _NoRuleError:
        return ()
    return tuple(bounds)


def _apply(
    node: onnx.NodeProto, inputs: Sequence[_Interval], shapes: Mapping[str, Shape]
) -> tuple[_Interval, float]:
    rule = _RULES.get(node.op_type)
    if rule is None or len(node.output) != 1:
        raise _NoRuleError
    attributes = {item.name: onnx.helper.get_attribute_value(item) for item in node.attribute}
    return rule(inputs, attributes, shapes[node.output[0]])


def _product(inputs: _Interval, weights: Floats) -> tuple[_Interval, Floats]:
    """Return the interval of inputs @ weights and the largest partial sum of each output."""
    positive, negative = np.maximum(weights, 0), np.minimum(weights, 0)
    lower = inputs.lower @ positive + inputs.upper @ negative
    upper = inputs.upper @ positive + inputs.lower @ negative
    return _Interval(lower, upper), inputs.magnitude @ np.abs(weights)


def _fixed(interval: _Interval) -> Floats:
    if not np.array_equal(interval.lower, interval.upper):
        raise _NoRuleError
    return interval.lower


def _gemm(
    inputs: Sequence[_Interval], attributes: Mapping[str, object], _: Shape
) -> tuple[_Interval, float]:
    if attributes.get("alpha", 1.0) != 1.0 or attributes.get("beta", 1.0) != 1.0:
        raise _NoRuleError
    if attributes.get("transA", 0):
        raise _NoRuleError
    weights = _fixed(inputs[1])
    result, partial = _product(inputs[0], weights.T if attributes.get("transB", 0) else weights)
    if len(inputs) > 2:
        bias = _fixed(inputs[2])
        result = _Interval(result.lower + bias, result.upper + bias)
        partial = partial + np.abs(bias)
    return result, float(partial.max())


def _matmul(
    inputs: Sequence[_Interval], _: Mapping[str, object], __: Shape
) -> tuple[_Interval, float]:
    weights = _fixed(inputs[1])
    if weights.ndim != 2:
        raise _NoRuleError
    result, partial = _product(inputs[0], weights)
    return result, float(partial.max())


def _add(
    inputs: Sequence[_Interval], _: Mapping[str, object], __: Shape
) -> tuple[_Interval, float]:
    left, right = inputs
    result = _Interval(left.lower + right.lower, left.upper + right.upper)
    return result, float((left.magnitude + right.magnitude).max())


def _subtract(
    inputs: Sequence[_Interval], _: Mapping[str, object], __: Shape
) -> tuple[_Interval, float]:
    left, right = inputs
    result = _Interval(left.lower - right.upper, left.upper - right.lower)
    return result, float((left.magnitude + right.magnitude).max())


def _relu(
    inputs: Sequence[_Interval], _: Mapping[str, object], __: Shape
) -> tuple[_Interval, float]:
    (only,) = inputs
    # The circuit decomposes what enters, so the bound is that of the input.
    bound = float(only.magnitude.max())
    return _Interval(np.maximum(only.lower, 0), np.maximum(only.upper, 0)), bound


def _same_order(
    inputs: Sequence[_Interval], _: Mapping[str, object], shape: Shape
) -> tuple[_Interval, float]:
    moved = inputs[0]
    result = _Interval(moved.lower.reshape(shape), moved.upper.reshape(shape))
    return result, float(moved.magnitude.max())


_Rule = Callable[
    [Sequence[_Interval], Mapping[str, object], Shape],
    tuple[_Interval, float],
]
_RULES: dict[str, _Rule] = {
    "Add": _add,
    "Flatten": _same_order,
    "Gemm": _gemm,
    "Identity": _same_order,
    "MatMul": _matmul,
    "Relu": _relu,
    "Reshape": _same_order,
    "Squeeze": _same_order,
    "Sub": _subtract,
    "Unsqueeze": _same_order,
}

EXACT_OPERATORS = frozenset({*_RULES, "Constant"})
