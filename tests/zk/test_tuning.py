"""The cheapest circuit that still decides as the model does."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from onnx import helper

from zk.errors import ZkError
from zk.inspection import inspect_model
from zk.reference import as_samples, reference_outputs
from zk.tuning import tune
from zk.workers import Worker

Array = npt.NDArray[Any]


@pytest.fixture(scope="module")
def worker() -> Any:
    with Worker(timeout_seconds=120) as process:
        yield process


def test_onnxruntime_integers_and_witness_are_equal_on_the_whole_test_set(
    integer_model: Path, images: Array, integer_logits: Array, worker: Worker
) -> None:
    # tune demands equality of witness and onnxruntime on every sample for such a model.
    tuning = tune(integer_model, images, input_bounds=(0, 16), bounds_enforced=True, worker=worker)
    facts = inspect_model(integer_model)
    references = reference_outputs(facts, as_samples(facts, images))

    assert tuning.integer_exact
    assert (tuning.agreement, tuning.samples) == (1.0, 450)
    assert np.array_equal(np.concatenate([row[0] for row in references]), integer_logits)


def test_an_integer_model_takes_scale_0_and_one_column(
    integer_model: Path, images: Array, worker: Worker
) -> None:
    tuning = tune(
        integer_model, images[:2], input_bounds=(0, 16), bounds_enforced=True, worker=worker
    )
    settings = tuning.settings

    assert (settings.input_scale, settings.weight_scale) == (0, 0)
    assert (settings.logrows, settings.columns) == (12, 1)
    assert settings.ignore_range_check


def test_inputs_that_nobody_checks_are_checked_in_the_circuit(
    integer_model: Path, images: Array, worker: Worker
) -> None:
    tuning = tune(integer_model, images[:2], input_bounds=(0, 16), worker=worker)
    settings = tuning.settings

    assert not settings.ignore_range_check
    assert settings.decomposition_base**settings.decomposition_legs > 16


def test_the_worst_input_within_the_bounds_is_provable(
    integer_model: Path, integer_layers: tuple[Array, ...], images: Array, worker: Worker
) -> None:
    first = integer_layers[0]
    largest = first.sum(axis=0).argmax()
    extremes = [np.where(first[:, largest] > 0, 16, 0), np.where(first[:, largest] < 0, 16, 0)]
    tuning = tune(
        integer_model,
        [images[0], *extremes],
        input_bounds=(0, 16),
        bounds_enforced=True,
        worker=worker,
    )

    assert len(tuning.tries) == 1
    assert tuning.agreement == 1.0


def test_a_float_model_gets_the_coarsest_scale_that_agrees(
    float_model: Path, images: Array, worker: Worker
) -> None:
    tuning = tune(float_model, images[:40] / 16, agreement=0.99, worker=worker)

    assert tuning.agreement >= 0.99
    assert tuning.settings.logrows <= 13
    scales = [attempt.settings.input_scale for attempt in tuning.tries]
    assert tuning.settings.input_scale == scales[-1] == max(scales)


def test_where_nothing_agrees_the_error_lists_every_try(
    tmp_path: Path, save_model: Callable[..., Path], worker: Worker
) -> None:
    # Two logits closer than any scale can tell, the second always ahead.
    weights = np.array([[1.0, 1.0 + 2.0**-20], [0.0, 0.0]], dtype=np.float32)
    path = save_model(
        tmp_path / "m.onnx",
        [helper.make_node("Gemm", ["x", "W"], ["y"])],
        {"W": weights},
        inputs=[1, 2],
        outputs=[1, 2],
    )

    with pytest.raises(ZkError) as refusal:
        tune(path, [[1.0, 0.0]], worker=worker)
    assert refusal.value.place == str(path)
    for scale in (3, 5, 7, 9, 11, 13):
        assert f"scale {scale}, " in refusal.value.problem


def test_a_model_that_looks_values_up_is_tuned_to_the_range_it_needs(
    tmp_path: Path, save_model: Callable[..., Path], worker: Worker
) -> None:
    weights = np.array([[1.5, -0.5], [-0.75, 1.25]], dtype=np.float32)
    path = save_model(
        tmp_path / "m.onnx",
        [helper.make_node("Gemm", ["x", "W"], ["h"]), helper.make_node("Sigmoid", ["h"], ["y"])],
        {"W": weights},
        inputs=[1, 2],
        outputs=[1, 2],
    )
    tuning = tune(path, [[1.0, 0.0], [0.0, 1.0], [0.5, -0.5]], worker=worker)

    lower, upper = tuning.settings.lookup_range
    assert lower < -2 < 2 < upper
    assert tuning.settings.logrows <= 11


def test_an_empty_calibration_set_is_refused(float_model: Path) -> None:
    with pytest.raises(ZkError, match="there are no samples"):
        tune(float_model, [])
    with pytest.raises(ZkError, match=r"agreement: 1\.5"):
        tune(float_model, [np.zeros(64)], agreement=1.5)
