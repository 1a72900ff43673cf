"""
The trace: what was called and what came of it, one JSON line each.

A trace is the unit of evidence: any engine can replay it, and must reach its digest.
The digest covers calls and receipts but no gas, so it is the same on every engine and on none.
"""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Protocol

from protocol.deployment import Deployment
from protocol.parameters import resolve
from protocol.types import Address, Call, Receipt, event_values
from sim.chain.abi import ArgumentError
from sim.chain.codec import Codec
from sim.chain.deployment import blueprints
from sim.chain.engine import Engine
from sim.errors import UserError

SCHEMA = "mnft.trace/1"
_GAS = ',"gas":'
_PROVING = ('"function":"answer_check"', '"function":"prove"')
_PROOF = re.compile(r'("0x[0-9a-f]{128})[0-9a-f]+')
"""A proof's first point, 64 bytes, and the rest; nothing else in such a call is that long."""
_CALL_FIELDS = tuple(each.name for each in fields(Call))
_ALLOWED = "a trace of this version, as `mnft run` writes it"


class Machine(Protocol):
    """Whatever executes calls: the model, an engine, both in lockstep."""

    def execute(self, call: Call) -> Receipt:
        """Carry a call out."""
        ...


class Entry(NamedTuple):
    """A line of a trace: the call, and the receipt as JSON (bytes as 0x text, lists for tuples)."""

    number: int
    call: Call
    receipt: Mapping[str, Any]
    gas: int | None


class Digest:
    """
    The running SHA-256 over calls and receipts, in their order.

    A zk proof is blinded anew each time it is made, so the same run has other proof bytes every
    time: of a proof that a call brings only the first point, which binds input or weights, counts.
    """

    def __init__(self) -> None:
        self._hash = hashlib.sha256()
        self.calls = 0

    def add(self, line: str) -> None:
        """Take in a line without its gas."""
        if any(function in line for function in _PROVING):
            line = _PROOF.sub(r"\1", line, count=1)
        self._hash.update(line.encode())
        self._hash.update(b"\n")
        self.calls += 1

    def hexdigest(self) -> str:
        """Return the digest of all lines so far."""
        return self._hash.hexdigest()


class TraceWriter:
    """Streams calls and receipts to a file; use it as a context, or close it."""

    def __init__(self, path: Path, deployment: Deployment) -> None:
        self.path = path
        self._digest = Digest()
        self._file = path.open("w", encoding="utf-8", newline="\n")
        self._file.write(_header(deployment) + "\n")

    @property
    def calls(self) -> int:
        """How many calls were written."""
        return self._digest.calls

    def write(self, call: Call, receipt: Receipt) -> None:
        """Append a call and its receipt."""
        line = canonical_line(call, receipt)
        self._digest.add(line)
        self._file.write(_with_gas(line, receipt.gas))

    def digest(self) -> str:
        """Return the digest of all calls so far."""
        return self._digest.hexdigest()

    def save_divergence(self, call: Call | None, model: Receipt) -> Path:
        """Write all calls so far beside the trace, and the one that divides the machines."""
        self._file.flush()
        target = self.path.with_name("divergence.trace")
        with self.path.open(encoding="utf-8") as source, target.open("w", encoding="utf-8") as copy:
            for line in source:
                copy.write(line)
            if call is not None:
                copy.write(_with_gas(canonical_line(call, model), None))
        return target

    def close(self) -> None:
        """Finish the file."""
        self._file.close()

    def __enter__(self) -> "TraceWriter":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()


@dataclass(frozen=True)
class Trace:
    """A trace on disk, and the deployment that its calls are for."""

    path: Path
    deployment: Deployment

    def entries(self) -> Iterator[Entry]:
        """
        Yield the calls with their receipts, typed by the ABI, numbered from 1.

        Raises:
            UserError: A line is damaged.
        """
        codec = Codec(blueprints(self.deployment))
        for number, line in self._lines():
            try:
                parsed = json.loads(line)
                call = _call(codec, parsed["call"])
                yield Entry(number, call, parsed["receipt"], parsed["gas"])
            except (ArgumentError, KeyError, TypeError, ValueError) as error:
                raise self._damaged(number, error) from error

    def digest(self) -> str:
        """
        Return the digest of what the file says.

        Raises:
            UserError: A line is damaged.
        """
        digest = Digest()
        for number, line in self._lines():
            body, separator, _ = line.rpartition(_GAS)
            if not separator:
                raise self._damaged(number, ValueError("no gas"))
            digest.add(body)
        return digest.hexdigest()

    def _lines(self) -> Iterator[tuple[int, str]]:
        with self.path.open(encoding="utf-8") as source:
            next(source)
            yield from enumerate(source, start=1)

    def _damaged(self, number: int, error: Exception) -> UserError:
        return UserError(f"{self.path}:{number + 1}", f"damaged line ({error!r})", _ALLOWED)


