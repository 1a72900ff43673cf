"""
A family's float model in ezkl as it comes: default arguments, default calibration, default keys.

`python prove_ezkl.py FOLDER` sets up in a folder of its own below; each round is one witness, one
proof and its verification.
"""

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Any

import ezkl
from rounds import Outcome, serve, timed

HOME = Path(sys.argv[1]).absolute()
SAMPLES = json.loads((HOME / "samples.json").read_text(encoding="utf-8"))
MODEL = str(HOME / "model.onnx")

MODULUS = 21888242871839275222246405745257275088548364400416034343698204186575808495617


def set_up() -> dict[str, Any]:
    """Make settings, circuit and keys with ezkl's defaults; return what they are."""
    scratch = HOME / "ezkl"
    scratch.mkdir(exist_ok=True)
    os.chdir(scratch)
    everything = [value for row in SAMPLES["calibration"] for value in row]
    Path("calibration.json").write_text(json.dumps({"input_data": [everything]}))
    ezkl.gen_settings(MODEL, "settings.json")
    ezkl.calibrate_settings("calibration.json", MODEL, "settings.json", "resources")
    settings = json.loads(Path("settings.json").read_text())
    logrows = settings["run_args"]["logrows"]
    ezkl.gen_srs("srs", logrows)
    ezkl.compile_circuit(MODEL, "circuit", "settings.json")
    ezkl.setup("circuit", "vk", "pk", "srs")
    asyncio.run(verifier_words())
    words = Path("words").read_bytes()[8:]
    return {
        "k": logrows,
        "key_bytes": Path("pk").stat().st_size,
        "decisions": [decision(row) for row in SAMPLES["judged"]],
        "words": [words[start : start + 32].hex() for start in range(0, len(words), 32)],
        "how": settings["run_args"]["input_visibility"]
        + " input, "
        + settings["run_args"]["param_visibility"]
        + " weights",
    }


async def verifier_words() -> None:
    await ezkl.create_evm_vka("vk", "settings.json", "words", "srs", decimals=18)


def witness(row: list[float]) -> Any:
    Path("input.json").write_text(json.dumps({"input_data": [row]}))
    return ezkl.gen_witness("input.json", "circuit", "witness.json", "vk", "srs")


def decision(row: list[float]) -> int:
    """Return the class that the circuit decides for."""
    (scores,) = witness(row)["outputs"]
    numbers = [signed(score) for score in scores]
    return numbers.index(max(numbers))


def signed(element: str) -> int:
    """Return a field element, little-endian hex, as the integer that it stands for."""
    number = int.from_bytes(bytes.fromhex(element), "little")
    return number - MODULUS if number > MODULUS // 2 else number


def play(facts: dict[str, Any]) -> Outcome:
    made: list[Any] = []

    def run() -> None:
        witness(SAMPLES["judged"][0])
        made.append(ezkl.prove("witness.json", "circuit", "pk", "proof.json", srs_path="srs"))
        assert ezkl.verify("proof.json", "settings.json", "vk", "srs")

    seconds = timed(run)
    instances = [
        int.from_bytes(bytes.fromhex(element), "little")
        for part in made[0]["instances"]
        for element in part
    ]
    proof = str(made[0]["proof"]).removeprefix("0x")
    return {"seconds": seconds, "proof": proof, "instances": list(map(str, instances)), **facts}


if __name__ == "__main__":
    all_facts = set_up()
    serve(lambda: play(all_facts))
