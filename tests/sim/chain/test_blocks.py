"""Compiled blocks do what py-evm's own instructions do, on code that makes no sense as well."""

from collections import Counter

import pytest
from eth.vm.forks.prague.computation import PragueComputation
from eth.vm.message import Message
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.chain.blocks import COMPILED, Program
from sim.chain.formulas import RETURN, SLOAD
from sim.chain.interpreter import Interpreter
from sim.chain.pyevm import PyEvmEngine

CALLER, CONTRACT = b"\x11" * 20, b"\x22" * 20
DATA = bytes(range(1, 70))
GAS = 100_000
PUSH1, PUSH32, JUMPDEST, JUMP, JUMPI, MSTORE = 0x60, 0x7F, 0x5B, 0x56, 0x57, 0x52
RUNS = 4
"""The first runs of a block are py-evm's own, the later ones compiled."""

EXTREME = st.sampled_from([0, 1, 2, 31, 32, 255, 256, 2**255, 2**255 - 1, 2**256 - 1])
PUSHES = st.one_of(
    EXTREME.map(lambda number: bytes([PUSH32]) + number.to_bytes(32, "big")),
    st.integers(0, 255).map(lambda number: bytes([PUSH1, number])),
)
CHEAP = st.sampled_from(sorted(COMPILED - {JUMP, JUMPI} - set(range(PUSH1, PUSH32 + 1))))
CHEAP_STEP = CHEAP.map(lambda number: bytes([number]))
OTHER = [0x05, 0x07, 0x0A, 0x0B, 0x20, 0x32, 0x38, 0x3D, 0x53, 0x58, 0x59, 0x5A]
OTHER_STEP = st.sampled_from(OTHER).map(lambda number: bytes([number]))
STEP = st.one_of(PUSHES, PUSHES, PUSHES, CHEAP_STEP, OTHER_STEP)


@pytest.fixture(scope="module")
def states(deployment):
    """py-evm's state, and the same with compiled blocks."""
    engine = PyEvmEngine()
    engine.deploy(deployment, [])
    return engine._state


def execute(state, kind, code, gas=GAS):
    from eth.vm.forks.cancun.transaction_context import CancunTransactionContext  # noqa: PLC0415

    message = Message(gas=gas, to=CONTRACT, sender=CALLER, value=0, data=DATA, code=code)
    start = state.snapshot()
    context = CancunTransactionContext(gas_price=0, origin=CALLER)
    computation = kind.apply_message(state, message, context)
    state.revert(start)
    failed = type(computation.error).__name__ if computation.is_error else None
    stack = [
        each if isinstance(each, int) else int.from_bytes(each, "big")
        for each in computation._stack.values
    ]
    # A failure takes all gas and all effects with it: what it left behind tells nothing.
    left = (
        None if failed else (computation.get_gas_used(), stack, bytes(computation._memory._bytes))
    )
    return failed, computation.output, left


def agree(state, code, gas=GAS):
    expected = execute(state, PragueComputation, code, gas)
    for _ in range(RUNS):
        found = execute(state, state.computation_class, code, gas)
        bad_jumps = {expected[0], found[0]} == {"InvalidInstruction", "InvalidJumpDestination"}
        assert found == expected or bad_jumps
    return expected


@given(st.lists(STEP, max_size=40).map(b"".join))
@settings(max_examples=300)
def test_any_straight_code_ends_alike(states, code):
    agree(states, code)


@given(st.lists(PUSHES, min_size=3, max_size=3).map(b"".join), CHEAP)
@settings(max_examples=400)
def test_every_cheap_instruction_agrees_on_extremes(states, pushes, instruction):
    failed, _, _ = agree(states, pushes + bytes([instruction]))
    assert failed in (None, "OutOfGas", "InsufficientStack")


@given(
    st.lists(st.one_of(STEP, st.just(bytes([JUMPDEST]))), max_size=12).map(b"".join),
    st.integers(0, 60),
    st.sampled_from([bytes([JUMP]), bytes([JUMPI])]),
    st.lists(st.one_of(STEP, st.just(bytes([JUMPDEST]))), max_size=12).map(b"".join),
)
@settings(max_examples=300)
def test_jumps_land_and_fail_alike(states, before, target, jump, after):
    code = before + bytes([PUSH1, 1, PUSH1, target]) + jump + after
    agree(states, code, gas=5_000)


@given(st.lists(STEP, max_size=20).map(b"".join), st.integers(0, 120))
@settings(max_examples=200)
def test_gas_runs_out_alike(states, code, gas):
    agree(states, code, gas)


def test_a_loop_ends_alike_and_its_block_is_compiled(states):
    # Counts from 200 down to nothing, and keeps the sum in memory.
    code = bytes.fromhex("60c8" + "5b" + "805f51015f52" + "6001900380600257" + "60205ff3")
    failed, output, _ = agree(states, code)
    assert failed is None
    assert int.from_bytes(output, "big") == 200 * 201 // 2
    program = states.computation_class.interpreter._program(code)
    assert sum(block is not None for block in program.blocks.values()) >= 1


def test_a_stack_too_high_or_too_low_fails_alike(states):
    grow = bytes.fromhex("5b5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f6000" + "56")
    failed, _, _ = agree(states, grow)
    assert failed == "FullStack"
    shrink = bytes.fromhex("5b5060" + "0056")
    failed, _, _ = agree(states, shrink)
    assert failed == "InsufficientStack"


def test_push_data_is_no_place_to_jump_to():
    prices = Counter(dict.fromkeys(COMPILED, 3))
    code = bytes([PUSH1, JUMPDEST, JUMPDEST])
    assert Program(code, prices)._jumps == {2}


def test_every_compiled_instruction_has_a_price():
    interpreter = Interpreter(PragueComputation.opcodes)
    assert set(interpreter._prices) == COMPILED
    free = {number for number, price in interpreter._prices.items() if not price}
    assert free == {SLOAD, RETURN}
