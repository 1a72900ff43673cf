import pytest

from sim.numbers import amount, exact_count, share, three_digits


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0, "0"),
        (0.000123456, "0.000123"),
        (0.9996, "1.00"),
        (55.04, "55.0"),
        (999.6, "1,000"),
        (1_234.5, "1,230"),
        (-0.4, "\u22120.400"),
        (float("nan"), "not computed"),
        (float("inf"), "unbounded"),
    ],
)
def test_three_significant_digits(value: float, shown: str) -> None:
    assert three_digits(value) == shown


def test_counts_keep_all_digits_and_means_of_counts_do_not() -> None:
    assert exact_count(1_234_567) == "1,234,567"
    assert exact_count(1.5) == "1.50"


@pytest.mark.parametrize(
    ("base_units", "shown"),
    [
        (0, "0\u202fMNFT"),
        (214, "214\u202fbase units"),
        (4_200_000_000_000_000_000, "4.2\u202fMNFT"),
        (-(10**18), "\u22121\u202fMNFT"),
        (10**27, "1,000,000,000\u202fMNFT"),
    ],
)
def test_an_amount_is_exact_and_dust_is_in_base_units(base_units: int, shown: str) -> None:
    assert amount(base_units) == shown


def test_a_share_is_in_per_cent() -> None:
    assert share(0.55) == "55.0\u202f%"
