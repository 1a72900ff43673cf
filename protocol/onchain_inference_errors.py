"""What OnchainInference.sol alone refuses with, in alphabetical order."""

from dataclasses import dataclass

from protocol.types import Address, ProtocolError


@dataclass(eq=False)
class AccumulatorTooLarge(ProtocolError):
    """A sum of a unit could reach what 32-bit floats no longer add exactly; layers from 1."""

    layer: int
    unit: int
    bound: int
    limit: int


@dataclass(eq=False)
class ChunkCutsRow(ProtocolError):
    """A chunk ends inside a row of weights or inside a layer's biases."""

    chunk: Address


@dataclass(eq=False)
class ChunkKnown(ProtocolError):
    """The same bytes are on chain already."""

    chunk: Address


@dataclass(eq=False)
class ChunkSizeInvalid(ProtocolError):
    """A chunk is empty, or larger than a contract's code may be."""

    size: int
    maximum: int


@dataclass(eq=False)
class InputBoundInvalid(ProtocolError):
    """The largest input must be positive and below the limit of exact sums."""

    bound: int
    limit: int


@dataclass(eq=False)
class InputLengthMismatch(ProtocolError):
    """The input has not as many numbers as the network takes."""

    expected: int
    actual: int


@dataclass(eq=False)
class InputOutOfBounds(ProtocolError):
    """An input is larger than those for which the network is exact."""

    index: int
    value: int
    bound: int


@dataclass(eq=False)
class LayerCountInvalid(ProtocolError):
    """A network has one to eight layers."""

    layers: int
    maximum: int


@dataclass(eq=False)
class LayerSizeInvalid(ProtocolError):
    """A layer has one to 4,096 units, and so many inputs may come in."""

    index: int
    size: int
    maximum: int


@dataclass(eq=False)
class NetworkKnown(ProtocolError):
    """The version has a network already."""

    model_id: int
    version: int


@dataclass(eq=False)
class NoNetwork(ProtocolError):
    """The version has no network on chain."""

    model_id: int
    version: int


@dataclass(eq=False)
class UnknownChunk(ProtocolError):
    """The contract has stored no such chunk."""

    chunk: Address


@dataclass(eq=False)
class WeightsLengthMismatch(ProtocolError):
    """The chunks do not hold as many bytes as the sizes ask for."""

    expected: int
    actual: int
