"""Publishing: from a trained network to the integer-exact file in the store, with what it cost."""

from dataclasses import dataclass

import numpy as np

from sim.workload.exact import (
    LayerBound,
    evaluate,
    layer_bounds,
    quantise,
    restore,
)
from sim.workload.graph import from_onnx, to_onnx
from sim.workload.models import FINE_TUNING_EPOCHS, Network, Note, fine_tune
from sim.workload.store import Cid, ContentStore, weights_hash
from sim.workload.tasks import Domain


@dataclass(frozen=True, slots=True)
class Published:
    """
    A published model, measured on the held-out images of its domain.

    Accuracies are shares of right labels: `float_accuracy` before rounding to integers,
    `accuracy` of the file in the store. `agreement` is the share of images on which both
    give the same label. `weights_hash` is keccak256 of the file. `base` is the file at the root of
    its weights, the one that was trained from scratch: its own where it was.
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
    )


def fine_tune_published(
    parent: Cid,
    domain: Domain,
    store: ContentStore,
    rng: np.random.Generator,
    epochs: int = FINE_TUNING_EPOCHS,
    note: Note | None = None,
) -> Network:
    """
    Train on from a published model's weights, as anyone who has the file can.

    `note` is told of each epoch's end.

    Raises StoreError for a missing or altered file, and what `from_onnx` raises.
    """
    exact = from_onnx(store.get(parent), place=str(store.folder / parent))
    return fine_tune(restore(exact), domain, rng, epochs, note)
