"""OnchainInference.sol: dense networks recomputed from weights that lie on chain."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from protocol.contract import Contract, Observed
from protocol.dense_layers import EXACT_LIMIT, Layer, Numbers, bounds, layers, stored_size, sums
from protocol.deployment import Deployment
from protocol.errors import NotModelOwner, UnknownVersion
from protocol.hashing import create2_address, keccak, words
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
from protocol.types import ZERO_HASH, Address, Context, Event

if TYPE_CHECKING:
    from protocol.world import World

MAXIMUM_LAYERS = 8
MAXIMUM_SIZE = 4_096
MAXIMUM_CHUNK = 24_575
"""A contract's code without the STOP that it begins with."""

SCALAR_MODULUS = 21888242871839275222246405745257275088548364400416034343698204186575808495617
_CREATION = bytes.fromhex("600b5981380380925939f300")
"""Creation code that returns what follows its eleven bytes of instructions: a STOP, then data."""


class Network(NamedTuple):
    """A network and the data contracts that hold its weights, in order."""

    sizes: tuple[int, ...]
    input_bound: int
    chunks: tuple[Address, ...]


@dataclass(frozen=True, slots=True)
class ChunkStored(Event):
    """Weights lie on chain from now on, as the code of a contract that cannot run."""

    chunk: Address
    size: int


@dataclass(frozen=True, slots=True)
class NetworkRegistered(Event):
    """A version can be recomputed on chain from now on."""

    model_id: int
    version: int
    sizes: tuple[int, ...]
    input_bound: int
    chunks: tuple[Address, ...]


