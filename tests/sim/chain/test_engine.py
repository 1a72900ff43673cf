from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocol.contract import Observation
from protocol.hashing import create_address, keccak
from protocol.openzeppelin.errors import EmptyRevert, Error, Halted, Panic
from protocol.types import Log, Receipt
from sim.chain.abi import ArgumentError
from sim.chain.codec import UnknownRefusal
from sim.chain.engine import TRANSACTION_GAS, ChainError
from sim.chain.pyevm import PyEvmEngine

EXTREMES = (
    True,
    'it\'s "true", they said; (1, 2) [3] {4} \\ \n\t\0 ✓ 模型 🧠',
    b"\x00\xff" * 40,
    -(2**255),
    2**256 - 1,
    "0x" + "ff" * 20,
    b"\xff" * 32,
    b"\x00\x01\x02\x03",
    -128,
    255,
)
ZEROS = (False, "", b"", 0, 0, "0x" + "00" * 20, bytes(32), bytes(4), 0, 0)


def test_strings_booleans_and_extremes_survive_the_round_trip(engine, probe):
    for values in (EXTREMES, ZEROS):
        receipt = engine.execute(probe.call("echo", *values))
        assert receipt == Receipt(value=values)
        assert [type(each) for each in receipt.value] == [type(each) for each in values]


def test_nested_structs_and_empty_arrays_survive_the_round_trip(engine, probe):
    words = (b"\x01" * 32, b"\x02" * 32)
    outer = (1, 'O\'Neil, "x"', ((True, b"a", -1), (False, b"", 2**63 - 1)), words, ((0, 255),))
    empty = (2**256 - 1, "", (), (bytes(32), bytes(32)), ())
    for value in ((outer, empty), ()):
        assert engine.execute(probe.call("echo_outer", value)) == Receipt(value=value)
    arrays = ((0, 2**256 - 1), ("", "it's, true"), (True, False, True))
    assert engine.execute(probe.call("echo_arrays", *arrays)) == Receipt(value=arrays)


@given(st.text(alphabet=st.characters(blacklist_categories=["Cs"])))
@settings(max_examples=25)
def test_any_text_survives_every_engine(engines, probe, text):
    for engine in engines:
        assert engine.execute(probe.call("echo_text", text)) == Receipt(value=text)


def test_events_come_in_order_with_every_field_in_its_place(engine, probe):
    who, word, text = "0x" + "0a" * 20, b"\x07" * 32, "a,'b\"✓"
    receipt = engine.execute(probe.call("announce", 2**256 - 1, who, text, word))
    assert receipt.events == (
        Log("probe", probe.Mixed(2**256 - 1, who, text, word, keccak(text.encode()))),
        Log("probe", probe.Plain(7, False)),
    )


def test_events_of_a_nested_call_that_failed_are_gone_and_the_others_stay(engine, probe):
    receipt = engine.execute(probe.call("caught", 5))
    assert receipt.value is True
    assert receipt.events == (
        Log("probe", probe.Plain(2, True)),
        Log("probe", probe.Plain(3, True)),
    )
    assert engine.execute(probe.call("stored", 5)).value == 0


def test_a_refusal_is_never_a_success(engine, probe):
    cases = {
        ("fail_custom", 2**256 - 1, "no, 'x'"): probe.Custom(2**256 - 1, "no, 'x'", probe.sender),
        ("fail_bare",): probe.Bare(),
        ("fail_text", "because ✓"): Error("because ✓"),
        ("fail_empty",): EmptyRevert(),
        ("fail_panic", 2**256 - 1, 1): Panic(0x11),
        ("fail_raw", b"\x01\x02\x03\x04\x05"): UnknownRefusal("", b"\x01\x02\x03\x04\x05"),
        ("store_then_fail", 3, 4): probe.Bare(),
        ("fail_invalid",): Halted("invalid instruction"),
        ("bad_jump",): Halted("read out of bounds"),
    }
    for (function, *arguments), refusal in cases.items():
        receipt = engine.execute(probe.call(function, *arguments))
        assert (receipt.ok, receipt.refusal, receipt.value) == (False, refusal, None)
        assert receipt.events == ()
    assert engine.execute(probe.call("stored", 3)).value == 0
    assert engine.execute(probe.call("stored", 1)).value == 0


