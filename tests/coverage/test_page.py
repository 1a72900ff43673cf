"""The page of the rulebook's coverage is complete, up to date and good enough."""

import json
import subprocess
import sys
from collections import Counter

import pytest

from sim.rulebook.coverage import OK, coverage
from tests.coverage.gaps import GAPS, TESTS_ALONE
from tests.coverage.page import (
    COMMAND,
    HOME,
    PAGE,
    TESTS,
    WALKS,
    complaints,
    gaps,
    promised,
    read,
    shares,
    text,
    titles,
    together,
    unmet_by_walks,
)

ENOUGH_FUNCTIONS, ENOUGH_REFUSALS = 0.95, 0.90


@pytest.fixture(scope="module")
def columns():
    return read(PAGE.read_text(encoding="utf-8"))


@pytest.fixture
def everything():
    """A column in which each outcome was met once."""
    return Counter({(row.function, row.outcome): 1 for row in coverage(Counter()).rows})


def test_the_page_lists_the_functions_and_refusals_of_the_contracts_as_they_are(columns):
    listed = list(next(iter(columns.values())))

    assert listed == [(row.function, row.outcome) for row in coverage(Counter()).rows], COMMAND


def test_the_page_has_a_column_for_each_shipped_scenario(columns):
    assert list(columns) == titles(), COMMAND


def test_the_page_is_as_it_was_printed(columns):
    assert PAGE.read_text(encoding="utf-8") == text(columns, GAPS, TESTS_ALONE), COMMAND


def test_nearly_all_functions_and_refusals_are_met(columns):
    functions, refusals, promises = shares(together(columns))

    assert functions.reached >= ENOUGH_FUNCTIONS * functions.of
    assert refusals.reached >= ENOUGH_REFUSALS * refusals.of
    assert promises.reached >= ENOUGH_REFUSALS * promises.of


def test_scenarios_and_walks_meet_nearly_all_of_them_without_the_tests(columns):
    functions, refusals, _ = shares(
        together({name: tally for name, tally in columns.items() if name != TESTS})
    )

    assert functions.reached >= ENOUGH_FUNCTIONS * functions.of
    assert refusals.reached >= ENOUGH_REFUSALS * refusals.of


def test_what_tests_alone_meet_is_listed_with_its_reason_or_as_chance(everything):
    walks = everything.copy()
    del walks["staking.stake", OK], walks["staking.claim", OK]
    columns = {WALKS: walks, TESTS: everything}

    assert unmet_by_walks(columns) == ["staking.stake", "staking.claim"]
    page = text(columns, {}, {"staking.stake": "nobody has any"})
    assert "| `staking.stake` | nobody has any |" in page
    assert "| `staking.claim` | by chance |" in page


def test_what_is_never_met_has_its_reason_and_nothing_else_has(columns):
    assert complaints(columns, GAPS) == []


def test_a_gap_without_a_reason_and_a_reason_without_a_gap_are_named(everything):
    del everything["staking.stake", OK]
    complained = complaints({TESTS: everything}, {"staking.claim": "nobody claims"})

    assert complained == [
        "tests/coverage/gaps.py: staking.stake is never met, and has no reason",
        "tests/coverage/gaps.py: staking.claim is met, and needs no reason",
    ]


def test_a_gap_is_a_function_a_refusal_or_a_promise_of_a_function(everything):
    del everything["staking.stake", OK], everything["staking.stake", "BelowMinimum"]
    for function, outcome in list(everything):
        if outcome == "WeightsTaken":
            del everything[function, outcome]
    broken = ("staking.stake", "UnknownParameter")
    del everything[broken]

    assert gaps(everything) == ["staking.stake", "WeightsTaken", "staking.stake BelowMinimum"]
    assert broken not in promised()


def test_a_page_is_read_back_as_it_was_written(everything):
    few = Counter({("staking.stake", OK): 1_234_567})
    columns = {"small": few, WALKS: everything, TESTS: Counter()}

    again = read(text(columns, {}))

    assert list(again) == list(columns)
    assert [+tally for tally in again.values()] == list(columns.values())


def test_worlds_of_tests_are_counted(tmp_path):
    outcomes = tmp_path / "outcomes.json"
    plugin = ("-p", "tests.coverage.recording", "--outcomes", str(outcomes))
    tested = "tests/protocol/test_licences.py"

    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *plugin, tested],
        cwd=HOME,
        check=False,
    )

    assert done.returncode == 0
    counted = {(function, outcome) for function, outcome, _ in json.loads(outcomes.read_text())}
    assert ("licences.create", OK) in counted
    assert ("licences.create", "InvalidDerivatives") in counted
