"""What a model is, and whether a circuit can be made of it at all."""

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnx
from onnx import numpy_helper

from zk.errors import ZkError
from zk.exactness import LayerBound, exact_bounds
from zk.operators import ALLOWED, is_dilated, multiply_accumulates

LATEST_OPSET = 18
FLOAT32_EXACT = 1 << 24

Array = npt.NDArray[np.generic]
Shape = tuple[int, ...]


@dataclass(frozen=True)
class ModelFacts:
    """
    A model that passed inspection.

    `layer_bounds` has the largest magnitude of every partial sum, layer by layer; it is empty
    where no input bounds were given or where the model has float weights or other operators than
    exactness is shown for.
    """

    path: Path
    digest: str
    opset: int
    operators: tuple[str, ...]
    input_shapes: tuple[Shape, ...]
    output_shapes: tuple[Shape, ...]
    weight_count: int
    multiply_accumulates: int
    integer_weights: bool
    layer_bounds: tuple[LayerBound, ...]

    @property
    def integer_exact(self) -> bool:
        """Whether float32, integers and the circuit give the same outputs, bit for bit."""
        return bool(self.layer_bounds) and self.largest_bound < FLOAT32_EXACT

    @property
    def largest_bound(self) -> int:
        """The largest magnitude of any partial sum; 0 where there are no bounds."""
        return max((layer.bound for layer in self.layer_bounds), default=0)


def inspect_model(path: Path, input_bounds: tuple[int, int] | None = None) -> ModelFacts:
    """
    Return the facts of an ONNX file.

    With the integers' input bounds, exactness is decided for integer inputs within them.
    Raises ZkError for a file that is no model, a later opset than 18, a shape that is not static,
    an operator that circuits do not take, a weight that is not finite; bounds in the wrong order.
    """
    if input_bounds is not None and input_bounds[0] > input_bounds[1]:
        low, high = input_bounds
        raise ZkError("input bounds", f"{low} is above {high}", "the lower bound, then the upper")
    model = _load(path)
    opset = _check_opset(path, model)
    _check_operators(path, model.graph)
    constants = constants_of(model.graph)
    _check_finite(path, constants)
    inputs = [item for item in model.graph.input if item.name not in constants]
    input_shapes = tuple(_static_shape(path, "input", item) for item in inputs)
    if not inputs:
        raise ZkError(str(path), "the model has no input", "a model with at least one input")
    inferred = _infer_shapes(path, model)
    shapes = _known_shapes(inferred)
    output_shapes = tuple(_static_shape(path, "output", item) for item in inferred.output)
    integer_weights = all(_is_integer(array) for array in constants.values())
    bounds: tuple[LayerBound, ...] = ()
    if input_bounds is not None and integer_weights and _is_float32(inputs, constants):
        bounds = exact_bounds(model.graph, constants, shapes, input_bounds)
    return ModelFacts(
        path=path,
        digest=sha256(path.read_bytes()).hexdigest(),
        opset=opset,
        operators=tuple(sorted({node.op_type for node in model.graph.node})),
        input_shapes=input_shapes,
        output_shapes=output_shapes,
        weight_count=sum(array.size for array in constants.values() if array.dtype.kind == "f"),
        multiply_accumulates=sum(_count(path, node, shapes) for node in inferred.node),
        integer_weights=integer_weights,
        layer_bounds=bounds,
    )


def require_integer_exact(facts: ModelFacts) -> None:
    """
    Refuse a model whose outputs could differ between machines.

    Raises ZkError naming the first layer whose bound reaches 2^24, or the reason for no bounds.
    """
    for layer in facts.layer_bounds:
        if layer.bound >= FLOAT32_EXACT:
            raise ZkError(
                f"{facts.path}: layer {layer.name}",
                f"partial sums of {layer.operator} may reach {layer.bound}",
                f"less than 2^24 = {FLOAT32_EXACT}, where float32 is exact",
            )
    if not facts.layer_bounds:
        problem = (
            "an operator has no exactness rule" if facts.integer_weights else "weights are floats"
        )
        raise ZkError(
            str(facts.path), f"not integer-exact: {problem}", "integer weights and input bounds"
        )


def constants_of(graph: onnx.GraphProto) -> dict[str, Array]:
    """Return the graph's fixed tensors by name: initializers and Constant nodes."""
    constants = {item.name: numpy_helper.to_array(item) for item in graph.initializer}
    for name, tensor in _constant_nodes(graph):
        constants[name] = numpy_helper.to_array(tensor)
    return constants


