"""
Gas of checking one inference, by a proof and by computing it again on chain, by the model's size.

Run it with the project's Python: `python tests/benchmarks/bench_crossover.py [widest]`, where
`widest` (1024) is the widest hidden layer; that one takes minutes and 2 GB of memory.
Gas is the same on every machine. All that is printed was measured, except for the crossover, which
is interpolated between two of the models.
"""

import sys
import tempfile
import warnings
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from sklearn.neural_network import MLPClassifier

HOME = Path(__file__).parents[2]
sys.path.insert(0, str(HOME))

from protocol.circuits import INPUT_COMMITTED, Circuit  # noqa: E402
from protocol.dense_layers import EXACT_LIMIT  # noqa: E402
from protocol.deployment import Deployment  # noqa: E402
from protocol.parameters import resolve  # noqa: E402
from protocol.types import Receipt  # noqa: E402
from sim.chain.deployment import blueprints  # noqa: E402
from sim.chain.revm import RevmEngine  # noqa: E402
from sim.commands.proving import verify_on_chain  # noqa: E402
from sim.workload.packing import DenseLayer, pack_layers  # noqa: E402
from sim.workload.tasks import GREY_LEVELS, Domain, base_domain  # noqa: E402
from tests.checked_market import CREATOR, SERVER, CheckedMarket  # noqa: E402
from tests.conftest import GENESIS, Machine  # noqa: E402
from zk import Cache, Keys, prepare, prove  # noqa: E402
from zk.circuit import CircuitSettings, logrows_for  # noqa: E402
from zk.field import output_hash, point_hash  # noqa: E402
from zk.proving import Proof  # noqa: E402

SHAPES = (
    *((64, width, 10) for width in (8, 32, 64, 128, 256, 512, 1_024)),
    (64, 64, 32, 10),
    (64, 128, 64, 10),
)
SMALLEST_LOGROWS = 11
FINEST_BITS = 7


class Row(NamedTuple):
    """One model: gas to verify (the verifier alone, and a whole answer), to compute, to store."""

    shape: tuple[int, ...]
    logrows: int
    verify: int
    answer: int
    recompute: int
    weights: int

    @property
    def size(self) -> int:
        """How many multiply-accumulates one inference takes."""
        return sum(inputs * units for inputs, units in pairwise(self.shape))


