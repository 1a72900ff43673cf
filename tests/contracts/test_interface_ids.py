"""The contracts have the standards' functions, by the standards' own interface ids."""

import json
from functools import reduce
from pathlib import Path

import pytest

import contracts
from protocol.governor_settings import INTERFACES as GOVERNOR_INTERFACES
from protocol.hashing import keccak
from protocol.timelock import INTERFACES as TIMELOCK_INTERFACES
from sim.chain.abi import compile_list

# Source: the interface sections of the ERCs (named in the file).
IDS = {
    each["name"]: each
    for each in json.loads(
        (Path(__file__).parents[1] / "vectors" / "erc_interface_ids.json").read_text(
            encoding="utf-8"
        )
    )["ids"]
}
INVALID = b"\xff" * 4
"""The id that ERC-165 reserves: no contract may claim it."""


IGOVERNOR = {
    "COUNTING_MODE()",
    "cancel(address[],uint256[],bytes[],bytes32)",
    "castVote(uint256,uint8)",
    "castVoteBySig(uint256,uint8,address,bytes)",
    "castVoteWithReason(uint256,uint8,string)",
    "castVoteWithReasonAndParams(uint256,uint8,string,bytes)",
    "castVoteWithReasonAndParamsBySig(uint256,uint8,address,string,bytes,bytes)",
    "execute(address[],uint256[],bytes[],bytes32)",
    "getProposalId(address[],uint256[],bytes[],bytes32)",
    "getVotes(address,uint256)",
    "getVotesWithParams(address,uint256,bytes)",
    "hasVoted(uint256,address)",
    "hashProposal(address[],uint256[],bytes[],bytes32)",
    "name()",
    "proposalDeadline(uint256)",
    "proposalEta(uint256)",
    "proposalNeedsQueuing(uint256)",
    "proposalProposer(uint256)",
    "proposalSnapshot(uint256)",
    "proposalThreshold()",
    "propose(address[],uint256[],bytes[],string)",
    "queue(address[],uint256[],bytes[],bytes32)",
    "quorum(uint256)",
    "state(uint256)",
    "version()",
    "votingDelay()",
    "votingPeriod()",
}
"""OpenZeppelin's IGovernor, without what it inherits."""


def selector(signature):
    return keccak(signature.encode())[:4]


def interface_id(signatures):
    numbers = (int.from_bytes(selector(each), "big") for each in signatures)
    return reduce(int.__xor__, numbers, 0).to_bytes(4, "big")


def signatures(name):
    return {
        entry["name"] + compile_list(entry["inputs"]).name
        for entry in contracts.load(name).abi
        if entry["type"] == "function"
    }


@pytest.mark.parametrize("name", IDS)
def test_the_published_ids_follow_from_the_functions(name):
    assert "0x" + interface_id(IDS[name]["functions"]).hex() == IDS[name]["published"]


@pytest.mark.parametrize("standard", ["ERC165", "ERC721", "ERC721Metadata", "ERC2981"])
def test_the_registry_has_every_function_of_the_standard_and_says_so(standard, machine):
    interface = bytes.fromhex(IDS[standard]["published"][2:])

    assert set(IDS[standard]["functions"]) <= signatures("ModelRegistry")
    assert machine.view("model_registry", "supports_interface", interface) is True


@pytest.mark.parametrize("standard", ["ERC165", "ERC721", "ERC721Metadata", "ERC4907"])
def test_a_pass_has_every_function_of_the_standard_and_says_so(standard, machine):
    interface = bytes.fromhex(IDS[standard]["published"][2:])

    assert set(IDS[standard]["functions"]) <= signatures("Subscriptions")
    assert machine.view("subscriptions", "supports_interface", interface) is True


@pytest.mark.parametrize("contract", ["model_registry", "credits", "governor", "timelock"])
def test_nobody_claims_the_invalid_or_an_unknown_interface(contract, machine):
    unknown = bytes.fromhex(IDS["ERC4907"]["published"][2:])

    assert machine.view(contract, "supports_interface", INVALID) is False
    assert machine.view(contract, "supports_interface", unknown) is False


@pytest.mark.parametrize(
    ("contract", "interfaces"),
    [("governor", GOVERNOR_INTERFACES), ("timelock", TIMELOCK_INTERFACES)],
)
def test_governor_and_timelock_have_the_interfaces_that_the_model_says(
    contract, interfaces, machine
):
    answers = [machine.view(contract, "supports_interface", each) for each in sorted(interfaces)]

    assert answers == [True] * len(interfaces)


def test_the_governors_id_follows_from_its_functions():
    assert signatures("Governor") >= IGOVERNOR
    assert interface_id(IGOVERNOR) in GOVERNOR_INTERFACES
