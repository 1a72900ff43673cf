"""Somebody's own build of the contracts: taken where its ABI is ours, refused by name where not."""

import json

import pytest

import contracts
from contracts import ArtifactError


def write(folder, name, **changes):
    ours = contracts.load(name)
    content = {"abi": list(ours.abi), "bytecode": "0x" + ours.bytecode.hex(), **changes}
    (folder / f"{name}.json").write_text(json.dumps(content))


def test_a_plain_build_and_one_as_foundry_writes_it_are_taken(tmp_path):
    write(tmp_path, "Staking")
    write(tmp_path, "Pricing", bytecode={"object": "0x6001", "linkReferences": {}})

    found = contracts.load_build(tmp_path)

    assert set(found) == {"Staking", "Pricing"}
    assert found["Staking"].bytecode == contracts.load("Staking").bytecode
    assert found["Pricing"].bytecode == b"\x60\x01"


def test_our_own_artifacts_are_a_build():
    assert set(contracts.load_build(contracts.artifacts.FOLDER)) == set(contracts.names())


def test_names_of_arguments_may_differ_and_nothing_else(tmp_path):
    abi = json.loads(json.dumps(list(contracts.load("Staking").abi)))
    (stake,) = (each for each in abi if each.get("name") == "stake")
    stake["inputs"][0]["name"] = "whatever"
    write(tmp_path, "Staking", abi=abi)
    assert contracts.load_build(tmp_path)

    stake["inputs"][0]["type"] = "uint16"
    write(tmp_path, "Staking", abi=abi)
    with pytest.raises(ArtifactError, match=r"another ABI: function stake\(uint8,uint256\) is"):
        contracts.load_build(tmp_path)


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("Nothing", "{}", "we have no such contract"),
        ("Staking", "{}", "no compiled contract"),
        ("Staking", "[", "no compiled contract"),
        ("Staking", '{"abi": [], "bytecode": "0xzz"}', "no compiled contract"),
        ("Staking", '{"abi": 5, "bytecode": "0x"}', "no compiled contract"),
    ],
)
def test_what_is_no_build_is_refused_with_its_file(tmp_path, name, content, says):
    (tmp_path / f"{name}.json").write_text(content)

    with pytest.raises(ArtifactError, match=rf"{name}\.json: {says}"):
        contracts.load_build(tmp_path)


def test_a_folder_without_contracts_is_refused(tmp_path):
    with pytest.raises(ArtifactError, match="there is no contract here"):
        contracts.load_build(tmp_path)


def test_an_interface_has_no_code(tmp_path):
    write(tmp_path, "Staking", bytecode="0x")

    with pytest.raises(ArtifactError, match="there is no code"):
        contracts.load_build(tmp_path)
