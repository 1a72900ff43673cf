"""Calls on contracts in an EVM, each noted as one line that a reader follows."""

import re
from collections.abc import Mapping
from decimal import Decimal
from itertools import groupby
from typing import Any, Protocol

from protocol.parameters import DAY
from protocol.types import Call, ProtocolError, Receipt
from sim.chain.names import python_name

_ROUND = 10**12
_TOLD = frozenset(
    {
        "calls", "expires_at", "first_sequence", "for_lease", "gate_calls", "gate_token_id",
        "is_closed", "last_sequence", "lease_price", "maximum_price", "maximum_total",
        "micro_megapixels", "nft_holder_monthly_call_limit", "price", "price_per_megapixel",
        "royalty_bps", "seller", "sequence", "weights_hash",
    }
)  # fmt: skip
"""The fields of structs that a trace shows: those on which its story turns."""
_TOLD_IF_ZERO = "royalty_bps"
_LATEST = 3650 * DAY


class Executor(Protocol):
    """What carries a call out."""

    def execute(self, call: Call) -> Receipt: ...


class Recorder:
    """Executes calls and keeps a line of each; accounts are shown by their role."""

    def __init__(self, executor: Executor, roles: Mapping[str, str], now: int) -> None:
        self.executor = executor
        self.address = dict(roles)
        self.now = now
        self.lines: list[str] = []
        self._start = now
        self._names = {address: role for role, address in roles.items()}
        self._numbered: dict[bytes, str] = {}

    def quietly(self, who: str, contract: str, function: str, *arguments: Any) -> Any:
        """Make a call that sets the stage, which must succeed, and return its value."""
        receipt = self._execute(who, contract, function, arguments, 0)
        assert receipt.ok, receipt.refusal
        return receipt.value

    def call(
        self, who: str, contract: str, function: str, *arguments: Any, value: int = 0
    ) -> Receipt:
        """Make a call of the trace."""
        receipt = self._execute(who, contract, function, arguments, value)
        coin = f"{{value: {amount(value)}}}" if value else ""
        shown = ", ".join(self.show(argument) for argument in arguments)
        self.lines.append(
            f"{who}: {contract}.{function}{coin}({shown}) -> {self._outcome(receipt)}"
        )
        return receipt

    def wait(self, seconds: int) -> None:
        """Let whole days pass."""
        self.now += seconds
        self.lines.append(f"... {seconds // DAY:,} days later")

    def say(self, what: str, value: int) -> int:
        """Note an amount that was read off the chain."""
        self.lines.append(f"{what}: {amount(value)}")
        return value

    def text(self) -> str:
        """Return the whole trace; a line that comes several times in a row stands once."""
        repeated = ((line, len(list(group))) for line, group in groupby(self.lines))
        return "".join(f"{line}{f' ({n} times)' if n > 1 else ''}\n" for line, n in repeated)

    def show(self, value: Any) -> str:
        """
        Return a value as the trace has it.

        Hashes, proofs and signatures are numbered as they come, times are days since the start,
        of structs only what the story turns on is told.
        """
        if isinstance(value, tuple):
            return self._struct_or_array(value)
        if isinstance(value, bytes):
            return self._numbered.setdefault(value, f"#{len(self._numbered) + 1}")
        if isinstance(value, str):
            return self._names.get(value, f'"{value}"')
        if isinstance(value, bool):
            return str(value).lower()
        is_time = 0 <= value - self._start < _LATEST
        return f"day {(value - self._start) // DAY}" if is_time else amount(value)

    def _struct_or_array(self, value: tuple[Any, ...]) -> str:
        if not hasattr(value, "_fields"):
            return f"[{', '.join(self.show(each) for each in value)}]"
        fields = zip(value._fields, value, strict=True)
        told = [
            f"{camel(name)}: {self.show(each)}"
            for name, each in fields
            if name in _TOLD and (each or name == _TOLD_IF_ZERO)
        ]
        return f"{type(value).__name__}({', '.join(told)})"

    def _execute(
        self, who: str, contract: str, function: str, arguments: tuple[Any, ...], value: int
    ) -> Receipt:
        names = python_name(contract), python_name(function)
        return self.executor.execute(Call(*names, arguments, self.address[who], self.now, value))

    def _outcome(self, receipt: Receipt) -> str:
        if receipt.refusal is not None:
            return f"refused: {self._refusal(receipt.refusal)}"
        return "done" if receipt.value is None else self.show(receipt.value)

    def _refusal(self, refusal: ProtocolError) -> str:
        arguments = ", ".join(self.show(each) for each in refusal.arguments())
        return f"{type(refusal).__name__}({arguments})"


def amount(value: int) -> str:
    """Return a number as a reader takes it in: 5e18 for five coins, else with underscores."""
    if value and value % _ROUND == 0:
        return f"{(Decimal(value) / 10**18).normalize():f}e18"
    return f"{value:_}"


def camel(name: str) -> str:
    """Return a name as Solidity spells it."""
    return re.sub(r"_(\w)", lambda match: match.group(1).upper(), name)
