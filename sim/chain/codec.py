"""Calls to bytes and bytes to receipts: one codec per deployment, compiled once."""

import inspect
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from protocol.hashing import keccak
from protocol.openzeppelin import errors as openzeppelin
from protocol.openzeppelin.errors import EmptyRevert, Error, Halted, Panic
from protocol.types import ZERO_ADDRESS, Address, Call, Event, Log, ProtocolError, Receipt
from sim.chain.abi import (
    AbiType,
    ArgumentError,
    ArrayType,
    DecodingError,
    FixedBytesType,
    TupleType,
    address_bytes,
    compile_list,
)
from sim.chain.deployment import Blueprint
from sim.chain.names import python_name

_SELECTOR = 4


@dataclass(eq=False)
class UnknownRefusal(ProtocolError):
    """Revert data that no error of the model explains; `name` is the ABI's, where it has one."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class UnknownEvent(Event):
    """A log that no event of the model explains; `name` is the ABI's, where it has one."""

    name: str
    topics: tuple[bytes, ...]
    content: bytes


class RawLog(NamedTuple):
    """A log as the machine has it."""

    address: bytes
    topics: Sequence[bytes]
    content: bytes


class Outcome(NamedTuple):
    """What a machine says of one call: `halt` is the reason of a stop that is no revert."""

    success: bool
    output: bytes
    gas: int
    logs: Sequence[RawLog] = ()
    halt: str | None = None


class Function:
    """One function of a contract's ABI."""

    def __init__(self, entry: Mapping[str, Any]) -> None:
        self.inputs = compile_list(entry["inputs"])
        self.outputs = compile_list(entry["outputs"])
        self.signature = entry["name"] + self.inputs.name
        self._selector = keccak(self.signature.encode())[:_SELECTOR]

    def encode(self, arguments: Sequence[Any]) -> bytes:
        """Return the calldata."""
        return self._selector + self.inputs.encode(arguments)

    def decode(self, output: bytes) -> Any:
        """Return nothing, the one result bare, or a tuple of several."""
        values = self.outputs.decode(output, 0)
        if len(values) == 1:
            return values[0]
        return values or None


class EncodedCall(NamedTuple):
    """A call as the machine takes it, and the function that reads its output."""

    sender: bytes
    target: bytes
    content: bytes
    function: Function


class Codec:
    """Encodes the calls and decodes the receipts of the contracts of one deployment."""

    def __init__(self, parts: Iterable[Blueprint]) -> None:
        parts = tuple(parts)
        self._targets = {part.name: address_bytes(part.address) for part in parts}
        self._functions: dict[tuple[str, str, int], Function] = {}
        self._names: dict[str, set[str]] = {part.name: set() for part in parts}
        for part in parts:
            self._add_functions(part)
        self._emitters = {self._targets[part.name]: _Emitter(part) for part in parts}
        self._refusals = _Refusals(parts)

    @property
    def addresses(self) -> Mapping[str, Address]:
        """Every contract's address, by the model's name."""
        return {name: Address("0x" + target.hex()) for name, target in self._targets.items()}

    def function(self, contract: str, function: str, arguments: int) -> Function:
        """
        Return the function that takes so many arguments.

        Raises:
            ArgumentError: There is no such contract, function or form.
        """
        found = self._functions.get((contract, function, arguments))
        if found is None:
            raise self._unknown(contract, function, arguments)
        return found

    def encode(
        self, contract: str, function: str, arguments: tuple[Any, ...], sender: str = ZERO_ADDRESS
    ) -> EncodedCall:
        """
        Return a call's sender, target and calldata.

        Raises:
            ArgumentError: No such function, or an argument does not fit its type.
        """
        found = self.function(contract, function, len(arguments))
        try:
            content = found.encode(arguments)
        except ArgumentError as error:
            raise error.inside(f"{contract}.{function}") from None
        return EncodedCall(address_bytes(sender), self._targets[contract], content, found)

    def check(self, call: Call) -> EncodedCall:
        """
        Return a call's encoding, having checked the coin that it carries too.

        Raises:
            ArgumentError: Something of it does not fit.
        """
        if type(call.value) is not int or not 0 <= call.value < 2**128:
            place = f"{call.contract}.{call.function}.value"
            raise ArgumentError(f"{call.value!r} is no amount of coin", "int below 2^128", place)
        return self.encode(call.contract, call.function, call.arguments, call.sender)

    def receipt(self, function: Function, outcome: Outcome) -> Receipt:
        """Return what a machine's outcome says; anything but a success is a refusal."""
        if outcome.halt is not None:
            return Receipt(refusal=Halted(outcome.halt), gas=outcome.gas)
        if not outcome.success:
            return Receipt(refusal=self.refusal(outcome.output), gas=outcome.gas)
        return Receipt(
            value=function.decode(outcome.output),
            events=tuple(self.log(raw) for raw in outcome.logs),
            gas=outcome.gas,
        )

    def refusal(self, content: bytes) -> ProtocolError:
        """Return the error that revert data means."""
        return self._refusals.decode(content)

    def log(self, raw: RawLog) -> Log:
        """Return the event that a log means, and the contract that announced it."""
        emitter = self._emitters.get(raw.address)
        if emitter is None:
            event = UnknownEvent("", tuple(raw.topics), raw.content)
            return Log("0x" + raw.address.hex(), event)
        return Log(emitter.name, emitter.decode(raw))

    def _add_functions(self, part: Blueprint) -> None:
        for entry in part.abi:
            if entry["type"] != "function":
                continue
            name = python_name(entry["name"])
            key = (part.name, name, len(entry["inputs"]))
            self._names[part.name].add(name)
            # Two forms with equally many arguments: the first in the ABI's order is the model's.
            self._functions.setdefault(key, Function(entry))

    def _unknown(self, contract: str, function: str, arguments: int) -> ArgumentError:
        if contract not in self._names:
            known = ", ".join(sorted(self._names))
            return ArgumentError("no such contract", known, contract)
        place = f"{contract}.{function}"
        if function not in self._names[contract]:
            return ArgumentError(
                "no such function", ", ".join(sorted(self._names[contract])), place
            )
        forms = [
            form.signature
            for (owner, name, _), form in self._functions.items()
            if (owner, name) == (contract, function)
        ]
        return ArgumentError(f"takes no {arguments} arguments", " or ".join(forms), place)


