"""One published file, three machines: float32, 64-bit integers and the proof's witness agree."""

import json
from pathlib import Path

import ezkl
import numpy as np
import pytest

from sim.workload.exact import evaluate, layer_bounds
from sim.workload.graph import to_onnx
from sim.workload.inference import open_session, run_session
from sim.workload.tasks import GREY_LEVELS
from zk.field import from_field, from_little_endian_hex, output_hash
from zk.inspection import inspect_model


@pytest.fixture
def witness_logits(tmp_path, monkeypatch, exact):
    """Return a function from one image to the logits in its ezkl witness, at scale 1."""
    monkeypatch.chdir(tmp_path)
    Path("model.onnx").write_bytes(to_onnx(exact))
    arguments = ezkl.PyRunArgs()
    arguments.input_scale = 0
    arguments.param_scale = 0
    arguments.decomp_legs = 3
    ezkl.gen_settings("model.onnx", "settings.json", py_run_args=arguments)
    ezkl.compile_circuit("model.onnx", "circuit", "settings.json")

    def logits(image: list[int]) -> list[int]:
        Path("input.json").write_text(json.dumps({"input_data": [image]}))
        witness = ezkl.gen_witness("input.json", "circuit", "witness.json")
        return [from_field(from_little_endian_hex(each)) for each in witness["outputs"][0]]

    return logits


def test_onnxruntime_integers_and_the_witness_agree_on_every_held_out_image(
    exact, digits, turned, witness_logits
):
    session = open_session(to_onnx(exact))
    inputs = np.concatenate([digits.held_out_inputs, turned.held_out_inputs])
    expected = evaluate(exact, inputs)

    float32 = np.concatenate([run_session(session, image[None, :]) for image in inputs])
    witnesses = [witness_logits(image) for image in digits.held_out_inputs.tolist()]

    assert np.array_equal(float32, expected)
    assert witnesses == expected[:450].tolist()
    assert expected.min() < 0 < expected.max()


def test_the_output_hash_of_a_receipt_is_that_of_the_witness(exact, digits, witness_logits):
    image = digits.held_out_inputs[[0]]

    (logits,) = evaluate(exact, image).tolist()

    assert output_hash(logits) == output_hash(witness_logits(image[0].tolist()))


def test_the_largest_image_and_the_empty_one_are_exact_too(exact, witness_logits):
    inputs = np.stack([np.full(64, 16), np.zeros(64, dtype=np.int64)])
    expected = evaluate(exact, inputs)

    assert np.array_equal(run_session(open_session(to_onnx(exact, None)), inputs), expected)
    assert [witness_logits(image) for image in inputs.tolist()] == expected.tolist()


def test_the_circuits_inspector_finds_the_published_file_exact_too(tmp_path, exact):
    file = tmp_path / "model.onnx"
    file.write_bytes(to_onnx(exact))

    facts = inspect_model(file, input_bounds=(0, GREY_LEVELS))

    assert facts.integer_exact
    assert facts.largest_bound <= max(each.bound for each in layer_bounds(exact))
