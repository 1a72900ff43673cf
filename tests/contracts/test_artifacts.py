"""The committed artifacts are those of the committed sources."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

import contracts
from contracts import artifacts
from contracts.artifacts import HOME, ArtifactError
from protocol.deployment import ORDER
from sim.chain.deployment import contract_class

every_artifact = pytest.mark.parametrize("name", contracts.names())
has_compiler = shutil.which("node") is not None and (HOME / "node_modules" / "solc").is_dir()


def test_every_contract_of_a_deployment_has_an_artifact():
    assert {contract_class(name).SOLIDITY for name in ORDER} <= set(contracts.names())


def test_every_contract_source_has_an_artifact_and_no_artifact_lacks_a_source():
    sources = [*(HOME / "src").glob("*.sol"), *(HOME / "src" / "ezkl").glob("*.sol")]

    assert sorted(path.stem for path in sources) == contracts.names()


@every_artifact
def test_an_artifact_was_built_from_the_present_sources(name):
    assert contracts.load(name).stale_sources() == []


@every_artifact
def test_an_artifact_names_itself_its_sources_and_its_compiler(name):
    artifact = contracts.load(name)
    package = json.loads((HOME / "package.json").read_text(encoding="utf-8"))

    assert artifact.name == name
    assert artifact.compiler.startswith(package["devDependencies"]["solc"] + "+commit.")
    assert artifact.settings["evmVersion"] == "cancun"
    assert any(Path(path).stem == name for path in artifact.sources)
    assert all(path.startswith(("src/", "@openzeppelin/")) for path in artifact.sources)
    assert all(re.fullmatch("[0-9a-f]{64}", digest) for digest in artifact.sources.values())


def test_the_lock_file_names_no_download_address():
    lock = (HOME / "package-lock.json").read_text(encoding="utf-8")

    assert "resolved" not in lock
    assert "://" not in lock


@pytest.mark.skipif(not has_compiler, reason="needs Node and contracts/node_modules")
def test_compiling_again_gives_the_same_artifacts():
    # `make contracts-check` compiles all of them, in half a minute.
    some = contracts.names()[::9]

    built = subprocess.run(
        ["node", "build.mjs", "--check", *some],
        cwd=HOME,
        capture_output=True,
        text=True,
        check=False,
    )

    assert (built.returncode, built.stdout, built.stderr) == (0, "", "")


@pytest.mark.skipif(not has_compiler, reason="needs Node and contracts/node_modules")
def test_an_unknown_contract_is_one_clear_error_of_the_compiler():
    built = subprocess.run(
        ["node", "build.mjs", "Nothing"], cwd=HOME, capture_output=True, text=True, check=False
    )

    assert built.returncode == 2
    assert built.stderr.startswith("no contract named Nothing; there are: ")


def test_a_missing_artifact_is_one_clear_error():
    with pytest.raises(ArtifactError, match=r"^no artifact of 'Nothing' .*SettlementToken"):
        contracts.load("Nothing")


def test_a_damaged_artifact_is_one_clear_error(tmp_path, monkeypatch):
    monkeypatch.setattr(artifacts, "FOLDER", tmp_path)
    (tmp_path / "Broken.json").write_text('{"name": "Broken"}', encoding="utf-8")

    with pytest.raises(ArtifactError, match=r"^contracts/artifacts/Broken.json is damaged"):
        contracts.load("Broken")


def test_a_changed_source_makes_its_artifact_stale(tmp_path, monkeypatch):
    token = contracts.load("SettlementToken")
    monkeypatch.setattr(artifacts, "HOME", tmp_path)
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "SettlementToken.sol").write_text("contract SettlementToken {}")

    assert token.stale_sources() == ["src/SettlementToken.sol"]


def test_the_source_hash_changes_with_any_source():
    hashes = {contracts.load(name).source_hash for name in contracts.names()}

    assert len(hashes) == len(contracts.names())
