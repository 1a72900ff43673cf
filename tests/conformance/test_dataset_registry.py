"""Data by its hash, and the way from a token back to it, on every machine."""

from dataclasses import dataclass

import pytest

from protocol.dataset_registry import (
    MAXIMUM_STEPS,
    Dataset,
    DatasetCountInvalid,
    DatasetRegistered,
    DatasetRegistry,
    DatasetsNotAscending,
    DatasetTaken,
    HashIsZero,
    OperationsWithoutData,
    Step,
    Training,
    TrainingKnown,
    TrainingRecorded,
    UnknownDataset,
)
from protocol.errors import NotModelOwner, UnknownLicence, UnknownVersion
from protocol.hashing import keccak, word
from protocol.licences import ALL_CLASSES, Licences, Terms
from protocol.lineage import Lineage, Parent
from protocol.model_registry import ModelRegistry
from protocol.model_registry_terms import Registration
from protocol.openzeppelin.errors import ERC721NonexistentToken
from protocol.types import ZERO_HASH, Address, Log, Receipt
from sim.rulebook import call

DIGITS, NOISE, LOG = keccak(b"digits"), keccak(b"noise"), keccak(b"log")


@dataclass
class Desk:
    """Who registers models and data."""

    machine: object
    owner: Address

    def do(self, method, *arguments, by=None):
        return self.machine.execute(call(method, *arguments).by(by or self.owner, self.machine.now))

    def ask(self, function, *arguments):
        return self.machine.view("dataset_registry", function, *arguments)

    def registration(self, name):
        shares = ((self.owner,), (10_000,))
        return Registration("", keccak(name), "", "mlp", 9, 1, 0, *shares)

    def model(self, name=b"model"):
        return self.do(ModelRegistry.register, self.registration(name)).value

    def version(self, model_id, parent, name):
        publish = (model_id, parent, keccak(name), "", "mlp", 9, 1)
        return self.do(ModelRegistry.publish_version, *publish).value

    def fork(self, parent, name):
        return self.do(Lineage.fork, Parent(*parent, 0), self.registration(name)).value

    def merge(self, name, *parents):
        named = tuple(Parent(*parent, 0) for parent in parents)
        return self.do(Lineage.merge, named, self.registration(name)).value

    def dataset(self, content_hash, uri="", licence=1, by=None):
        return self.do(DatasetRegistry.register, content_hash, uri, licence, by=by)

    def record(self, version, datasets, log=LOG, operations=5, by=None):
        training = (*version, datasets, log, operations)
        return self.do(DatasetRegistry.record_training, *training, by=by)


@pytest.fixture
def desk(machine, creator):
    desk = Desk(machine, creator)
    terms = Terms(True, 2, 0, False, ALL_CLASSES, ALL_CLASSES)
    assert desk.do(Licences.create, terms).value == 1
    return desk


def test_a_dataset_is_the_same_on_every_machine(desk, machine, host):
    receipt = desk.dataset(DIGITS, 'ipfs://"é"', by=host)

    event = DatasetRegistered(1, host, DIGITS, 1, 'ipfs://"é"')
    assert receipt == Receipt(value=1, events=(Log("dataset_registry", event),))
    assert desk.ask("dataset_of", 1) == Dataset(host, machine.now, 1, DIGITS, 'ipfs://"é"')
    assert desk.ask("dataset_id_of", DIGITS) == 1
    assert desk.ask("dataset_id_of", NOISE) == 0
    assert desk.ask("count") == 1


def test_data_is_registered_once_and_for_one_owner(desk, host):
    assert desk.dataset(DIGITS).ok

    assert desk.dataset(DIGITS, "elsewhere", by=host) == Receipt(refusal=DatasetTaken(DIGITS, 1))
    assert desk.dataset(ZERO_HASH) == Receipt(refusal=HashIsZero())
    assert desk.dataset(NOISE, licence=0) == Receipt(refusal=UnknownLicence(0))
    assert desk.dataset(NOISE, licence=2) == Receipt(refusal=UnknownLicence(2))
    assert desk.ask("dataset_of", 0) == UnknownDataset(0)
    assert desk.ask("dataset_of", 2) == UnknownDataset(2)


def test_a_training_is_recorded_by_the_owner_once_and_for_good(desk, machine, intruder):
    model = desk.model()
    assert desk.dataset(DIGITS).ok
    assert desk.dataset(NOISE).ok
    assert desk.record((model, 1), (1,), by=intruder) == Receipt(
        refusal=NotModelOwner(model, intruder)
    )

    receipt = desk.record((model, 1), (1, 2), operations=2**64 - 1)

    event = TrainingRecorded(model, 1, (1, 2), LOG, 2**64 - 1)
    assert receipt == Receipt(events=(Log("dataset_registry", event),))
    recorded = Training((1, 2), LOG, 2**64 - 1, machine.now)
    assert desk.ask("training_of", model, 1) == recorded
    again = desk.record((model, 1), (1,))
    assert again == Receipt(refusal=TrainingKnown(model, 1))
    assert desk.ask("training_of", model, 1) == recorded


def test_what_cannot_have_been_is_not_recorded(desk):
    model = desk.model()
    assert desk.dataset(DIGITS).ok
    assert desk.dataset(NOISE).ok

    refused = {
        (model + 1, 1, (1,), LOG): ERC721NonexistentToken(model + 1),
        (model, 0, (1,), LOG): UnknownVersion(model, 0),
        (model, 2, (1,), LOG): UnknownVersion(model, 2),
        (model, 1, (1,), ZERO_HASH): HashIsZero(),
        (model, 1, (), LOG): DatasetCountInvalid(0, 32),
        (model, 1, tuple(range(1, 34)), LOG): DatasetCountInvalid(33, 32),
        (model, 1, (0,), LOG): UnknownDataset(0),
        (model, 1, (1, 3), LOG): UnknownDataset(3),
        (model, 1, (2, 1), LOG): DatasetsNotAscending(1),
        (model, 1, (1, 1), LOG): DatasetsNotAscending(1),
    }
    for (model_id, version, datasets, log), refusal in refused.items():
        assert desk.record((model_id, version), datasets, log) == Receipt(refusal=refusal)
    assert desk.ask("training_of", model, 1) == Training((), ZERO_HASH, 0, 0)


