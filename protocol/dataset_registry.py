"""DatasetRegistry.sol: data by its hash, and which version of a model was trained on which."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from protocol.contract import Contract, Observed
from protocol.deployment import Deployment
from protocol.errors import NotModelOwner, UnknownLicence, UnknownVersion
from protocol.types import ZERO_HASH, Address, Context, Event, ProtocolError

if TYPE_CHECKING:
    from protocol.world import World

MAXIMUM_DATASETS = 32
MAXIMUM_STEPS = 32


class Dataset(NamedTuple):
    """Registered data: whose it is, under which licence, its hash, and where it lies."""

    owner: Address
    registered_at: int
    licence_id: int
    content_hash: bytes
    uri: str


class Training(NamedTuple):
    """
    How a version was trained.

    `operations` counts gradient steps; `recorded_at` is 0 for a version without a record.
    """

    dataset_ids: tuple[int, ...]
    log_hash: bytes
    operations: int
    recorded_at: int


class Step(NamedTuple):
    """A version on the way from a token to its data; the log's hash is zero without a record."""

    model_id: int
    version: int
    log_hash: bytes
    operations: int
    content_hashes: tuple[bytes, ...]


NO_TRAINING = Training((), ZERO_HASH, 0, 0)


@dataclass(eq=False)
class DatasetCountInvalid(ProtocolError):
    """A training has 1 to 32 datasets."""

    datasets: int
    maximum: int


@dataclass(eq=False)
class DatasetTaken(ProtocolError):
    """The data is registered already."""

    content_hash: bytes
    dataset_id: int


@dataclass(eq=False)
class DatasetsNotAscending(ProtocolError):
    """Datasets are named once each, in ascending order."""

    dataset_id: int


@dataclass(eq=False)
class HashIsZero(ProtocolError):
    """Zero is the hash of nothing."""


@dataclass(eq=False)
class OperationsWithoutData(ProtocolError):
    """Nothing is trained on no data."""

    operations: int


@dataclass(eq=False)
class TrainingKnown(ProtocolError):
    """What the ledger says of a version stays."""

    model_id: int
    version: int


@dataclass(eq=False)
class UnknownDataset(ProtocolError):
    """There is no such dataset."""

    dataset_id: int


@dataclass(frozen=True, slots=True)
class DatasetRegistered(Event):
    """A dataset is known from now on."""

    dataset_id: int
    owner: Address
    content_hash: bytes
    licence_id: int
    uri: str


@dataclass(frozen=True, slots=True)
class TrainingRecorded(Event):
    """It is on record, for good, how a version was trained."""

    model_id: int
    version: int
    dataset_ids: tuple[int, ...]
    log_hash: bytes
    operations: int