def _constant_nodes(graph: onnx.GraphProto) -> Iterator[tuple[str, onnx.TensorProto]]:
    for node in graph.node:
        for attribute in node.attribute:
            if node.op_type == "Constant" and attribute.name == "value":
                yield node.output[0], attribute.t


def _load(path: Path) -> onnx.ModelProto:
    try:
        model = onnx.load(path)
        onnx.checker.check_model(model)
    except OSError as failure:
        raise ZkError(str(path), failure.strerror or "cannot be read", "a readable file") from None
    except Exception as failure:
        reason = " ".join(str(failure).split())[:200]
        raise ZkError(str(path), f"is not an ONNX model: {reason}", "a valid ONNX file") from None
    return model


def _check_opset(path: Path, model: onnx.ModelProto) -> int:
    opset = 1
    for item in model.opset_import:
        if item.domain in {"", "ai.onnx"}:
            opset = item.version
            continue
        if any(node.domain == item.domain for node in model.graph.node):
            raise ZkError(
                str(path), f"operators of domain {item.domain}", "operators of ONNX itself"
            )
    if opset > LATEST_OPSET:
        raise ZkError(str(path), f"opset {opset}", f"opset {LATEST_OPSET} or earlier")
    return opset


def _check_operators(path: Path, graph: onnx.GraphProto) -> None:
    for node in graph.node:
        if node.op_type not in ALLOWED:
            raise ZkError(
                f"{path}: node {node.name or node.output[0]}",
                f"operator {node.op_type} has no circuit",
                ", ".join(sorted(ALLOWED)),
            )
        if is_dilated(node):
            raise ZkError(
                f"{path}: node {node.name or node.output[0]}",
                f"{node.op_type} with dilations",
                "dilations of 1",
            )


def _check_finite(path: Path, constants: dict[str, Array]) -> None:
    for name, array in constants.items():
        if array.dtype.kind == "f" and not np.isfinite(array).all():
            count = int((~np.isfinite(array)).sum())
            raise ZkError(
                f"{path}: weights {name}", f"{count} values are NaN or infinite", "finite weights"
            )


def _static_shape(path: Path, kind: str, item: onnx.ValueInfoProto) -> Shape:
    dimensions = item.type.tensor_type.shape.dim
    for axis, dimension in enumerate(dimensions):
        if dimension.dim_value <= 0:
            symbol = dimension.dim_param or "unknown"
            raise ZkError(
                f"{path}: {kind} {item.name}",
                f"axis {axis} is dynamic ({symbol})",
                "static shapes: export the model with a fixed batch size",
            )
    return tuple(dimension.dim_value for dimension in dimensions)


def _infer_shapes(path: Path, model: onnx.ModelProto) -> onnx.GraphProto:
    try:
        return onnx.shape_inference.infer_shapes(model, strict_mode=True, data_prop=True).graph
    except Exception as failure:
        reason = " ".join(str(failure).split())[:200]
        raise ZkError(str(path), f"shapes contradict: {reason}", "consistent shapes") from None


def _known_shapes(graph: onnx.GraphProto) -> dict[str, Shape]:
    shapes = {item.name: tuple(item.dims) for item in graph.initializer}
    shapes.update({name: tuple(tensor.dims) for name, tensor in _constant_nodes(graph)})
    for item in (*graph.input, *graph.value_info, *graph.output):
        shapes[item.name] = tuple(size.dim_value for size in item.type.tensor_type.shape.dim)
    return shapes


def _count(path: Path, node: onnx.NodeProto, shapes: dict[str, Shape]) -> int:
    try:
        return multiply_accumulates(node, shapes)
    except (KeyError, IndexError):
        raise ZkError(
            f"{path}: node {node.name or node.output[0]}",
            f"the shapes of {node.op_type} are not known",
            "static shapes throughout",
        ) from None


def _is_float32(inputs: list[onnx.ValueInfoProto], constants: dict[str, Array]) -> bool:
    """Whether the model computes in float32, which the limit of 2^24 is about."""
    return all(
        item.type.tensor_type.elem_type == onnx.TensorProto.FLOAT for item in inputs
    ) and all(array.dtype == np.float32 for array in constants.values() if array.dtype.kind == "f")


def _is_integer(array: Array) -> bool:
    if array.dtype.kind != "f":
        return True
    values = array.astype(np.float64)
    return bool((values == np.round(values)).all())
