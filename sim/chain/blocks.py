"""
EVM code compiled to Python, basic block by basic block.

Most of what py-evm spends on a call is the cost of dispatching cheap instructions. A run of them
that neither leaves the machine's stack and memory nor looks at the gas becomes one Python
function; py-evm's own instructions do all the rest. Prices come from py-evm's table.
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from sim.chain.formulas import FORMULAS, KECCAK256, NAMES, RETURN

_JUMP, _JUMPI, _JUMPDEST = 0x56, 0x57, 0x5B
_PUSH0, _PUSH32, _DUP1, _DUP16, _SWAP1, _SWAP16 = 0x5F, 0x7F, 0x80, 0x8F, 0x90, 0x9F
_POP, _MLOAD, _MSTORE = 0x50, 0x51, 0x52
STACK_LIMIT = 1_024
_LONGEST = 500
"""Instructions in a block at most."""
_LOOK_AT_MEMORY = "content = computation._memory._bytes"
_COMPILED_AFTER = 2
"""Executions of a block after which compiling it pays."""

COMPILED = frozenset(
    {
        *(_POP, _MLOAD, _MSTORE, _JUMP, _JUMPI, _JUMPDEST, RETURN),
        *range(_PUSH0, _PUSH32 + 1),
        *range(_DUP1, _DUP16 + 1),
        *range(_SWAP1, _SWAP16 + 1),
        *FORMULAS,
    }
)
"""The instructions that blocks are made of."""


class Block(NamedTuple):
    """A compiled run of instructions: its gas, the stack's height that it bears; where it leads."""

    gas: int
    lowest: int
    highest: int
    run: Callable[[list[Any], Any], int]


class Program:
    """The blocks of one contract's code, compiled when they turn out to be used."""

    def __init__(self, code: bytes, prices: Mapping[int, int]) -> None:
        self.code = code
        self._prices = prices
        self._jumps = _jump_destinations(code)
        self.blocks: dict[int, Block | None] = {}
        """The blocks by their start; None where py-evm itself must go on."""
        self._seen: dict[int, int] = {}

    def compile(self, at: int) -> Block | None:
        """Return the block that starts at a position, if compiling it pays by now."""
        seen = self._seen[at] = self._seen.get(at, 0) + 1
        if seen <= _COMPILED_AFTER:
            return None
        block = self.blocks[at] = _Compiler(self.code, self._prices, self._jumps).block(at)
        return block


