import re

import pytest

from reports.page import page_of, render
from reports.run_view import RunView
from reports.section import Chapter, Content
from reports.sections import CHAPTERS
from reports.sentence import say
from sim.claims import Claim
from sim.runs import open_run

HOLDS = Claim("gini_models", "at_end", "<=", 0.9)
BROKEN = Claim("deterrence_min", "every_tick", ">=", 1.0)
CLAIMS_ONLY = tuple(chapter for chapter in CHAPTERS if chapter.slug == "claims")


def page_at(folder, chapters=CLAIMS_ONLY):
    return page_of(RunView(open_run(folder)), chapters)


def state_of(page):
    return re.search(r"<title>(.+?): ", page)[1]


def verdict_of(page):
    found = re.search(r'<section class="verdict.*?</section>', page, re.DOTALL)[0]
    return re.sub(r"[ \n]+", " ", re.sub(r"<[^>]+>", "", found)).strip()


def claim_states(page):
    table = page[page.index('id="claims"') :]
    rows = re.findall(r"<tr>.*?</tr>", table[table.index("<tbody>") : table.index("</tbody>")])
    return [
        re.search(r'class="state [\w-]+"><span[^>]*>.</span> ([\w ]+)<', row)[1] for row in rows
    ]


def test_a_divergence_makes_a_run_invalid_whatever_its_claims(make_run):
    page = page_at(make_run(claims=[HOLDS], counts={"divergences": 1}))

    assert state_of(page) == "INVALID"
    assert "Nothing here can be trusted: 1\u202fdivergence between" in verdict_of(page)
    assert 'href="#invariants">Why' in page


def test_a_violated_invariant_makes_a_run_invalid(make_run):
    page = page_at(make_run(claims=[HOLDS], invariants={"violated": 1}))

    assert state_of(page) == "INVALID"


def test_a_broken_claim_is_red_and_says_what_was_seen_and_what_would_end_it(make_run):
    page = page_at(make_run(claims=[HOLDS, BROKEN]))

    verdict = verdict_of(page)
    assert state_of(page) == "red"
    assert "No. deterrence D, weakest host should be ≥ 1 in every tick" in verdict
    # D = p/(1-p) x: from 5 % and D = 0.6 to D = 1 takes odds of 0.0877.
    assert "a check rate of 8.06\u202f% instead of 5\u202f%" in verdict
    assert "not simulated" in verdict
    assert len(verdict.split()) <= 60


def test_claims_that_held_on_one_path_are_held_not_green(make_run):
    page = page_at(make_run(claims=[HOLDS]))

    assert state_of(page) == "held"
    assert "1\u202fclaim held in this run (seed 7)" in verdict_of(page)
    assert claim_states(page) == ["held"]


def test_enough_seeds_without_failure_make_a_claim_green(make_run):
    page = page_at(make_run(claims=[HOLDS], seeds=73, ticks=1))

    assert state_of(page) == "green"
    assert "share of seeds that fail" not in verdict_of(page)
    assert "held over 73\u202fseeds" in verdict_of(page)


def test_too_few_seeds_leave_a_claim_amber_with_the_interval_named(make_run):
    page = page_at(
        make_run(
            claims=[HOLDS], seeds=40, ticks=1,
            per_seed=lambda replica: {"gini_models": 0.95 if replica < 3 else 0.5},
        )
    )  # fmt: skip

    assert state_of(page) == "amber"
    label = "share of seeds that fail, 95\u202f% Wilson interval over 40\u202fseeds"
    assert f"failed in 2 of 40\u202fseeds (1.38\u202f% to 16.5\u202f%: {label})" in verdict_of(page)


def test_a_claim_about_what_never_happened_is_not_exercised(make_run):
    page = page_at(make_run(claims=[Claim("royalties_paid", "total", ">=", 1.0)]))

    assert state_of(page) == "not exercised"
    assert "Cannot tell." in verdict_of(page)


def test_without_claims_nothing_is_judged(make_run):
    page = page_at(make_run(claims=[]))

    assert state_of(page) == "not asked"
    assert "there is no verdict" in verdict_of(page)


def test_a_section_that_fails_says_so_and_the_others_stand(make_run):
    broken = {"model_id": [1], "version": [1]}
    page = render(make_run(claims=[HOLDS], tables={"models": broken})).read_text("utf-8")

    money = page[page.index('id="money"') : page.index('id="prices"')]
    assert "<code>KeyError</code>" in money
    assert "tables/models.parquet lacks name, domain" in money
    assert state_of(page) == "amber"
    assert "A section could not be made: plausibility, money" in verdict_of(page)
    assert 'id="prices-title"' in page


def test_a_section_that_finds_the_books_wrong_makes_the_run_invalid(make_run):
    def wrong(view: RunView) -> Content:
        return Content("INVALID", say("More left than came in."))

    chapters = (*CLAIMS_ONLY, Chapter("money", "Money", "Who pays?", wrong))
    page = page_at(make_run(claims=[HOLDS]), chapters)

    assert state_of(page) == "INVALID"
    assert "Nothing here can be trusted. More left than came in." in verdict_of(page)
    assert 'href="#money">Why' in page


CLAIMED = (
    Claim("gini_models", "at_end", "<=", 0.78),
    Claim("checks_opened", "total", ">=", 60.0),
    Claim("active_hosts", "min", ">", 3.0),
)


@pytest.mark.parametrize(("changed", "threshold"), [(0, 0.77), (1, 61.0), (2, 4.0)])
def test_one_unit_of_a_threshold_flips_that_claim_and_no_other(make_run, changed, threshold):
    claims = list(CLAIMED)
    claim = claims[changed]
    claims[changed] = Claim(claim.kpi, claim.quantifier, claim.comparison, threshold)

    before, after = (claim_states(page_at(make_run(claims=each))) for each in (CLAIMED, claims))

    assert before == ["held", "held", "held"]
    assert after == ["red" if place == changed else "held" for place in range(3)]
