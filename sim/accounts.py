"""Accounts of the simulated market: a key for each name, the same for the same seed."""

from dataclasses import dataclass, field
from functools import cached_property

from coincurve import PrivateKey

from protocol.hashing import public_key_address
from protocol.types import Address
from sim.streams import stream

_CURVE_ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141


@dataclass(frozen=True)
class Account:
    """Somebody who can sign; the key comes from a seed, so it guards nothing real."""

    name: str
    private_key: bytes = field(repr=False)

    @cached_property
    def address(self) -> Address:
        """The account's address."""
        return public_key_address(self._key.public_key)

    def sign(self, digest: bytes) -> bytes:
        """
        Return the signature of a 32-byte digest: r, s, v (65 bytes).

        The same digest has the same signature (RFC 6979), s is in the lower half, v is 27 or 28.
        """
        signature = self._key.sign_recoverable(digest, hasher=None)
        return signature[:64] + bytes([signature[64] + 27])

    @cached_property
    def _key(self) -> PrivateKey:
        return PrivateKey(self.private_key)


def account(seed: int, name: str) -> Account:
    """Return the account of a name in a run; another name or seed has another key."""
    drawn = int.from_bytes(stream(seed, f"account/{name}").bytes(32), "big")
    # 1 to the order less 1: the keys that the curve has.
    return Account(name, (drawn % (_CURVE_ORDER - 1) + 1).to_bytes(32, "big"))
