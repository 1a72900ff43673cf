import re
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from reports.comparison import page_of, write_page
from reports.comparison_sections import CHAPTERS
from reports.comparison_view import ComparisonView
from reports.figures import drawing_style
from reports.findings import findings
from reports.section import Chapter
from reports.sentence import Quantity
from sim.errors import UserError
from sim.experiments.compared import open_compared
from sim.experiments.comparison import Plan
from sim.streams import stream
from tests.reports.sweeps import CLAIM, CROSSED, RATE, TWO, outcomes, sweep_folder


@pytest.fixture(scope="module")
def make_sweep(make_run, tmp_path_factory):
    template = make_run(claims=[CLAIM], ticks=6)

    def make(arms, **changes):
        return sweep_folder(tmp_path_factory.mktemp("sweep"), template, arms, **changes)

    return make


def view_of(folder: Path) -> ComparisonView:
    return ComparisonView(open_compared(folder))


@pytest.fixture(scope="module")
def view(make_sweep):
    return view_of(make_sweep(CROSSED, missing=(("often", 4),)))


@pytest.fixture(scope="module")
def page(view):
    return page_of(view)


@pytest.fixture(scope="module")
def drawings(view):
    with drawing_style():
        return [drawing for each in CHAPTERS for drawing in each.build(view).drawings]


def text_of(page):
    apart = re.sub(r"</?(?:t[dhr]|p|li|caption|section|summary)\b[^>]*>", " ", page)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", apart)).replace("\u202f", " ")


def section(page, slug):
    found = re.search(rf'<section class="chapter" id="{slug}">(.*?)</section>\n', page, re.DOTALL)
    return text_of(found[1])


def verdict_of(page):
    return text_of(re.search(r'id="verdict"(.*?)</section>', page, re.DOTALL)[1])


def test_the_sections_stand_in_the_order_in_which_readers_ask(page):
    found = re.findall(r'<section class="[^"]+" id="([a-z]+)"', page)

    assert found == [
        "verdict", "differences", "warnings", "forest", "pareto", "flips", "cost", "findings",
        "arms", "reproduce",
    ]  # fmt: skip
    assert "could not be made" not in page


def test_the_page_is_one_small_file_that_asks_nobody(page):
    assert len(page.encode()) < 4_000_000
    assert re.findall(r'(?:src|href|srcset|action)="(?!#|data:,)', page) == []
    assert re.findall(r"url\((?!#)|@import", page) == []


def test_no_better_arm_is_an_answer(page):
    assert "No arm is better than rare on paid by users" in verdict_of(page)


def test_an_arm_that_is_better_is_chosen_with_its_change_interval_and_side_effects(make_sweep):
    def better(arm, replica):
        found = outcomes(arm, replica)
        return found | {"revenue_total": found["revenue_total"] + (300 if arm == "often" else 0)}

    page = page_of(view_of(make_sweep(TWO, figures=better)))

    verdict = verdict_of(page)
    assert "Choose often (protocol.spot_check_rate 1% → 5%)" in verdict
    assert "paid by users: 238 MNFT, 12.2 % of the mean of rare" in verdict
    assert "mean paired difference, 95 % skewness-corrected t interval (Hall) over 20 pairs" in (
        verdict
    )
    assert "The claim on cheated calls failed in 0 of 20 seeds instead of 20" in verdict


def test_an_undecided_primary_says_how_many_more_seeds_would_do(make_sweep):
    def noisy(arm, replica):
        return outcomes(arm, replica) | {
            "revenue_total": 2000 + stream(replica, arm).normal(0, 300)
        }

    page = page_of(view_of(make_sweep(TWO, figures=noisy)))

    assert "Not decided: often" in verdict_of(page)
    assert re.search(r"About [\d,]+ more seeds would resolve 2 %", verdict_of(page))


def test_what_differs_is_told_and_all_else_is_equal(page):
    found = section(page, "differences")

    assert "6 arms differ in 2 parameters and are equal in the other 5." in found
    assert "protocol.spot_check_rate a choice 1% 1% 1% 5% 5% 5%" in found
    assert "population.hosts.cheating.gain an assumption" in found


