"""Merging: one network whose weights are the mean of several that descend from one base."""

from collections.abc import Sequence

import numpy as np

from sim.workload.errors import WorkloadError
from sim.workload.exact import restore
from sim.workload.graph import from_onnx
from sim.workload.models import Network
from sim.workload.publishing import Published
from sim.workload.store import ContentStore


def average(networks: Sequence[Network]) -> Network:
    """
    Return the network whose every weight is the mean of the networks' (a uniform model soup).

    Raises:
        WorkloadError: There are fewer than two, or their hidden layers differ in width.
    """
    if len(networks) < 2:
        raise WorkloadError("merge", f"{len(networks)} networks to average", "two or more")
    widths = sorted({network.hidden_units for network in networks})
    if len(widths) > 1:
        problem = f"hidden layers of {' and '.join(map(str, widths))} units have no mean"
        raise WorkloadError("merge", problem, "networks whose layers have the same sizes")
    return Network(
        np.mean([network.hidden_weights for network in networks], axis=0),
        np.mean([network.hidden_biases for network in networks], axis=0),
        np.mean([network.output_weights for network in networks], axis=0),
        np.mean([network.output_biases for network in networks], axis=0),
    )


def merge_published(parents: Sequence[Published], store: ContentStore) -> Network:
    """
    Return the mean of published models' weights, in floating point: publishing rounds it once.

    Weights that were trained apart from the start have no meaningful mean, so all must descend
    from one base.

    Raises:
        WorkloadError: There are fewer than two; their architectures or their bases differ.
        StoreError: A file is missing or altered.
    """
    architectures = sorted({parent.architecture for parent in parents})
    if len(architectures) > 1:
        problem = f"{' and '.join(architectures)} are different architectures"
        raise WorkloadError("merge", problem, "models of one architecture")
    bases = sorted({parent.base for parent in parents})
    if len(bases) > 1:
        problem = f"the models descend from different bases: {' and '.join(bases)}"
        raise WorkloadError("merge", problem, "models that were fine-tuned from one base")
    return average(
        [
            restore(from_onnx(store.get(parent.cid), place=str(store.folder / parent.cid)))
            for parent in parents
        ]
    )
