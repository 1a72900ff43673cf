"""X25519.sol: secrets that two key pairs share (RFC 7748), and pads made of them (RFC 5869)."""

import hmac

_PRIME = 2**255 - 19
_A24 = 121_665
BASE = (9).to_bytes(32, "little")
"""The base point, u = 9: a private key times it is the public key."""


def multiply(scalar: bytes, point: bytes) -> bytes:
    """
    Return the u-coordinate of a point times a scalar, each 32 bytes, lowest byte first.

    Not for secrets that must stay secret: how long it takes depends on the scalar.
    """
    factor = int.from_bytes(scalar, "little") & ~7 & (2**255 - 1) | 2**254
    start = (int.from_bytes(point, "little") & (2**255 - 1)) % _PRIME
    x, z, next_x, next_z = 1, 0, start, 1
    # (x : z) is k times the point and (next_x : next_z) is k + 1 times, for the bits k read so far.
    for place in range(254, -1, -1):
        sums = _sum(x, z, next_x, next_z, start)
        if factor >> place & 1:
            next_x, next_z = _double(next_x, next_z)
            x, z = sums
        else:
            x, z = _double(x, z)
            next_x, next_z = sums
    return (x * pow(z, _PRIME - 2, _PRIME) % _PRIME).to_bytes(32, "little")


def derive(secret: bytes, purpose: bytes) -> bytes:
    """Return the 32 bytes that a shared secret gives for a purpose: HKDF-SHA-256 without salt."""
    return hmac.digest(hmac.digest(bytes(32), secret, "sha256"), purpose + b"\1", "sha256")


def _double(x: int, z: int) -> tuple[int, int]:
    a, b = pow(x + z, 2, _PRIME), pow(x - z, 2, _PRIME)
    e = a - b
    return a * b % _PRIME, e * (a + _A24 * e) % _PRIME


def _sum(x: int, z: int, next_x: int, next_z: int, point: int) -> tuple[int, int]:
    a, b = (next_x - next_z) * (x + z), (next_x + next_z) * (x - z)
    return pow(a + b, 2, _PRIME), point * pow(a - b, 2, _PRIME) % _PRIME
