"""
Tasks: the handwritten digits that scikit-learn bundles, as they are and shifted.

Every grey level is an integer from 0 to 16, also after a shift, so that a model with integer
weights computes on it exactly.
"""

import math
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import numpy.typing as npt

from sim.workload.errors import WorkloadError

Integers = npt.NDArray[np.int64]

CLASSES = 10
GREY_LEVELS = 16
SIDE = 8
PIXELS = SIDE * SIDE

_HELD_OUT_EVERY = 4
_SUBPIXELS = 256


@dataclass(frozen=True, slots=True)
class Shift:
    """
    How a domain differs from the bundled digits.

    The image is turned counter-clockwise by `rotation_degrees` about its centre.
    Then each pixel gets a whole number of grey levels, drawn evenly from -noise to +noise.
    Only digits in `classes` remain, under their own labels.
    """

    rotation_degrees: float = 0.0
    noise: int = 0
    classes: tuple[int, ...] = tuple(range(CLASSES))


@dataclass(frozen=True, slots=True, eq=False)
class Domain:
    """
    A task: images to learn from, and images held out to measure on.

    Inputs have 64 columns of integers from 0 to 16; labels are 0 to 9.
    The two sets come from different drawings, the same ones in every domain:
    no domain's held-out drawing is ever trained on in another.
    """

    name: str
    shift: Shift
    train_inputs: Integers
    train_labels: Integers
    held_out_inputs: Integers
    held_out_labels: Integers


def base_domain() -> Domain:
    """Return the bundled digits, 1,347 to learn from and 450 held out (every fourth drawing)."""
    inputs, labels = _bundled_digits()
    held_out = np.arange(len(labels)) % _HELD_OUT_EVERY == 0
    return Domain(
        "digits", Shift(), inputs[~held_out], labels[~held_out], inputs[held_out], labels[held_out]
    )


def shifted_domain(name: str, base: Domain, shift: Shift, rng: np.random.Generator) -> Domain:
    """
    Return the base domain after a shift.

    Only the noise draws from the generator.
    Raises WorkloadError for a shift that leaves nothing to tell apart.
    """
    _check(name, shift)
    train_inputs, train_labels = _apply(shift, base.train_inputs, base.train_labels, rng)
    held_out_inputs, held_out_labels = _apply(
        shift, base.held_out_inputs, base.held_out_labels, rng
    )
    return Domain(name, shift, train_inputs, train_labels, held_out_inputs, held_out_labels)


def _check(name: str, shift: Shift) -> None:
    place = f"domain '{name}'"
    if not math.isfinite(shift.rotation_degrees):
        raise WorkloadError(place, f"rotation is {shift.rotation_degrees}", "a number of degrees")
    if not 0 <= shift.noise <= GREY_LEVELS:
        raise WorkloadError(place, f"noise is {shift.noise} grey levels", f"0 to {GREY_LEVELS}")
    if len(set(shift.classes)) < 2 or not set(shift.classes) <= set(range(CLASSES)):
        raise WorkloadError(
            place,
            f"classes are {list(shift.classes)}",
            f"at least two different digits from 0 to {CLASSES - 1}",
        )


def _apply(
    shift: Shift, inputs: Integers, labels: Integers, rng: np.random.Generator
) -> tuple[Integers, Integers]:
    kept = np.isin(labels, shift.classes)
    turned = _rotate(inputs[kept], shift.rotation_degrees)
    noise = rng.integers(-shift.noise, shift.noise, size=turned.shape, endpoint=True)
    return np.clip(turned + noise, 0, GREY_LEVELS), labels[kept]


def _rotate(images: Integers, degrees: float) -> Integers:
    """Return the images turned counter-clockwise, interpolated bilinearly, empty from outside."""
    centre = (SIDE - 1) / 2
    cosine, sine = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    row, column = np.divmod(np.arange(PIXELS), SIDE)
    down, right = row - centre, column - centre
    source_row = centre + cosine * down + sine * right
    source_column = centre - sine * down + cosine * right

    # From here on integers: a last bit of a cosine must not decide how a grey level rounds.
    row_whole, row_part = np.divmod(_in_subpixels(source_row), _SUBPIXELS)
    column_whole, column_part = np.divmod(_in_subpixels(source_column), _SUBPIXELS)
    padded = np.pad(images.reshape(-1, SIDE, SIDE), ((0, 0), (SIDE, SIDE), (SIDE, SIDE)))
    total = np.zeros_like(images)
    for row_step, row_share in ((0, _SUBPIXELS - row_part), (1, row_part)):
        for column_step, column_share in ((0, _SUBPIXELS - column_part), (1, column_part)):
            neighbour = padded[:, row_whole + row_step + SIDE, column_whole + column_step + SIDE]
            total += neighbour * row_share * column_share
    half = _SUBPIXELS * _SUBPIXELS // 2
    return (total + half) // (_SUBPIXELS * _SUBPIXELS)


def _in_subpixels(position: npt.NDArray[np.float64]) -> Integers:
    return np.rint(position * _SUBPIXELS).astype(np.int64)


def _bundled_digits() -> tuple[Integers, Integers]:
    """
    Return all 1,797 drawings and their labels as scikit-learn bundles them.

    The file is read where it lies: importing scikit-learn for it takes seconds.
    """
    found = find_spec("sklearn")
    if found is None or not found.submodule_search_locations:
        raise WorkloadError("digits", "scikit-learn is not installed", "an installed scikit-learn")
    folder = Path(found.submodule_search_locations[0])
    table = np.loadtxt(
        folder / "datasets" / "data" / "digits.csv.gz", delimiter=",", dtype=np.int64
    )
    return table[:, :PIXELS], table[:, PIXELS]