def trained(shape: Sequence[int], digits: Domain) -> tuple[DenseLayer, ...]:
    """Return a classifier of digits in whole numbers, at the finest scale that stays exact."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        network = MLPClassifier(tuple(shape[1:-1]), random_state=0, max_iter=40).fit(
            digits.train_inputs / GREY_LEVELS, digits.train_labels
        )
    for bits in range(FINEST_BITS, -1, -1):
        layers, scale, bound = [], GREY_LEVELS, np.full(shape[0], GREY_LEVELS)
        for number, (weights, biases) in enumerate(
            zip(network.coefs_, network.intercepts_, strict=True)
        ):
            scale <<= bits
            whole = np.rint(weights * 2**bits).astype(np.int64)
            shift = np.rint(biases * scale).astype(np.int64)
            layers.append(DenseLayer(f"layer {number}", whole, shift))
            bound = bound @ np.abs(whole) + np.abs(shift)
        if bound.max() < EXACT_LIMIT:
            return tuple(layers)
    raise SystemExit(f"{shape}: not exact at any scale")


def save(path: Path, layers: Sequence[DenseLayer]) -> Path:
    """Write Gemm, Relu, …, Gemm."""
    nodes, tensors, value = [], [], "x"
    for number, each in enumerate(layers):
        names = (f"W{number}", f"b{number}")
        tensors += [
            numpy_helper.from_array(array.astype(np.float32), name)
            for array, name in zip((each.weights, each.biases), names, strict=True)
        ]
        last = number == len(layers) - 1
        nodes.append(helper.make_node("Gemm", [value, *names], ["y" if last else f"s{number}"]))
        if not last:
            value = f"r{number}"
            nodes.append(helper.make_node("Relu", [f"s{number}"], [value]))
    sizes = [layers[0].weights.shape[0], len(layers[-1].biases)]
    ends = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, size])
        for name, size in zip("xy", sizes, strict=True)
    ]
    graph = helper.make_graph(nodes, "digits", ends[:1], ends[1:], tensors)
    onnx.save(
        helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8), path
    )
    return path


class Chain:
    """A market on revm, with one model that is proven and recomputed."""

    def __init__(self) -> None:
        deployment = Deployment(values=resolve({}), genesis_timestamp=GENESIS)
        engine = RevmEngine()
        engine.deploy(deployment, blueprints(deployment))
        self.machine = Machine("revm", deployment, engine)
        self.market = CheckedMarket(self.machine)
        self.market.open()

    def call(self, contract: str, function: str, *arguments: Any, sender: str = CREATOR) -> Receipt:
        """Carry out a call that must succeed."""
        receipt = self.machine.call(contract, function, *arguments, sender=sender)
        if not receipt.ok:
            raise SystemExit(f"{contract}.{function}: {receipt.refusal}")
        return receipt

    def answer(self, keys: Keys, proof: Proof) -> int:
        """Return the gas of an answer under a key that was used before."""
        point = keys.weight_point
        circuit = Circuit(
            key_digest=keys.key_digest,
            settings_hash=keys.settings_hash,
            weight_point_x=point[:32],
            weight_point_y=point[32:],
            input_mode=INPUT_COMMITTED,
            input_length=64,
            output_length=len(proof.outputs),
            input_bound=GREY_LEVELS,
            logrows=keys.logrows,
            srs_id=keys.srs_id,
        )
        self.call("verification", "register_circuit", 1, 1, circuit)
        gas = 0
        for sequence in (1, 2):
            receipt = self.market.receipt(
                sequence, point_hash(proof.input_point or b""), output_hash(proof.outputs)
            )
            check_id = self.market.open_check(self.market.settle_and_pick(receipt), receipt)
            answered = (check_id, proof.proof, proof.instances, keys.verifier_words)
            gas = self.call("verification", "answer_check", *answered, sender=SERVER).gas or 0
        return gas

    def recompute(
        self, layers: Sequence[DenseLayer], image: Sequence[int], logits: tuple[int, ...]
    ) -> tuple[int, int]:
        """Return the gas of one inference, and that of putting the weights on chain."""
        packed = pack_layers(layers)
        name = "onchain_inference"
        stored = [self.call(name, "store_chunk", chunk) for chunk in packed.chunks]
        chunks = tuple(each.value for each in stored)
        network = (1, 1, packed.sizes, GREY_LEVELS, chunks)
        stored.append(self.call(name, "register_network", *network))
        inferred = self.call(name, "infer", 1, 1, tuple(image))
        if inferred.value[0] != logits:
            raise SystemExit(f"{packed.sizes}: {inferred.value[0]} on chain, proven {logits}")
        return inferred.gas or 0, sum(each.gas or 0 for each in stored)


def measured(shape: tuple[int, ...], digits: Domain, folder: Path) -> Row:
    """Return what one model costs, with an answer that proof and chain agree on."""
    layers = trained(shape, digits)
    image = digits.held_out_inputs[0].tolist()
    path = save(folder / f"{'-'.join(map(str, shape))}.onnx", layers)
    parameters = sum(each.weights.size + each.biases.size for each in layers)
    logrows = max(SMALLEST_LOGROWS, logrows_for(parameters))
    settings = CircuitSettings(logrows=logrows, ignore_range_check=True)
    keys = prepare(path, settings, Cache(folder / "cache"))
    proof = prove(keys, image)
    alone: Any = SimpleNamespace(keys=keys, proof=proof)
    chain = Chain()
    answer = chain.answer(keys, proof)
    recompute, weights = chain.recompute(layers, image, proof.outputs)
    return Row(shape, logrows, verify_on_chain(alone).gas or 0, answer, recompute, weights)


def crossover(rows: Sequence[Row], proof: str) -> str:
    """Return where computing begins to cost more than a proof, among models of one shape."""
    by_size = sorted(rows, key=lambda row: row.size)
    for lower, upper in pairwise(by_size):
        below, above = (row.recompute - getattr(row, proof) for row in (lower, upper))
        if below < 0 <= above:
            at = lower.size - below * (upper.size - lower.size) / (above - below)
            return f"{at:,.0f} (between {lower.size:,} and {upper.size:,})"
    return f"not reached up to {by_size[-1].size:,}"


def main() -> None:
    """Print a row per model, and the crossovers."""
    widest = int(sys.argv[1]) if len(sys.argv) > 1 else 1_024
    digits = base_domain()
    print("| network | multiply-accumulates | k | verifier | answer | recompute | weights |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for shape in SHAPES:
            if max(shape[1:]) > widest:
                continue
            row = measured(shape, digits, Path(folder))
            rows.append(row)
            gas = (row.verify, row.answer, row.recompute, row.weights)
            figures = " | ".join(f"{each:,}" for each in gas)
            name = "-".join(map(str, shape))
            print(f"| {name} | {row.size:,} | {row.logrows} | {figures} |", flush=True)
    one_hidden_layer = [row for row in rows if len(row.shape) == 3]
    print(f"crossover with the verifier alone: {crossover(one_hidden_layer, 'verify')}")
    print(f"crossover with a whole answer: {crossover(one_hidden_layer, 'answer')}")


if __name__ == "__main__":
    main()
