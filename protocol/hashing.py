"""Hashes, addresses and signatures, as the chain computes them: pure functions of bytes."""

from collections.abc import Sequence

from coincurve import PublicKey
from sha3 import keccak_256

from protocol.types import ZERO_ADDRESS, Address

HALF_CURVE_ORDER = 0x7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF5D576E7357A4501DDFE92F46681B20A0


def keccak(message: bytes) -> bytes:
    """Return the Keccak-256 hash, 32 bytes."""
    digest: bytes = keccak_256(message).digest()
    return digest


def word(value: int | bytes | str | bool) -> bytes:
    """Return the 32-byte ABI word of a static value: int, bool, address (text) or bytes32."""
    if isinstance(value, bytes):
        return value.ljust(32, b"\0")
    if isinstance(value, str):
        return bytes(12) + bytes.fromhex(value[2:])
    return (value % 2**256).to_bytes(32, "big")


def words(*values: int | bytes | str | bool) -> bytes:
    """Return `abi.encode` of static values."""
    return b"".join(word(value) for value in values)


def public_key_address(public_key: PublicKey) -> Address:
    """Return the address of a secp256k1 public key."""
    return Address("0x" + keccak(public_key.format(compressed=False)[1:])[12:].hex())


def recover(digest: bytes, signature: bytes) -> Address:
    """
    Return who signed a digest (65 bytes: r, s, v), or the zero address for a signature that
    nobody can have made.
    """
    if len(signature) != 65 or signature[64] not in (27, 28):
        return ZERO_ADDRESS
    if int.from_bytes(signature[32:64], "big") > HALF_CURVE_ORDER:
        return ZERO_ADDRESS
    compact = signature[:64] + bytes([signature[64] - 27])
    try:
        return public_key_address(
            PublicKey.from_signature_and_message(compact, digest, hasher=None)
        )
    except Exception:
        return ZERO_ADDRESS


def create_address(deployer: Address, nonce: int) -> Address:
    """Return the address of the contract that an account creates at a nonce below 128."""
    encoded_nonce = b"\x80" if nonce == 0 else bytes([nonce])
    body = b"\x94" + bytes.fromhex(deployer[2:]) + encoded_nonce
    return Address("0x" + keccak(bytes([0xC0 + len(body)]) + body)[12:].hex())


def create2_address(creator: Address, salt: bytes, code: bytes) -> Address:
    """Return the address of the contract that a contract creates from code, by CREATE2."""
    return Address(
        "0x" + keccak(b"\xff" + bytes.fromhex(creator[2:]) + salt + keccak(code))[12:].hex()
    )


def domain_separator(name: str, version: str, chain_id: int, contract: Address) -> bytes:
    """Return the EIP-712 domain separator of a contract."""
    kind = b"EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
    return keccak(
        words(keccak(kind), keccak(name.encode()), keccak(version.encode()), chain_id, contract)
    )


def typed_data_digest(separator: bytes, struct_hash: bytes) -> bytes:
    """Return the EIP-712 digest that is signed."""
    return keccak(b"\x19\x01" + separator + struct_hash)


def merkle_root_of_pair(left: bytes, right: bytes) -> bytes:
    """
    Return the parent of two nodes; the order of the two does not matter (as in OpenZeppelin's
    MerkleProof).
    """
    return keccak(left + right if left < right else right + left)


def merkle_root(leaf: bytes, proof: Sequence[bytes]) -> bytes:
    """Return the root that a leaf and its siblings, from the bottom up, lead to."""
    node = leaf
    for sibling in proof:
        node = merkle_root_of_pair(node, sibling)
    return node
