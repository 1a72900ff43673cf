"""Networks on chain: the same sums on every machine, and what is refused."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pytest

from protocol.errors import NotModelOwner, UnknownVersion
from protocol.licences import ALL_CLASSES, Terms
from protocol.model_registry_terms import Registration
from protocol.onchain_inference import (
    MAXIMUM_CHUNK,
    ChunkStored,
    Network,
    NetworkRegistered,
    OnchainInference,
)
from protocol.onchain_inference_errors import (
    AccumulatorTooLarge,
    ChunkCutsRow,
    ChunkKnown,
    ChunkSizeInvalid,
    InputBoundInvalid,
    InputLengthMismatch,
    InputOutOfBounds,
    LayerCountInvalid,
    LayerSizeInvalid,
    NetworkKnown,
    NoNetwork,
    UnknownChunk,
    WeightsLengthMismatch,
)
from protocol.openzeppelin.errors import EmptyRevert, ERC721NonexistentToken
from protocol.payment_channels import COIN
from protocol.types import Address, Call, Log, Receipt
from sim.rulebook import call
from sim.workload.packing import DenseLayer, Packed, pack_layers
from zk.field import output_hash

NOBODY = Address("0x" + "99" * 20)


@dataclass
class Model:
    """A registered model, and its network where it has one."""

    machine: object
    owner: Address

    def do(self, method, *arguments, by=None):
        unsent = call(method, *arguments)
        return self.machine.execute(unsent.by(by or self.owner, self.machine.now))

    def store(self, *chunks):
        return tuple(self.do(OnchainInference.store_chunk, chunk).value for chunk in chunks)

    def register(self, sizes, bound, chunks, *, model_id=1, version=1, by=None):
        network = (model_id, version, sizes, bound, chunks)
        return self.do(OnchainInference.register_network, *network, by=by)

    def put(self, packed: Packed, bound: int):
        registered = self.register(packed.sizes, bound, self.store(*packed.chunks))
        assert registered.ok, registered

    def infer(self, *numbers):
        return self.do(OnchainInference.infer, 1, 1, numbers)


@pytest.fixture
def model(machine, creator):
    terms = Terms(True, 2, 0, False, ALL_CLASSES, ALL_CLASSES)
    assert machine.call("licences", "create", terms, sender=creator).ok
    registration = Registration("", b"\1" * 32, "", "mlp", 9, 1, 0, (creator,), (10_000,))
    assert machine.call("model_registry", "register", registration, sender=creator).ok
    return Model(machine, creator)


def layer(weights, biases):
    return DenseLayer("any", np.array(weights), np.array(biases))


SMALL = (
    layer([[3, -5, 32_767], [-7, 2, -32_768]], [10, -20, 30]),
    layer([[1, -1], [2, -2], [3, 4]], [-(2**23), 5]),
)
"""Two inputs, three hidden units, two logits."""


def expected(layers, inputs):
    values = np.array(inputs)
    for number, each in enumerate(layers, start=1):
        values = values @ each.weights + each.biases
        if number < len(layers):
            values = np.maximum(values, 0)
    return tuple(values.tolist())


def random_layers(rng, sizes, largest):
    return tuple(
        layer(
            rng.integers(-largest, largest, (inputs, units), endpoint=True),
            rng.integers(-largest, largest, units, endpoint=True),
        )
        for inputs, units in pairwise(sizes)
    )


@pytest.mark.parametrize("inputs", [(0, 0), (1, 0), (-3, 3), (2, -3)])
def test_a_network_computes_the_same_on_every_machine(model, inputs):
    model.put(pack_layers(SMALL), 3)

    receipt = model.infer(*inputs)

    logits = expected(SMALL, inputs)
    assert receipt == Receipt(value=(logits, logits.index(max(logits))))
    digest = model.do(OnchainInference.output_hash, 1, 1, inputs)
    assert digest == Receipt(value=output_hash(logits))


@pytest.mark.parametrize(
    "sizes",
    [(1, 1), (3, 16), (5, 17, 2), (4, 31, 33, 15), (7, 64, 48), (2, 2, 2, 2, 2, 2, 2, 2, 2)],
    ids=str,
)
def test_any_shape_computes_what_numpy_does(model, sizes):
    rng = np.random.default_rng(len(sizes))
    layers = random_layers(rng, sizes, largest=3)
    model.put(pack_layers(layers), 9)

    for _ in range(3):
        inputs = tuple(rng.integers(-9, 9, sizes[0], endpoint=True).tolist())
        logits, label = model.infer(*inputs).value

        assert logits == expected(layers, inputs)
        assert label == int(np.argmax(logits))


def test_a_network_that_needs_several_chunks_computes_the_same(model):
    rng = np.random.default_rng(5)
    layers = random_layers(rng, (70, 300, 5), largest=20)
    packed = pack_layers(layers)
    assert len(packed.chunks) == 2
    assert all(len(each) <= MAXIMUM_CHUNK for each in packed.chunks)
    model.put(packed, 5)

    inputs = tuple(rng.integers(-5, 5, 70, endpoint=True).tolist())

    assert model.infer(*inputs).value[0] == expected(layers, inputs)


def test_storing_and_registering_announce_what_lies_where(model, machine):
    data = pack_layers(SMALL).chunks[0]

    stored = model.do(OnchainInference.store_chunk, data, by=NOBODY)
    chunk = stored.value
    registered = model.register((2, 3, 2), 3, (chunk,))

    name = "onchain_inference"
    assert stored.events == (Log(name, ChunkStored(chunk, len(data))),)
    event = NetworkRegistered(1, 1, (2, 3, 2), 3, (chunk,))
    assert registered == Receipt(events=(Log(name, event),))
    assert machine.view(name, "network_of", 1, 1) == Network((2, 3, 2), 3, (chunk,))
    assert machine.view(name, "is_chunk", chunk) is True
    assert machine.view(name, "is_chunk", NOBODY) is False


def test_layers_may_lie_in_chunks_of_their_own_and_be_shared(model):
    square = layer([[2, -1], [1, 1]], [0, -3])
    (chunk,) = model.store(*pack_layers((square,)).chunks)

    assert model.register((2, 2, 2, 2), 5, (chunk, chunk, chunk)).ok
    assert model.infer(5, -4).value[0] == expected((square,) * 3, (5, -4))


def test_a_chunk_that_coin_is_sent_from_holds_what_it_held(model, machine):
    packed = pack_layers(SMALL)
    (chunk,) = model.store(*packed.chunks)

    # Nobody has a key to it, and a chain need not know: one call is refused, one spends the coin.
    refused = machine.execute(Call("streams", "withdraw", (1,), chunk, machine.now, 1))

    assert refused == Receipt(refusal=EmptyRevert())
    terms = (model.owner, COIN, 7, machine.now + 86_400)
    assert machine.execute(Call("payment_channels", "open", terms, chunk, machine.now, 7)).ok
    assert model.register(packed.sizes, 3, (chunk,)).ok
    assert model.infer(1, -2).value[0] == expected(SMALL, (1, -2))


def test_the_first_of_equal_logits_is_the_label(model):
    model.put(pack_layers((layer([[1, 4, 4]], [0, 0, 0]),)), 3)

    assert model.infer(2).value == ((2, 8, 8), 1)
    assert model.infer(-1).value == ((-1, -4, -4), 0)


def test_the_same_bytes_are_stored_once(model):
    (chunk,) = model.store(b"\1\2\3")

    again = model.do(OnchainInference.store_chunk, b"\1\2\3", by=NOBODY)

    assert again == Receipt(refusal=ChunkKnown(chunk))


@pytest.mark.parametrize("size", [0, MAXIMUM_CHUNK + 1])
def test_a_chunk_has_the_size_of_a_contract(model, size):
    receipt = model.do(OnchainInference.store_chunk, bytes(size))

    assert receipt == Receipt(refusal=ChunkSizeInvalid(size, MAXIMUM_CHUNK))


def test_the_largest_chunk_is_stored(model):
    assert model.do(OnchainInference.store_chunk, b"\xef" * MAXIMUM_CHUNK).ok


def test_only_the_owner_registers_a_version_once(model, intruder):
    packed = pack_layers(SMALL)
    chunks = model.store(*packed.chunks)
    good = (packed.sizes, 3, chunks)

    assert model.register(*good, by=intruder).refusal == NotModelOwner(1, intruder)
    assert model.register(*good, model_id=2).refusal == ERC721NonexistentToken(2)
    assert model.register(*good, version=0).refusal == UnknownVersion(1, 0)
    assert model.register(*good, version=2).refusal == UnknownVersion(1, 2)
    assert model.register(*good).ok
    assert model.register(*good).refusal == NetworkKnown(1, 1)


@pytest.mark.parametrize(
    ("sizes", "bound", "refusal"),
    [
        ((2, 3, 2), 0, InputBoundInvalid(0, 2**24)),
        ((2, 3, 2), 2**24, InputBoundInvalid(2**24, 2**24)),
        ((), 3, LayerCountInvalid(0, 8)),
        ((2,), 3, LayerCountInvalid(0, 8)),
        ((1,) * 10, 3, LayerCountInvalid(9, 8)),
        ((0, 3, 2), 3, LayerSizeInvalid(0, 0, 4_096)),
        ((2, 4_097, 2), 3, LayerSizeInvalid(1, 4_097, 4_096)),
        ((2, 3, 3), 3, WeightsLengthMismatch(54, 44)),
        ((2, 3, 1), 3, WeightsLengthMismatch(34, 44)),
    ],
    ids=str,
)
def test_a_shape_that_does_not_fit_is_refused_by_name(model, sizes, bound, refusal):
    chunks = model.store(*pack_layers(SMALL).chunks)

    assert model.register(sizes, bound, chunks) == Receipt(refusal=refusal)


def test_chunks_that_are_unknown_or_cut_are_refused_by_address(model):
    (data,) = pack_layers(SMALL).chunks
    (whole,) = model.store(data)
    cut_in_a_row = model.store(data[:7], data[7:])
    cut_in_the_biases = model.store(data[:16], data[16:])
    between = model.store(data[:12], data[12:])

    assert model.register((2, 3, 2), 3, (whole, NOBODY)).refusal == UnknownChunk(NOBODY)
    assert model.register((2, 3, 2), 3, cut_in_a_row).refusal == ChunkCutsRow(cut_in_a_row[0])
    refusal = model.register((2, 3, 2), 3, cut_in_the_biases).refusal
    assert refusal == ChunkCutsRow(cut_in_the_biases[0])
    assert model.register((2, 3, 2), 3, between).ok


@pytest.mark.parametrize("sign", [1, -1])
def test_sums_that_float32_would_round_are_refused_by_layer_and_unit(model, sign):
    # The second unit of the first layer: 256 * 32,767 + 256 * 32,767 + 512.
    fits = layer([[1, 32_767], [1, -32_767]], [0, sign * 511])
    too_large = layer(fits.weights, [0, sign * 512])
    chunks = model.store(*pack_layers((too_large,)).chunks)
    more = model.store(*pack_layers((fits,)).chunks)

    refused = model.register((2, 2), 256, chunks)

    assert refused == Receipt(refusal=AccumulatorTooLarge(1, 1, 2**24, 2**24))
    assert model.register((2, 2), 256, more).ok
    largest = (256, -256)
    assert model.infer(*largest).value[0] == expected((fits,), largest)


def test_the_bound_of_a_layer_is_that_of_its_units_before(model):
    # A unit at most 2 * 3 = 6 large, one at most 7, and a sum of 6 * 300 + 7 * 400.
    layers = (layer([[2, -1]], [0, 4]), layer([[300], [-400]], [2**24 - 4_600]))
    chunks = model.store(*pack_layers(layers).chunks)

    refused = model.register((1, 2, 1), 3, chunks)

    assert refused == Receipt(refusal=AccumulatorTooLarge(2, 0, 2**24, 2**24))


def test_carries_between_units_cannot_hide_a_sum_that_is_too_large(model):
    # In lanes of 32 bits these products would overflow into each other.
    rows = [[-32_768, 32_767] * 20] * 50
    chunks = model.store(*pack_layers((layer(rows, [0] * 40),)).chunks)

    refused = model.register((50, 40), 2**24 - 1, chunks)

    bound = 50 * 32_768 * (2**24 - 1)
    assert refused == Receipt(refusal=AccumulatorTooLarge(1, 0, bound, 2**24))


def test_an_input_must_fit_the_network(model):
    assert model.infer(1, 1).refusal == NoNetwork(1, 1)
    model.put(pack_layers(SMALL), 3)

    assert model.infer(1).refusal == InputLengthMismatch(2, 1)
    assert model.infer(1, 1, 1).refusal == InputLengthMismatch(2, 3)
    assert model.infer(3, 4).refusal == InputOutOfBounds(1, 4, 3)
    assert model.infer(-4, 3).refusal == InputOutOfBounds(0, -4, 3)
    least = -(2**255)
    assert model.infer(least, 3).refusal == InputOutOfBounds(0, least, 3)
    digest = model.do(OnchainInference.output_hash, 1, 1, (4, 0))
    assert digest.refusal == InputOutOfBounds(0, 4, 3)
    assert model.machine.view("onchain_inference", "network_of", 2, 1) == NoNetwork(2, 1)
