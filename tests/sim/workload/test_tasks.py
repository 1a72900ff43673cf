import numpy as np
import pytest
from scipy.ndimage import rotate
from sklearn.datasets import load_digits

from sim.streams import stream
from sim.workload.errors import WorkloadError
from sim.workload.tasks import GREY_LEVELS, SIDE, Domain, Shift, shifted_domain


def as_images(inputs):
    return inputs.reshape(-1, SIDE, SIDE)


def test_the_base_domain_is_scikit_learns_digits_and_loses_none(digits):
    bundled = load_digits()
    held_out = np.arange(1797) % 4 == 0

    assert (len(digits.train_labels), len(digits.held_out_labels)) == (1347, 450)
    assert np.array_equal(digits.held_out_inputs, bundled.data[held_out])
    assert np.array_equal(digits.held_out_labels, bundled.target[held_out])
    assert np.array_equal(digits.train_inputs, bundled.data[~held_out])
    assert np.array_equal(digits.train_labels, bundled.target[~held_out])


@pytest.mark.parametrize("quarters", [0, 1, 2, 3])
def test_a_turn_by_quarters_moves_every_pixel_exactly(digits, rng, quarters):
    shift = Shift(rotation_degrees=90.0 * quarters)
    domain = shifted_domain("quarters", digits, shift, rng)

    expected = np.rot90(as_images(digits.held_out_inputs), quarters, axes=(1, 2))
    assert np.array_equal(as_images(domain.held_out_inputs), expected)


@pytest.mark.parametrize("degrees", [10.0, 30.0, -45.0, 137.0])
def test_a_turn_is_scipys_bilinear_one_to_the_nearest_grey_level(digits, rng, degrees):
    domain = shifted_domain("turned", digits, Shift(rotation_degrees=degrees), rng)

    images = as_images(digits.held_out_inputs).astype(float)
    expected = rotate(
        images, degrees, axes=(2, 1), reshape=False, order=1, mode="grid-constant", cval=0.0
    )
    rounding, subpixel = 0.5, 0.15
    assert np.abs(as_images(domain.held_out_inputs) - expected).max() < rounding + subpixel


def test_a_shifted_image_has_whole_grey_levels_from_0_to_16(digits, rng):
    domain = shifted_domain("noisy", digits, Shift(rotation_degrees=17.0, noise=16), rng)

    for inputs in (domain.train_inputs, domain.held_out_inputs):
        assert inputs.dtype == np.int64
        assert (inputs.min(), inputs.max()) == (0, GREY_LEVELS)


def test_noise_moves_a_pixel_by_at_most_its_level(digits, rng):
    domain = shifted_domain("noisy", digits, Shift(noise=3), rng)

    moved = np.abs(domain.train_inputs - digits.train_inputs)
    assert moved.max() == 3


def test_a_subset_keeps_the_labels_and_drops_the_other_digits(digits, rng):
    domain = shifted_domain("subset", digits, Shift(classes=(1, 7)), rng)

    kept = np.isin(digits.held_out_labels, (1, 7))
    assert np.array_equal(domain.held_out_labels, digits.held_out_labels[kept])
    assert np.array_equal(domain.held_out_inputs, digits.held_out_inputs[kept])


def test_the_same_stream_gives_the_same_domain_and_another_another(digits):
    def noisy(name: str) -> Domain:
        return shifted_domain("noisy", digits, Shift(noise=4), stream(1, name))

    assert np.array_equal(noisy("a").train_inputs, noisy("a").train_inputs)
    assert not np.array_equal(noisy("a").train_inputs, noisy("b").train_inputs)


@pytest.mark.parametrize(
    ("shift", "message"),
    [
        (
            Shift(rotation_degrees=float("nan")),
            "domain 'bad': rotation is nan; allowed: a number of degrees",
        ),
        (Shift(noise=17), "domain 'bad': noise is 17 grey levels; allowed: 0 to 16"),
        (Shift(noise=-1), "domain 'bad': noise is -1 grey levels; allowed: 0 to 16"),
        (
            Shift(classes=(3, 3)),
            "domain 'bad': classes are [3, 3]; allowed: at least two different digits from 0 to 9",
        ),
        (
            Shift(classes=(3, 10)),
            "domain 'bad': classes are [3, 10]; allowed: at least two different digits from 0 to 9",
        ),
    ],
)
def test_a_shift_that_makes_no_sense_is_refused(digits, rng, shift, message):
    with pytest.raises(WorkloadError) as refusal:
        shifted_domain("bad", digits, shift, rng)

    assert str(refusal.value) == message
