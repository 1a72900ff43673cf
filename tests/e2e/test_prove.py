import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from sim.cli import main
from sim.commands.proving import verify_on_chain
from sim.workload.exact import quantise
from sim.workload.graph import to_onnx
from sim.workload.models import train
from sim.workload.tasks import base_domain
from zk.standalone import ProofReport, prove_file

SMALL = 8


@pytest.fixture(scope="module")
def user_files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("user")
    domain = base_domain()
    network = train(domain, SMALL, np.random.default_rng(1))
    (folder / "model.onnx").write_bytes(to_onnx(quantise(network)))
    row = domain.held_out_inputs[0].tolist()
    (folder / "input.json").write_text(json.dumps({"input_data": [row]}), encoding="utf-8")
    return folder


@pytest.fixture
def arguments(user_files: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    monkeypatch.chdir(user_files)
    return ["prove", "model.onnx", "input.json", "--input-bounds", "0", "16"]


@pytest.fixture(scope="module")
def report(user_files: Path) -> ProofReport:
    return prove_file(
        user_files / "model.onnx",
        user_files / "input.json",
        user_files / ".mnft-cache",
        lambda step, done, total: None,
        input_bounds=(0, 16),
    )


def test_a_users_model_is_proven_and_verified_on_chain(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*arguments, "--json", "--progress", "none"]) == 0
    document = json.loads(capsys.readouterr().out)

    assert document["schema"] == "mnft.prove/1"
    assert document["accepted"] is document["verified_on_chain"] is document["bound"] is True
    assert 300_000 < document["gas"] < 2_000_000
    assert document["figures"]["integer-exact"] == "yes"


def test_a_tampered_proof_is_refused_by_the_contract(report: ProofReport) -> None:
    assert verify_on_chain(report).ok
    spoilt = bytearray(report.proof.proof)
    spoilt[200] ^= 1
    tampered = replace(report, proof=replace(report.proof, proof=bytes(spoilt)))

    receipt = verify_on_chain(tampered)

    assert not receipt.ok
    assert receipt.gas is not None


def test_a_refused_proof_exits_with_6_and_says_so(
    arguments: list[str],
    report: ProofReport,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    refused = replace(report, verified=False)
    monkeypatch.setattr("sim.commands.proving.prove_file", lambda *_, **__: refused)

    assert main([*arguments, "--progress", "none"]) == 6
    assert "verified on chain" in capsys.readouterr().out


def test_a_file_that_is_no_model_is_one_error(
    user_files: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = user_files / "bad.onnx"
    bad.write_bytes(b"junk")

    assert main(["prove", str(bad), str(user_files / "input.json"), "--progress", "none"]) == 2
    err = capsys.readouterr().err
    assert err.startswith("error[E140]")
    assert str(bad) in err
