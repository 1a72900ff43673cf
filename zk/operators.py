"""The ONNX operators that circuits take, and how many multiplications each costs."""

from collections.abc import Mapping
from math import prod

import onnx

# What ezkl 23 lays out through tract for static shapes, as far as its own examples show it.
# fmt: off
ALLOWED = frozenset((
    "Abs", "Acos", "Acosh", "Add", "And", "ArgMax", "ArgMin", "Asin", "Asinh", "Atan", "Atanh",
    "AveragePool", "BatchNormalization", "Cast", "Ceil", "Clip", "Concat", "Constant",
    "ConstantOfShape", "Conv", "ConvTranspose", "Cos", "Cosh", "CumSum", "DepthToSpace", "Div",
    "Dropout", "Einsum", "Elu", "Equal", "Erf", "Exp", "Expand", "Flatten", "Floor", "GRU",
    "Gather", "GatherElements", "GatherND", "Gemm", "GlobalAveragePool", "GlobalMaxPool",
    "Greater", "GreaterOrEqual", "HardSigmoid", "HardSwish", "Identity",
    "InstanceNormalization", "LSTM", "LayerNormalization", "LeakyRelu", "Less", "LessOrEqual",
    "Log", "MatMul", "Max", "MaxPool", "Mean", "Min", "Mul", "Neg", "Not", "OneHot", "Or",
    "Pad", "Pow", "RNN", "Range", "Reciprocal", "ReduceL1", "ReduceL2", "ReduceLogSumExp",
    "ReduceMax", "ReduceMean", "ReduceMin", "ReduceProd", "ReduceSum", "ReduceSumSquare",
    "Relu", "Reshape", "Resize", "Round", "Rsqrt", "ScatterElements", "ScatterND", "Selu",
    "Shape", "Sigmoid", "Sign", "Sin", "Sinh", "Size", "Slice", "Softmax", "Softplus",
    "Softsign", "SpaceToDepth", "Split", "Sqrt", "Squeeze", "Sub", "Sum", "Tan", "Tanh",
    "ThresholdedRelu", "Tile", "TopK", "Transpose", "Trilu", "Unsqueeze", "Upsample", "Where",
    "Xor",
))
# fmt: on

Shapes = Mapping[str, tuple[int, ...]]


def is_dilated(node: onnx.NodeProto) -> bool:
    """Whether a window operator skips elements, which ezkl's layouts refuse."""
    return any(
        attribute.name == "dilations" and any(step != 1 for step in attribute.ints)
        for attribute in node.attribute
    )


def multiply_accumulates(node: onnx.NodeProto, shapes: Shapes) -> int:
    """Return a node's multiply-accumulate count; 0 where nothing is multiplied by weights."""
    if node.op_type in {"Gemm", "MatMul"}:
        left, output = shapes[node.input[0]], shapes[node.output[0]]
        transposed = any(item.name == "transA" and item.i for item in node.attribute)
        return prod(output) * left[-2 if transposed else -1]
    if node.op_type == "Conv":
        return prod(shapes[node.output[0]]) * prod(shapes[node.input[1]][1:])
    if node.op_type == "ConvTranspose":
        return prod(shapes[node.input[0]]) * prod(shapes[node.input[1]][1:])
    if node.op_type in {"LSTM", "GRU", "RNN"}:
        steps = shapes[node.input[0]][0] * shapes[node.input[0]][1]
        return steps * (prod(shapes[node.input[1]]) + prod(shapes[node.input[2]]))
    return 0
