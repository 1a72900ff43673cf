"""Every contract fits into the chain's limit on code, with its size on record."""

import json

import pytest

import contracts
from contracts.artifacts import FOLDER

LIMIT = 24_576
"""EIP-170: the most bytes of code that a contract may have."""

INITIALISATION_LIMIT = 2 * LIMIT
"""EIP-3860: the most bytes of creation code."""


@pytest.mark.parametrize("name", contracts.names())
def test_a_contract_stays_below_the_limits_of_code(name):
    artifact = contracts.load(name)

    assert 0 < len(artifact.deployed_bytecode) < LIMIT
    assert len(artifact.bytecode) < INITIALISATION_LIMIT


def test_the_snapshot_of_sizes_is_that_of_the_artifacts():
    snapshot = json.loads((FOLDER / "sizes.json").read_text(encoding="utf-8"))

    assert snapshot == {
        name: len(contracts.load(name).deployed_bytecode) for name in contracts.names()
    }


def test_ezkls_reusable_verifier_has_the_size_it_is_known_by():
    assert len(contracts.load("Halo2VerifierReusable").deployed_bytecode) == 10_899
