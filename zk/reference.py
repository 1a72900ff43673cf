"""What onnxruntime says of a model: the outputs that a circuit must agree with."""

from collections.abc import Sequence
from math import prod

import numpy as np
import onnx
import onnxruntime as ort

from zk.errors import ZkError
from zk.inspection import ModelFacts
from zk.values import Floats, flat_tensors

Sample = list[list[float]]

_TYPES: dict[str, type[np.generic]] = {
    "tensor(float)": np.float32,
    "tensor(double)": np.float64,
    "tensor(float16)": np.float16,
    "tensor(int64)": np.int64,
    "tensor(int32)": np.int32,
    "tensor(bool)": np.bool_,
}
# Of the largest output seen: what two numbers may differ by where there is no argmax to compare.
_RELATIVE_TOLERANCE = 0.01


def as_samples(facts: ModelFacts, inputs: Sequence[object]) -> list[Sample]:
    """
    Return each sample's inputs, flat.

    A sample is an array for a model with one input, a sequence of arrays otherwise.
    Raises ZkError where there is no sample, or one has something else than the model takes.
    """
    lengths = [prod(shape) for shape in facts.input_shapes]
    samples = [
        [tensor.tolist() for tensor in flat_tensors(f"sample {position}", item, lengths)]
        for position, item in enumerate(inputs)
    ]
    if not samples:
        raise ZkError("calibration", "there are no samples", "at least one sample")
    return samples


def reference_outputs(facts: ModelFacts, samples: Sequence[Sample]) -> list[list[Floats]]:
    """Return onnxruntime's outputs, sample by sample."""
    return _run(facts, samples, onnx.load(facts.path))


def largest_magnitude(facts: ModelFacts, samples: Sequence[Sample]) -> float:
    """
    Return the largest magnitude of any tensor on the way from the inputs to the outputs.

    Raises ZkError where one of them is not finite.
    """
    model = onnx.load(facts.path)
    inferred = onnx.shape_inference.infer_shapes(model)
    known = {item.name for item in model.graph.output}
    model.graph.output.extend(item for item in inferred.graph.value_info if item.name not in known)
    tensors = [output for row in _run(facts, samples, model) for output in row]
    tensors += [np.asarray(tensor) for sample in samples for tensor in sample]
    if not all(np.isfinite(tensor).all() for tensor in tensors):
        allowed = "weights and inputs whose products stay below 3.4e38, the largest float32"
        raise ZkError(str(facts.path), "computes a value that is NaN or infinite", allowed)
    return max(float(np.abs(tensor).max(initial=0.0)) for tensor in tensors)


def agreement_of(references: list[list[Floats]], outputs: list[list[Floats]]) -> float:
    """
    Return the share of decisions on which the circuit agrees.

    A decision is the argmax over an output's last axis; where that has one element, the value,
    within a hundredth of the largest one seen.
    """
    agreed = total = 0
    for position in range(len(references[0])):
        expected = np.stack([np.atleast_1d(row[position]) for row in references])
        found = np.stack([row[position].reshape(expected.shape[1:]) for row in outputs])
        if expected.shape[-1] > 1:
            same = expected.argmax(axis=-1) == found.argmax(axis=-1)
        else:
            tolerance = _RELATIVE_TOLERANCE * float(np.abs(expected).max())
            same = np.abs(expected - found) <= tolerance
        agreed += int(same.sum())
        total += same.size
    return agreed / total


def _run(
    facts: ModelFacts, samples: Sequence[Sample], model: onnx.ModelProto
) -> list[list[Floats]]:
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 4
    try:
        session = ort.InferenceSession(
            model.SerializeToString(), options, providers=["CPUExecutionProvider"]
        )
        return [_run_sample(facts, session, sample) for sample in samples]
    except Exception as failure:
        reason = " ".join(str(failure).split())[:200]
        raise ZkError(
            str(facts.path), f"onnxruntime refuses: {reason}", "a model that onnxruntime runs"
        ) from None


def _run_sample(facts: ModelFacts, session: ort.InferenceSession, sample: Sample) -> list[Floats]:
    feeds = {
        item.name: np.asarray(tensor).astype(_TYPES[item.type]).reshape(shape)
        for item, tensor, shape in zip(
            session.get_inputs(), sample, facts.input_shapes, strict=True
        )
    }
    return [np.asarray(output, dtype=np.float64) for output in session.run(None, feeds)]