class OnchainInference(Contract):
    """Networks by model version, and the chunks of weights that they are made of."""

    NAME = "onchain_inference"
    SOLIDITY = "OnchainInference"
    EVENTS = (ChunkStored, NetworkRegistered)
    ERRORS = (
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
        NotModelOwner,
        UnknownChunk,
        UnknownVersion,
        WeightsLengthMismatch,
    )
    OBSERVED = (Observed("is_chunk", "_chunks"), Observed("network_of", "_networks"))
    # Of OpenZeppelin's Create2: a chunk carries no coin, is never empty, and one that is known is
    # refused first; what remains is a call without gas to create it, and the model has no gas.
    UNMODELLED = frozenset({"Create2EmptyBytecode", "FailedDeployment", "InsufficientBalance"})

    def __init__(self, world: "World") -> None:
        super().__init__(world)
        self._chunks = self.table()
        self._networks = self.table()

    @classmethod
    def constructor_arguments(cls, deployment: Deployment) -> tuple[Any, ...]:
        """Return the address of the registry."""
        return (deployment.addresses["model_registry"],)

    def store_chunk(self, ctx: Context, data: bytes) -> Address:
        """
        Put weights on chain, and return the address, which follows from them; anyone may.

        Raises:
            ChunkSizeInvalid: There are none, or more than 24,575 bytes.
            ChunkKnown: The same bytes are on chain already.
        """
        del ctx
        if not 0 < len(data) <= MAXIMUM_CHUNK:
            raise ChunkSizeInvalid(len(data), MAXIMUM_CHUNK)
        chunk = create2_address(self.address, ZERO_HASH, _CREATION + data)
        if chunk in self._chunks:
            raise ChunkKnown(chunk)

        self._chunks[chunk] = data
        self.emit(ChunkStored(chunk, len(data)))
        return chunk

    def register_network(
        self,
        ctx: Context,
        model_id: int,
        version: int,
        sizes: Sequence[int],
        input_bound: int,
        chunks: Sequence[Address],
    ) -> None:
        """
        State, once, where the weights of a version are.

        Raises:
            NotModelOwner: The caller does not own the model.
            UnknownVersion: The model has no such version.
            NetworkKnown: The version has a network.
            InputBoundInvalid: The bound is zero, or 2^24 or more.
            LayerCountInvalid: There is no layer, or there are more than eight.
            LayerSizeInvalid: A layer or the input has no or more than 4,096 numbers.
            UnknownChunk: The contract has stored no such chunk.
            WeightsLengthMismatch: The chunks hold more or fewer bytes than the sizes ask for.
            ChunkCutsRow: A chunk ends inside a row of weights or inside a layer's biases.
            AccumulatorTooLarge: A unit's sum could reach 2^24.
        """
        own = self.as_caller(ctx)
        if self._world.model_registry.owner_of(own, model_id) != ctx.sender:
            raise NotModelOwner(model_id, ctx.sender)
        if not 0 < version <= self._world.model_registry.latest_version(own, model_id):
            raise UnknownVersion(model_id, version)
        if (model_id, version) in self._networks:
            raise NetworkKnown(model_id, version)
        if not 0 < input_bound < EXACT_LIMIT:
            raise InputBoundInvalid(input_bound, EXACT_LIMIT)
        _check_sizes(sizes)
        self._check_chunks(chunks, stored_size(sizes))
        network = Network(tuple(sizes), input_bound, tuple(chunks))
        self._check_exact(network)

        self._networks[model_id, version] = network
        self.emit(NetworkRegistered(model_id, version, *network))

    def infer(
        self, ctx: Context, model_id: int, version: int, inputs: Sequence[int]
    ) -> tuple[Numbers, int]:
        """
        Return a version's logits for an input, and the first of the largest as the label.

        Raises:
            NoNetwork: The version has no network.
            InputLengthMismatch: The input has not as many numbers as the network takes.
            InputOutOfBounds: A number is larger than the network's bound.
        """
        del ctx
        logits = self._logits(model_id, version, inputs)
        return logits, logits.index(max(logits))

    def output_hash(
        self, ctx: Context, model_id: int, version: int, inputs: Sequence[int]
    ) -> bytes:
        """
        Return the output hash that an honest receipt has: of the logits as field elements.

        Raises:
            NoNetwork: The version has no network.
            InputLengthMismatch: The input has not as many numbers as the network takes.
            InputOutOfBounds: A number is larger than the network's bound.
        """
        del ctx
        logits = self._logits(model_id, version, inputs)
        return keccak(words(*(logit % SCALAR_MODULUS for logit in logits)))

    def network_of(self, ctx: Context, model_id: int, version: int) -> Network:
        """Return a version's network; without one it is refused as `NoNetwork`."""
        del ctx
        return self._network(model_id, version)

    def is_chunk(self, ctx: Context, chunk: Address) -> bool:
        """Whether the contract has stored a chunk."""
        del ctx
        return chunk in self._chunks

    def _logits(self, model_id: int, version: int, given: Sequence[int]) -> Numbers:
        network = self._network(model_id, version)
        expected, bound = network.sizes[0], network.input_bound
        if len(given) != expected:
            raise InputLengthMismatch(expected, len(given))
        for index, value in enumerate(given):
            if not -bound <= value <= bound:
                raise InputOutOfBounds(index, value, bound)
        values = tuple(given)
        for layer in self._layers(network):
            logits = sums(layer, values)
            values = tuple(max(logit, 0) for logit in logits)
        return logits

    def _check_chunks(self, chunks: Sequence[Address], expected: int) -> None:
        for chunk in chunks:
            if chunk not in self._chunks:
                raise UnknownChunk(chunk)
        actual = sum(len(self._chunks[chunk]) for chunk in chunks)
        if actual != expected:
            raise WeightsLengthMismatch(expected, actual)

    def _check_exact(self, network: Network) -> None:
        largest: Numbers = (network.input_bound,) * network.sizes[0]
        for number, layer in enumerate(self._layers(network), start=1):
            largest = bounds(layer, largest)
            for unit, bound in enumerate(largest):
                if bound >= EXACT_LIMIT:
                    raise AccumulatorTooLarge(number, unit, bound, EXACT_LIMIT)

    def _layers(self, network: Network) -> Iterator[Layer]:
        held = [(chunk, self._chunks[chunk]) for chunk in network.chunks]
        return layers(network.sizes, held)

    def _network(self, model_id: int, version: int) -> Network:
        if (model_id, version) not in self._networks:
            raise NoNetwork(model_id, version)
        network: Network = self._networks[model_id, version]
        return network


def _check_sizes(sizes: Sequence[int]) -> None:
    count = max(len(sizes) - 1, 0)
    if not 0 < count <= MAXIMUM_LAYERS:
        raise LayerCountInvalid(count, MAXIMUM_LAYERS)
    for index, size in enumerate(sizes):
        if not 0 < size <= MAXIMUM_SIZE:
            raise LayerSizeInvalid(index, size, MAXIMUM_SIZE)
