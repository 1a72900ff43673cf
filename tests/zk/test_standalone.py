"""A user's own files, from input to verified proof."""

import json
from pathlib import Path
from typing import Any

import numpy.typing as npt
import pytest

from zk.errors import ZkError
from zk.standalone import STEPS, prove_file, read_input

Array = npt.NDArray[Any]


def test_a_float_model_is_tuned_proven_and_verified(
    float_model: Path, images: Array, tmp_path: Path
) -> None:
    input_json, calibration_json = tmp_path / "input.json", tmp_path / "calibration.json"
    input_json.write_text(json.dumps({"input_data": [(images[0] / 16).tolist()]}))
    calibration_json.write_text(json.dumps({"input_data": (images[1:20] / 16).tolist()}))
    steps: list[tuple[str, int, int]] = []

    report = prove_file(
        float_model,
        input_json,
        tmp_path / "cache",
        lambda *step: steps.append(step),
        calibration_json=calibration_json,
    )

    assert report.verified
    assert report.bound
    assert report.tuning.samples == 20
    assert [step for step, _, _ in steps] == [*STEPS, "verify"]
    assert steps[-1] == ("verify", len(STEPS), len(STEPS))
    assert len(report.output_values) == 10
    labels = dict(report.rows())
    assert labels["verified locally"] == "yes"
    assert "insecure" in labels["reference string"]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("{", "is not JSON"),
        ("[]", "has no list of lists under input_data"),
        ('{"input_data": [1, 2]}', "has no list of lists under input_data"),
    ],
)
def test_an_input_file_of_another_format_is_refused(
    tmp_path: Path, text: str, problem: str
) -> None:
    path = tmp_path / "input.json"
    path.write_text(text)

    with pytest.raises(ZkError) as refusal:
        read_input(path)
    assert problem in refusal.value.problem
    assert "input_data" in refusal.value.allowed


@pytest.mark.usefixtures("shallow_stack")
def test_an_input_file_nested_too_deeply_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "input.json"
    path.write_text('{"input_data": ' + "[" * 5_000 + "]" * 5_000 + "}")

    with pytest.raises(ZkError, match="nested too deeply"):
        read_input(path)


def test_an_input_file_may_begin_with_a_byte_order_mark(tmp_path: Path) -> None:
    path = tmp_path / "input.json"
    path.write_text('{"input_data": [[1, 2]]}', encoding="utf-8-sig")

    assert read_input(path) == [[1, 2]]


def test_a_model_that_overflows_on_its_input_is_refused(
    float_model: Path, images: Array, tmp_path: Path
) -> None:
    path = tmp_path / "input.json"
    path.write_text(json.dumps({"input_data": [(images[0] * 1e300).tolist()]}))

    with pytest.raises(ZkError, match="computes a value that is NaN or infinite"):
        prove_file(float_model, path, tmp_path / "cache", lambda *step: None)