def test_a_call_that_runs_out_of_gas_is_halted_and_pays_all_of_it(with_probe, probe, deployment):
    # Not on the fixture's engines: their state would hold what the loop wrote in its journal.
    for kind in (PyEvmEngine,):
        engine = kind()
        engine.deploy(deployment, [probe.blueprint])
        receipt = engine.execute(probe.call("burn"))
        assert receipt == Receipt(refusal=Halted("out of gas"))
        assert receipt.gas == TRANSACTION_GAS


def test_each_call_is_its_own_transaction_for_gas(engine, probe):
    first = engine.execute(probe.call("store", 9, 1)).gas
    again = engine.execute(probe.call("store", 9, 2)).gas
    same = engine.execute(probe.call("store", 9, 3)).gas
    cleared = engine.execute(probe.call("store", 9, 0)).gas
    # EIP-2200 and EIP-2929: a new slot costs 17,100 more than a change; each call finds it cold.
    assert first - again == 17_100
    assert again == same
    # EIP-3529: clearing refunds 4,800; the zero argument byte is 12 cheaper.
    assert again - cleared == 4_800 + 12


def test_transient_storage_ends_with_the_call(engine, probe):
    assert engine.execute(probe.call("guard")).value == 0
    assert engine.execute(probe.call("guard")).value == 0
    observed = engine.view(Observation("probe", "guarded", ()), probe.genesis)
    assert observed.value == 0


def test_a_call_sees_its_time_its_chain_and_free_gas(engine, probe, deployment):
    before = engine.execute(probe.call("surroundings")).value
    after = engine.execute(probe.call("surroundings", later=86_400)).value
    assert before[0] == probe.genesis
    assert after[0] == probe.genesis + 86_400
    assert after[1] == before[1] + 1
    assert after[2] == deployment.chain_id
    assert after[3] == after[4] == after[7] == 0
    assert after[8] == probe.sender


def test_time_does_not_run_backwards(engine, probe):
    engine.execute(probe.call("stored", 1, later=10))
    with pytest.raises(ChainError, match="backwards"):
        engine.execute(probe.call("stored", 1, later=9))


def test_a_view_answers_at_the_time_asked_and_changes_nothing(engine, probe):
    now = engine.view(Observation("probe", "surroundings", ()), probe.genesis)
    later = engine.view(Observation("probe", "surroundings", ()), probe.genesis + 1_000)
    assert (now.value[0], later.value[0]) == (probe.genesis, probe.genesis + 1_000)
    written = engine.view(Observation("probe", "store", (8, 1)), probe.genesis)
    assert not written.ok
    assert engine.execute(probe.call("stored", 8)).value == 0


def test_a_view_leaves_no_trace_in_state_or_gas(engine, probe):
    plain = engine.execute(probe.call("store", 4, 1)).gas
    root = engine.state_root()
    nobody, nothing = "0x" + "77" * 20, b""
    for function, arguments in (
        ("stored", (5,)),
        ("precompile", (nobody, nothing, 50_000)),
        ("precompile", ("0x" + "00" * 19 + "01", nothing, 50_000)),
        ("fail_bare", ()),
    ):
        first = engine.view(Observation("probe", function, arguments), probe.genesis)
        again = engine.view(Observation("probe", function, arguments), probe.genesis)
        assert (first, first.gas) == (again, again.gas)
    assert engine.state_root() == root
    assert engine.execute(probe.call("store", 5, 1)).gas == plain


def test_coin_moves_with_a_call_and_comes_back_with_a_refusal(engine, probe):
    payee, contract = "0x" + "9a" * 20, probe.blueprint.address
    receipt = engine.execute(probe.call("pay", payee, value=1_000))
    assert receipt.value == 500
    assert (engine.balance(payee), engine.balance(contract)) == (500, 500)
    assert engine.execute(probe.call("pay", payee, value=10)).value == 505
    assert (engine.balance(payee), engine.balance(contract)) == (505, 505)
    refused = engine.execute(probe.call("fail_bare", value=3))
    assert refused.refusal == EmptyRevert()
    assert engine.balance(probe.sender) == 3


