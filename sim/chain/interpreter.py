"""py-evm's interpreter, with runs of cheap instructions compiled."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from eth.exceptions import Halt
from eth.vm.logic.invalid import InvalidOpcode

from protocol.hashing import keccak
from sim.chain.blocks import COMPILED, Program

_PROGRAMS = 256
_STACK_LIMIT = 1_024
_STOP = 0x00
_KECCAK256 = 0x20
_KECCAK_GAS = 30
_KECCAK_GAS_PER_WORD = 6


class Interpreter:
    """Runs code with one table of instructions; keeps the programs of what it has run."""

    def __init__(self, instructions: Mapping[int, Any]) -> None:
        self._instructions = {**instructions, _KECCAK256: _keccak256}
        self._prices = {code: instructions[code].gas_cost for code in COMPILED}
        self._program = lru_cache(maxsize=_PROGRAMS)(self._compile)

    def run(self, computation: Any) -> None:
        """Execute a message's code to its end; a failure is raised, as py-evm does."""
        code = computation.code
        raw = code._raw_code_bytes
        block_at = self._program(raw).block
        meter, stack = computation._gas_meter, computation._stack.values
        at = 0
        try:
            while True:
                block = block_at(at)
                if (
                    block is not None
                    and meter.gas_remaining >= block.gas
                    and block.needs <= len(stack) <= _STACK_LIMIT - block.growth
                ):
                    meter.gas_remaining -= block.gas
                    at = block.run(stack, computation)
                    continue
                code.program_counter = at + 1
                number = raw[at] if at < len(raw) else _STOP
                instruction = self._instructions.get(number) or InvalidOpcode(number)
                instruction(computation)
                at = code.program_counter
        except Halt:
            return

    def _compile(self, code: bytes) -> Program:
        return Program(code, self._prices)


def _keccak256(computation: Any) -> None:
    # Hashed by the library that the model uses; the prices are the Yellow Paper's.
    computation.consume_gas(_KECCAK_GAS, reason="KECCAK256")
    start, size = computation.stack_pop_ints(2)
    computation.extend_memory(start, size)
    words = -(-size // 32)
    computation.consume_gas(_KECCAK_GAS_PER_WORD * words, reason="KECCAK256 words")
    computation.stack_push_bytes(keccak(computation.memory_read_bytes(start, size)))
