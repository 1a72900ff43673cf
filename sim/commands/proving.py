"""`mnft prove`: any user's model, proven, verified locally and by the contract."""

from pathlib import Path
from typing import Any

from protocol.deployment import DEPLOYER, Deployment
from protocol.parameters import resolve
from protocol.types import Call, Receipt
from sim.chain import open_engine
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
    console: Console, model: Path, inputs: Path, calibration: Path | None, style: Style
) -> bool:
    """
    Prove, verify, print what it took, and return whether the proof was accepted everywhere.

    Raises UserError for a model, input or circuit that cannot be used.
    """
    try:
        with showing(style, is_terminal=console.err.redraws) as shown:
            report = prove_file(model, inputs, CACHE, shown.step, calibration_json=calibration)
    except ZkError as error:
        raise UserError(error.place, error.problem, error.allowed, "E140") from error
    receipt = verify_on_chain(report)
    on_chain = receipt.ok and bool(receipt.value[0])
    accepted = report.verified and report.bound and on_chain
    if console.as_json:
        console.document(_document(model, report, receipt, accepted))
    else:
        _show(console, report, receipt, on_chain)
    return accepted


def verify_on_chain(report: ProofReport) -> Receipt:
    """Return the receipt of the verifier contract, on a new chain."""
    engine = open_engine(DEFAULT_ENGINE)
    try:
        engine.deploy(Deployment(resolve({}), _GENESIS))
        return _verify(engine, report)
    finally:
        engine.close()


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


def _document(model: Path, report: ProofReport, receipt: Receipt, accepted: bool) -> dict[str, Any]:
    return {
        "schema": "mnft.prove/1",
        "model": str(model),
        "accepted": accepted,
        "verified": report.verified,
        "bound": report.bound,
        "verified_on_chain": receipt.ok,
        "gas": receipt.gas,
        "output": list(report.output_values),
        "seconds": report.seconds,
        "peak_memory_bytes": report.peak_memory_bytes,
        "figures": dict(report.rows()),
    }


def _yes(fact: bool) -> str:
    return "yes" if fact else "NO"
