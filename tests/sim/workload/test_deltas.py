"""One-bit deltas: small, rebuilt to the bit, and as good as the child where tasks are alike."""

import numpy as np
import pytest

from sim.streams import stream
from sim.workload import deltas
from sim.workload.errors import WorkloadError
from sim.workload.graph import from_onnx
from sim.workload.models import fine_tune, train
from sim.workload.publishing import fine_tune_published, publish, publish_delta
from sim.workload.tasks import Shift, shifted_domain

PLACE = "here"


@pytest.fixture
def parent(store, network, digits):
    return publish(network, digits, store)


@pytest.fixture(scope="module")
def noisy(digits):
    return shifted_domain("noisy", digits, Shift(0.0, 5), stream(1, "domain-noisy"))


@pytest.fixture
def child(store, parent, noisy):
    tuned = fine_tune_published(store.get(parent.cid), noisy, stream(1, "fine-tuner/train"))
    return tuned, publish_delta(tuned, noisy, store, parent)


def test_parent_and_delta_make_the_registered_file_to_the_bit(store, parent, child):
    _, published = child
    content = store.get(published.stored.cid)

    rebuilt = deltas.rebuild(store.get(parent.cid), content, published.weights_hash, PLACE)

    assert rebuilt == store.get(published.cid)
    assert published.base == parent.cid
    assert deltas.to_bytes(deltas.from_bytes(content, PLACE)) == content
    assert deltas.size_of(published.parameter_count) == len(content)


def test_a_delta_has_a_bit_per_weight_a_scale_per_layer_and_whole_biases(store, parent, child):
    tuned, published = child
    content = store.get(published.stored.cid)
    weights, biases = 64 * 32 + 32 * 10, 32 + 10

    assert published.stored.size_bytes == len(content) == 13 + 42 + 4 * biases + weights // 8
    assert published.size_bytes > 19 * len(content)
    delta = deltas.from_bytes(content, PLACE)
    base = from_onnx(store.get(parent.cid), PLACE)
    change = tuned.hidden_weights - base.hidden_weights / 2.0**base.hidden_bits
    assert np.array_equal(delta.hidden_signs > 0, change >= 0)
    # The mean size of the changes has the least squared error of all scales.
    assert delta.hidden_scale == round(np.abs(change).mean() * 2**20)
    made = deltas.apply(base, delta)
    assert np.array_equal(made.hidden_biases, tuned.hidden_biases)
    assert np.array_equal(made.output_biases, tuned.output_biases)


def test_of_an_alike_task_a_delta_loses_nothing_that_matters_and_of_a_far_one_much(
    store, parent, child, turned
):
    _, near = child
    tuned = fine_tune_published(store.get(parent.cid), turned, stream(1, "fine-tuner/train"))
    far = publish_delta(tuned, turned, store, parent)

    assert near.delta.accuracy == near.accuracy
    assert near.delta.whole_accuracy - near.accuracy < 0.01
    assert far.delta.whole_accuracy - far.accuracy > 0.1


def test_a_delta_of_another_parent_is_refused(store, parent, child, digits):
    _, published = child
    content = store.get(published.stored.cid)
    stranger = publish(train(digits, 32, stream(9, "stranger"), epochs=1), digits, store)

    with pytest.raises(WorkloadError, match=parent.weights_hash.hex()):
        deltas.rebuild(store.get(stranger.cid), content, published.weights_hash, PLACE)


def test_a_delta_with_a_bit_turned_does_not_make_what_is_registered(store, parent, child):
    _, published = child
    content = bytearray(store.get(published.stored.cid))
    content[-1] ^= 1

    with pytest.raises(WorkloadError, match="what it makes of its parent is not registered"):
        deltas.rebuild(store.get(parent.cid), bytes(content), published.weights_hash, PLACE)


def test_a_file_that_is_no_delta_or_cut_short_is_refused(store, child):
    _, published = child
    content = store.get(published.stored.cid)

    with pytest.raises(WorkloadError, match="it is not a delta"):
        deltas.from_bytes(store.get(published.cid), PLACE)
    with pytest.raises(WorkloadError, match="where its sizes make"):
        deltas.from_bytes(content[:-1], PLACE)


def test_a_child_of_another_size_has_no_delta(store, parent, digits):
    narrow = fine_tune(train(digits, 8, stream(1, "narrow"), epochs=1), digits, stream(1, "f"), 1)

    with pytest.raises(WorkloadError, match="a child of 8 hidden units has no delta to one of 32"):
        deltas.difference(store.get(parent.cid), narrow, PLACE)
