import numpy as np
import pytest

from sim.streams import stream
from sim.workload.errors import NonFiniteWeightsError
from sim.workload.exact import evaluate, layer_bounds, quantise
from sim.workload.graph import from_onnx
from sim.workload.models import Network
from sim.workload.publishing import fine_tune_published, publish
from sim.workload.store import cid_of, weights_hash


def test_what_is_published_is_the_exact_model_and_its_measures(store, network, exact, digits):
    published = publish(network, digits, store)

    serialised = store.get(published.cid)
    classes = evaluate(from_onnx(serialised, "model"), digits.held_out_inputs).argmax(axis=1)
    float_classes = network.classes(digits.held_out_inputs)
    assert published.cid == cid_of(serialised)
    assert published.weights_hash == weights_hash(serialised)
    assert published.size_bytes == len(serialised)
    assert published.architecture == "mlp-64-32-10"
    assert published.parameter_count == 64 * 32 + 32 + 32 * 10 + 10
    assert published.accuracy == np.mean(classes == digits.held_out_labels)
    assert published.float_accuracy == np.mean(float_classes == digits.held_out_labels)
    assert published.agreement == np.mean(classes == float_classes)
    assert published.bounds == layer_bounds(exact)


def test_a_model_that_is_refused_leaves_no_file(store, network, digits):
    poisoned = Network(
        network.hidden_weights,
        network.hidden_biases,
        network.output_weights * np.nan,
        network.output_biases,
    )

    with pytest.raises(NonFiniteWeightsError):
        publish(poisoned, digits, store)

    assert not store.folder.exists()


def test_a_child_of_published_weights_beats_its_parent_on_the_childs_domain(
    store, network, digits, turned
):
    parent = publish(network, digits, store)

    tuned = fine_tune_published(store.get(parent.cid), turned, stream(1, "fine-tuner/train"))
    child = publish(tuned, turned, store)

    parent_classes = evaluate(quantise(network), turned.held_out_inputs).argmax(axis=1)
    assert child.accuracy > np.mean(parent_classes == turned.held_out_labels) + 0.15
    assert child.weights_hash != parent.weights_hash
    assert child.domain == "turned"
