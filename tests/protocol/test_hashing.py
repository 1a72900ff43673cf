"""Hashes, addresses and signatures against published vectors."""

import json
from pathlib import Path

import pytest
from coincurve import PrivateKey

from protocol.hashing import (
    create_address,
    domain_separator,
    keccak,
    merkle_root,
    merkle_root_of_pair,
    public_key_address,
    recover,
    typed_data_digest,
    word,
    words,
)
from protocol.types import ZERO_ADDRESS, Address

# Source: ethereum/EIPs, assets/eip-712/Example.js and Example.sol (named in the file).
EIP712 = json.loads(
    (Path(__file__).parents[1] / "vectors" / "eip712.json").read_text(encoding="utf-8")
)
EXPECTED = {
    name: bytes.fromhex(value[2:])
    for name, value in EIP712["expected"].items()
    if str(value).startswith("0x")
}
CURVE_ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141


def person_hash(person):
    kind = keccak(b"Person(string name,address wallet)")
    return keccak(words(kind, keccak(person["name"].encode()), person["wallet"].lower()))


def mail_digest():
    typed = EIP712["typed_data"]
    message, domain = typed["message"], typed["domain"]
    struct = keccak(
        words(
            keccak(EIP712["expected"]["encode_type"].encode()),
            person_hash(message["from"]),
            person_hash(message["to"]),
            keccak(message["contents"].encode()),
        )
    )
    separator = domain_separator(
        domain["name"],
        domain["version"],
        domain["chainId"],
        Address(domain["verifyingContract"].lower()),
    )
    return separator, struct, typed_data_digest(separator, struct)


def published_signature(v=None, s=None):
    v = EIP712["expected"]["v"] if v is None else v
    return EXPECTED["r"] + (EXPECTED["s"] if s is None else s) + bytes([v])


def test_the_published_typed_data_has_the_published_separator_struct_hash_and_digest():
    expected = tuple(EXPECTED[name] for name in ("domain_separator", "struct_hash", "digest"))

    assert mail_digest() == expected


def test_a_receipt_aggregate_has_the_recorded_type_hash_and_digest():
    recorded = EIP712["graph_rav_derived"]
    domain, message = recorded["example"]["domain"], recorded["example"]["message"]
    kind = keccak(recorded["type_string"].encode())
    struct = keccak(
        words(
            kind,
            bytes.fromhex(message["collectionId"]),
            message["payer"],
            message["serviceProvider"],
            message["dataService"],
            message["timestampNs"],
            message["valueAggregate"],
            keccak(message["metadata"].encode()),
        )
    )
    separator = domain_separator(
        domain["name"], domain["version"], domain["chainId"], domain["verifyingContract"]
    )

    assert "0x" + kind.hex() == recorded["type_hash"]
    assert "0x" + typed_data_digest(separator, struct).hex() == recorded["example"]["digest"]


def test_the_published_signature_is_its_signers():
    signer = PrivateKey(keccak(b"cow"))

    assert recover(EXPECTED["digest"], published_signature()) == EIP712["expected"]["signer"]
    assert public_key_address(signer.public_key) == EIP712["expected"]["signer"]


@pytest.mark.parametrize(
    "signature",
    [
        b"",
        published_signature()[:64],
        published_signature() + b"\0",
        published_signature(v=26),
        published_signature(v=29),
        published_signature(v=1),
        published_signature(s=bytes(32)),
        published_signature(s=b"\xff" * 32),
        published_signature(
            v=27, s=(CURVE_ORDER - int.from_bytes(EXPECTED["s"], "big")).to_bytes(32, "big")
        ),
        bytes(64) + b"\x1b",
        b"\xff" * 32 + EXPECTED["s"] + b"\x1b",
    ],
    ids=["none", "short", "long", "v=26", "v=29", "v=1", "s=0", "s=max", "upper s", "r=0", "r=max"],
)
def test_a_signature_that_nobody_can_have_made_recovers_the_zero_address(signature):
    assert recover(EXPECTED["digest"], signature) == ZERO_ADDRESS


def test_contract_addresses_follow_from_creator_and_nonce():
    # Source: the addresses that CREATE gives, as in the Ethereum test suites and on the main chain.
    creator = Address("0x6ac7ea33f8831ea9dcc53393aaa88b25a785dbf0")

    assert [create_address(creator, nonce) for nonce in range(4)] == [
        "0xcd234a471b72ba2f1ccf0a70fcaba648a5eecd8d",
        "0x343c43a37d37dff08ae8c4a11544c718abb4fcf8",
        "0xf778b86fa74e846c4f0a1fbd1335fe81c00a0c91",
        "0xfffd933a0bc612844eaf0c6fe3e5b8e9b6c1d19c",
    ]


def test_words_are_the_abi_encoding_of_static_values():
    assert word(2**256 - 1) == b"\xff" * 32
    assert word(True) == bytes(31) + b"\x01"
    assert word("0x" + "ab" * 20) == bytes(12) + b"\xab" * 20
    assert word(b"name") == b"name".ljust(32, b"\0")


def test_a_merkle_pair_hashes_the_same_in_either_order():
    left, right = keccak(b"left"), keccak(b"right")

    assert merkle_root_of_pair(left, right) == merkle_root_of_pair(right, left)
    assert merkle_root(left, []) == left
    assert merkle_root(left, [right]) == keccak(min(left, right) + max(left, right))
