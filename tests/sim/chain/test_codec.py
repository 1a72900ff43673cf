import eth_abi
import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.openzeppelin.errors import EmptyRevert, Error, Panic
from sim.chain.abi import ArgumentError, DecodingError, compile_list, compile_type
from sim.chain.codec import RawLog, UnknownEvent, UnknownRefusal
from sim.errors import UserError

ADDRESS = "0x" + "ab" * 20
WORD = st.binary(min_size=32, max_size=32)
TEXT = st.text(alphabet=st.characters(blacklist_categories=["Cs"]))

INNER = [
    {"type": "bool", "name": "flag"},
    {"type": "bytes", "name": "content"},
    {"type": "int64", "name": "offset"},
]
OUTER = [
    {"type": "uint256", "name": "number"},
    {"type": "string", "name": "name"},
    {"type": "tuple[]", "name": "inners", "components": INNER},
    {"type": "bytes32[2]", "name": "pair"},
    {"type": "uint8[2][]", "name": "grid"},
]
ENTRIES = [
    {"type": "tuple[]", "name": "all", "components": OUTER},
    {"type": "address", "name": "who"},
    {"type": "int256", "name": "signed"},
    {"type": "bytes4", "name": "selector"},
    {"type": "bool[3]", "name": "flags"},
]
SIGNATURES = [
    "(uint256,string,(bool,bytes,int64)[],bytes32[2],uint8[2][])[]",
    "address",
    "int256",
    "bytes4",
    "bool[3]",
]
BYTE = st.integers(0, 255)
VALUES = st.tuples(
    st.lists(
        st.tuples(
            st.integers(0, 2**256 - 1),
            TEXT,
            st.lists(
                st.tuples(st.booleans(), st.binary(), st.integers(-(2**63), 2**63 - 1)), max_size=3
            ).map(tuple),
            st.tuples(WORD, WORD),
            st.lists(st.tuples(BYTE, BYTE), max_size=3).map(tuple),
        ),
        max_size=3,
    ).map(tuple),
    st.binary(min_size=20, max_size=20).map(lambda raw: "0x" + raw.hex()),
    st.integers(-(2**255), 2**255 - 1),
    st.binary(min_size=4, max_size=4),
    st.tuples(st.booleans(), st.booleans(), st.booleans()),
)


@given(VALUES)
def test_any_value_is_encoded_as_eth_abi_does_and_comes_back_exactly(values):
    kind = compile_list(ENTRIES)
    encoded = kind.encode(values)
    assert encoded == eth_abi.encode(SIGNATURES, values)
    assert kind.decode(encoded, 0) == values


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("uint256", 2**256),
        ("uint256", -1),
        ("uint8", 256),
        ("uint8", True),
        ("uint256", 1.0),
        ("int8", 128),
        ("int8", -129),
        ("bool", 1),
        ("bool", "true"),
        ("address", "0xAB" + "ab" * 19),
        ("address", b"\xab" * 20),
        ("bytes32", bytes(31)),
        ("bytes32", "0x" + "00" * 32),
        ("bytes4", bytes(5)),
        ("bytes", "text"),
        ("string", b"bytes"),
        ("string", "\ud800"),
        ("uint8[2]", (1, 2, 3)),
        ("uint8[]", "12"),
    ],
)
def test_a_value_that_does_not_fit_its_type_is_refused(name, value):
    with pytest.raises(ArgumentError):
        compile_type(name).encode(value)


def test_the_error_names_the_place_the_problem_and_what_is_allowed(codec):
    outer = (1, "", ((True, b"", 0), (True, b"", 2**63)), (bytes(32), bytes(32)), ())
    with pytest.raises(UserError) as refused:
        codec.encode("probe", "echo_outer", ((outer,),))
    assert refused.value.place == "probe.echo_outer.all[0].inners[1].offset"
    assert refused.value.problem == f"{2**63} (int) is no int64"
    assert refused.value.allowed == "int from -2^63 to 2^63 - 1"


def test_an_unknown_contract_function_or_form_is_refused_with_what_there_is(codec):
    with pytest.raises(ArgumentError, match="no such contract; allowed: probe"):
        codec.encode("prob", "stored", (1,))
    with pytest.raises(ArgumentError, match=r"no such function; allowed: .*stored"):
        codec.encode("probe", "stord", (1,))
    with pytest.raises(ArgumentError, match=r"no 3 arguments; allowed: overloaded\(.* or overl"):
        codec.encode("probe", "overloaded", (1, 2, 3))


def test_the_number_of_arguments_chooses_among_overloads(codec):
    one = codec.encode("probe", "overloaded", (1,))
    two = codec.encode("probe", "overloaded", (1, 2))
    assert one.function.signature == "overloaded(uint256)"
    assert two.function.signature == "overloaded(uint256,uint256)"


def test_a_wrong_encoding_is_not_decoded():
    for name, source in (
        ("bool", (2).to_bytes(32, "big")),
        ("uint8", (256).to_bytes(32, "big")),
        ("address", b"\x01" + bytes(31)),
        ("bytes4", bytes(31) + b"\x01"),
        ("uint256", bytes(31)),
        ("string", (1).to_bytes(32, "big") + b"\xff"),
        ("bytes", (9).to_bytes(32, "big")),
        ("uint256[]", (2**255).to_bytes(32, "big")),
    ):
        with pytest.raises(DecodingError):
            compile_type(name).decode(source, 0)


def test_revert_data_becomes_the_models_error(codec, probe):
    text = bytes.fromhex("08c379a0") + eth_abi.encode(["string"], ["no, 'never'"])
    panic = bytes.fromhex("4e487b71") + eth_abi.encode(["uint256"], [0x11])
    assert codec.refusal(b"") == EmptyRevert()
    assert codec.refusal(text) == Error("no, 'never'")
    assert codec.refusal(panic) == Panic(0x11)


def test_revert_data_that_nothing_explains_is_shown_as_it_is(codec):
    assert codec.refusal(b"\x01\x02") == UnknownRefusal("", b"\x01\x02")
    damaged = bytes.fromhex("08c379a0") + bytes(3)
    assert codec.refusal(damaged) == UnknownRefusal("Error", damaged)


def test_a_log_that_nothing_explains_is_shown_as_it_is(codec, probe):
    topic = bytes(31) + b"\x09"
    stranger = codec.log(RawLog(b"\xee" * 20, [topic], b"content"))
    assert stranger == ("0x" + "ee" * 20, UnknownEvent("", (topic,), b"content"))
    own = codec.log(RawLog(bytes.fromhex(probe.blueprint.address[2:]), [topic], b""))
    assert own == ("probe", UnknownEvent("", (topic,), b""))
    nameless = codec.log(RawLog(bytes.fromhex(probe.blueprint.address[2:]), [], b""))
    assert nameless == ("probe", UnknownEvent("", (), b""))


@given(VALUES)
def test_values_survive_json_when_the_abi_types_them_back(values):
    kind = compile_list(ENTRIES)

    def plain(value):
        if isinstance(value, bytes):
            return "0x" + value.hex()
        return [plain(each) for each in value] if isinstance(value, tuple) else value

    assert kind.restore(plain(values)) == values
