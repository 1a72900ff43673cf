"""The published form of a model: a float32 ONNX graph, Gemm, Relu, Gemm, of integer weights."""

import numpy as np
import numpy.typing as npt
from google.protobuf.message import DecodeError  # type: ignore[import-untyped]
from onnx import ModelProto, NodeProto, TensorProto, helper, numpy_helper

from sim.workload.errors import NonFiniteWeightsError, WorkloadError
from sim.workload.exact import (
    HIDDEN_LAYER,
    MAX_SCALE_BITS,
    OUTPUT_LAYER,
    ExactWeights,
    layer_bounds,
)
from sim.workload.tasks import CLASSES, PIXELS, Integers

INPUT = "grey_levels"
LOGITS = "logits"

# Old enough for ezkl (18 at most), new enough for every operator used.
_OPSET = 13
_IR_VERSION = 8
_ALLOWED = "a model published by this project: Gemm, Relu, Gemm of integers, 64-h-10"


def to_onnx(exact: ExactWeights, batch: int | None = 1) -> bytes:
    """
    Return the model as ONNX, the same bytes for the same weights.

    A batch of 1 is the published form, since circuits need static shapes.
    None leaves the batch open, for running many inputs at once.
    """
    rows = "batch" if batch is None else batch
    graph = helper.make_graph(
        [
            _gemm(HIDDEN_LAYER, INPUT, "hidden_sums"),
            helper.make_node("Relu", ["hidden_sums"], ["activations"], name="relu"),
            _gemm(OUTPUT_LAYER, "activations", LOGITS),
        ],
        exact.architecture,
        [helper.make_tensor_value_info(INPUT, TensorProto.FLOAT, [rows, PIXELS])],
        [helper.make_tensor_value_info(LOGITS, TensorProto.FLOAT, [rows, CLASSES])],
        [
            _tensor(f"{HIDDEN_LAYER}.weights", exact.hidden_weights),
            _tensor(f"{HIDDEN_LAYER}.biases", exact.hidden_biases),
            _tensor(f"{OUTPUT_LAYER}.weights", exact.output_weights),
            _tensor(f"{OUTPUT_LAYER}.biases", exact.output_biases),
        ],
    )
    model = helper.make_model(
        graph, ir_version=_IR_VERSION, opset_imports=[helper.make_opsetid("", _OPSET)]
    )
    helper.set_model_props(
        model, {"hidden_bits": str(exact.hidden_bits), "output_bits": str(exact.output_bits)}
    )
    serialised: bytes = model.SerializeToString(deterministic=True)
    return serialised


def from_onnx(serialised: bytes, place: str) -> ExactWeights:
    """
    Return the weights of a published model; `place` names it in a refusal.

    Raises WorkloadError for anything but the published form, NonFiniteWeightsError for NaN or
    infinite weights, and ExactnessError where float32 would round.
    """
    model = ModelProto()
    try:
        model.ParseFromString(serialised)
    except DecodeError as error:
        raise WorkloadError(place, "it is not an ONNX file", _ALLOWED) from error
    operators = [node.op_type for node in model.graph.node]
    if operators != ["Gemm", "Relu", "Gemm"]:
        raise WorkloadError(place, f"its operators are {', '.join(operators) or 'none'}", _ALLOWED)
    tensors = {each.name: numpy_helper.to_array(each) for each in model.graph.initializer}
    hidden = tensors.get(f"{HIDDEN_LAYER}.biases", np.empty(0)).size
    exact = ExactWeights(
        _integers(place, HIDDEN_LAYER, "weights", tensors, (PIXELS, hidden)),
        _integers(place, HIDDEN_LAYER, "biases", tensors, (hidden,)),
        _integers(place, OUTPUT_LAYER, "weights", tensors, (hidden, CLASSES)),
        _integers(place, OUTPUT_LAYER, "biases", tensors, (CLASSES,)),
        _scale_bits(place, model, "hidden_bits"),
        _scale_bits(place, model, "output_bits"),
    )
    layer_bounds(exact)
    # Attributes, node order, anything else: one set of weights has one file and one hash.
    if to_onnx(exact) != serialised:
        raise WorkloadError(place, "its graph is not the one that its weights make", _ALLOWED)
    return exact


def _gemm(layer: str, source: str, target: str) -> NodeProto:
    return helper.make_node(
        "Gemm", [source, f"{layer}.weights", f"{layer}.biases"], [target], name=layer
    )


def _tensor(name: str, values: Integers) -> TensorProto:
    # Exact: every value is below 2**24.
    return numpy_helper.from_array(values.astype(np.float32), name)


def _integers(
    place: str,
    layer: str,
    part: str,
    tensors: dict[str, npt.NDArray[np.float32]],
    shape: tuple[int, ...],
) -> Integers:
    values = tensors.get(f"{layer}.{part}")
    if values is None or values.shape != shape or values.size == 0:
        found = "missing" if values is None else f"of shape {list(values.shape)}"
        raise WorkloadError(place, f"the {part} of layer '{layer}' are {found}", _ALLOWED)
    finite = np.isfinite(values)
    if not finite.all():
        raise NonFiniteWeightsError(layer, int((~finite).sum()))
    if (values != np.rint(values)).any():
        raise WorkloadError(place, f"layer '{layer}' has {part} that are no integers", _ALLOWED)
    return values.astype(np.int64)


def _scale_bits(place: str, model: ModelProto, name: str) -> int:
    written = {each.key: each.value for each in model.metadata_props}.get(name, "")
    if not written.isdecimal() or int(written) > MAX_SCALE_BITS:
        raise WorkloadError(place, f"its property '{name}' is '{written}'", _ALLOWED)
    return int(written)
