"""ABI types, compiled once: exact both ways, and a clear error for what does not fit."""

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from sim.errors import UserError

WORD = 32
_ARRAY = re.compile(r"(?P<item>.+)\[(?P<length>\d*)\]")
_ADDRESS = re.compile(r"0x[0-9a-f]{40}")
_BOOLS = (bytes(WORD), bytes(WORD - 1) + b"\x01")
_PADDING = [bytes(count) for count in range(WORD)]


class ArgumentError(UserError):
    """A value does not fit its ABI type; it never reaches the model or a contract."""

    def __init__(self, problem: str, allowed: str, place: str = "") -> None:
        super().__init__(place, problem, allowed)

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.problem, self.allowed, self.place)

    def inside(self, outer: str) -> "ArgumentError":
        """Return the same error with a longer place."""
        place = f"{outer}.{self.place}" if self.place else outer
        return ArgumentError(self.problem, self.allowed, place.replace(".[", "["))


class DecodingError(Exception):
    """Bytes are not what their ABI type says."""


class AbiType(ABC):
    """A type: `head_size` bytes stand in its container's head; a dynamic one has a tail."""

    dynamic = False
    head_size = WORD

    def __init__(self, name: str) -> None:
        self.name = name

    @abstractmethod
    def encode(self, value: Any) -> bytes:
        """Return the encoding, or raise ArgumentError."""

    @abstractmethod
    def decode(self, source: bytes, at: int) -> Any:
        """Return the value that starts at a position, or raise DecodingError."""

    def restore(self, value: Any) -> Any:
        """Return the value whose JSON form (bytes as 0x text, lists for tuples) this is."""
        return value

    def _refuse(self, value: Any) -> ArgumentError:
        shown = repr(value)
        shown = shown if len(shown) <= 100 else f"{shown[:97]}..."
        return ArgumentError(f"{shown} ({type(value).__name__}) is no {self.name}", self._allowed())

    def _allowed(self) -> str:
        return self.name


class UnsignedType(AbiType):
    """uint8 to uint256."""

    def __init__(self, name: str, bits: int) -> None:
        super().__init__(name)
        self._bits = bits
        self._maximum = 2**bits - 1

    def encode(self, value: Any) -> bytes:
        """Return the word of an int in range."""
        if type(value) is int and 0 <= value <= self._maximum:
            return value.to_bytes(WORD, "big")
        raise self._refuse(value)

    def decode(self, source: bytes, at: int) -> int:
        """Return the int."""
        value = int.from_bytes(_word(source, at), "big")
        if value > self._maximum:
            raise DecodingError(f"{value} is no {self.name}")
        return value

    def _allowed(self) -> str:
        return f"int from 0 to 2^{self._bits} - 1"


class SignedType(AbiType):
    """int8 to int256."""

    def __init__(self, name: str, bits: int) -> None:
        super().__init__(name)
        self._bits = bits
        self._limit = 2 ** (bits - 1)

    def encode(self, value: Any) -> bytes:
        """Return the two's complement word of an int in range."""
        if type(value) is int and -self._limit <= value < self._limit:
            return value.to_bytes(WORD, "big", signed=True)
        raise self._refuse(value)

    def decode(self, source: bytes, at: int) -> int:
        """Return the int."""
        value = int.from_bytes(_word(source, at), "big", signed=True)
        if not -self._limit <= value < self._limit:
            raise DecodingError(f"{value} is no {self.name}")
        return value

    def _allowed(self) -> str:
        return f"int from -2^{self._bits - 1} to 2^{self._bits - 1} - 1"


class BoolType(AbiType):
    """True or False, nothing that merely looks like it."""

    def encode(self, value: Any) -> bytes:
        """Return the word of a bool."""
        if type(value) is bool:
            return _BOOLS[value]
        raise self._refuse(value)

    def decode(self, source: bytes, at: int) -> bool:
        """Return the bool."""
        try:
            return _BOOLS.index(_word(source, at)) == 1
        except ValueError:
            raise DecodingError("a bool is neither 0 nor 1") from None


class AddressType(AbiType):
    """Accounts, as the model writes them: 0x and 40 lower-case hexadecimal digits."""

    def encode(self, value: Any) -> bytes:
        """Return the word of an address."""
        if type(value) is not str:
            raise self._refuse(value)
        word = _address_word(value)
        if word is None:
            raise self._refuse(value)
        return word

    def decode(self, source: bytes, at: int) -> str:
        """Return the address."""
        word = source[at : at + WORD]
        if len(word) != WORD or word[:12] != _PADDING[12]:
            raise DecodingError("an address has 20 bytes, in a word of 32")
        return "0x" + word[12:].hex()

    def _allowed(self) -> str:
        return "0x and 40 lower-case hexadecimal digits"


