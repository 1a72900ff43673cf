"""Networks that nobody chose: the contract on revm computes what numpy does, to the bit."""

from importlib.util import find_spec
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.contract import Observation
from protocol.dense_layers import EXACT_LIMIT
from protocol.licences import ALL_CLASSES, Terms
from protocol.model_registry_terms import Registration
from sim.workload.packing import DenseLayer, pack_layers
from tests.conftest import Machine

NAME = "onchain_inference"


@st.composite
def networks(draw):
    """Layers of any shape and size of weight, the bound of their inputs, and three inputs."""
    sizes = draw(st.lists(st.integers(1, 40), min_size=2, max_size=4))
    largest = draw(st.sampled_from((1, 2, 50, 2**15 - 1)))
    bound = draw(st.sampled_from((1, 16, 2_000)))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    layers = tuple(
        DenseLayer(
            "any",
            rng.integers(-largest - 1, largest, (inputs, units), endpoint=True),
            rng.integers(-(2**15), 2**15, units),
        )
        for inputs, units in pairwise(sizes)
    )
    return layers, bound, rng.integers(-bound, bound, (3, sizes[0]), endpoint=True)


def is_exact(layers, bound):
    largest = np.full(layers[0].weights.shape[0], bound)
    for each in layers:
        largest = largest @ np.abs(each.weights) + np.abs(each.biases)
        if largest.max() >= EXACT_LIMIT:
            return False
    return True


def logits_of(layers, inputs):
    *hidden, last = layers
    for each in hidden:
        inputs = np.maximum(inputs @ each.weights + each.biases, 0)
    return inputs @ last.weights + last.biases


@pytest.mark.skipif(find_spec("pyrevm") is None, reason="pyrevm is not installed")
def test_the_contract_computes_what_numpy_does_or_refuses_what_float32_would_round(
    deployment, deployed, creator
):
    machine = Machine("revm", deployment, deployed("revm"))
    terms = Terms(True, 2, 0, False, ALL_CLASSES, ALL_CLASSES)
    registration = Registration("", b"\1" * 32, "", "mlp", 9, 1, 0, (creator,), (10_000,))
    machine.call("licences", "create", terms, sender=creator)
    machine.call("model_registry", "register", registration, sender=creator)
    start = machine.executor.snapshot()
    seen = {"exact": 0, "refused": 0}

    @given(networks())
    def compare(network):
        layers, bound, images = network
        machine.executor.revert(start)
        packed = pack_layers(layers)
        chunks = tuple(
            machine.call(NAME, "store_chunk", each, sender=creator).value for each in packed.chunks
        )

        registered = machine.call(
            *(NAME, "register_network", 1, 1, packed.sizes, bound, chunks), sender=creator
        )

        assert registered.ok == is_exact(layers, bound), registered
        seen["exact" if registered.ok else "refused"] += 1
        if not registered.ok:
            return
        for inputs, expected in zip(images, logits_of(layers, images), strict=True):
            asked = Observation(NAME, "infer", (1, 1, tuple(inputs.tolist())))
            logits, label = machine.executor.view(asked, machine.now).value
            assert logits == tuple(expected.tolist())
            assert label == int(np.argmax(expected))

    compare()

    assert min(seen.values()) > 5, seen
