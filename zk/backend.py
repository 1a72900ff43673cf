"""
The border to ezkl: typed calls, silent, and every failure as a ZkError.

ezkl raises RuntimeError with long messages and, where Rust panics, PanicException, which is no
Exception. Nothing else in this package calls ezkl.
"""

import asyncio
import importlib
import importlib.metadata
import json
import logging
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

from zk.errors import ZkError
from zk.points import point_from_coordinates

Result = TypeVar("Result")

_LONGEST_REASON = 300
_EXPLANATIONS = (
    ("general synthesis error", "a value leaves the range base^legs of the decomposition"),
    ("out of range of lookup", "a value leaves the lookup table"),
    ("lookuprangetoolarge", "the lookup table is too large for the rows"),
    ("undetermined symbol", "a shape is not static"),
    ("dimension mismatch", "the number of values is not what the model takes"),
    ("too large for the column", "the model has more values than the circuit has rows"),
    ("not enough rows", "the circuit has too few rows"),
    ("extended k", "the circuit has too few rows"),
)

# Without a handler of its own, ezkl's warnings would go to standard error.
logging.getLogger("ezkl").addHandler(logging.NullHandler())


def version() -> str:
    """Return the version of ezkl, which keys and proofs depend on."""
    return importlib.metadata.version("ezkl")


def _ezkl() -> Any:
    return importlib.import_module("ezkl")


def explain(message: str) -> str:
    """Return ezkl's message in plain words where it is a known one, shortened otherwise."""
    folded = message.lower()
    for fragment, explanation in _EXPLANATIONS:
        if fragment in folded:
            return explanation
    return " ".join(message.split())[:_LONGEST_REASON]


def guarded(place: str, allowed: str, action: Callable[[], Result]) -> Result:
    """Return the action's result; whatever ezkl throws, Rust panics included, becomes a ZkError."""
    try:
        return action()
    except (KeyboardInterrupt, SystemExit, GeneratorExit, ZkError):
        raise
    except BaseException as failure:
        panicked = not isinstance(failure, Exception)
        reason = explain(str(failure))
        problem = f"ezkl panicked: {reason}" if panicked else f"ezkl refuses: {reason}"
        raise ZkError(place, problem, allowed) from None


def run_args(**knobs: Any) -> Any:
    """Return ezkl's arguments with the knobs set; an unknown knob raises ZkError."""
    arguments = _ezkl().PyRunArgs()
    for name, value in knobs.items():
        if not hasattr(arguments, name):
            raise ZkError("circuit settings", f"ezkl has no knob {name}", "the knobs of ezkl 23")
        setattr(arguments, name, value)
    return arguments


def write_settings(model: Path, settings: Path, arguments: Any) -> dict[str, Any]:
    """
    Write the circuit's settings file and return its content, the same for the same model.

    ezkl lists range checks and lookups in the order of a hash set, different in every process,
    and the verifying key follows that order: sorted, one model has one key everywhere.
    """
    guarded(
        str(model),
        "a model that ezkl can lay out",
        lambda: _ezkl().gen_settings(model, settings, py_run_args=arguments),
    )
    content: dict[str, Any] = json.loads(settings.read_text())
    for name in ("required_range_checks", "required_lookups"):
        content[name].sort(key=json.dumps)
    content["timestamp"] = 0
    settings.write_text(json.dumps(content, sort_keys=True))
    return content


def compile_circuit(model: Path, circuit: Path, settings: Path) -> None:
    """Write the compiled circuit."""
    guarded(
        str(model),
        "a model that ezkl can compile",
        lambda: _ezkl().compile_circuit(model, circuit, settings),
    )


def setup(circuit: Path, verifying_key: Path, proving_key: Path, srs: Path) -> None:
    """Write both keys."""
    guarded(
        str(circuit),
        "a circuit that fits its rows",
        lambda: _ezkl().setup(circuit, verifying_key, proving_key, srs),
    )


def write_witness(
    values: Path,
    circuit: Path,
    witness: Path,
    verifying_key: Path | None = None,
    srs: Path | None = None,
) -> dict[str, Any]:
    """Write the witness file and return its content; with key and SRS it has the commitments."""
    content: dict[str, Any] = guarded(
        "witness",
        "inputs whose intermediate values stay in the circuit's range",
        lambda: _ezkl().gen_witness(str(values), circuit, witness, verifying_key, srs),
    )
    return content


def prove(witness: Path, circuit: Path, proving_key: Path, srs: Path) -> dict[str, Any]:
    """Return a proof: its bytes under `proof`, its instances in little-endian hex."""
    content: dict[str, Any] = guarded(
        "proof",
        "a witness of this circuit",
        lambda: _ezkl().prove(witness, circuit, proving_key, None, srs_path=srs),
    )
    return content


def verify(proof: Path, settings: Path, verifying_key: Path, srs: Path) -> bool:
    """Return whether the proof holds; a malformed one raises ZkError."""
    return bool(
        guarded(
            "verification",
            "a proof of this circuit",
            lambda: _ezkl().verify(proof, settings, verifying_key, srs),
        )
    )


def quantise(values: Sequence[float], scale: int) -> list[str]:
    """Return the field elements, in ezkl's spelling, of float values at a binary scale."""
    ezkl = _ezkl()
    return [ezkl.float_to_felt(float(value), scale, ezkl.PyInputType.F32) for value in values]


def commit(elements: Sequence[str], verifying_key: Path, settings: Path, srs: Path) -> list[bytes]:
    """Return the points that commit to the elements, one per column that they fill."""
    points = guarded(
        "commitment",
        "at most as many values as the circuit has rows",
        lambda: _ezkl().kzg_commit(list(elements), verifying_key, settings, srs),
    )
    return [point_from_coordinates(point.x, point.y) for point in points]


def write_verifier_artifact(
    verifying_key: Path, settings: Path, artifact: Path, srs: Path
) -> tuple[bytes, ...]:
    """Write the artifact that stands for the verifying key on chain and return its words."""

    async def create() -> None:
        await _ezkl().create_evm_vka(verifying_key, settings, artifact, srs, decimals=18)

    guarded("verifier artifact", "the keys of this circuit", lambda: asyncio.run(create()))
    content = artifact.read_bytes()
    # A little-endian 64-bit count comes first.
    count = int.from_bytes(content[:8], "little")
    words = tuple(content[start : start + 32] for start in range(8, len(content), 32))
    if len(words) != count or len(content) != 8 + 32 * count:
        raise ZkError("verifier artifact", "has an unknown layout", "the layout of ezkl 23")
    return words


def write_verifier_source(verifying_key: Path, settings: Path, source: Path, srs: Path) -> None:
    """
    Write the Solidity source of the reusable verifier.

    ezkl writes the file and then looks for a compiler; only the file counts.
    """

    async def create() -> None:
        await _ezkl().create_evm_verifier(
            verifying_key, settings, source, source.with_suffix(".abi"), srs, reusable=True
        )

    try:
        guarded("verifier source", "the keys of this circuit", lambda: asyncio.run(create()))
    except ZkError:
        if not source.is_file():
            raise