def open_trace(path: Path) -> Trace:
    """
    Return the trace in a file.

    Raises:
        UserError: There is none, or it is not one.
    """
    try:
        with path.open(encoding="utf-8") as source:
            header = json.loads(source.readline())
        if header["schema"] != SCHEMA:
            raise UserError(str(path), f"schema {header['schema']!r}", SCHEMA)
        deployment = Deployment(
            # A number that is younger than the trace has its default: nothing else was known then.
            values=resolve(header["values"]),
            genesis_timestamp=header["genesis_timestamp"],
            chain_id=header["chain_id"],
            deployer=Address(header["deployer"]),
        )
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise UserError(str(path), f"no trace ({error})", _ALLOWED) from error
    return Trace(path, deployment)


def replay(path: Path, machine: Machine) -> str:
    """
    Execute a trace's calls again and return the digest reached; an engine is deployed to first.

    Raises:
        UserError: The file is no trace.
    """
    trace = open_trace(path)
    if isinstance(machine, Engine):
        machine.deploy(trace.deployment)
    digest = Digest()
    for entry in trace.entries():
        digest.add(canonical_line(entry.call, machine.execute(entry.call)))
    return digest.hexdigest()


def explain(path: Path, number: int, engine: Engine) -> str:
    """
    Return one call of a trace decoded: what was recorded, and what an engine makes of it now.

    Raises:
        UserError: The file is no trace, or has no such call.
    """
    trace = open_trace(path)
    engine.deploy(trace.deployment)
    last = 0
    for entry in trace.entries():
        receipt = engine.execute(entry.call)
        last = entry.number
        if last == number:
            return _explanation(entry, receipt, engine)
    raise UserError(f"{path}: call {number}", "no such call", f"1 to {last}")


def canonical_line(call: Call, receipt: Receipt) -> str:
    """Return a call and its receipt as JSON, without gas and without the closing brace."""
    refusal = receipt.refusal
    return _dump(
        {
            "call": {name: getattr(call, name) for name in _CALL_FIELDS},
            "receipt": {
                "refusal": refusal and [type(refusal).__name__, refusal.arguments()],
                "value": receipt.value,
                "events": [
                    [contract, type(event).__name__, event_values(event)]
                    for contract, event in receipt.events
                ],
            },
        }
    )[:-1]


def as_recorded(call: Call, receipt: Receipt) -> Mapping[str, Any]:
    """Return a receipt as an entry of a trace has it."""
    recorded: Mapping[str, Any] = json.loads(canonical_line(call, receipt) + "}")["receipt"]
    return recorded


def _with_gas(line: str, gas: int | None) -> str:
    return f"{line}{_GAS}{'null' if gas is None else gas}}}\n"


def _header(deployment: Deployment) -> str:
    return _dump(
        {
            "schema": SCHEMA,
            "chain_id": deployment.chain_id,
            "deployer": deployment.deployer,
            "genesis_timestamp": deployment.genesis_timestamp,
            "values": dict(deployment.values),
        }
    )


def _hexadecimal(value: Any) -> str:
    if isinstance(value, bytes):
        return "0x" + value.hex()
    raise TypeError(f"a trace holds int, bool, str, bytes and tuples, not {type(value).__name__}")


_dump = json.JSONEncoder(
    default=_hexadecimal, ensure_ascii=False, check_circular=False, separators=(",", ":")
).encode


def _call(codec: Codec, recorded: Mapping[str, Any]) -> Call:
    contract, name, arguments = recorded["contract"], recorded["function"], recorded["arguments"]
    function = codec.function(contract, name, len(arguments))
    return Call(
        contract=contract,
        function=name,
        arguments=function.inputs.restore(arguments),
        sender=Address(recorded["sender"]),
        timestamp=recorded["timestamp"],
        value=recorded["value"],
    )


def _explanation(entry: Entry, receipt: Receipt, engine: Engine) -> str:
    call = entry.call
    inputs = engine.codec.function(call.contract, call.function, len(call.arguments)).inputs
    again = as_recorded(call, receipt)
    verdict = "the same" if again == entry.receipt else "NOT THE SAME"
    lines = [
        f"call {entry.number:,}: {call.contract}.{call.function}",
        f"  sender     {call.sender}",
        f"  timestamp  {call.timestamp}",
        f"  value      {call.value}",
        *(
            f"  argument   {label} = {_dump(argument)}"
            for label, argument in zip(inputs.labels, call.arguments, strict=True)
        ),
    ]
    for side, shown, gas in (
        ("recorded", entry.receipt, entry.gas),
        (engine.name, again, receipt.gas),
    ):
        lines += [f"{side}:", *_receipt_lines(shown, gas)]
    return "\n".join([*lines, f"replayed on {engine.name}: {verdict}"])


def _receipt_lines(receipt: Mapping[str, Any], gas: int | None) -> list[str]:
    refusal = receipt["refusal"]
    outcome = f"refused {refusal[0]}{_dump(refusal[1])}" if refusal else "ok"
    events = [
        f"  event      {contract} {event}{_dump(values)}"
        for contract, event, values in receipt["events"]
    ]
    return [
        f"  outcome    {outcome}",
        f"  value      {_dump(receipt['value'])}",
        *(events or ["  event      none"]),
        f"  gas        {'not known' if gas is None else f'{gas:,}'}",
    ]
