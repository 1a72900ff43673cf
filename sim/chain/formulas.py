"""
What single instructions of the EVM do, as Python text and as functions that the text calls.

The functions charge what py-evm's table of prices leaves to the instruction: memory by the Yellow
Paper's formula, cold and warm slots by EIP-2929, bytes of an exponent by EIP-160.
"""

from collections.abc import Mapping
from typing import Any, NoReturn

from eth.exceptions import Halt, InvalidJumpDestination, OutOfGas

from protocol.hashing import keccak

SLOAD, KECCAK256, RETURN = 0x54, 0x20, 0xF3

_MEMORY_GAS, _MEMORY_QUADRATIC = 3, 512
_COLD_SLOT_GAS, _WARM_SLOT_GAS = 2_100, 100
_EXPONENT_BYTE_GAS = 50
_HASHED_WORD_GAS = 6

_BINARY = {
    0x01: "({0} + {1}) & WORD",
    0x02: "({0} * {1}) & WORD",
    0x03: "({0} - {1}) & WORD",
    0x04: "{0} // {1} if {1} else 0",
    0x06: "{0} % {1} if {1} else 0",
    0x0A: "power(computation, {0}, {1})",
    0x10: "1 if {0} < {1} else 0",
    0x11: "1 if {0} > {1} else 0",
    0x12: "1 if ({0} ^ SIGN) < ({1} ^ SIGN) else 0",
    0x13: "1 if ({0} ^ SIGN) > ({1} ^ SIGN) else 0",
    0x14: "1 if {0} == {1} else 0",
    0x16: "{0} & {1}",
    0x17: "{0} | {1}",
    0x18: "{0} ^ {1}",
    0x1A: "({1} >> (248 - 8 * {0})) & 255 if {0} < 32 else 0",
    0x1B: "({1} << {0}) & WORD if {0} < 256 else 0",
    0x1C: "{1} >> {0} if {0} < 256 else 0",
    KECCAK256: "hashed(computation, {0}, {1})",
}
_TERNARY = {
    0x08: "({0} + {1}) % {2} if {2} else 0",
    0x09: "({0} * {1}) % {2} if {2} else 0",
}
_UNARY = {
    0x15: "0 if {0} else 1",
    0x19: "{0} ^ WORD",
    0x35: "number(bytes(computation.msg.data[{0} : {0} + 32]).ljust(32, ZERO), 'big')",
    SLOAD: "loaded(computation, {0})",
}
_NULLARY = {
    0x30: "number(computation.msg.storage_address, 'big')",
    0x33: "number(computation.msg.sender, 'big')",
    0x34: "computation.msg.value",
    0x36: "len(computation.msg.data)",
    0x3D: "len(computation.return_data)",
}
FORMULAS: Mapping[int, tuple[int, str]] = {
    **{code: (0, formula) for code, formula in _NULLARY.items()},
    **{code: (1, formula) for code, formula in _UNARY.items()},
    **{code: (2, formula) for code, formula in _BINARY.items()},
    **{code: (3, formula) for code, formula in _TERNARY.items()},
}
"""How many words an instruction takes from the stack, top first, and the one that it puts there."""


def grown(computation: Any, end: int) -> bytearray:
    """Return the memory with room up to a place, paid for."""
    memory, meter = computation._memory, computation._gas_meter
    content: bytearray = memory._bytes
    before, after = len(content) // 32, (end + 31) // 32
    gas = _MEMORY_GAS * (after - before)
    gas += after * after // _MEMORY_QUADRATIC - before * before // _MEMORY_QUADRATIC
    if gas > meter.gas_remaining:
        raise OutOfGas(f"{gas} gas for memory, {meter.gas_remaining} left")
    meter.gas_remaining -= gas
    room = bytes(32 * (after - before))
    try:
        content.extend(room)
    except BufferError:
        # A running call holds a view of it: leave it the old one.
        memory._bytes = content = content + room
    return content


def _part(computation: Any, start: int, size: int) -> bytes:
    """Return a part of the memory, which grows to hold it."""
    if not size:
        return b""
    end = start + size
    content = computation._memory._bytes
    if end > len(content):
        content = grown(computation, end)
    return bytes(content[start:end])


def _pay(computation: Any, gas: int) -> None:
    meter = computation._gas_meter
    if gas > meter.gas_remaining:
        raise OutOfGas(f"{gas} gas, {meter.gas_remaining} left")
    meter.gas_remaining -= gas


def _hashed(computation: Any, start: int, size: int) -> int:
    content = _part(computation, start, size)
    _pay(computation, _HASHED_WORD_GAS * ((size + 31) // 32))
    return int.from_bytes(keccak(content), "big")


def _loaded(computation: Any, slot: int) -> int:
    state, address = computation.state, computation.msg.storage_address
    if state.is_storage_warm(address, slot):
        _pay(computation, _WARM_SLOT_GAS)
    else:
        state.mark_storage_warm(address, slot)
        _pay(computation, _COLD_SLOT_GAS)
    value: int = state.get_storage(address, slot)
    return value


def _power(computation: Any, base: int, exponent: int) -> int:
    _pay(computation, _EXPONENT_BYTE_GAS * ((exponent.bit_length() + 7) // 8))
    return pow(base, exponent, 2**256)


def _returned(computation: Any, start: int, size: int) -> NoReturn:
    computation.output = _part(computation, start, size)
    raise Halt("RETURN")


NAMES: Mapping[str, Any] = {
    "WORD": 2**256 - 1,
    "SIGN": 2**255,
    "ZERO": b"\0",
    "number": int.from_bytes,
    "BadJump": InvalidJumpDestination,
    "grown": grown,
    "hashed": _hashed,
    "loaded": _loaded,
    "power": _power,
    "returned": _returned,
}
"""What the text refers to."""