def test_a_failed_replica_is_named_and_its_pair_dropped_from_both_arms(page, view):
    assert "often lost seed 11: MemoryError." in section(page, "differences")
    assert "over 19 pairs" in section(page, "forest")
    assert all(each.n == 19 and each.dropped == 1 for each in view.comparison.rows["often"])


def test_every_interval_on_the_page_is_labelled(page):
    labels = re.findall(
        r"(mean paired difference|mean over seeds|share of seeds[a-z ]*), [\d.]+ % "
        r"(skewness-corrected t interval \(Hall\)|Wilson interval) over \d+ (?:pairs|seeds)",
        text_of(page),
    )
    ranges = re.findall(r"\([\u2212\d][^()]* to [^():]*: ([^)]*)", text_of(page))

    assert len(labels) > 10
    assert ranges
    assert all(" over " in label or "(Hall" in label for label in ranges), ranges


def test_an_assumption_that_turns_the_choice_is_named(page):
    found = section(page, "flips")

    assert "rare against often changes sign" in found
    assert "population.hosts.cheating.gain lies between" in found


def test_a_claim_that_the_choice_fails_under_another_assumption_is_named(make_sweep):
    def elsewhere(arm, replica):
        cheated = 0.4 if arm.endswith("much") else 0.01
        return outcomes(arm, replica) | {"cheat_share": cheated}

    page = page_of(view_of(make_sweep(CROSSED, seeds=9, figures=elsewhere)))

    named = "Where population.hosts.cheating.gain = 0.9 MNFT the claim on cheated calls failed in 9"
    assert named in verdict_of(page)
    assert named in section(page, "flips")


def test_without_varied_assumptions_the_page_says_what_would_assess_them(make_sweep):
    found = section(page_of(view_of(make_sweep(TWO))), "flips")

    assert "Not assessed: no assumption was varied" in found
    assert "mnft sweep cheating-hosts.yaml --replicas 20" in found


def test_what_a_wrong_choice_costs_is_money(page):
    found = section(page, "cost")

    assert "Choosing often costs at most 6" in found
    assert "Choosing rare costs at most 12" in found
    assert "population.hosts.cheating.gain = 0.9 MNFT" in found


def test_findings_have_severity_likelihood_evidence_and_a_tested_recommendation(page, view):
    (first, *_) = findings(view)
    found = section(page, "findings")

    assert first.severity == "critical"
    assert first.loss == pytest.approx(0.2, abs=0.02)
    assert "F-01: In rare cheated calls misses what is claimed" in found
    assert "100 % (83.9 % to 100 %: share of seeds that fail, 95 % Wilson" in found
    assert "mnft replay rare/replica-19 --explain" in found or "rare/replica-19" in found
    assert "Take often (protocol.spot_check_rate 1% → 5%)" in found
    assert "status open" in found


def test_kpis_that_never_vary_and_missing_primaries_are_warned_of(make_sweep, page):
    assert "No seed changes 1 outcome in any arm (forks)" in section(page, "warnings")
    plain = make_sweep(TWO, seeds=3, scenario="question: no plan\n")
    found = section(page_of(view_of(plain)), "warnings")
    assert "No primary outcome was named in advance" in found
    assert "There are only 3 seeds per arm" in found


def test_replicas_that_are_all_alike_are_warned_of(make_sweep):
    alike = make_sweep(TWO, seeds=3, figures=lambda arm, _: outcomes(arm, 0))

    assert "All replicas of rare have the same figures" in section(
        page_of(view_of(alike)), "warnings"
    )


def test_one_seed_has_no_interval_no_band_and_no_green(make_sweep):
    page = page_of(view_of(make_sweep(TWO, seeds=1)))

    assert "95" not in section(page, "pareto")
    assert "One path, seed 7, in each panel" in text_of(page)
    assert "outcome interval" not in text_of(page)
    assert "is-green" not in re.sub(r"<style>.*?</style>", "", page, flags=re.DOTALL)
    assert "one pair: no interval" in section(page, "forest")


