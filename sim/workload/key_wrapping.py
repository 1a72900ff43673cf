"""
Keys for one reader: a data key wrapped for a public key, as KeyReleases takes it.

X25519 (RFC 7748) gives both sides a secret, HKDF-SHA-256 (RFC 5869) a pad for one request, and the
pad is XORed with the key. No tag goes along: the owner committed to the key's hash, which shows a
wrong key to its reader, and, with the reader's private key, to the contract.
"""

from typing import Any, NamedTuple

import numpy as np
from Crypto.Hash import SHA256
from Crypto.Protocol.DH import (
    import_x25519_private_key,
    import_x25519_public_key,
    key_agreement,
)
from Crypto.Protocol.KDF import HKDF

from protocol.hashing import words
from protocol.types import Address
from sim.workload.errors import WorkloadError
from sim.workload.sealing import KEY_BYTES


class KeyPair(NamedTuple):
    """An X25519 key pair, 32 bytes each."""

    private: bytes
    public: bytes


class Wrapped(NamedTuple):
    """A data key for one reader, and the public key of whoever wrapped it."""

    ephemeral_key: bytes
    wrapped_key: bytes


def draw_pair(rng: np.random.Generator) -> KeyPair:
    """Return a new key pair."""
    private = rng.bytes(KEY_BYTES)
    public: bytes = import_x25519_private_key(private).public_key().export_key(format="raw")
    return KeyPair(private, public)


def wrap(
    data_key: bytes, contract: Address, request_id: int, public_key: bytes, own: KeyPair
) -> Wrapped:
    """
    Return a data key wrapped for the public key of a request; `own` is made for this one answer.

    Raises:
        WorkloadError: The public key is one that gives everybody the same secret.
    """
    purpose = words(contract, request_id, public_key, own.public)
    return Wrapped(own.public, _xor(data_key, _pad(own.private, public_key, purpose)))


def unwrap(wrapped: Wrapped, contract: Address, request_id: int, reader: KeyPair) -> bytes:
    """
    Return the data key that was wrapped for a reader; whether it is the right one its hash says.

    Raises:
        WorkloadError: The answerer's public key is one that gives everybody the same secret.
    """
    purpose = words(contract, request_id, reader.public, wrapped.ephemeral_key)
    return _xor(wrapped.wrapped_key, _pad(reader.private, wrapped.ephemeral_key, purpose))


def _pad(private: bytes, public: bytes, purpose: bytes) -> bytes:
    def derived(secret: Any) -> bytes:
        pad = HKDF(secret, KEY_BYTES, b"", SHA256, context=purpose)
        assert isinstance(pad, bytes)
        return pad

    try:
        pad: bytes = key_agreement(
            static_priv=import_x25519_private_key(private),
            static_pub=import_x25519_public_key(public),
            kdf=derived,
        )
    except ValueError as error:
        problem = f"0x{public.hex()} gives everybody the same secret"
        raise WorkloadError("public key", problem, "the public key of a key pair") from error
    return pad


def _xor(one: bytes, other: bytes) -> bytes:
    return bytes(left ^ right for left, right in zip(one, other, strict=True))
