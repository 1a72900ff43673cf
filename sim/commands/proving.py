"""`mnft prove`: any user's model, proven, verified locally and by the contract."""

from pathlib import Path
from typing import Any

import contracts
from protocol.deployment import DEPLOYER, Deployment
from protocol.halo2_verifier import Halo2Verifier
from protocol.hashing import create_address
from protocol.parameters import resolve
from protocol.types import Call, Receipt
from sim.chain import open_engine
from sim.chain.deployment import Blueprint
from sim.chain.engine import Engine
from sim.commands.replaying import DEFAULT_ENGINE
from sim.console import Console
from sim.errors import UserError
from sim.progress import Style, showing
from zk.errors import ZkError
from zk.standalone import ProofReport, prove_file

CACHE = Path(".mnft-cache")
_GENESIS = 1_700_000_000


def prove_model(
    console: Console,
    model: Path,
    inputs: Path,
    calibration: Path | None,
    *,
    input_bounds: tuple[int, int] | None,
    style: Style,
) -> bool:
    """
    Prove, verify, print what it took, and return whether the proof was accepted everywhere.

    Raises UserError for a model, input or circuit that cannot be used.
    """
    try:
        with showing(style, is_terminal=console.err.redraws) as shown:
            report = prove_file(
                model,
                inputs,
                CACHE,
                shown.step,
                calibration_json=calibration,
                input_bounds=input_bounds,
            )
    except ZkError as error:
        raise UserError(error.place, error.problem, error.allowed, "E140") from error
    receipt = verify_on_chain(report)
    on_chain = receipt.ok and bool(receipt.value[0])
    if console.as_json:
        console.document(_document(model, report, receipt, on_chain))
    else:
        _show(console, report, receipt, on_chain)
    return report.verified and report.bound and on_chain


def verify_on_chain(report: ProofReport) -> Receipt:
    """Return the receipt of the verifier contract, on a new chain."""
    engine = open_engine(DEFAULT_ENGINE)
    try:
        engine.deploy(Deployment(resolve({}), _GENESIS), (_verifier(),))
        return _verify(engine, report)
    finally:
        engine.close()


def _verifier() -> Blueprint:
    """
    Return the verifier contract alone.

    Its answer is a header of two words, then an array that no ABI decoder can read: the array is
    left out of the ABI.
    """
    artifact = contracts.load(Halo2Verifier.SOLIDITY)
    readable = tuple(
        {**entry, "outputs": entry["outputs"][:2]} if entry.get("name") == "verifyProof" else entry
        for entry in artifact.abi
    )
    return Blueprint(
        name=Halo2Verifier.NAME,
        address=create_address(DEPLOYER, 0),
        abi=readable,
        code=artifact.bytecode,
        events=Halo2Verifier.EVENTS,
        errors=Halo2Verifier.ERRORS,
    )


def _verify(engine: Engine, report: ProofReport) -> Receipt:
    words = report.keys.verifier_words
    _execute(engine, "register_vka", (words,))
    proof = report.proof
    return _execute(engine, "verify_proof", (proof.proof, tuple(proof.instances), words))


def _execute(engine: Engine, function: str, arguments: tuple[Any, ...]) -> Receipt:
    return engine.execute(Call("halo2_verifier", function, arguments, DEPLOYER, _GENESIS + 1))


def _show(console: Console, report: ProofReport, receipt: Receipt, on_chain: bool) -> None:
    rows = [
        *report.rows(),
        ("verified on chain", _yes(on_chain)),
        ("gas", f"{receipt.gas:,}" if receipt.gas is not None else "not computed"),
    ]
    width = max(len(label) for label, _ in rows)
    for label, value in rows:
        console.result(f"{label.ljust(width)}  {value}")


def _document(model: Path, report: ProofReport, receipt: Receipt, on_chain: bool) -> dict[str, Any]:
    return {
        "schema": "mnft.prove/1",
        "model": str(model),
        "accepted": report.verified and report.bound and on_chain,
        "verified": report.verified,
        "bound": report.bound,
        "verified_on_chain": on_chain,
        "gas": receipt.gas,
        "output": list(report.output_values),
        "seconds": report.seconds,
        "peak_memory_bytes": report.peak_memory_bytes,
        "figures": dict(report.rows()),
    }


def _yes(fact: bool) -> str:
    return "yes" if fact else "NO"
