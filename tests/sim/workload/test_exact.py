import pickle
from dataclasses import replace

import numpy as np
import pytest

from sim.workload.errors import (
    ExactnessError,
    NonFiniteWeightsError,
    StoreError,
    WorkloadError,
)
from sim.workload.exact import (
    EXACT_LIMIT,
    HIDDEN_LAYER,
    OUTPUT_LAYER,
    LayerBound,
    evaluate,
    layer_bounds,
    quantise,
    quantise_at,
    restore,
)
from sim.workload.models import Network
from sim.workload.tasks import CLASSES, PIXELS


def constant_network(hidden_weight: float, output_weight: float) -> Network:
    return Network(
        np.full((PIXELS, 1), hidden_weight),
        np.zeros(1),
        np.full((1, CLASSES), output_weight),
        np.zeros(CLASSES),
    )


def test_rounding_to_integers_costs_less_than_one_percent_of_accuracy(network, exact, digits):
    exact_classes = evaluate(exact, digits.held_out_inputs).argmax(axis=1)
    float_classes = network.classes(digits.held_out_inputs)

    lost = np.mean(float_classes == digits.held_out_labels) - np.mean(
        exact_classes == digits.held_out_labels
    )
    assert abs(lost) < 0.01
    assert np.mean(exact_classes == float_classes) > 0.99


def test_integer_logits_are_the_networks_times_their_scale(network, exact, digits):
    logits = evaluate(exact, digits.held_out_inputs) / exact.logit_scale

    assert np.abs(logits - network.logits(digits.held_out_inputs)).max() < 0.6


def test_the_scales_chosen_are_the_finest_that_stay_below_the_limit(network, exact):
    assert max(bound.bound for bound in layer_bounds(exact)) < EXACT_LIMIT
    assert min(exact.hidden_bits, exact.output_bits) >= 5

    finer = min(exact.hidden_bits, exact.output_bits) + 1
    with pytest.raises(ExactnessError):
        quantise_at(network, finer, finer)


def test_no_sum_in_any_order_reaches_the_bound(exact, digits, rng):
    hidden_bound, output_bound = layer_bounds(exact)
    order = rng.permutation(PIXELS)
    inputs = digits.held_out_inputs[:, order]
    terms = inputs[:, :, None] * exact.hidden_weights[order][None, :, :]
    hidden = np.abs(terms.cumsum(axis=1)).max()
    activations = np.maximum(inputs @ exact.hidden_weights[order] + exact.hidden_biases, 0)
    output = np.abs(
        (activations[:, :, None] * exact.output_weights[None, :, :]).cumsum(axis=1)
    ).max()

    assert 0 < hidden <= hidden_bound.bound
    assert 0 < output <= output_bound.bound


def test_the_bound_is_16_times_the_weights_plus_the_bias_of_the_largest_unit():
    network = Network(
        np.stack([np.full(PIXELS, 2.0), np.full(PIXELS, -3.0)], axis=1),
        np.array([1.0, -1.0]),
        np.stack([np.array([1.0, -2.0])] * CLASSES, axis=1),
        np.full(CLASSES, 4.0),
    )

    bounds = layer_bounds(quantise_at(network, 0, 0))

    first, second = 16 * 64 * 2 + 16, 16 * 64 * 3 + 16
    assert bounds == (
        LayerBound(HIDDEN_LAYER, second),
        LayerBound(OUTPUT_LAYER, first + 2 * second + 4 * 16),
    )


@pytest.mark.parametrize(
    ("hidden_weight", "output_weight", "refusal"),
    [
        (16_384.0, 0.0, ExactnessError(HIDDEN_LAYER, 2**24, 2**24)),
        (1.0, 16_384.0, ExactnessError(OUTPUT_LAYER, 2**24, 2**24)),
        (1e300, 0.0, ExactnessError(HIDDEN_LAYER, int(1e300), 2**24)),
    ],
)
def test_a_layer_whose_sums_reach_the_limit_is_refused_by_name(
    hidden_weight, output_weight, refusal
):
    with pytest.raises(ExactnessError) as raised:
        quantise(constant_network(hidden_weight, output_weight))

    assert (raised.value.layer, raised.value.bound, raised.value.limit) == (
        refusal.layer,
        refusal.bound,
        refusal.limit,
    )
    assert str(raised.value) == str(refusal)


@pytest.mark.parametrize(("hidden_weight", "output_weight"), [(16_383.0, 0.0), (1.0, 16_383.0)])
def test_a_layer_just_below_the_limit_is_taken(hidden_weight, output_weight):
    exact = quantise(constant_network(hidden_weight, output_weight))

    assert (exact.hidden_weights[0, 0], exact.output_weights[0, 0]) == (
        hidden_weight * 2**exact.hidden_bits,
        output_weight * 2**exact.output_bits,
    )


@pytest.mark.parametrize("poison", [float("nan"), float("inf"), float("-inf")])
@pytest.mark.parametrize(
    ("part", "layer"),
    [
        ("hidden_weights", HIDDEN_LAYER),
        ("hidden_biases", HIDDEN_LAYER),
        ("output_weights", OUTPUT_LAYER),
        ("output_biases", OUTPUT_LAYER),
    ],
)
def test_a_weight_that_is_no_number_is_refused_by_layer(network, part, layer, poison):
    poisoned = getattr(network, part).copy()
    poisoned.flat[0] = poison

    with pytest.raises(NonFiniteWeightsError) as raised:
        quantise(replace(network, **{part: poisoned}))

    assert (raised.value.layer, raised.value.count) == (layer, 1)
    assert str(raised.value) == (
        f"layer '{layer}': 1 of its weights are NaN or infinite; allowed: finite weights"
    )


def test_restoring_published_weights_and_publishing_them_again_changes_nothing(exact):
    again = quantise_at(restore(exact), exact.hidden_bits, exact.output_bits)

    assert np.array_equal(again.hidden_weights, exact.hidden_weights)
    assert np.array_equal(again.hidden_biases, exact.hidden_biases)
    assert np.array_equal(again.output_weights, exact.output_weights)
    assert np.array_equal(again.output_biases, exact.output_biases)


@pytest.mark.parametrize(
    "refusal",
    [
        ExactnessError("hidden", 2**24, 2**24),
        NonFiniteWeightsError("output", 3),
        StoreError("store/model", "expected", "found"),
        WorkloadError("place", "problem", "allowed"),
    ],
)
def test_a_refusal_survives_the_way_back_from_a_worker_process(refusal):
    returned = pickle.loads(pickle.dumps(refusal))

    assert type(returned) is type(refusal)
    assert vars(returned) == vars(refusal)
