"""X25519 and HKDF of the model: the vectors of the RFCs, and a library's results."""

import pytest
from Crypto.Hash import SHA256
from Crypto.Protocol.DH import import_x25519_private_key, import_x25519_public_key, key_agreement
from Crypto.Protocol.KDF import HKDF
from hypothesis import given
from hypothesis import strategies as st

from protocol.x25519 import BASE, derive, multiply

KEY = st.binary(min_size=32, max_size=32)
# RFC 7748, 5.2.
VECTORS = [
    (
        "a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4",
        "e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c",
        "c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552",
    ),
    (
        "4b66e9d4d1b4673c5ad22691957d6af5c11b6421e0ea01d42ca4169e7918ba0d",
        "e5210f12786811d3f4b7959d0538ae2c31dbe7106fc03c3efc4cd549c715a493",
        "95cbde9476e8907d7aade45cb4b873f88b595a68799fa152e6f8f7647aac7957",
    ),
]


@pytest.mark.parametrize(("scalar", "point", "product"), VECTORS)
def test_the_vectors_of_the_rfc_hold(scalar, point, product):
    assert multiply(bytes.fromhex(scalar), bytes.fromhex(point)) == bytes.fromhex(product)


@given(KEY, KEY)
def test_both_sides_get_the_secret_that_the_library_gets(one, other):
    publics = [multiply(each, BASE) for each in (one, other)]
    held = import_x25519_private_key(one)
    assert held.public_key().export_key(format="raw") == publics[0]

    secret = multiply(one, publics[1])

    assert secret == multiply(other, publics[0])
    assert secret == key_agreement(
        static_priv=held,
        static_pub=import_x25519_public_key(publics[1]),
        kdf=lambda shared: shared,
    )


@given(KEY, st.binary(max_size=200))
def test_pads_are_the_librarys(secret, purpose):
    assert derive(secret, purpose) == HKDF(secret, 32, b"", SHA256, context=purpose)
