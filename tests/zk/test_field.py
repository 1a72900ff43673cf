"""Integers in the field, and the hashes that receipts and contracts must agree on."""

import pytest
from eth_abi.abi import encode
from eth_hash.auto import keccak

from zk.errors import ZkError
from zk.field import (
    SCALAR_MODULUS,
    elements_hash,
    from_field,
    from_little_endian_hex,
    input_hash,
    output_hash,
    point_hash,
    to_field,
    to_little_endian_hex,
)

HALF = SCALAR_MODULUS // 2


@pytest.mark.parametrize("value", [0, 1, -1, 2**24, -(2**24), HALF, -HALF])
def test_an_integer_survives_the_field(value: int) -> None:
    assert from_field(to_field(value)) == value
    assert from_little_endian_hex(to_little_endian_hex(to_field(value))) == to_field(value)


def test_a_negative_number_is_the_modulus_less_its_magnitude() -> None:
    assert to_field(-3) == SCALAR_MODULUS - 3


@pytest.mark.parametrize("value", [HALF + 1, -HALF - 1])
def test_an_integer_beyond_half_of_the_field_is_refused(value: int) -> None:
    with pytest.raises(ZkError, match="does not fit the scalar field"):
        to_field(value)


@pytest.mark.parametrize("element", [-1, SCALAR_MODULUS])
def test_an_element_that_is_not_canonical_is_refused(element: int) -> None:
    with pytest.raises(ZkError, match="is not canonical"):
        from_field(element)


def test_hashes_are_those_of_words_in_a_contract() -> None:
    words = [5, SCALAR_MODULUS - 7]
    packed = b"".join(encode(["uint256"], [word]) for word in words)

    assert output_hash([5, -7]) == keccak(packed)
    assert input_hash([5, -7]) == elements_hash(words) == keccak(packed)


def test_a_point_is_hashed_as_64_bytes_or_not_at_all() -> None:
    point = bytes(range(64))

    assert point_hash(point) == keccak(point)
    with pytest.raises(ZkError, match="exactly 64 bytes"):
        point_hash(point[:-1])
