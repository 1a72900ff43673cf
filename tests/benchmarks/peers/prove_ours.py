"""
A family's model as we prove it, input and weights committed.

`python prove_ours.py FOLDER`: dense layers over whole inputs become integer-exact; other models get
the circuit that `zk` tunes, at 99 % agreement. Each round is one witness, one proof and its
verification.
"""

import json
import sys
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper
from rounds import Outcome, serve, timed

from zk import Cache, Keys, Proof, ZkError, backend, prepare, prove, tune
from zk.field import from_field, from_little_endian_hex

EXACT_LIMIT = 2**24
FINEST_BITS = 12


class Prepared(NamedTuple):
    keys: Keys
    rows: Any
    how: str


def dense_layers(model: onnx.ModelProto) -> list[tuple[Any, Any]] | None:
    """Return weights (inputs by outputs) and biases where the model is Gemm, Relu, …, Gemm."""
    nodes = list(model.graph.node)
    kinds = [node.op_type for node in nodes]
    if kinds != (["Gemm", "Relu"] * len(kinds))[: len(kinds)]:
        return None
    tensors = {each.name: numpy_helper.to_array(each) for each in model.graph.initializer}
    return [
        (tensors[node.input[1]].T, tensors[node.input[2]])
        for node in nodes
        if node.op_type == "Gemm"
    ]


def whole(layers: list[tuple[Any, Any]], levels: int) -> list[tuple[Any, Any]]:
    """
    Return the layers in whole numbers, for inputs of 0 to `levels`, at the finest common scale at
    which no partial sum reaches 2^24.
    """
    for bits in range(FINEST_BITS, -1, -1):
        scale, found, bound = levels, [], np.full(len(layers[0][0]), levels)
        for weights, biases in layers:
            scale <<= bits
            found.append((np.rint(weights * 2.0**bits), np.rint(biases * float(scale))))
            bound = bound @ np.abs(found[-1][0]) + np.abs(found[-1][1])
            if bound.max() >= EXACT_LIMIT:
                break
        else:
            return found
    raise SystemExit("not exact at any scale")


def save(layers: list[tuple[Any, Any]], path: Path) -> Path:
    """Write Gemm, Relu, …, Gemm."""
    count = len(layers)
    names = ["x", *(f"r{number}" for number in range(1, count)), "y"]
    nodes, tensors = [], []
    for number, (taken, given) in enumerate(pairwise(names)):
        for letter, array in zip("Wb", layers[number], strict=True):
            tensors.append(numpy_helper.from_array(array.astype(np.float32), f"{letter}{number}"))
        last = number == count - 1
        summed = given if last else f"s{number}"
        nodes.append(helper.make_node("Gemm", [taken, f"W{number}", f"b{number}"], [summed]))
        if not last:
            nodes.append(helper.make_node("Relu", [summed], [given]))
    sizes = (len(layers[0][0]), len(layers[-1][1]))
    ends = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, size])
        for name, size in zip("xy", sizes, strict=True)
    ]
    graph = helper.make_graph(nodes, "exact", ends[:1], ends[1:], tensors)
    onnx.save(
        helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8), path
    )
    return path


def decisions(model: Path, rows: Any) -> list[int]:
    """Return what onnxruntime decides for each row."""
    session = onnxruntime.InferenceSession(str(model))
    name = session.get_inputs()[0].name
    return [
        int(np.argmax(session.run(None, {name: row[None].astype(np.float32)})[0])) for row in rows
    ]


def circuit_decisions(ready: Prepared) -> list[int]:
    """Return what the circuit decides for each row: the classes of its witnesses' outputs."""
    keys, found = ready.keys, []
    with TemporaryDirectory() as scratch:
        values, written = Path(scratch) / "input.json", Path(scratch) / "witness.json"
        for row in ready.rows:
            values.write_text(json.dumps({"input_data": [row.tolist()]}))
            witness = backend.write_witness(
                values, keys.circuit_path, written, keys.verifying_key_path, keys.srs_path
            )
            (scores,) = witness["outputs"]
            found.append(
                int(np.argmax([from_field(from_little_endian_hex(each)) for each in scores]))
            )
    return found


def set_up(home: Path) -> Prepared:
    """Return keys and what they prove."""
    samples = json.loads((home / "samples.json").read_text(encoding="utf-8"))
    calibration, judged = (np.array(samples[name]) for name in ("calibration", "judged"))
    cache, levels = Cache(home / "cache"), samples["levels"]
    layers = dense_layers(onnx.load(home / "model.onnx")) if levels else None
    if layers is None:
        model = home / "model.onnx"
        tuning = tune(model, calibration.astype(np.float32), 0.99)
        keys = prepare(model, tuning.settings, cache)
        return Prepared(keys, judged, "tuned")
    model = save(whole(layers, levels), home / "exact.onnx")
    rows = np.rint(calibration * levels)
    tuning = tune(model, rows, input_bounds=(0, levels), bounds_enforced=True)
    keys = prepare(model, tuning.settings, cache)
    return Prepared(keys, np.rint(judged * levels), "integer-exact")


def play(ready: Prepared, facts: dict[str, Any]) -> Outcome:
    made: list[Proof] = []
    seconds = timed(lambda: made.append(prove(ready.keys, ready.rows[0])))
    return {
        "seconds": seconds,
        "proof": made[0].proof.hex(),
        "instances": list(map(str, made[0].instances)),
        **facts,
    }


def facts_of(ready: Prepared) -> dict[str, Any]:
    return {
        "k": ready.keys.logrows,
        "key_bytes": ready.keys.proving_key_bytes,
        "how": ready.how,
        "words": [word.hex() for word in ready.keys.verifier_words],
        "decisions": circuit_decisions(ready),
    }


def float_decisions(home: Path) -> list[int]:
    """Return what the model decides for the samples that are judged."""
    samples = json.loads((home / "samples.json").read_text(encoding="utf-8"))
    return decisions(home / "model.onnx", np.array(samples["judged"]))


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    of_float: Outcome = {"float decisions": float_decisions(folder)}
    try:
        prepared = set_up(folder)
    except ZkError as refused:
        why = refused.problem.split(":")[0]
        refusal: Outcome = {"refused": why, **of_float}
        serve(lambda: refusal)
    else:
        all_facts = {**facts_of(prepared), **of_float}
        serve(lambda: play(prepared, all_facts))
