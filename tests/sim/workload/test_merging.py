"""Merging: real means of real weights, refused where there is none that means anything."""

import numpy as np
import pytest

from sim.streams import stream
from sim.workload.errors import WorkloadError
from sim.workload.exact import evaluate, restore
from sim.workload.graph import from_onnx
from sim.workload.merging import average, merge_published
from sim.workload.models import fine_tune, train
from sim.workload.publishing import fine_tune_published, publish
from sim.workload.store import ContentStore
from sim.workload.tasks import Shift, base_domain, shifted_domain

ARRAYS = ("hidden_weights", "hidden_biases", "output_weights", "output_biases")


@pytest.fixture(scope="module")
def domains():
    base = base_domain()
    return [
        shifted_domain(name, base, Shift(rotation, 0, tuple(range(10))), stream(1, name))
        for name, rotation in (("upright", 0.0), ("left", 14.0), ("right", -14.0))
    ]


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    return ContentStore(tmp_path_factory.mktemp("store"))


@pytest.fixture(scope="module")
def family(domains, store):
    """A base and its two children, each fine-tuned for a task of its own."""
    base = publish(train(domains[0], 8, stream(1, "base")), domains[0], store)
    children = [
        publish(
            fine_tune_published(store.get(base.cid), domain, stream(1, domain.name)),
            domain,
            store,
            base.base,
        )
        for domain in domains[1:]
    ]
    return base, children


def accuracy(network, domain):
    return np.mean(network.classes(domain.held_out_inputs) == domain.held_out_labels)


def test_a_merge_is_the_mean_of_the_weights_that_its_parents_were_published_with(family, store):
    base, children = family

    merged = merge_published(children, store)

    networks = [restore(from_onnx(store.get(each.cid), place="here")) for each in children]
    for name in ARRAYS:
        one, other = (getattr(network, name) for network in networks)
        # Published weights lie on a binary grid, so the mean of two is exact.
        assert np.array_equal(2 * getattr(merged, name), one + other)
    assert base.base == base.cid
    assert [each.base for each in children] == [base.cid] * 2


def test_of_two_alike_tasks_the_merged_model_is_better_than_either_child_at_both_together(
    family, domains, store
):
    _, children = family
    merged = merge_published(children, store)

    def mean_accuracy(network):
        return np.mean([accuracy(network, domain) for domain in domains[1:]])

    apart = [
        mean_accuracy(restore(from_onnx(store.get(each.cid), place="here"))) for each in children
    ]
    assert mean_accuracy(merged) > max(apart)


def test_a_merged_model_is_published_as_exactly_as_any(family, domains, store):
    base, children = family
    merged = merge_published(children, store)

    published = publish(merged, domains[1], store, base.base)

    exact = from_onnx(store.get(published.cid), place="here")
    labels = evaluate(exact, domains[1].held_out_inputs).argmax(axis=1)
    assert published.accuracy == np.mean(labels == domains[1].held_out_labels)
    assert published.float_accuracy == accuracy(merged, domains[1])
    assert published.base == base.cid
    # It can be merged on: with its own base, too.
    again = merge_published([published, base], store)
    assert again.hidden_units == 8


def test_models_of_different_sizes_have_no_mean(family, domains, store):
    base, _ = family
    wider = publish(train(domains[0], 12, stream(1, "wider")), domains[0], store, base.base)

    with pytest.raises(WorkloadError, match="mlp-64-12-10 and mlp-64-8-10 are different"):
        merge_published([base, wider], store)
    with pytest.raises(WorkloadError, match="hidden layers of 8 and 12 units have no mean"):
        average([train(domains[0], units, stream(1, "s"), epochs=1) for units in (8, 12)])


def test_models_of_different_bases_have_no_mean(family, domains, store):
    base, children = family
    stranger = publish(train(domains[0], 8, stream(2, "stranger")), domains[0], store)

    with pytest.raises(WorkloadError, match="descend from different bases") as caught:
        merge_published([children[0], stranger], store)

    assert caught.value.allowed == "models that were fine-tuned from one base"
    assert stranger.base != base.base


def test_one_network_is_no_merge(family, store):
    base, _ = family
    with pytest.raises(WorkloadError, match="1 networks to average"):
        merge_published([base], store)


def test_why_a_base_is_asked_for(domains):
    # Children of one base keep what they learnt in their mean; networks trained apart do not.
    base = train(domains[0], 8, stream(1, "base"))
    siblings = [fine_tune(base, domain, stream(1, domain.name)) for domain in domains[1:]]
    strangers = [train(domain, 8, stream(3, domain.name)) for domain in domains[1:]]

    together, apart = (
        np.mean([accuracy(average(each), domain) for domain in domains[1:]])
        for each in (siblings, strangers)
    )
    assert together > 0.8
    assert apart < 0.5
