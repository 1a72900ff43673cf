"""Publishing: from a trained network to the integer-exact file in the store, with what it cost."""

from dataclasses import dataclass, replace
from typing import Literal, NamedTuple

import numpy as np

from sim.workload.deltas import apply, difference, to_bytes
from sim.workload.exact import (
    LayerBound,
    evaluate,
    layer_bounds,
    quantise,
    restore,
)
from sim.workload.graph import from_onnx, to_onnx
from sim.workload.models import FINE_TUNING_EPOCHS, Network, Note, fine_tune
from sim.workload.sealing import SealKey, seal
from sim.workload.store import Cid, ContentStore, weights_hash
from sim.workload.tasks import Domain

Form = Literal["whole", "sealed", "delta"]


class Stored(NamedTuple):
    """
    The file that an owner publishes: the model's own, that one sealed, or a delta of its parent.
    """

    form: Form
    cid: Cid
    size_bytes: int


class DeltaTrial(NamedTuple):
    """What a one-bit delta of a child is like: its size, and right labels with it and without."""

    size_bytes: int
    accuracy: float
    whole_accuracy: float


@dataclass(frozen=True, slots=True)
class Published:
    """
    A published model, measured on the held-out images of its domain.

    Accuracies are shares of right labels: `float_accuracy` before rounding to integers,
    `accuracy` of the file in the store. `agreement` is the share of images on which both
    give the same label. `weights_hash` is keccak256 of the file. `base` is the file at the root of
    its weights, the one that was trained from scratch: its own where it was. `cid` names the
    model's file, `stored` what is published of it; `delta` what a delta is like, where one was
    tried.
    """

    cid: Cid
    weights_hash: bytes
    size_bytes: int
    architecture: str
    parameter_count: int
    domain: str
    float_accuracy: float
    accuracy: float
    agreement: float
    hidden_bits: int
    output_bits: int
    bounds: tuple[LayerBound, LayerBound]
    base: Cid
    stored: Stored
    delta: DeltaTrial | None = None


def publish(
    network: Network, domain: Domain, store: ContentStore, base: Cid | None = None
) -> Published:
    """
    Store the network's integer-exact form and return its measures; without a base it is its own.

    Raises NonFiniteWeightsError and ExactnessError, which name the layer; nothing is stored then.
    """
    exact = quantise(network)
    serialised = to_onnx(exact)
    float_classes = network.classes(domain.held_out_inputs)
    exact_classes = evaluate(exact, domain.held_out_inputs).argmax(axis=1)
    cid = store.put(serialised)
    return Published(
        cid=cid,
        weights_hash=weights_hash(serialised),
        size_bytes=len(serialised),
        architecture=exact.architecture,
        parameter_count=exact.parameter_count,
        domain=domain.name,
        float_accuracy=float(np.mean(float_classes == domain.held_out_labels)),
        accuracy=float(np.mean(exact_classes == domain.held_out_labels)),
        agreement=float(np.mean(float_classes == exact_classes)),
        hidden_bits=exact.hidden_bits,
        output_bits=exact.output_bits,
        bounds=layer_bounds(exact),
        base=base or cid,
        stored=Stored("whole", cid, len(serialised)),
    )


def publish_sealed(
    published: Published, weights: ContentStore, store: ContentStore, key: SealKey
) -> Published:
    """Put a model's file into a store for everybody, sealed; raises StoreError without the file."""
    content = seal(weights.get(published.cid), key)
    return replace(published, stored=Stored("sealed", store.put(content), len(content)))


def publish_delta(
    network: Network, domain: Domain, store: ContentStore, parent: Published
) -> Published:
    """
    Store what a network changed in its published parent, a bit per weight, and return the measures
    of what parent and delta make.

    Raises what `publish` raises, and WorkloadError where the parent has other sizes.
    """
    place = str(store.folder / parent.cid)
    file = store.get(parent.cid)
    delta = difference(file, network, place)
    whole = evaluate(quantise(network), domain.held_out_inputs).argmax(axis=1)
    whole_accuracy = float(np.mean(whole == domain.held_out_labels))
    made = publish(apply(from_onnx(file, place), delta), domain, store, parent.base)
    content = to_bytes(delta)
    return replace(
        made,
        stored=Stored("delta", store.put(content), len(content)),
        delta=DeltaTrial(len(content), made.accuracy, whole_accuracy),
    )


def fine_tune_published(
    parent: bytes,
    domain: Domain,
    rng: np.random.Generator,
    epochs: int = FINE_TUNING_EPOCHS,
    note: Note | None = None,
) -> Network:
    """
    Train on from a published model's weights, as anyone who has the file can.

    `note` is told of each epoch's end.

    Raises what `from_onnx` raises.
    """
    exact = from_onnx(parent, place="the parent of a fork")
    return fine_tune(restore(exact), domain, rng, epochs, note)