class _EventCodec:
    """One event of a contract's ABI, and the model's class for it."""

    def __init__(self, entry: Mapping[str, Any], classes: Mapping[str, type[Event]]) -> None:
        every = compile_list(entry["inputs"])
        self.name: str = entry["name"]
        self.topic = keccak(f"{self.name}{every.name}".encode())
        self._class = classes.get(self.name)
        indexed = [each["indexed"] for each in entry["inputs"]]
        self._topics = [
            _topic_type(member).decode
            for member, is_topic in zip(every.members, indexed, strict=True)
            if is_topic
        ]
        self._content = compile_list([each for each in entry["inputs"] if not each["indexed"]])
        # Topics first, then the rest: where each field of the event stands among them.
        apart = sorted(range(len(indexed)), key=lambda position: not indexed[position])
        self._order = [apart.index(position) for position in range(len(indexed))]
        self._in_order = self._order == sorted(self._order)

    def decode(self, raw: RawLog) -> Event:
        if self._class is None:
            return UnknownEvent(self.name, tuple(raw.topics), raw.content)
        values = [
            decode(topic, 0) for decode, topic in zip(self._topics, raw.topics[1:], strict=True)
        ]
        values += self._content.decode(raw.content, 0)
        if not self._in_order:
            values = [values[position] for position in self._order]
        return self._class(*values)


class _Emitter:
    """The events that one contract announces."""

    def __init__(self, part: Blueprint) -> None:
        self.name = part.name
        classes = {each.__name__: each for each in part.events}
        entries = [entry for entry in part.abi if entry["type"] == "event"]
        codecs = [_EventCodec(entry, classes) for entry in entries if not entry.get("anonymous")]
        self._codecs = {codec.topic: codec for codec in codecs}

    def decode(self, raw: RawLog) -> Event:
        codec = self._codecs.get(raw.topics[0]) if raw.topics else None
        if codec is None:
            return UnknownEvent("", tuple(raw.topics), raw.content)
        return codec.decode(raw)


class _Refusals:
    """The errors of all contracts: a nested call's error comes through its caller unchanged."""

    def __init__(self, parts: Sequence[Blueprint]) -> None:
        classes = {each.__name__: each for part in parts for each in part.errors}
        classes.update(
            (name, each)
            for name, each in inspect.getmembers(openzeppelin, inspect.isclass)
            if issubclass(each, ProtocolError)
        )
        entries: list[Mapping[str, Any]] = [
            entry for part in parts for entry in part.abi if entry["type"] == "error"
        ]
        entries += [
            {"name": Error.__name__, "inputs": [{"name": "message", "type": "string"}]},
            {"name": Panic.__name__, "inputs": [{"name": "code", "type": "uint256"}]},
        ]
        self._codecs: dict[bytes, tuple[str, TupleType, type[ProtocolError] | None]] = {}
        for entry in entries:
            inputs = compile_list(entry["inputs"])
            selector = keccak(f"{entry['name']}{inputs.name}".encode())[:_SELECTOR]
            self._codecs[selector] = (entry["name"], inputs, classes.get(entry["name"]))

    def decode(self, content: bytes) -> ProtocolError:
        if not content:
            return EmptyRevert()
        name, inputs, found = self._codecs.get(content[:_SELECTOR], ("", None, None))
        if inputs is None or found is None:
            return UnknownRefusal(name, content)
        try:
            return found(*inputs.decode(content[_SELECTOR:], 0))
        except DecodingError:
            return UnknownRefusal(name, content)


def _topic_type(member: AbiType) -> AbiType:
    # A topic holds one word: of anything longer it is the hash.
    fits = not member.dynamic and not isinstance(member, TupleType | ArrayType)
    return member if fits else FixedBytesType("bytes32", 32)
