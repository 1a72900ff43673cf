import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.scenario.units import (
    BPS_SHARE,
    COUNT,
    DEGREES,
    DURATION,
    EPOCHS,
    KINDS,
    MILLISECONDS,
    MONEY,
    NUMBER,
    PERCENT,
    PPM_SHARE,
    SHARE,
    Kind,
    UnitError,
)


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        (COUNT, "60", 60),
        (COUNT, "1_000", 1_000),
        (NUMBER, "-0.5", -0.5),
        (NUMBER, "1e3", 1_000.0),
        (SHARE, "2.5%", 0.025),
        (SHARE, "2.5 %", 0.025),
        (BPS_SHARE, "2.5%", 250),
        (BPS_SHARE, "0.01%", 1),
        (PPM_SHARE, "0.0001%", 1),
        (PERCENT, "4%", 4),
        (MONEY, "100 MNFT", 100 * 10**18),
        (MONEY, "0.000000000000000001 MNFT", 1),
        (MONEY, "1 milliMNFT", 10**15),
        (MONEY, "999999999999 MNFT", 999_999_999_999 * 10**18),
        (DURATION, "30d", 2_592_000),
        (DURATION, "12h", 43_200),
        (DURATION, "1.5h", 5_400),
        (DURATION, "90s", 90),
        (DURATION, "5min", 300),
        (DURATION, "2w", 1_209_600),
        (MILLISECONDS, "120 ms", 120.0),
        (MILLISECONDS, "1.5 s", 1_500.0),
        (DEGREES, "15 deg", 15.0),
        (EPOCHS, "7 epochs", 7),
    ],
)
def test_a_value_is_read_in_its_unit(kind: Kind, text: str, value: float) -> None:
    assert kind.parse(text) == value


@pytest.mark.parametrize(
    ("kind", "text", "code", "suggestion"),
    [
        (MONEY, "100 MNFTT", "E102", "MNFT"),
        (MONEY, "100 mnft", "E102", "MNFT"),
        (MONEY, "100", "E102", "100 MNFT"),
        (SHARE, "0.5", "E102", "0.5 %"),
        (DURATION, "30 days", "E102", None),
        (COUNT, "60 ticks", "E102", None),
        (COUNT, "1.5", "E104", None),
        (COUNT, "many", "E104", None),
        (COUNT, "", "E104", None),
        (COUNT, "-", "E104", None),
        (COUNT, "1,000", "E102", None),
        (NUMBER, "nan", "E104", None),
        (NUMBER, "inf", "E104", None),
        (NUMBER, "1e999999999", "E104", None),
        (NUMBER, "9" * 100, "E104", None),
        (BPS_SHARE, "0.001%", "E104", None),
        (MONEY, "0.0000000000000000001 MNFT", "E104", None),
        (DURATION, "0.5s", "E104", None),
    ],
)
def test_what_is_no_value_of_its_kind_is_refused_with_the_units_allowed(
    kind: Kind, text: str, code: str, suggestion: str | None
) -> None:
    with pytest.raises(UnitError) as refused:
        kind.parse(text)

    assert refused.value.code == code
    assert refused.value.suggestion == suggestion
    assert refused.value.allowed


def test_an_unknown_unit_is_marked_within_the_text() -> None:
    with pytest.raises(UnitError) as refused:
        MONEY.parse("100 MNFTT")

    assert (refused.value.start, refused.value.length) == (4, 5)
    assert refused.value.allowed == ("MNFT", "milliMNFT", "microMNFT")


@given(st.sampled_from(sorted(KINDS)), st.integers(0, 10**30))
def test_a_value_that_is_shown_is_read_back_the_same(name: str, number: int) -> None:
    kind = KINDS[name]
    value = number if kind.whole else (number % 10**9) / 1_000

    again = kind.parse(kind.show(value))

    assert again == (value if kind.whole else pytest.approx(value, rel=1e-9))
