"""What is signed: type hashes and digests follow from the structs and the gateway's ABI."""

import pytest
from eth_account.messages import encode_typed_data
from hypothesis import given
from hypothesis import strategies as st

from contracts.artifacts import load
from protocol.deployment import Deployment
from protocol.hashing import keccak, recover
from protocol.parameters import resolve
from protocol.sessions import (
    DOMAIN_NAME,
    DOMAIN_VERSION,
    RECEIPT_TYPE,
    RECEIPT_TYPE_HASH,
    SESSION_TYPE,
    SESSION_TYPE_HASH,
    InferenceReceipt,
    Session,
    gateway_separator,
    receipt_digest,
    session_digest,
)
from sim.accounts import account

DEPLOYMENT = Deployment(values=resolve({}), genesis_timestamp=0)

ADDRESSES = st.binary(min_size=20, max_size=20).map(lambda raw: "0x" + raw.hex())
WORDS = st.binary(min_size=32, max_size=32)
COUNTS = st.integers(0, 2**64 - 1)
AMOUNTS = st.integers(0, 2**256 - 1)
SMALL = st.integers(0, 255)

SESSIONS = st.builds(
    Session,
    ADDRESSES,
    ADDRESSES,
    AMOUNTS,
    st.integers(0, 2**32 - 1),
    AMOUNTS,
    AMOUNTS,
    COUNTS,
    AMOUNTS,
    st.booleans(),
    SMALL,
    SMALL,
)
RECEIPTS = st.builds(
    InferenceReceipt,
    *(WORDS, COUNTS, WORDS, WORDS, COUNTS, COUNTS, COUNTS, COUNTS, COUNTS, WORDS),
)


def abi_fields(function: str) -> list[tuple[str, str]]:
    """Return the fields of the struct that a function of the gateway takes: name and type."""
    found = [entry for entry in load("Gateway").abi if entry.get("name") == function]
    return [(each["name"], each["type"]) for each in found[0]["inputs"][0]["components"]]


STRUCTS = {
    Session: ("openSession", SESSION_TYPE, SESSION_TYPE_HASH),
    InferenceReceipt: ("receiptDigest", RECEIPT_TYPE, RECEIPT_TYPE_HASH),
}


@pytest.mark.parametrize("struct", STRUCTS, ids=lambda struct: struct.__name__)
def test_a_type_hash_is_the_hash_of_its_structs_fields(struct):
    function, declared, declared_hash = STRUCTS[struct]
    fields = ",".join(f"{kind} {name}" for name, kind in abi_fields(function))

    assert f"{struct.__name__}({fields})" == declared.decode()
    assert keccak(declared) == declared_hash


def wallet_digest(struct: type, values: tuple) -> bytes:
    """Return what a wallet would sign, computed by eth-account from the ABI's fields."""
    fields = abi_fields(STRUCTS[struct][0])
    message = {name: value for (name, _), value in zip(fields, values, strict=True)}
    domain = {
        "name": DOMAIN_NAME,
        "version": DOMAIN_VERSION,
        "chainId": DEPLOYMENT.chain_id,
        "verifyingContract": DEPLOYMENT.addresses["gateway"],
    }
    types = {struct.__name__: [{"name": name, "type": kind} for name, kind in fields]}
    signable = encode_typed_data(domain, types, message)
    return keccak(b"\x19" + signable.version + signable.header + signable.body)


@given(SESSIONS)
def test_a_wallet_signs_the_digest_of_a_session(session):
    assert session_digest(DEPLOYMENT, session) == wallet_digest(Session, session)


@given(RECEIPTS)
def test_a_wallet_signs_the_digest_of_a_receipt(receipt):
    separator = gateway_separator(DEPLOYMENT)
    assert receipt_digest(separator, receipt) == wallet_digest(InferenceReceipt, receipt)


@given(SESSIONS, st.integers(0, 10))
def test_every_field_of_a_session_is_signed(session, position):
    user = account(1, "user")
    signature = user.sign(session_digest(DEPLOYMENT, session))
    changed = list(session)
    value = changed[position]
    if isinstance(value, str):
        changed[position] = value[:-1] + ("1" if value[-1] == "0" else "0")
    else:
        changed[position] = not value if isinstance(value, bool) else value ^ 1

    assert recover(session_digest(DEPLOYMENT, session), signature) == user.address
    forged = Session(*changed)
    assert recover(session_digest(DEPLOYMENT, forged), signature) != user.address
