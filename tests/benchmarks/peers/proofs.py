"""Comparison (d): proofs of four kinds of models, ours against ezkl as it comes."""

import json
import subprocess
import tempfile
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from contenders import HERE, Contender, compete, ratio, table
from environments import PeerError, python_of

OURS, THEIRS = "mnft", "ezkl"


def proving(rounds: int) -> tuple[str, dict[str, Any]]:
    """Return table and figures, a row per model."""
    found: dict[str, Any] = {}
    rows = []
    with tempfile.TemporaryDirectory() as scratch:
        try:
            train(Path(scratch))
        except PeerError as error:
            return f"No models: {error}", {"error": str(error)}
        for home in sorted(Path(scratch).iterdir()):
            name = json.loads((home / "samples.json").read_text(encoding="utf-8"))["name"]
            contenders = (
                Contender(THEIRS, "ezkl", "prove_ezkl.py", (str(home),)),
                Contender(OURS, None, "prove_ours.py", (str(home),)),
            )
            outcomes = compete(contenders, rounds)
            found[name] = {who: facts(outcomes[who], outcomes[OURS]) for who in (THEIRS, OURS)}
            rows.append(row(name, found[name][THEIRS], found[name][OURS]))
    header = ("model", "ours is", "k", "proving, processor time", "times ours")
    header += ("proving key", "times ours", "same decisions as float", "gas to verify")
    return table(header, rows), found


def train(folder: Path) -> None:
    """Train and export the models; raises PeerError where that is not possible."""
    command = [str(python_of("hummingbird")), str(HERE / "families.py"), str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise PeerError(" / ".join(done.stderr.strip().splitlines()[-3:]))


def facts(outcome: dict[str, Any], ours: dict[str, Any]) -> dict[str, Any]:
    """Return what is shown of one contender; a refusal or an error is shown as it is."""
    if "error" in outcome or "refused" in outcome:
        return {"refused": outcome.get("refused", outcome.get("error"))}
    shown = {name: outcome[name] for name in ("seconds", "k", "key_bytes", "how")}
    shown["agreement"] = agreement(outcome["decisions"], ours.get("float decisions", []))
    shown["gas"] = gas_of(outcome)
    return shown


def agreement(decided: list[int], wanted: list[int]) -> float | None:
    """Return the share of equal decisions; None without something to compare with."""
    if not wanted:
        return None
    return sum(a == b for a, b in zip(decided, wanted, strict=True)) / len(wanted)


def gas_of(outcome: dict[str, Any]) -> int:
    """Return the gas of a proof in the one verifier contract that serves every circuit."""
    from sim.commands.proving import verify_on_chain  # noqa: PLC0415 - loads all of the simulator

    words = tuple(bytes.fromhex(word) for word in outcome["words"])
    proof = bytes.fromhex(outcome["proof"])
    instances = tuple(map(int, outcome["instances"]))
    report: Any = SimpleNamespace(
        keys=SimpleNamespace(verifier_words=words),
        proof=SimpleNamespace(proof=proof, instances=instances),
    )
    receipt = verify_on_chain(report)
    if not receipt.ok or not receipt.value[0]:
        raise SystemExit(f"the contract refuses a proof: {receipt.refusal}")
    return receipt.gas or 0


def row(name: str, theirs: dict[str, Any], ours: dict[str, Any]) -> list[str]:
    """Return both sides, ezkl's first, and their ratios."""
    both = [theirs, ours]

    def pair(field: str, pattern: str, scale: float = 1.0) -> str:
        cells = [
            "none" if each.get(field) is None else pattern.format(each[field] * scale)
            for each in both
        ]
        return " / ".join(cells)

    def over(field: str) -> str:
        if any("refused" in each for each in both):
            return ""
        return ratio(theirs[field], ours[field])

    return [
        name,
        ours.get("how") or f"refused: {ours['refused']}",
        pair("k", "{:.0f}"),
        pair("seconds", "{:.2f} s"),
        over("seconds"),
        pair("key_bytes", "{:.1f} MB", 1e-6),
        over("key_bytes"),
        pair("agreement", "{:.0%}"),
        pair("gas", "{:,.0f}"),
    ]
