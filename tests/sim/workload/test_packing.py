"""A published model, packed, stored and asked on chain: the logits that everybody else sees."""

from dataclasses import replace

import numpy as np
import pytest

from protocol.contract import Observation
from protocol.dense_layers import bounds, layers, stored_size
from protocol.licences import ALL_CLASSES, Terms
from protocol.model_registry_terms import Registration
from protocol.onchain_inference import MAXIMUM_CHUNK
from sim.workload.errors import WorkloadError
from sim.workload.exact import evaluate, layer_bounds
from sim.workload.graph import to_onnx
from sim.workload.inference import open_session, run_session
from sim.workload.packing import DenseLayer, pack, pack_layers
from sim.workload.store import weights_hash
from sim.workload.tasks import GREY_LEVELS
from zk.field import output_hash


@pytest.fixture
def on_chain(lockstep, creator, exact):
    """Register the published model on the model and py-evm at once."""
    terms = Terms(True, 2, 0, False, ALL_CLASSES, ALL_CLASSES)
    registration = Registration(
        *("", weights_hash(to_onnx(exact)), "", exact.architecture, exact.parameter_count),
        *(1, 0, (creator,), (10_000,)),
    )
    packed = pack(exact)
    lockstep.call("licences", "create", terms, sender=creator)
    lockstep.call("model_registry", "register", registration, sender=creator)
    chunks = tuple(
        lockstep.call("onchain_inference", "store_chunk", chunk, sender=creator).value
        for chunk in packed.chunks
    )
    network = (1, 1, packed.sizes, GREY_LEVELS, chunks)
    assert lockstep.call("onchain_inference", "register_network", *network, sender=creator).ok
    return lockstep


def test_the_contract_agrees_with_onnxruntime_and_integers_on_every_held_out_image(
    on_chain, exact, digits
):
    images = digits.held_out_inputs
    expected = evaluate(exact, images)
    engine = on_chain.executor.engine

    receipts = [
        engine.view(Observation("onchain_inference", "infer", (1, 1, tuple(image))), on_chain.now)
        for image in images.tolist()
    ]

    assert [each.value[0] for each in receipts] == [tuple(row) for row in expected.tolist()]
    assert [each.value[1] for each in receipts] == expected.argmax(axis=1).tolist()
    assert np.array_equal(run_session(open_session(to_onnx(exact, None)), images), expected)


def test_model_and_contract_agree_in_lockstep_and_give_the_receipts_output_hash(
    on_chain, exact, digits, user
):
    for image in digits.held_out_inputs[:5].tolist():
        (logits,) = evaluate(exact, np.array([image])).tolist()
        asked = (1, 1, tuple(image))

        inferred = on_chain.call("onchain_inference", "infer", *asked, sender=user)
        digest = on_chain.call("onchain_inference", "output_hash", *asked, sender=user)

        assert inferred.value == (tuple(logits), int(np.argmax(logits)))
        assert digest.value == output_hash(logits)
    on_chain.executor.end_tick(on_chain.now, full=True)


def test_packed_weights_are_the_published_ones(exact):
    packed = pack(exact)

    hidden, output = layers(packed.sizes, [("0x", chunk) for chunk in packed.chunks])

    assert packed.sizes == (64, 32, 10)
    assert sum(map(len, packed.chunks)) == stored_size(packed.sizes)
    assert hidden.weights == tuple(map(tuple, exact.hidden_weights.tolist()))
    assert hidden.biases == tuple(exact.hidden_biases.tolist())
    assert output.weights == tuple(map(tuple, exact.output_weights.tolist()))
    assert output.biases == tuple(exact.output_biases.tolist())


def test_the_bounds_on_chain_are_those_of_publishing(exact):
    packed = pack(exact)
    largest = (GREY_LEVELS,) * 64
    found = []
    for layer in layers(packed.sizes, [("0x", chunk) for chunk in packed.chunks]):
        largest = bounds(layer, largest)
        found.append(max(largest))

    assert found == [each.bound for each in layer_bounds(exact)]


def test_weights_that_do_not_fit_are_refused_by_layer(exact):
    hidden_weights = exact.hidden_weights.copy()
    hidden_weights[3, 4] = 2**15
    output_biases = exact.output_biases.copy()
    output_biases[9] = -(2**31) - 1

    with pytest.raises(WorkloadError, match=r"^layer 'hidden': one of its weights is 32768"):
        pack(replace(exact, hidden_weights=hidden_weights))
    with pytest.raises(WorkloadError, match=r"^layer 'output': one of its biases is -2147483649"):
        pack(replace(exact, output_biases=output_biases))


def test_a_chunk_ends_where_the_next_row_does_not_fit():
    weights = np.arange(100 * 300).reshape(100, 300) % 65_536 - 32_768

    packed = pack_layers((DenseLayer("wide", weights, np.zeros(300, dtype=np.int64)),))

    rows_per_chunk = MAXIMUM_CHUNK // 600
    assert [len(each) for each in packed.chunks] == [
        *(rows_per_chunk * 600, rows_per_chunk * 600),
        (100 - 2 * rows_per_chunk) * 600 + 1_200,
    ]