def test_a_snapshot_brings_back_state_coin_and_time(engine, probe):
    engine.execute(probe.call("store", 1, 11, later=5))
    start = engine.snapshot()
    for _ in range(2):
        engine.execute(probe.call("store", 1, 12, later=5))
        engine.execute(probe.call("store", 2, 13, later=50))
        engine.execute(probe.call("pay", "0x" + "9b" * 20, value=10, later=50))
        engine.revert(start)
        assert engine.execute(probe.call("stored", 1, later=5)).value == 11
        assert engine.execute(probe.call("stored", 2, later=5)).value == 0
        assert engine.balance("0x" + "9b" * 20) == 0
        assert engine.execute(probe.call("surroundings", later=6)).value[0] == probe.genesis + 6
        engine.revert(start)


def test_a_contract_may_be_made_to_send_a_call(engine, probe):
    contract = probe.blueprint.address
    for value in (1, 2):
        call = replace(probe.call("store", 6, value), sender=contract)
        assert engine.execute(call) == Receipt(value=value - 1)
    assert engine.execute(probe.call("stored", 6)).value == 2


def test_an_argument_out_of_range_executes_nothing(engine, probe):
    with pytest.raises(ArgumentError, match=r"probe\.store\.value"):
        engine.execute(probe.call("store", 1, 2**256, later=100))
    assert engine.timestamp == probe.genesis


def test_a_contract_created_by_a_contract_is_there_for_the_next_call(engine, probe):
    start = engine.snapshot()
    for nonce in (1, 2):
        made = engine.execute(probe.call("create")).value
        assert made == create_address(probe.blueprint.address, nonce)
    assert engine.execute(probe.call("number_of", made)).value == 5
    engine.revert(start)
    made = engine.execute(probe.call("create")).value
    assert made == create_address(probe.blueprint.address, 1)


def test_a_wrong_address_stops_the_deployment(deployment, probe):
    wrong = replace(probe.blueprint, address="0x" + "11" * 20)
    with pytest.raises(ChainError, match="was created at"):
        PyEvmEngine().deploy(deployment, [wrong])


def test_a_constructor_that_refuses_stops_the_deployment(deployment, probe):
    broken = replace(probe.blueprint, code=bytes.fromhex("5f5ffd"))
    with pytest.raises(ChainError, match=r"probe could not be created: EmptyRevert"):
        PyEvmEngine().deploy(deployment, [broken])


FIELD = 21888242871839275222246405745257275088696311157297823662689037894645226208583
POINT = (1).to_bytes(32, "big") + (2).to_bytes(32, "big")
NEGATIVE = (1).to_bytes(32, "big") + (FIELD - 2).to_bytes(32, "big")
TWIST = b"".join(
    word.to_bytes(32, "big")
    for word in (
        11559732032986387107991004021392285783925812861821192530917403151452391805634,
        10857046999023057135944570762232829481370756359578518086990519993285655852781,
        4082367875863433681332203403145435568316851327593401208105741076214120093531,
        8495653923123431417604973247489272438418190587263600148770280649306958101930,
    )
)
OFF_CURVE = (1).to_bytes(32, "big") + (3).to_bytes(32, "big")
BEYOND_FIELD = FIELD.to_bytes(32, "big") + (2).to_bytes(32, "big")
CURVE_CASES = {
    6: (POINT + POINT, POINT + NEGATIVE, POINT, b"", b"\0" * 128, OFF_CURVE, BEYOND_FIELD),
    7: (POINT + b"\xff" * 32, POINT, b"", POINT + b"\1", OFF_CURVE + b"\1" * 32, BEYOND_FIELD),
    8: (
        POINT + TWIST + NEGATIVE + TWIST,
        POINT + TWIST,
        b"",
        b"\0" * 192,
        POINT + TWIST + b"\0",
        OFF_CURVE + TWIST,
        POINT + TWIST[32:] + TWIST[:32],
    ),
}


@pytest.mark.parametrize("number", CURVE_CASES)
def test_curve_operations_have_the_same_bytes_and_gas_everywhere(engines, probe, number):
    # eth-tester computes them as py-evm's makers do, the others natively.
    for content in CURVE_CASES[number]:
        for gas in (2_000_000, 100):
            at = f"0x{number:040x}"
            call = probe.call("precompile", at, content, gas)
            receipts = [engine.execute(call) for engine in engines]
            assert receipts.count(receipts[0]) == len(engines), content.hex()
            assert len({receipt.gas for receipt in receipts}) == 1, content.hex()
    assert receipts[0].ok
