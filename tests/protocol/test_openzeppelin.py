"""Arithmetic, encoding and checkpoints as Solidity and OpenZeppelin have them."""

import eth_abi
import pytest
from hypothesis import given, strategies

from protocol.hashing import word
from protocol.journal import Journal, Table
from protocol.money import MAX_UINT256
from protocol.openzeppelin import abi
from protocol.openzeppelin.arithmetic import checked, mul_div, safe_cast
from protocol.openzeppelin.checkpoints import Checkpoint208, Traces
from protocol.openzeppelin.errors import (
    DIVISION_BY_ZERO,
    INDEX_OUT_OF_BOUNDS,
    OVERFLOW,
    Panic,
    SafeCastOverflowedUintDowncast,
)

uints = strategies.integers(0, MAX_UINT256)
addresses = strategies.binary(min_size=20, max_size=20).map(lambda raw: "0x" + raw.hex())


def refusal_of(function, *arguments, **options):
    with pytest.raises((Panic, SafeCastOverflowedUintDowncast)) as refused:
        function(*arguments, **options)
    return refused.value


def test_a_result_outside_its_type_is_an_overflow():
    assert checked(0) == 0
    assert checked(MAX_UINT256) == MAX_UINT256
    assert checked(255, 8) == 255
    assert refusal_of(checked, -1) == Panic(OVERFLOW)
    assert refusal_of(checked, MAX_UINT256 + 1) == Panic(OVERFLOW)
    assert refusal_of(checked, 256, 8) == Panic(OVERFLOW)


def test_a_cast_names_the_bits_and_the_value_that_does_not_fit():
    assert safe_cast(2**128 - 1, 128) == 2**128 - 1
    assert refusal_of(safe_cast, 2**128, 128) == SafeCastOverflowedUintDowncast(128, 2**128)


def test_a_ratio_is_exact_beyond_256_bits_and_rounds_as_told():
    assert mul_div(MAX_UINT256, MAX_UINT256, MAX_UINT256) == MAX_UINT256
    assert (mul_div(7, 3, 2), mul_div(7, 3, 2, round_up=True)) == (10, 11)
    assert (mul_div(6, 3, 2), mul_div(6, 3, 2, round_up=True)) == (9, 9)
    assert refusal_of(mul_div, 0, 0, 0) == Panic(DIVISION_BY_ZERO)
    assert refusal_of(mul_div, MAX_UINT256, 2, 1) == Panic(OVERFLOW)
    assert mul_div(2**255, 4, 3) == 2**257 // 3


def test_rounding_up_past_the_largest_number_is_an_overflow():
    # (n - 1)² / (n - 2) is n and a little, n being the largest number.
    ratio = (MAX_UINT256 - 1, MAX_UINT256 - 1, MAX_UINT256 - 2)

    assert mul_div(*ratio) == MAX_UINT256
    assert refusal_of(mul_div, *ratio, round_up=True) == Panic(OVERFLOW)


@given(
    targets=strategies.lists(addresses, max_size=4),
    values=strategies.lists(uints, max_size=4),
    payloads=strategies.lists(strategies.binary(max_size=100), max_size=4),
    salt=strategies.binary(min_size=32, max_size=32),
)
def test_operations_are_encoded_as_the_abi_says(targets, values, payloads, salt):
    types = ["address[]", "uint256[]", "bytes[]", "bytes32"]
    ours = abi.encode(
        abi.array_of_words(targets), abi.array_of_words(values), abi.array_of_bytes(payloads), salt
    )

    assert ours == eth_abi.encode(types, [targets, values, payloads, salt])


@given(target=addresses, value=uints, payload=strategies.binary(max_size=100))
def test_a_single_call_is_encoded_as_the_abi_says(target, value, payload):
    ours = abi.encode(word(target), word(value), abi.bytes_value(payload))

    assert ours == eth_abi.encode(["address", "uint256", "bytes"], [target, value, payload])


@given(
    steps=strategies.lists(strategies.tuples(strategies.integers(0, 3), uints), max_size=30),
    asked=strategies.integers(0, 100),
)
def test_a_past_value_is_the_last_one_written_until_then(steps, asked):
    journal = Journal()
    traces = Traces(Table(journal), Table(journal))
    written: dict[int, int] = {}
    now = 0
    for wait, value in steps:
        now += wait
        traces.push("any", now, value)
        written[now] = value
    until = [key for key in written if key <= asked]

    assert traces.at_time("any", asked) == (written[max(until)] if until else 0)
    assert traces.latest("any") == (written[now] if written else 0)
    assert [traces.at("any", each) for each in range(traces.count("any"))] == [
        Checkpoint208(key, value) for key, value in sorted(written.items())
    ]
    assert refusal_of(traces.at, "any", traces.count("any")) == Panic(INDEX_OUT_OF_BOUNDS)