class FixedBytesType(AbiType):
    """bytes1 to bytes32, all of them given."""

    def __init__(self, name: str, length: int) -> None:
        super().__init__(name)
        self._length = length
        self._padding = bytes(WORD - length)

    def encode(self, value: Any) -> bytes:
        """Return the word of so many bytes."""
        if type(value) is bytes and len(value) == self._length:
            return value + self._padding
        raise self._refuse(value)

    def decode(self, source: bytes, at: int) -> bytes:
        """Return the bytes."""
        word = _word(source, at)
        if word[self._length :] != self._padding:
            raise DecodingError(f"more bytes than {self.name} has")
        return word[: self._length]

    def restore(self, value: Any) -> Any:
        """Return the bytes of a 0x text."""
        return bytes.fromhex(value[2:])

    def _allowed(self) -> str:
        return f"bytes, exactly {self._length}"


class BytesType(AbiType):
    """Bytes of any length."""

    dynamic = True

    def encode(self, value: Any) -> bytes:
        """Return length and content."""
        if type(value) is not bytes:
            raise self._refuse(value)
        return len(value).to_bytes(WORD, "big") + value + _PADDING[-len(value) % WORD]

    def decode(self, source: bytes, at: int) -> Any:
        """Return the content."""
        length = int.from_bytes(_word(source, at), "big")
        content = source[at + WORD : at + WORD + length]
        if len(content) != length:
            raise DecodingError(f"{self.name} ends early")
        return content

    def restore(self, value: Any) -> Any:
        """Return the bytes of a 0x text."""
        return bytes.fromhex(value[2:])


class StringType(BytesType):
    """Text, UTF-8."""

    def encode(self, value: Any) -> bytes:
        """Return length and content."""
        if type(value) is not str:
            raise self._refuse(value)
        try:
            return super().encode(value.encode())
        except UnicodeEncodeError:
            raise self._refuse(value) from None

    def decode(self, source: bytes, at: int) -> str:
        """Return the text."""
        content: bytes = super().decode(source, at)
        try:
            return content.decode()
        except UnicodeDecodeError as error:
            raise DecodingError(f"no UTF-8: {content!r}") from error

    def restore(self, value: Any) -> Any:
        """Return the text."""
        return value


class TupleType(AbiType):
    """Structs, and the lists of a function's arguments and results."""

    def __init__(self, members: Sequence[AbiType], labels: Sequence[str]) -> None:
        super().__init__(f"({','.join(member.name for member in members)})")
        self.labels = tuple(labels)
        self.members = tuple(members)
        self.dynamic = any(member.dynamic for member in members)
        self._heads = sum(member.head_size for member in members)
        self.head_size = WORD if self.dynamic else self._heads
        self._encoders = [member.encode for member in members]
        self._static = [] if self.dynamic else _plan(members)

    def encode(self, value: Any) -> bytes:
        """Return heads, then tails."""
        if not isinstance(value, tuple | list) or len(value) != len(self.members):
            raise self._refuse(value)
        try:
            parts = [encode(each) for encode, each in zip(self._encoders, value, strict=True)]
        except ArgumentError:
            raise self._located(value) from None
        return _join(self.members, parts, self._heads) if self.dynamic else b"".join(parts)

    def decode(self, source: bytes, at: int) -> tuple[Any, ...]:
        """Return the members' values."""
        if self.dynamic:
            return _decode_members(self.members, source, at)
        return tuple([decode(source, at + offset) for decode, offset in self._static])

    def restore(self, value: Any) -> tuple[Any, ...]:
        """Return the members' values."""
        pairs = zip(self.members, value, strict=True)
        return tuple(member.restore(each) for member, each in pairs)

    def _located(self, value: Sequence[Any]) -> ArgumentError:
        # Only after a failure: the way to the member that does not fit.
        for label, member, each in zip(self.labels, self.members, value, strict=True):
            try:
                member.encode(each)
            except ArgumentError as error:
                return error.inside(label)
        raise AssertionError("unreachable: a member was refused")

    def _allowed(self) -> str:
        return f"{len(self.members)} values: {', '.join(self.labels)}"


