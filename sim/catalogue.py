"""
What is published: files, measured accuracy and circuits of every model version, as found off
chain by events.
"""

from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from sim.agents.choice import Floats
from sim.scenario.schema import Domain as DomainSection
from sim.scenario.schema import Workload
from sim.streams import stream
from sim.workload.credentials import SETTINGS, Credential, range_model
from sim.workload.inference import InferenceEngine, InputTable
from sim.workload.merging import merge_published
from sim.workload.models import Network
from sim.workload.publishing import Published, publish, publish_delta, publish_sealed
from sim.workload.sealing import SealKey, unseal
from sim.workload.store import Cid, ContentStore
from sim.workload.tasks import Domain, Shift, base_domain, shifted_domain
from sim.workload.training import StoredLog
from zk import Cache, CircuitSettings, Keys, Proof, Prover, commit_input
from zk.circuit import InputVisibility, logrows_for
from zk.field import point_hash

_SMALLEST_LOGROWS = 11


@dataclass(frozen=True, eq=False)
class Listing:
    """
    One published version.

    `accuracy` has the measured share of right labels on each domain's held-out images;
    `keys` are being made by a worker process while the simulation goes on; `log` says how the
    version was trained.
    """

    model_id: int
    version: int
    owner: str
    domain: int
    published: Published
    accuracy: Floats
    keys: Future[Keys]
    log: StoredLog


class Catalogue:
    """Every listing by model and version; the newest of each model is the one on offer."""

    def __init__(self) -> None:
        self._versions: dict[tuple[int, int], Listing] = {}
        self._newest: dict[int, Listing] = {}
        self.other_keys: list[Future[Keys]] = []
        """Keys of circuits that are no model's."""

    def every_key(self) -> Iterator[Future[Keys]]:
        """Yield the keys of all circuits that anybody may prove with."""
        yield from (listing.keys for listing in self._versions.values())
        yield from self.other_keys

    def add(self, listing: Listing) -> None:
        """Put a version on offer in place of the model's earlier ones."""
        self._versions[listing.model_id, listing.version] = listing
        self._newest[listing.model_id] = listing

    def newest(self) -> list[Listing]:
        """Return each model's newest version, oldest model first."""
        return list(self._newest.values())

    def all_versions(self) -> list[Listing]:
        """Return every version, in the order of publication."""
        return list(self._versions.values())

    def made_of(self, cid: Cid) -> Listing | None:
        """Return the version whose file this is, None for a file that nobody published."""
        versions = self._versions.values()
        return next((each for each in versions if each.published.cid == cid), None)

    def of(self, model_id: int, version: int) -> Listing:
        """Return one version."""
        return self._versions[model_id, version]


class Workshop:
    """Where models are made, measured, run and proven: the real part of the market."""

    def __init__(self, workload: Workload, seed: int, cache: Path, prover: Prover) -> None:
        self.workload = workload
        self.prover = prover
        self.store = ContentStore(cache / "store")
        self.weights = self.store
        """Where hosts have the weights that they run, in the clear."""
        if workload.weights == "sealed":
            self.weights = ContentStore(cache / "weights")
        self.circuits = Cache(cache / "zk")
        base = base_domain()
        self.domains = [_domain(section, base, seed) for section in workload.domains]
        self.inputs = InputTable(self.domains)
        self.inference = InferenceEngine(self.weights, self.inputs)
        self._input_visibility: InputVisibility = (
            "opened" if workload.input_commitment == "hash" else "committed"
        )
        self._commitments: dict[bytes, dict[int, bytes]] = {}
        self._proofs: dict[tuple[str, int], Future[Proof]] = {}

    def publish(
        self, network: Network, domain: int, base: Cid | None = None, key: SealKey | None = None
    ) -> Published:
        """
        Store a network in its integer-exact form, with a key sealed; raises ExactnessError where
        there is no such form.
        """
        published = publish(network, self.domains[domain], self.weights, base)
        if key is not None:
            return publish_sealed(published, self.weights, self.store, key)
        if self.weights is not self.store:
            self.store.put(self.weights.get(published.cid))
        return published

    def read(self, published: Published, key: bytes, commitment: bytes) -> bytes:
        """
        Return a model's file, as whoever has a key or needs none; raises WorkloadError where the
        key does not open it.
        """
        if published.stored.form != "sealed":
            return self.weights.get(published.cid)
        cid = published.stored.cid
        place = str(self.store.folder / cid)
        return unseal(self.store.get(cid), key, commitment, published.weights_hash, place)

    def publish_delta(self, network: Network, domain: int, parent: Published) -> Published:
        """Store a child of a published model as a one-bit delta; raises what `publish` raises."""
        return publish_delta(network, self.domains[domain], self.weights, parent)

    def merge(self, parents: Sequence[Published]) -> Network:
        """Return the mean of the files' weights; raises WorkloadError where they have none."""
        return merge_published(parents, self.weights)

    def float_accuracy(self, network: Network) -> Floats:
        """Return an unpublished network's share of right labels on every domain."""
        return np.array(
            [
                np.mean(network.classes(domain.held_out_inputs) == domain.held_out_labels)
                for domain in self.domains
            ]
        )

    def accuracy(self, published: Published) -> Floats:
        """Return the file's measured accuracy on every domain."""
        return np.array(
            [self.inference.accuracy(published.cid, domain.name) for domain in self.domains]
        )

    def prepare(self, published: Published) -> Future[Keys]:
        """Return the future of a model's circuit and keys, made by a worker process."""
        # All weights in one column, so that one point binds them. Inputs are grey levels within
        # the bounds that
        # the registry states, so the circuit need not check their range again.
        circuit = CircuitSettings(
            logrows=max(_SMALLEST_LOGROWS, logrows_for(published.parameter_count)),
            input_visibility=self._input_visibility,
            ignore_range_check=True,
        )
        path = self.weights.folder / published.cid
        return self.prover.submit_prepare(path, circuit, self.circuits)

    def input_commitments(self, listing: Listing, rows: Sequence[int]) -> list[bytes]:
        """
        Return what receipts say of their inputs: the hash of its commitment point, or of the input
        where it is opened.

        Inputs recur, so each is committed once per circuit.
        """
        if self._input_visibility == "opened":
            return [self.inputs.input_hash(row) for row in rows]
        keys = listing.keys.result()
        known = self._commitments.setdefault(keys.key_digest, {})
        for row in rows:
            if row not in known:
                point = commit_input(keys, self.inputs.inputs[row].tolist(), self.circuits)
                known[row] = point_hash(point)
        return [known[row] for row in rows]

    def prepare_range(self, low: int, high: int) -> Future[Keys]:
        """Return the future of the keys of a circuit that shows a range of hidden data."""
        path = self.store.folder / self.store.put(range_model(low, high))
        return self.prover.submit_prepare(path, SETTINGS, self.circuits)

    def commitment(self, keys: Keys, credential: Credential) -> bytes:
        """Return the hash of the point that commits to a credential."""
        return point_hash(commit_input(keys, list(credential.inputs), self.circuits))

    def proof(self, listing: Listing, row: int) -> Future[Proof]:
        """
        Return the future of a proof of a version's output; the same version and input are proven
        once.
        """
        key = (listing.published.cid, row)
        if key not in self._proofs:
            values = self.inputs.inputs[row].tolist()
            self._proofs[key] = self.prover.submit(listing.keys.result(), values)
        return self._proofs[key]


def _domain(section: DomainSection, base: Domain, seed: int) -> Domain:
    shift = Shift(section.rotation, section.noise, tuple(section.classes))
    return shifted_domain(section.name, base, shift, stream(seed, f"domain-{section.name}"))
