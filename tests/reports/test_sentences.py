import math

import pytest
from markupsafe import Markup, escape

from reports.figures import apart, brief, fitting, text_width
from reports.sentence import (
    Interval,
    Name,
    Quantity,
    count,
    kpi_quantity,
    money,
    number,
    say,
    share,
    shortened,
    stated_share,
)
from reports.tables import Column

BLANK = "\u202f"
WAD = 10**18


@pytest.mark.parametrize("bare", [3, 0.5, "3 hosts", None])
def test_a_slot_takes_no_bare_number(bare):
    with pytest.raises(TypeError, match="allowed: Quantity, Name, Sentence"):
        say("{hosts} cheated", hosts=bare)


def test_a_template_holds_no_number_of_its_own():
    with pytest.raises(TypeError, match="holds a number"):
        say("4 hosts cheated")


def test_a_missing_slot_is_an_error():
    with pytest.raises(KeyError):
        say("{hosts} cheated")


@pytest.mark.parametrize(
    ("quantity", "text"),
    [
        (count(1284, "calls"), f"1,284{BLANK}calls"),
        (count(1, "calls"), f"1{BLANK}call"),
        (count(1, "slashes"), f"1{BLANK}slash"),
        (count(7, "1"), "7"),
        (number(-0.4), "\u22120.400"),
        (number(math.nan, "ms"), "not computed"),
        (number(None, "ms"), "\u2013"),
        (money(214), f"214{BLANK}base units"),
        (money(0), f"0{BLANK}MNFT"),
        (money(1_284_000 * WAD + 7), f"1,284,000{BLANK}MNFT"),
        (money(-(10**27)), f"\u22121,000,000,000{BLANK}MNFT"),
        (money(3 * WAD // 2), f"1.50{BLANK}MNFT"),
        (stated_share(0.05), f"5{BLANK}%"),
        (kpi_quantity("user_churn", 0.0581), f"5.81{BLANK}%"),
        (kpi_quantity("user_churn", 0.05, stated=True), f"5{BLANK}%"),
        (kpi_quantity("calls_asked", 5.0), f"5{BLANK}calls"),
    ],
)
def test_a_quantity_reads_with_its_unit(quantity, text):
    assert str(quantity) == text


def test_names_are_cut_and_escaped():
    sentence = say("{host} cheated", host=Name("<script>alert</script>", code=True))

    assert escape(sentence) == Markup("<code>&lt;script&gt;alert&lt;/script&gt;</code> cheated")
    assert shortened("h" * 200) == "h" * 59 + "…"
    assert shortened("a\x00b\u202ec") == "a\ufffdb\ufffdc"


def test_an_interval_names_estimator_method_level_and_number():
    label = Interval("share of seeds that fail", "Wilson interval", 0.95, count(73, "seeds"))

    wanted = f"share of seeds that fail, 95{BLANK}% Wilson interval over 73{BLANK}seeds"
    assert str(label.label()) == wanted


def test_a_cell_repeats_its_unit_only_where_it_differs_from_the_head():
    paid = Column("paid", "paid", "money", "MNFT")

    assert paid.cell(2 * WAD) == '<data value="2000000000000000000">2.00</data>'
    assert paid.cell(214) == f'<data value="214">214{BLANK}base units</data>'
    assert Column("x", "x", "number", "as stated").cell(Quantity(0.5, "ms")) == (
        f'<data value="0.5">0.500{BLANK}ms</data>'
    )


def test_labels_are_moved_apart_and_stay_within_their_bounds():
    assert apart([10, 10, 10], [4, 4, 4], 0, 20) == [10, 14, 18]
    assert apart([19, 19], [4, 8], 0, 20) == [14, 20]
    assert apart([], [], 0, 20) == []


def test_a_label_is_cut_to_its_room_and_has_only_letters_that_can_be_drawn():
    assert fitting("host-2", 100) == "host-2"
    assert fitting("a\U0001f389b", 100) == "a\u25a1b"
    cut = fitting("h" * 200, 60)
    assert cut.endswith("…")
    assert text_width(cut) <= 60


@pytest.mark.parametrize(
    ("value", "text"),
    [(1200, "1,200"), (12_000, "12k"), (3_400_000, "3.4M"), (0.002, "0.002"), (1e27, "1e27"),
     (-5, "\u22125")],
)  # fmt: skip
def test_an_axis_number_is_brief(value, text):
    assert brief(value) == text


def test_a_share_too_small_to_mean_anything_is_told_as_less_than_a_millionth():
    assert str(share(2.25e-11)) == f"< 0.0001{BLANK}%"
    assert str(share(1e-6)) == f"0.000100{BLANK}%"
    assert str(share(0)) == f"0{BLANK}%"