class _Compiler:
    """Follows one block with a stack of names instead of values, and writes down what happens."""

    def __init__(self, code: bytes, prices: Mapping[int, int], jumps: frozenset[int]) -> None:
        self._code = code
        self._prices = prices
        self._jumps = jumps
        self._stack: list[str] = []
        self._lines: list[str] = []
        self._taken = 0
        self._highest = 0
        self._gas = 0
        self._made = 0
        self._numbers: set[str] = set()
        self._constants: dict[str, int] = {}
        self._uses_memory = False

    def block(self, start: int) -> Block | None:
        at, end = start, None
        for _ in range(_LONGEST):
            if end is not None or at >= len(self._code):
                break
            following = self._instruction(self._code[at], at)
            if following is None:
                break
            at, end = following
        if at == start and end is None:
            return None
        return self._finish(end or f"return {at}")

    def _instruction(self, code: int, at: int) -> tuple[int, str | None] | None:
        """Return where the next instruction is, and the way out of the block where it ends."""
        if code not in COMPILED:
            return None
        self._gas += self._prices[code]
        following = at + 1
        if code in (_JUMP, _JUMPI):
            return self._jump(code, following)
        if _PUSH0 <= code <= _PUSH32:
            size = code - _PUSH0
            raw = self._code[following : following + size].ljust(size, b"\0")
            self._push_constant(int.from_bytes(raw, "big"))
            return following + size, None
        if code in FORMULAS:
            arity, formula = FORMULAS[code]
            self._assign(formula.format(*[self._pop_number() for _ in range(arity)]))
            if code == KECCAK256:
                # What it reads may lie beyond the memory's end.
                self._uses_memory = True
                self._lines.append(_LOOK_AT_MEMORY)
        elif code == RETURN:
            place, length = self._pop_number(), self._pop_number()
            return following, f"returned(computation, {place}, {length})"
        elif code in (_MLOAD, _MSTORE):
            self._memory(code)
        else:
            self._shuffle(code)
        return following, None

    def _shuffle(self, code: int) -> None:
        stack = self._stack
        if _DUP1 <= code <= _DUP16:
            depth = code - _DUP1 + 1
            self._reach(depth)
            self._push(stack[-depth])
        elif _SWAP1 <= code <= _SWAP16:
            depth = code - _SWAP1 + 2
            self._reach(depth)
            stack[-1], stack[-depth] = stack[-depth], stack[-1]
        elif code == _POP:
            self._pop()

    def _jump(self, code: int, following: int) -> tuple[int, str | None]:
        name = self._pop_number()
        target = self._constants.get(name)
        if code == _JUMP and target in self._jumps:
            # A call of an internal function, or its return: the block goes on where it leads.
            return int(target), None
        condition = self._pop_number() if code == _JUMPI else "1"
        if target not in self._jumps:
            self._lines.append(f"if {condition} and {name} not in JUMPS: raise BadJump")
        return following, f"return {name} if {condition} else {following}"

    def _memory(self, code: int) -> None:
        self._uses_memory = True
        place = self._pop_number()
        value = self._pop_number() if code == _MSTORE else None
        self._lines += [
            f"if {place} + 32 > len(content): content = grown(computation, {place} + 32)",
        ]
        if value is None:
            self._assign(f"number(content[{place} : {place} + 32], 'big')")
        else:
            self._lines.append(f"content[{place} : {place} + 32] = {value}.to_bytes(32, 'big')")

    def _finish(self, end: str) -> Block:
        inputs = [f"i{depth}" for depth in range(self._taken, 0, -1)]
        head = []
        if inputs:
            head = [f"{', '.join(inputs)}, = stack[-{len(inputs)}:]", f"del stack[-{len(inputs)}:]"]
        if self._uses_memory:
            head.append(_LOOK_AT_MEMORY)
        tail = [f"stack += ({', '.join(self._stack)},)"] if self._stack else []
        body = [*head, *self._lines, *tail, end]
        source = "def run(stack, computation):\n" + "".join(f"    {line}\n" for line in body)
        made: dict[str, Any] = {}
        exec(compile(source, "<EVM block>", "exec"), self._names(), made)
        return Block(self._gas, self._taken, STACK_LIMIT - self._highest, made["run"])

    def _names(self) -> dict[str, Any]:
        return {**NAMES, **self._constants, "JUMPS": self._jumps}

    def _reach(self, depth: int) -> None:
        while len(self._stack) < depth:
            self._taken += 1
            self._stack.insert(0, f"i{self._taken}")

    def _push(self, name: str) -> None:
        self._stack.append(name)
        self._highest = max(self._highest, len(self._stack) - self._taken)

    def _push_constant(self, value: int) -> None:
        name = f"c{value:x}"
        self._constants[name] = value
        self._numbers.add(name)
        self._push(name)

    def _assign(self, formula: str) -> None:
        self._made += 1
        name = f"v{self._made}"
        self._numbers.add(name)
        self._lines.append(f"{name} = {formula}")
        self._push(name)

    def _pop(self) -> str:
        self._reach(1)
        return self._stack.pop()

    def _pop_number(self) -> str:
        name = self._pop()
        if name not in self._numbers:
            # py-evm's own instructions leave bytes on the stack where that suits them.
            self._lines.append(f"if {name}.__class__ is not int: {name} = number({name}, 'big')")
            self._numbers.add(name)
        return name


def _jump_destinations(code: bytes) -> frozenset[int]:
    found, at = set(), 0
    while at < len(code):
        instruction = code[at]
        if instruction == _JUMPDEST:
            found.add(at)
        at += 1 + max(0, instruction - _PUSH0) * (instruction <= _PUSH32)
    return frozenset(found)
