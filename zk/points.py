"""Commitment points of BN254 in a contract's spelling."""

BASE_MODULUS = 21888242871839275222246405745257275088696311157297823662689037894645226208583


def point_from_coordinates(x: str, y: str) -> bytes:
    """Return 64 big-endian bytes, x then y, of ezkl's two little-endian hex coordinates."""
    return bytes.fromhex(x)[::-1] + bytes.fromhex(y)[::-1]