def test_enough_seeds_make_a_claim_of_an_arm_green_and_fewer_amber(make_sweep):
    def states(seeds):
        page = page_of(view_of(make_sweep(TWO, seeds=seeds)), ())
        return re.findall(r'<td><span class="state is-(\w+)"', page)

    assert states(73) == ["red", "green"]
    assert states(20) == ["red", "amber"]


def test_a_broken_rule_in_any_replica_makes_the_comparison_invalid(make_sweep):
    page = page_of(view_of(make_sweep(TWO, seeds=2, counts={"divergences": 1})))

    assert "INVALID" in verdict_of(page)
    assert "the rules broke in a replica" in verdict_of(page)
    assert "critical: unbounded" in section(page, "findings")


def _values(drawing):
    for row in drawing.table.rows:
        for value in row.values():
            each = value.value if isinstance(value, Quantity) else value
            if isinstance(each, int | float) and each is not None:
                yield float(each)


def test_what_is_drawn_is_what_the_table_says(drawings):
    assert {drawing.slug.split("-")[0] for drawing in drawings} == {
        "forest", "pareto", "tornado", "arms",
    }  # fmt: skip
    for drawing in drawings:
        marks = drawing.figure.findobj(lambda each: str(each.get_label()).startswith("column-"))
        known = np.array(list(_values(drawing)))
        known = np.concatenate([known, 100 * known])
        assert marks, drawing.slug
        for mark in marks:
            key = mark.get_label().removeprefix("column-")
            assert key in {column.key for column in drawing.table.columns}
            drawn = mark.get_ydata() if drawing.slug.startswith("arms") else mark.get_xdata()
            for each in drawn:
                assert np.isclose(known, float(each)).any(), (drawing.slug, each)


def test_panels_of_arms_have_equal_axes(drawings):
    for drawing in drawings:
        if drawing.slug.startswith("arms"):
            limits = {axes.get_ylim() for axes in drawing.figure.axes}
            assert len(limits) == 1
            assert len({axes.get_xlim() for axes in drawing.figure.axes}) == 1


def test_the_same_folder_gives_the_same_page(view, page):
    again = view_of(view.folder)

    assert page_of(again) == page
    assert str(view.folder) not in page


def test_the_page_is_written_into_the_sweeps_folder(make_sweep):
    folder = make_sweep(TWO, seeds=2)

    assert write_page(view_of(folder)) == folder / "report.html"


def test_headings_are_in_order_and_ids_unique(page):
    levels = [int(level) for level in re.findall(r"<h(\d)", page)]
    ids = re.findall(r'\bid="([^"]+)"', page)

    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    assert len(ids) == len(set(ids))
    assert '<html lang="en">' in page


NASTY = "<script>alert(1)</script> \N{PILE OF POO}"


def test_nasty_names_and_numbers_make_a_page_and_are_escaped(make_sweep):
    def strange(arm, replica):
        return outcomes(arm, replica) | {
            "revenue_total": 10.0**27,
            "latency_p95": None,
            "cheat_share": None,
            "host_revenue": 0.0,
        }

    arms = {"plain": {RATE: NASTY}, "x" * 60: {RATE: "5%"}}
    page = page_of(view_of(make_sweep(arms, seeds=3, figures=strange)))

    assert "<script>alert" not in page
    assert "could not be made" not in page


def test_a_section_that_fails_says_so_and_the_others_stand(view):
    def fails(_):
        raise KeyError("broken")

    chapters = (Chapter("broken", "Broken", "Why?", fails), *CHAPTERS[:1])
    page = page_of(view, chapters)

    assert "This section could not be made" in page
    assert 'id="differences"' in page
    assert "A section could not be made: broken" in verdict_of(page)


def test_a_baseline_that_is_no_arm_is_one_clear_error(make_sweep):
    folder = make_sweep(TWO, seeds=1, scenario="question: q\ncompare: {baseline: rar}\n")

    with pytest.raises(UserError, match="did you mean rare"):
        view_of(folder)


def test_the_plan_of_the_scenario_is_followed(make_sweep):
    plan = open_compared(make_sweep(TWO, seeds=2)).comparison.plan

    assert plan == Plan(
        "", "revenue_total", 0.02, ("cheat_share", "latency_p95", "host_revenue", "forks")
    )
