"""py-evm's interpreter, with runs of cheap instructions compiled."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from eth.exceptions import Halt
from eth.vm.logic.invalid import InvalidOpcode

from sim.chain.blocks import COMPILED, Program

_PROGRAMS = 256
_STOP = 0x00
_BALANCES = (0x31, 0x47)
_BLOCK_FACTS = range(0x40, 0x4B)
_NOT_TRIED: Any = object()


class Interpreter:
    """Runs code with one table of instructions; keeps the programs of what it has run."""

    def __init__(self, instructions: Mapping[int, Any]) -> None:
        moving = {code: _noted(instructions[code]) for code in (*_BALANCES, *_BLOCK_FACTS)}
        self._instructions = {**instructions, **moving}
        self._prices = {code: instructions[code].gas_cost for code in COMPILED}
        self._program = lru_cache(maxsize=_PROGRAMS)(self._compile)

    def run(self, computation: Any) -> None:
        """Execute a message's code to its end; a failure is raised, as py-evm does."""
        code = computation.code
        raw = code._raw_code_bytes
        program = self._program(raw)
        blocks, instructions = program.blocks, self._instructions
        meter, stack = computation._gas_meter, computation._stack.values
        at = 0
        try:
            while True:
                block = blocks.get(at, _NOT_TRIED)
                if block is _NOT_TRIED:
                    block = program.compile(at)
                if block is not None:
                    gas, lowest, highest, run = block
                    if meter.gas_remaining >= gas and lowest <= len(stack) <= highest:
                        meter.gas_remaining -= gas
                        at = run(stack, computation)
                        continue
                code.program_counter = at + 1
                number = raw[at] if at < len(raw) else _STOP
                instruction = instructions.get(number) or InvalidOpcode(number)
                instruction(computation)
                at = code.program_counter
        except Halt:
            return

    def _compile(self, code: bytes) -> Program:
        return Program(code, self._prices)


def _noted(instruction: Any) -> Any:
    """Return an instruction that first says that it looks at more than storage."""

    def run(computation: Any) -> None:
        computation.state.looks_beyond_storage = True
        instruction(computation)

    return run