def test_a_training_has_up_to_32_datasets(desk):
    model = desk.model()
    for number in range(32):
        assert desk.dataset(keccak(word(number))).ok

    assert desk.record((model, 1), tuple(range(1, 33))).ok
    hashes = tuple(keccak(word(number)) for number in range(32))
    assert desk.ask("trace_of", model, 1) == ((Step(model, 1, LOG, 5, hashes),), True)


def test_a_fork_is_traced_to_the_data_of_everything_it_came_from(desk):
    base = desk.model()
    assert desk.version(base, 1, b"better") == 2
    fork = desk.fork((base, 2), b"fork")
    for content_hash in (DIGITS, NOISE):
        assert desk.dataset(content_hash).ok
    assert desk.record((base, 1), (1,), operations=840).ok
    assert desk.record((fork, 1), (1, 2), keccak(b"tuning"), 252).ok

    traced = desk.ask("trace_of", fork, 1)

    assert traced == (
        (
            Step(fork, 1, keccak(b"tuning"), 252, (DIGITS, NOISE)),
            Step(base, 2, ZERO_HASH, 0, ()),
            Step(base, 1, LOG, 840, (DIGITS,)),
        ),
        True,
    )
    assert desk.ask("trace_of", fork, 2) == UnknownVersion(fork, 2)
    assert desk.ask("trace_of", 0, 1) == UnknownVersion(0, 1)


def test_a_merged_model_is_traced_to_the_data_of_all_its_parents(desk):
    base = desk.model()
    left, right = (desk.fork((base, 1), name) for name in (b"left", b"right"))
    merged = desk.merge(b"merged", (left, 1), (right, 1))
    grandchild = desk.fork((merged, 1), b"grandchild")
    data = (DIGITS, NOISE, keccak(b"turned"), keccak(b"last"))
    for content_hash in data:
        assert desk.dataset(content_hash).ok
    for model, datasets in ((base, (1,)), (left, (1, 2)), (right, (3,)), (grandchild, (4,))):
        assert desk.record((model, 1), datasets).ok
    digits, noise, turned, last = data
    found = (last, digits, noise, turned)
    assert desk.ask("data_of", grandchild, 1) == (found, False)

    recorded = desk.record((merged, 1), (), keccak(b"mean"), 0)

    event = TrainingRecorded(merged, 1, (), keccak(b"mean"), 0)
    assert recorded == Receipt(events=(Log("dataset_registry", event),))
    assert desk.ask("data_of", grandchild, 1) == (found, True)
    assert desk.ask("data_of", merged, 1) == ((digits, noise, turned), True)
    steps, complete = desk.ask("trace_of", merged, 1)
    assert complete
    assert steps[0] == Step(merged, 1, keccak(b"mean"), 0, ())
    assert [step[0] for step in steps] == [merged, left, right, base]
    assert desk.ask("data_of", merged, 2) == UnknownVersion(merged, 2)


def test_only_a_mean_of_others_names_no_data(desk):
    base = desk.model()
    left, right = (desk.fork((base, 1), name) for name in (b"left", b"right"))
    merged = desk.merge(b"merged", (left, 1), (right, 1))
    assert desk.version(merged, 1, b"tuned") == 2
    assert desk.dataset(DIGITS).ok
    none = Receipt(refusal=DatasetCountInvalid(0, 32))

    assert desk.record((base, 1), (), operations=0) == none
    assert desk.record((left, 1), (), operations=0) == none
    assert desk.record((merged, 2), (), operations=0) == none
    refused = desk.record((merged, 1), (), operations=1)
    assert refused == Receipt(refusal=OperationsWithoutData(1))
    # A mean that was trained on afterwards names what it was trained on.
    assert desk.record((merged, 1), (1,), operations=1).ok
    assert desk.ask("training_of", merged, 1)[0] == (1,)


def test_a_way_that_is_too_long_says_so_and_its_last_step_goes_on(desk):
    model = desk.model()
    for version in range(1, MAXIMUM_STEPS + 1):
        assert desk.version(model, version, word(version)) == version + 1

    def unrecorded(versions):
        return tuple(Step(model, version, ZERO_HASH, 0, ()) for version in versions)

    whole = unrecorded(range(MAXIMUM_STEPS, 0, -1))
    assert desk.ask("trace_of", model, MAXIMUM_STEPS) == (whole, True)
    cut = unrecorded(range(MAXIMUM_STEPS + 1, 1, -1))
    assert desk.ask("trace_of", model, MAXIMUM_STEPS + 1) == (cut, False)
    assert desk.ask("trace_of", model, 2) == (unrecorded((2, 1)), True)


def test_a_sold_model_keeps_its_record_and_its_new_owner_goes_on(desk, creator, host):
    model = desk.model()
    assert desk.dataset(DIGITS).ok
    assert desk.record((model, 1), (1,)).ok
    assert desk.do(ModelRegistry.transfer_from, creator, host, model).ok

    assert desk.record((model, 1), (1,), by=host) == Receipt(refusal=TrainingKnown(model, 1))
    assert desk.record((model, 1), (1,)) == Receipt(refusal=NotModelOwner(model, creator))
