"""EIP-712 domains and ECDSA signatures, as EIP712, ECDSA and Nonces treat them."""

from protocol.hashing import HALF_CURVE_ORDER, domain_separator, recover
from protocol.openzeppelin.errors import ECDSAInvalidSignature, ECDSAInvalidSignatureS
from protocol.types import ZERO_ADDRESS, ZERO_HASH, Address

_DOMAIN_FIELDS = b"\x0f"
"""Name, version, chain and contract are part of the domain, a salt is not."""

DomainDescription = tuple[bytes, str, str, int, Address, bytes, tuple[int, ...]]


class SigningDomain:
    """The EIP-712 domain of one contract."""

    def __init__(self, name: str, version: str, chain_id: int, contract: Address) -> None:
        self.separator = domain_separator(name, version, chain_id, contract)
        self.description: DomainDescription = (
            _DOMAIN_FIELDS,
            name,
            version,
            chain_id,
            contract,
            ZERO_HASH,
            (),
        )
        """What ERC-5267's `eip712Domain` returns."""


def recover_or_refuse(digest: bytes, v: int, r: bytes, s: bytes) -> Address:
    """
    Return who signed a digest.

    Raises:
        ECDSAInvalidSignatureS: s is in the upper half of the curve's order (malleable).
        ECDSAInvalidSignature: Nobody can have made the signature.
    """
    if int.from_bytes(s, "big") > HALF_CURVE_ORDER:
        raise ECDSAInvalidSignatureS(s)
    signer = recover(digest, r + s + bytes([v]))
    if signer == ZERO_ADDRESS:
        raise ECDSAInvalidSignature()
    return signer
