"""The page of gas is what settlement and the contracts' functions take, to the unit."""

import pytest

from sim.rulebook import functions
from tests.conftest import new_engine
from tests.gas.measured import SIZES, Settled, Spent, of_settlement, summary
from tests.gas.page import COMMAND, PAGE, functions_of, recorded_of, settlement_of, text


@pytest.fixture(scope="module")
def page():
    return PAGE.read_text(encoding="utf-8")


def test_the_page_lists_every_function_that_writes(page):
    writing = [each.key for each in functions() if not each.is_view]

    assert functions_of(page) == writing, COMMAND


def test_settlement_takes_the_gas_that_the_page_says(page):
    engine = new_engine("revm")
    try:
        transfer, settled = of_settlement(engine, SIZES)
    finally:
        engine.close()

    committed_transfer, committed = settlement_of(page)
    assert transfer == committed_transfer, COMMAND
    assert settled == committed, COMMAND


def test_settling_together_is_cheaper_than_transfers_and_alone_is_dearer(page):
    transfer, settled = settlement_of(page)

    assert {row.receipts for row in settled} == set(SIZES)
    for row in settled:
        assert (row.per_receipt < transfer) == (row.receipts >= 100 or row.sessions < row.receipts)


def test_gas_of_proofs_is_rounded_and_no_other():
    used = [644_001, 651_385, 656_849]

    found = summary({"verification.answer_check": used, "staking.stake": used})

    assert found == {
        "verification.answer_check": Spent(3, 640_000, 650_000, 660_000),
        "staking.stake": Spent(3, 644_001, 651_385, 656_849),
    }


def test_a_page_is_read_back_as_it_was_written():
    spent = {"staking.stake": Spent(3, 50_001, 51_385, 1_051_849)}
    settled = [Settled(10, 1, 1, 100_000, 53_000), Settled(1_000, 1_000, 16, 9, 8)]

    written = text(spent, spent, 35_000, settled)

    assert recorded_of(written) == spent
    assert settlement_of(written) == (35_000, settled)
