"""Re-entrancy: the guard is that the only token of the protocol calls nobody, not even a payee."""

from contracts.artifacts import load

_PUSH1, _PUSH32 = 0x60, 0x7F
_METADATA_LENGTH_BYTES = 2
CALLS = {0xF1: "CALL", 0xF2: "CALLCODE", 0xF4: "DELEGATECALL", 0xF0: "CREATE", 0xF5: "CREATE2"}


def instructions(code: bytes) -> set[int]:
    """Return the instructions of a contract, the operands of pushes and the metadata left out."""
    metadata_bytes = int.from_bytes(code[-_METADATA_LENGTH_BYTES:], "big")
    end = len(code) - _METADATA_LENGTH_BYTES - metadata_bytes
    found, position = set(), 0
    while position < end:
        instruction = code[position]
        found.add(instruction)
        is_push = _PUSH1 <= instruction <= _PUSH32
        position += 1 + (instruction - _PUSH1 + 1 if is_push else 0)
    return found


def test_the_settlement_token_hands_control_to_nobody():
    found = instructions(load("SettlementToken").deployed_bytecode)
    assert {name for code, name in CALLS.items() if code in found} == set()


def test_the_search_finds_calls_where_there_are_some():
    found = instructions(load("Gateway").deployed_bytecode)
    assert {name for code, name in CALLS.items() if code in found} >= {"CALL"}
