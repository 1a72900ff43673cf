"""
Sealed weights: a published file encrypted at rest, which only whoever has its key can open.

A sealed file is a magic text, the keccak256 of the plaintext, a nonce, and the plaintext under
ChaCha20-Poly1305 (RFC 8439). Magic and hash are its associated data. The registry gives a hash of
weights to one version of one model, so a ciphertext moved to another version does not open there.
"""

from typing import NamedTuple

import numpy as np
from Crypto.Cipher import ChaCha20_Poly1305

from protocol.hashing import keccak
from sim.workload.errors import WorkloadError
from sim.workload.store import weights_hash

KEY_BYTES = 32
_MAGIC = b"mnft.sealed/1\n"
_HASH_BYTES = 32
_NONCE_BYTES = 12
_TAG_BYTES = 16
_HEADER = len(_MAGIC) + _HASH_BYTES
_ALLOWED = "the sealed file of this version, and its key"


class SealKey(NamedTuple):
    """A data key of 32 bytes, and the nonce of the one file that it seals."""

    key: bytes
    nonce: bytes

    @property
    def commitment(self) -> bytes:
        """What an owner says of the key in public: its keccak256, which tells nothing of it."""
        return keccak(self.key)


def draw_key(rng: np.random.Generator) -> SealKey:
    """Return a new key; one is never used twice, so the nonce may be any."""
    return SealKey(rng.bytes(KEY_BYTES), rng.bytes(_NONCE_BYTES))


def is_key(key: bytes, commitment: bytes) -> bool:
    """Return whether a key is the one that its owner committed to."""
    return len(key) == KEY_BYTES and keccak(key) == commitment


def seal(plaintext: bytes, seal_key: SealKey) -> bytes:
    """Return the sealed file of a published model."""
    bound = _MAGIC + weights_hash(plaintext)
    cipher = ChaCha20_Poly1305.new(key=seal_key.key, nonce=seal_key.nonce)
    cipher.update(bound)
    ciphertext, tag = cipher.encrypt_and_digest(plaintext)
    return bound + seal_key.nonce + ciphertext + tag


def unseal(sealed: bytes, key: bytes, commitment: bytes, registered: bytes, place: str) -> bytes:
    """
    Return the plaintext of a sealed file; `place` names it in a refusal.

    `commitment` is the keccak256 of the right key, `registered` the weights hash of the version.

    Raises:
        WorkloadError: It is no sealed file, or another version's; the key is wrong; what was
            encrypted was changed since; the plaintext is not what is registered.
    """
    if not sealed.startswith(_MAGIC) or len(sealed) < _HEADER + _NONCE_BYTES + _TAG_BYTES:
        raise WorkloadError(place, "it is not a sealed file", _ALLOWED)
    bound, rest = sealed[:_HEADER], sealed[_HEADER:]
    if bound != _MAGIC + registered:
        named = bound[len(_MAGIC) :].hex()
        raise WorkloadError(place, f"it seals other weights, those of hash 0x{named}", _ALLOWED)
    if not is_key(key, commitment):
        raise WorkloadError(place, "the key is not the one that its owner committed to", _ALLOWED)
    nonce, ciphertext, tag = rest[:_NONCE_BYTES], rest[_NONCE_BYTES:-_TAG_BYTES], rest[-_TAG_BYTES:]
    cipher = ChaCha20_Poly1305.new(key=key, nonce=nonce)
    cipher.update(bound)
    try:
        plaintext = cipher.decrypt_and_verify(ciphertext, tag)
    except ValueError as error:
        raise WorkloadError(place, "it was changed since it was sealed", _ALLOWED) from error
    if weights_hash(plaintext) != registered:
        problem = "what it holds is not what is registered: its owner sealed something else"
        raise WorkloadError(place, problem, _ALLOWED)
    return plaintext
