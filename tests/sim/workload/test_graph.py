from collections.abc import Callable

import numpy as np
import onnx
import pytest
from onnx import ModelProto, helper, numpy_helper

from sim.workload.errors import ExactnessError, NonFiniteWeightsError, WorkloadError
from sim.workload.graph import from_onnx, to_onnx
from sim.workload.inference import open_session, run_session


def altered(serialised: bytes, alter: Callable[[ModelProto], None]) -> bytes:
    model = ModelProto.FromString(serialised)
    alter(model)
    return model.SerializeToString(deterministic=True)


def set_weight(tensor_name: str, value: float) -> Callable[[ModelProto], None]:
    def alter(model: ModelProto) -> None:
        (tensor,) = (each for each in model.graph.initializer if each.name == tensor_name)
        values = numpy_helper.to_array(tensor).copy()
        values.flat[0] = value
        tensor.CopyFrom(numpy_helper.from_array(values, tensor_name))

    return alter


def test_a_published_graph_is_valid_onnx_with_static_shapes(exact):
    model = ModelProto.FromString(to_onnx(exact))

    onnx.checker.check_model(model, full_check=True)
    assert [node.op_type for node in model.graph.node] == ["Gemm", "Relu", "Gemm"]
    assert 13 <= model.opset_import[0].version <= 18
    shapes = [
        [dimension.dim_value for dimension in value.type.tensor_type.shape.dim]
        for value in (*model.graph.input, *model.graph.output)
    ]
    assert shapes == [[1, 64], [1, 10]]


def test_weights_read_back_are_those_written_and_give_the_same_bytes(exact):
    serialised = to_onnx(exact)

    assert to_onnx(from_onnx(serialised, "model")) == serialised


def test_the_batch_form_answers_as_the_published_form_does_row_by_row(exact, digits):
    one_by_one = open_session(to_onnx(exact, batch=1))
    batched = open_session(to_onnx(exact, batch=None))
    inputs = digits.held_out_inputs

    rows = np.concatenate([run_session(one_by_one, inputs[[row]]) for row in range(len(inputs))])
    assert np.array_equal(run_session(batched, inputs), rows)
    assert np.array_equal(run_session(batched, inputs[:7]), rows[:7])


def test_bytes_that_are_no_onnx_are_refused():
    with pytest.raises(WorkloadError) as refusal:
        from_onnx(b"\xff\xff\xff", "store/model")

    assert refusal.value.place == "store/model"
    assert refusal.value.problem == "it is not an ONNX file"


def remove_output_biases(model: ModelProto) -> None:
    del model.graph.initializer[3]


def cut_hidden_weights(model: ModelProto) -> None:
    model.graph.initializer[0].CopyFrom(
        numpy_helper.from_array(np.zeros((64, 3), np.float32), "hidden.weights")
    )


def double_the_sums(model: ModelProto) -> None:
    model.graph.node[0].attribute.append(helper.make_attribute("alpha", 2.0))


def use_sigmoid(model: ModelProto) -> None:
    model.graph.node[1].op_type = "Sigmoid"


def forget_the_scales(model: ModelProto) -> None:
    del model.metadata_props[:]


@pytest.mark.parametrize(
    ("alter", "problem"),
    [
        (remove_output_biases, "the biases of layer 'output' are missing"),
        (cut_hidden_weights, "the weights of layer 'hidden' are of shape [64, 3]"),
        (double_the_sums, "its graph is not the one that its weights make"),
        (use_sigmoid, "its operators are Gemm, Sigmoid, Gemm"),
        (forget_the_scales, "its property 'hidden_bits' is ''"),
        (set_weight("output.weights", 0.5), "layer 'output' has weights that are no integers"),
    ],
)
def test_a_graph_that_was_not_published_so_is_refused(exact, alter, problem):
    with pytest.raises(WorkloadError) as refusal:
        from_onnx(altered(to_onnx(exact), alter), "store/model")

    assert (refusal.value.place, refusal.value.problem) == ("store/model", problem)


def test_a_published_file_with_a_weight_that_is_no_number_is_refused(exact):
    poisoned = altered(to_onnx(exact), set_weight("hidden.weights", float("nan")))

    with pytest.raises(NonFiniteWeightsError) as refusal:
        from_onnx(poisoned, "store/model")

    assert (refusal.value.layer, refusal.value.count) == ("hidden", 1)


def test_a_published_file_with_a_weight_too_large_is_refused(exact):
    inflated = altered(to_onnx(exact), set_weight("output.biases", 2.0**24))

    with pytest.raises(ExactnessError) as refusal:
        from_onnx(inflated, "store/model")

    assert refusal.value.layer == "output"