class ArrayType(AbiType):
    """Arrays, of a fixed length or of any."""

    def __init__(self, item: AbiType, length: int | None) -> None:
        super().__init__(f"{item.name}[{'' if length is None else length}]")
        self._item = item
        self._length = length
        self.dynamic = length is None or item.dynamic
        self.head_size = WORD if length is None or item.dynamic else length * item.head_size

    def encode(self, value: Any) -> bytes:
        """Return the length where it is free, then the items."""
        if not isinstance(value, tuple | list) or self._length not in (None, len(value)):
            raise self._refuse(value)
        parts = []
        for position, each in enumerate(value):
            try:
                parts.append(self._item.encode(each))
            except ArgumentError as error:
                raise error.inside(f"[{position}]") from None
        members = [self._item] * len(value)
        body = _join(members, parts, len(value) * self._item.head_size)
        return body if self._length is not None else len(value).to_bytes(WORD, "big") + body

    def decode(self, source: bytes, at: int) -> tuple[Any, ...]:
        """Return the items."""
        length = self._length
        if length is None:
            length = int.from_bytes(_word(source, at), "big")
            at += WORD
        if length * self._item.head_size > len(source):
            raise DecodingError(f"{self.name} ends early")
        return _decode_members([self._item] * length, source, at)

    def restore(self, value: Any) -> tuple[Any, ...]:
        """Return the items."""
        return tuple(self._item.restore(each) for each in value)


def compile_type(name: str, components: Sequence[Mapping[str, Any]] = ()) -> AbiType:
    """
    Return the type of an ABI entry.

    Raises:
        ValueError: No such type.
    """
    array = _ARRAY.fullmatch(name)
    if array:
        length = int(array["length"]) if array["length"] else None
        return ArrayType(compile_type(array["item"], components), length)
    if name == "tuple":
        return compile_list(components)
    simple: dict[str, type[BoolType | AddressType | BytesType | StringType]]
    simple = {"bool": BoolType, "address": AddressType, "bytes": BytesType, "string": StringType}
    if name in simple:
        return simple[name](name)
    sized: type[UnsignedType | SignedType | FixedBytesType]
    for prefix, sized in (("uint", UnsignedType), ("int", SignedType), ("bytes", FixedBytesType)):
        if name.startswith(prefix) and name[len(prefix) :].isdecimal():
            return sized(name, int(name[len(prefix) :]))
    raise ValueError(f"no ABI type: {name}")


def compile_list(entries: Sequence[Mapping[str, Any]]) -> TupleType:
    """Return the type of several ABI entries together, labelled by their names."""
    members = [compile_type(entry["type"], entry.get("components", ())) for entry in entries]
    labels = [entry.get("name") or f"#{position}" for position, entry in enumerate(entries)]
    return TupleType(members, labels)


def address_bytes(address: str) -> bytes:
    """Return an address's 20 bytes."""
    return AddressType("address").encode(address)[12:]


@lru_cache(maxsize=1 << 16)
def _address_word(address: str) -> bytes | None:
    return bytes(12) + bytes.fromhex(address[2:]) if _ADDRESS.fullmatch(address) else None


def _word(source: bytes, at: int) -> bytes:
    word = source[at : at + WORD]
    if len(word) != WORD:
        raise DecodingError("the encoding ends early")
    return word


def _join(members: Sequence[AbiType], parts: Sequence[bytes], heads_size: int) -> bytes:
    heads, tails, at = [], [], heads_size
    for member, part in zip(members, parts, strict=True):
        if member.dynamic:
            heads.append(at.to_bytes(WORD, "big"))
            tails.append(part)
            at += len(part)
        else:
            heads.append(part)
    return b"".join(heads + tails)


def _plan(members: Sequence[AbiType]) -> list[tuple[Callable[[bytes, int], Any], int]]:
    plan: list[tuple[Callable[[bytes, int], Any], int]] = []
    offset = 0
    for member in members:
        plan.append((member.decode, offset))
        offset += member.head_size
    return plan


def _decode_members(members: Sequence[AbiType], source: bytes, at: int) -> tuple[Any, ...]:
    values, head = [], at
    for member in members:
        if member.dynamic:
            values.append(member.decode(source, at + int.from_bytes(_word(source, head), "big")))
        else:
            values.append(member.decode(source, head))
        head += member.head_size
    return tuple(values)
