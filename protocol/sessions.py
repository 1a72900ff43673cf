"""Sessions and receipts: the structs of Gateway.sol, and what is signed of them (EIP-712)."""

from typing import NamedTuple

from protocol.deployment import Deployment
from protocol.hashing import domain_separator, keccak, typed_data_digest, words
from protocol.types import Address

DOMAIN_NAME = "mnft Gateway"
DOMAIN_VERSION = "1"
SESSION_TYPE = (
    b"Session(address user,address host,uint256 modelId,uint32 version,uint256 maximumPrice,"
    b"uint256 maximumTotal,uint64 expiresAt,uint256 nonce,bool commercial,uint8 territory,"
    b"uint8 useCase)"
)
RECEIPT_TYPE = (
    b"InferenceReceipt(bytes32 sessionId,uint64 sequence,bytes32 inputCommitment,"
    b"bytes32 outputHash,uint64 inputTokens,uint64 outputTokens,uint64 microMegapixels,"
    b"uint64 steps,uint64 servedAt,bytes32 previousReceiptHash)"
)
SESSION_TYPE_HASH = keccak(SESSION_TYPE)
RECEIPT_TYPE_HASH = keccak(RECEIPT_TYPE)


class Session(NamedTuple):
    """What a user signs: who may serve them which model, at what price at most, until when."""

    user: Address
    host: Address
    model_id: int
    version: int
    maximum_price: int
    maximum_total: int
    expires_at: int
    nonce: int
    commercial: bool
    territory: int
    use_case: int


class InferenceReceipt(NamedTuple):
    """One served call; its EIP-712 digest is a leaf of a batch."""

    session_id: bytes
    sequence: int
    input_commitment: bytes
    output_hash: bytes
    input_tokens: int
    output_tokens: int
    micro_megapixels: int
    steps: int
    served_at: int
    previous_receipt_hash: bytes


class Entry(NamedTuple):
    """Consecutive receipts of one session in one epoch, added up."""

    session_id: bytes
    epoch: int
    first_sequence: int
    last_sequence: int
    input_tokens: int
    output_tokens: int
    micro_megapixels: int
    steps: int


class SessionState(NamedTuple):
    """An open or closed session, as `sessionOf` returns it."""

    session: Session
    spent: int = 0
    settled_sequence: int = 0
    close_requested_at: int = 0
    closed: bool = False


class Batch(NamedTuple):
    """A settled batch, as `batchOf` returns it."""

    host: Address
    model_id: int
    root: bytes
    held: int
    calls: int
    settled_at: int
    open_checks: int = 0
    released: bool = False


def gateway_separator(deployment: Deployment) -> bytes:
    """Return the gateway's domain separator: a signature for it is worth nothing elsewhere."""
    return domain_separator(
        DOMAIN_NAME, DOMAIN_VERSION, deployment.chain_id, deployment.addresses["gateway"]
    )


def session_id_of(session: Session) -> bytes:
    """Return a session's id: its EIP-712 struct hash."""
    return keccak(words(SESSION_TYPE_HASH, *session))


def session_digest(deployment: Deployment, session: Session) -> bytes:
    """Return what the user of a session signs."""
    return typed_data_digest(gateway_separator(deployment), session_id_of(session))


def receipt_digest(separator: bytes, receipt: InferenceReceipt) -> bytes:
    """Return a receipt's leaf, given the gateway's domain separator."""
    return typed_data_digest(separator, keccak(words(RECEIPT_TYPE_HASH, *receipt)))
