"""Which models are taken, and what is said of the others."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from onnx import helper

from zk.errors import ZkError
from zk.inspection import inspect_model, require_integer_exact
from zk.reference import as_samples, reference_outputs

Array = npt.NDArray[Any]
SaveModel = Callable[..., Path]
IDENTITY = np.eye(2, dtype=np.float32)


def gemm() -> list[object]:
    return [helper.make_node("Gemm", ["x", "W"], ["y"])]


def test_the_facts_of_the_integer_classifier(integer_model: Path) -> None:
    facts = inspect_model(integer_model, input_bounds=(0, 16))

    assert facts.operators == ("Gemm", "Relu")
    assert facts.input_shapes == ((1, 64),)
    assert facts.output_shapes == ((1, 10),)
    assert facts.multiply_accumulates == 64 * 32 + 32 * 10
    assert facts.weight_count == 64 * 32 + 32 + 32 * 10 + 10
    assert facts.integer_exact
    require_integer_exact(facts)


def test_the_bound_holds_what_the_layers_can_reach(
    integer_model: Path, integer_layers: tuple[Array, ...]
) -> None:
    first, first_bias, *_ = integer_layers
    facts = inspect_model(integer_model, input_bounds=(0, 16))

    partial_sums = 16 * np.abs(first).sum(axis=0) + np.abs(first_bias)
    assert facts.layer_bounds[0].bound == partial_sums.max()
    worst = np.where(first > 0, 16, 0)
    assert facts.layer_bounds[1].bound >= np.abs((worst * first).sum(axis=0) + first_bias).max()


def test_a_float_model_is_not_integer_exact(float_model: Path) -> None:
    facts = inspect_model(float_model, input_bounds=(0, 1))

    assert not facts.integer_exact
    with pytest.raises(ZkError, match="weights are floats"):
        require_integer_exact(facts)


def test_no_value_passes_its_bound_and_float32_stays_exact(
    tmp_path: Path, save_model: SaveModel
) -> None:
    rng = np.random.default_rng(0)
    first = rng.integers(-9, 10, size=(6, 5))
    shift, second = rng.integers(-40, 41, size=5), rng.integers(-9, 10, size=(5, 3))
    nodes = [
        helper.make_node("Flatten", ["x"], ["flat"]),
        helper.make_node("MatMul", ["flat", "W"], ["products"]),
        helper.make_node("Sub", ["products", "s"], ["shifted"]),
        helper.make_node("Relu", ["shifted"], ["hidden"]),
        helper.make_node("Gemm", ["hidden", "V"], ["y"], transB=1),
    ]
    constants = {"W": first, "s": shift, "V": second.T}
    path = save_model(
        tmp_path / "m.onnx",
        nodes,
        {name: array.astype(np.float32) for name, array in constants.items()},
        inputs=[1, 2, 3],
        outputs=[1, 3],
    )
    facts = inspect_model(path, input_bounds=(-4, 7))
    bounds = {layer.name: layer.bound for layer in facts.layer_bounds}
    inputs = rng.integers(-4, 8, size=(500, 6))
    shifted = inputs @ first - shift
    outputs = np.maximum(shifted, 0) @ second

    references = reference_outputs(facts, as_samples(facts, list(inputs)))
    assert np.array_equal(np.concatenate([row[0] for row in references]), outputs)
    assert facts.integer_exact
    assert np.abs(inputs @ first).max() <= bounds["products"]
    assert np.abs(shifted).max() <= bounds["hidden"] <= bounds["shifted"]
    assert np.abs(outputs).max() <= bounds["y"]


def test_an_operator_without_a_rule_claims_nothing(tmp_path: Path, save_model: SaveModel) -> None:
    nodes = [helper.make_node("Sigmoid", ["x"], ["y"])]
    path = save_model(tmp_path / "m.onnx", nodes, {}, inputs=[1, 2], outputs=[1, 2])
    facts = inspect_model(path, input_bounds=(0, 1))

    assert facts.layer_bounds == ()
    with pytest.raises(ZkError, match="an operator has no exactness rule"):
        require_integer_exact(facts)


@pytest.mark.parametrize(("weight", "is_exact"), [(2**23 - 1, True), (2**23, False)])
def test_exactness_ends_at_two_to_the_24(
    tmp_path: Path, save_model: SaveModel, weight: int, is_exact: bool
) -> None:
    weights = np.array([[weight], [weight]], dtype=np.float32)
    path = save_model(tmp_path / "m.onnx", gemm(), {"W": weights}, inputs=[1, 2], outputs=[1, 1])
    facts = inspect_model(path, input_bounds=(0, 1))

    assert facts.integer_exact is is_exact
    if not is_exact:
        with pytest.raises(ZkError) as refusal:
            require_integer_exact(facts)
        assert refusal.value.place == f"{path}: layer y"
        assert refusal.value.problem == "partial sums of Gemm may reach 16777216"


@pytest.mark.parametrize("poison", [np.nan, np.inf, -np.inf])
def test_weights_that_are_not_finite_are_refused_by_name(
    tmp_path: Path, save_model: SaveModel, poison: float
) -> None:
    weights = np.array([[1, poison], [0, 1]], dtype=np.float32)
    path = save_model(tmp_path / "m.onnx", gemm(), {"W": weights}, inputs=[1, 2], outputs=[1, 2])

    with pytest.raises(ZkError) as refusal:
        inspect_model(path)
    assert refusal.value.place == f"{path}: weights W"
    assert refusal.value.problem == "1 values are NaN or infinite"


def test_a_dynamic_axis_is_refused_by_name(tmp_path: Path, save_model: SaveModel) -> None:
    path = save_model(
        tmp_path / "m.onnx", gemm(), {"W": IDENTITY}, inputs=["batch", 2], outputs=["batch", 2]
    )

    with pytest.raises(ZkError) as refusal:
        inspect_model(path)
    assert refusal.value.place == f"{path}: input x"
    assert refusal.value.problem == "axis 0 is dynamic (batch)"


def test_an_operator_without_a_circuit_is_refused_by_name(
    tmp_path: Path, save_model: SaveModel
) -> None:
    nodes = [helper.make_node("Det", ["x"], ["y"], name="determinant")]
    path = save_model(tmp_path / "m.onnx", nodes, {}, inputs=[2, 2], outputs=[])

    with pytest.raises(ZkError) as refusal:
        inspect_model(path)
    assert refusal.value.place == f"{path}: node determinant"
    assert refusal.value.problem == "operator Det has no circuit"
    assert "Gemm" in refusal.value.allowed


def test_a_later_opset_is_refused(tmp_path: Path, save_model: SaveModel) -> None:
    path = save_model(
        tmp_path / "m.onnx", gemm(), {"W": IDENTITY}, inputs=[1, 2], outputs=[1, 2], opset=19
    )

    with pytest.raises(ZkError) as refusal:
        inspect_model(path)
    assert (refusal.value.problem, refusal.value.allowed) == ("opset 19", "opset 18 or earlier")


def test_a_file_that_is_no_model_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "text.onnx"
    path.write_text("no model")

    with pytest.raises(ZkError, match="is not an ONNX model"):
        inspect_model(path)
    with pytest.raises(ZkError, match="No such file"):
        inspect_model(tmp_path / "missing.onnx")


def test_input_bounds_in_the_wrong_order_are_refused(integer_model: Path) -> None:
    with pytest.raises(ZkError, match="5 is above 1"):
        inspect_model(integer_model, (5, 1))
