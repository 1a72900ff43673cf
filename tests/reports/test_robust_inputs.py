import math
import re

import pytest

from reports.page import render
from sim.errors import UserError

ALL_TABLES = (
    "agents", "models", "model_money", "flows", "hosts", "checks", "sampling", "refusals", "gas",
    "invariants", "proposals", "votes", "users", "proofs",
)  # fmt: skip
NASTY = ("<script>alert(1)</script>", "\U0001f989 owl $x^2$ _hidden", "h" * 200, "a\nb\x07c")


def page_of(folder):
    return render(folder).read_text("utf-8")


def sections_that_failed(page):
    sections = re.findall(
        r'<section class="chapter" id="([a-z]+)">(.*?)</section>', page, re.DOTALL
    )
    return [
        (slug, text[text.index("could not be made") :][:120])
        for slug, text in sections
        if "could not be made" in text
    ]


def state_of_section(page, slug):
    section = page[page.index(f'<section class="chapter" id="{slug}"') :]
    return re.search(r'class="state [\w-]+"><span[^>]*>.</span> ([\w ]+)<', section)[1]


def test_a_run_without_tables_and_ticks_has_a_page(make_run):
    page = page_of(make_run(ticks=0, without=ALL_TABLES, invariants={"held": 0}))

    assert sections_that_failed(page) == []
    for slug in ("money", "prices", "service", "deterrence", "verification", "governance", "gas"):
        assert state_of_section(page, slug) == "not exercised"


def test_columns_without_a_figure_cost_no_section(make_run):
    empty = (
        "price_level", "latency_p95", "host_uptime", "deterrence_min", "gini_models",
        "price_per_1000_calls", "calls_served", "stake_ratio",
    )  # fmt: skip
    hosts = {"tick": [0, 1], "host": ["h", "h"], "asked": [0, 0], "served": [0, 0],
             "cheated": [0, 0], "latency_s": [math.nan] * 2, "bonded": ["0", "0"],
             "deterrence": [math.inf, math.nan], "cheat_chance": [math.nan] * 2,
             "gain": ["0", "0"], "slashed": ["0", "0"]}  # fmt: skip
    page = page_of(
        make_run(
            metrics=lambda _: dict.fromkeys(empty, math.nan) | {"calls_asked": 3.0},
            tables={"hosts": hosts},
        )
    )

    assert sections_that_failed(page) == []
    assert state_of_section(page, "deterrence") == "not exercised"
    assert state_of_section(page, "service") == "not exercised"


def test_one_tick_one_host_and_one_model_are_enough(make_run):
    page = page_of(make_run(ticks=1, hosts=("host-0",), names=("only",)))

    assert sections_that_failed(page) == []


def test_a_market_without_calls_is_not_exercised(make_run):
    none_paid = {"source": ["users"], "target": ["hosts"], "amount": ["0"]}
    nobody = {"tick": [0], "receipts": [0], "picked": [0], "checked": [0]}
    page = page_of(
        make_run(
            metrics=lambda _: {"calls_asked": 0.0, "calls_served": 0.0, "calls_settled": 0.0},
            tables={"flows": none_paid, "sampling": nobody},
            counts={"calls_compared": 0},
        )
    )

    assert sections_that_failed(page) == []
    assert [state_of_section(page, slug) for slug in ("money", "prices", "verification")] == [
        "not exercised"
    ] * 3


def test_names_are_escaped_and_fit(make_run):
    page = page_of(make_run(hosts=NASTY, names=NASTY, question=" ".join(NASTY)))

    assert sections_that_failed(page) == []
    assert "alert(1)</script>" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "\U0001f989 owl" in page
    assert "h" * 130 not in page.replace("h" * 200 + " a", "")


def test_amounts_beyond_any_float_are_exact(make_run):
    largest = 10**27 * 10**18 + 1
    rows = [("users", "hosts", str(largest)), ("users", "models", "3"),
            ("models", "contributors", "2"), ("models", "undistributed", "1")]  # fmt: skip
    flows = dict(
        zip(("source", "target", "amount"), map(list, zip(*rows, strict=True)), strict=True)
    )
    page = page_of(make_run(tables={"flows": flows}))

    assert sections_that_failed(page) == []
    assert f'<data value="{largest}">1,000,000,000,000,000,000,000,000,000</data>' in page
    assert '<data value="3">3\u202fbase units</data>' in page


def test_more_than_a_payment_cannot_leave_the_models(make_run):
    rows = [("users", "models", "10"), ("models", "contributors", "11")]
    flows = dict(
        zip(("source", "target", "amount"), map(list, zip(*rows, strict=True)), strict=True)
    )
    page = page_of(make_run(tables={"flows": flows}))

    assert state_of_section(page, "money") == "INVALID"
    assert page.count("<title>INVALID") == 1


def test_long_runs_are_thinned_and_stay_small(make_run):
    names = tuple(f"model-{number}" for number in range(1, 51))
    page = page_of(make_run(ticks=3_000, hosts=("host-0", "host-1"), names=names))

    assert sections_that_failed(page) == []
    drawn = re.findall(r' d="([^"]*)"', page)
    assert max(path.count("L ") for path in drawn) < 1_100
    lineage = re.search(r'<svg[^>]*aria-labelledby="lineage-.*?</svg>', page, re.DOTALL)[0]
    assert len(re.findall(r">model-\d+<", lineage)) == 12
    assert len(page.encode()) < 2_000_000


def test_a_folder_that_is_no_run_is_one_clear_error(tmp_path):
    with pytest.raises(UserError, match="there is no run here"):
        render(tmp_path)