class DatasetRegistry(Contract):
    """Datasets, and an append-only ledger of the training of each version."""

    NAME = "dataset_registry"
    SOLIDITY = "DatasetRegistry"
    EVENTS = (DatasetRegistered, TrainingRecorded)
    ERRORS = (
        DatasetCountInvalid,
        DatasetTaken,
        DatasetsNotAscending,
        HashIsZero,
        NotModelOwner,
        OperationsWithoutData,
        TrainingKnown,
        UnknownDataset,
        UnknownLicence,
        UnknownVersion,
    )
    OBSERVED = (
        Observed("count"),
        Observed("data_of", "_trainings"),
        Observed("dataset_id_of", "_dataset_ids"),
        Observed("dataset_of", "_datasets"),
        Observed("trace_of", "_trainings"),
        Observed("training_of", "_trainings"),
    )

    def __init__(self, world: "World") -> None:
        super().__init__(world)
        self._count = self.cell(0)
        self._datasets = self.table()
        self._dataset_ids = self.table()
        self._trainings = self.table()

    @classmethod
    def constructor_arguments(cls, deployment: Deployment) -> tuple[Any, ...]:
        """Return the addresses of Licences, ModelRegistry and Lineage."""
        names = ("licences", "model_registry", "lineage")
        return tuple(deployment.addresses[name] for name in names)

    def register(self, ctx: Context, content_hash: bytes, uri: str, licence_id: int) -> int:
        """
        Register data as the caller's, and return its number.

        Raises:
            HashIsZero: The hash is zero.
            UnknownLicence: There is no such licence.
            DatasetTaken: The data is registered already.
        """
        if content_hash == ZERO_HASH:
            raise HashIsZero
        if not 1 <= licence_id <= self._world.licences.count(self.as_caller(ctx)):
            raise UnknownLicence(licence_id)
        if content_hash in self._dataset_ids:
            raise DatasetTaken(content_hash, self._dataset_ids[content_hash])

        dataset_id: int = self._count.value + 1
        self._count.value = dataset_id
        dataset = Dataset(ctx.sender, ctx.timestamp, licence_id, content_hash, uri)
        self._datasets[dataset_id] = dataset
        self._dataset_ids[content_hash] = dataset_id
        self.emit(DatasetRegistered(dataset_id, ctx.sender, content_hash, licence_id, uri))
        return dataset_id

    def record_training(
        self,
        ctx: Context,
        model_id: int,
        version: int,
        dataset_ids: Sequence[int],
        log_hash: bytes,
        operations: int,
    ) -> None:
        """
        Record, once and for good, how a version was trained.

        Of a merged model's first version, which is a mean of others', the record may name no data:
        its data are its parents'.

        Raises:
            ERC721NonexistentToken: There is no such model.
            NotModelOwner: The caller does not own the model.
            UnknownVersion: The model has no such version.
            TrainingKnown: The version has a record.
            HashIsZero: The log's hash is zero.
            DatasetCountInvalid: There is no dataset, though the version is no mean of others, or
                there are more than 32.
            UnknownDataset: There is no such dataset.
            DatasetsNotAscending: A dataset is not above the one named before it.
            OperationsWithoutData: It names no data, and operations.
        """
        own = self.as_caller(ctx)
        if self._world.model_registry.owner_of(own, model_id) != ctx.sender:
            raise NotModelOwner(model_id, ctx.sender)
        if not 0 < version <= self._world.model_registry.latest_version(own, model_id):
            raise UnknownVersion(model_id, version)
        if (model_id, version) in self._trainings:
            raise TrainingKnown(model_id, version)
        if log_hash == ZERO_HASH:
            raise HashIsZero
        # A mean of others' weights was trained on nothing itself.
        if dataset_ids or not self._is_merged(ctx, model_id, version):
            self._require_datasets(dataset_ids)
        if operations and not dataset_ids:
            raise OperationsWithoutData(operations)

        training = Training(tuple(dataset_ids), log_hash, operations, ctx.timestamp)
        self._trainings[model_id, version] = training
        self.emit(TrainingRecorded(model_id, version, training.dataset_ids, log_hash, operations))

    def dataset_of(self, ctx: Context, dataset_id: int) -> Dataset:
        """
        Return a dataset.

        Raises:
            UnknownDataset: There is no such dataset.
        """
        del ctx
        self._require_dataset(dataset_id)
        dataset: Dataset = self._datasets[dataset_id]
        return dataset

    def dataset_id_of(self, ctx: Context, content_hash: bytes) -> int:
        """Return the dataset that holds data, 0 for unknown data."""
        del ctx
        dataset_id: int = self._dataset_ids.get(content_hash, 0)
        return dataset_id

    def count(self, ctx: Context) -> int:
        """Return how many datasets there are."""
        del ctx
        count: int = self._count.value
        return count

    def training_of(self, ctx: Context, model_id: int, version: int) -> Training:
        """Return what the ledger says of a version; empty where nothing was recorded."""
        del ctx
        training: Training = self._trainings.get((model_id, version), NO_TRAINING)
        return training

    def trace_of(self, ctx: Context, model_id: int, version: int) -> tuple[tuple[Step, ...], bool]:
        """
        Return the way from a version back to its data: the version, then what each came from.

        Each once, the nearest first, up to 32; and whether these are all.

        Raises:
            UnknownVersion: There is no such version.
        """
        way, complete = self._way(ctx, model_id, version)
        return tuple(self._step(*here) for here in way), complete

    def data_of(self, ctx: Context, model_id: int, version: int) -> tuple[tuple[bytes, ...], bool]:
        """
        Return the hashes of the data that a version was trained on, through all that it came from.

        Each once, the nearest first; and whether these are all: the trace is complete, and each
        step of it is on record.

        Raises:
            UnknownVersion: There is no such version.
        """
        way, complete = self._way(ctx, model_id, version)
        found = {hash_: None for here in way for hash_ in self._step(*here).content_hashes}
        return tuple(found), complete and all(here in self._trainings for here in way)

    def _way(self, ctx: Context, model_id: int, version: int) -> tuple[list[tuple[int, int]], bool]:
        way = [(model_id, version)]
        complete = True
        for here in way:
            for origin in self._origins(ctx, *here):
                if origin in way:
                    continue
                complete = complete and len(way) < MAXIMUM_STEPS
                if complete:
                    way.append(origin)
        return way, complete

    def _is_merged(self, ctx: Context, model_id: int, version: int) -> bool:
        own, registry = self.as_caller(ctx), self._world.model_registry
        is_first = registry.version_of(own, model_id, version).parent == 0
        return is_first and len(self._world.lineage.parents_of(own, model_id)) > 1

    def _origins(self, ctx: Context, model_id: int, version: int) -> list[tuple[int, int]]:
        # An earlier version of the model, or versions of the older ones that it descends from:
        # the way has an end.
        own = self.as_caller(ctx)
        parent = self._world.model_registry.version_of(own, model_id, version).parent
        if parent:
            return [(model_id, parent)]
        parents = self._world.lineage.parents_of(own, model_id)
        return [(each.model_id, each.version) for each in parents]

    def _step(self, model_id: int, version: int) -> Step:
        training: Training = self._trainings.get((model_id, version), NO_TRAINING)
        hashes = tuple(self._datasets[each].content_hash for each in training.dataset_ids)
        return Step(model_id, version, training.log_hash, training.operations, hashes)

    def _require_datasets(self, dataset_ids: Sequence[int]) -> None:
        if not 1 <= len(dataset_ids) <= MAXIMUM_DATASETS:
            raise DatasetCountInvalid(len(dataset_ids), MAXIMUM_DATASETS)
        previous = 0
        for dataset_id in dataset_ids:
            self._require_dataset(dataset_id)
            if dataset_id <= previous:
                raise DatasetsNotAscending(dataset_id)
            previous = dataset_id

    def _require_dataset(self, dataset_id: int) -> None:
        if not 1 <= dataset_id <= self._count.value:
            raise UnknownDataset(dataset_id)
