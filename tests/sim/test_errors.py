import pickle
import re
from pathlib import Path

import pytest

from sim.error_text import error_json, error_text, problem_text
from sim.errors import Location, Problem, ScenarioError, UserError, edit_distance, nearest
from sim.explanations import EXPLANATIONS
from sim.scenario.loading import parse_scenario
from sim.scenario.schema import Protocol

ROOT = Path(__file__).parents[2]

MISTAKES = """\
question: Does it hold?
protocol:
  spot_check_rte: 2%
  minimum_host_stake: 100 MNFTT
population:
  creators:
    royalty: 62%
"""

KEYS = sorted(Protocol.model_fields)
ALLOWED = f"{', '.join(KEYS[:12])}, and {len(KEYS) - 12} more"


def mistakes() -> ScenarioError:
    with pytest.raises(ScenarioError) as refused:
        parse_scenario(MISTAKES, "scenarios/mine.yaml", "mine")
    return refused.value


def test_errors_show_the_users_own_lines() -> None:
    assert error_text(mistakes()) == (
        "error[E101]: unknown key `spot_check_rte`\n"
        "  --> scenarios/mine.yaml:3:3\n"
        "3 |   spot_check_rte: 2%\n"
        "  |   ^^^^^^^^^^^^^^ not a key of `protocol`; nearest: `spot_check_rate`\n"
        f"  = allowed here: {ALLOWED}\n"
        "error[E102]: unknown unit `MNFTT`\n"
        "  --> scenarios/mine.yaml:4:27\n"
        "4 |   minimum_host_stake: 100 MNFTT\n"
        "  |                           ^^^^^ allowed: MNFT, milliMNFT, microMNFT; "
        "did you mean MNFT?\n"
        "error[E103]: a fork must pay 62%, the rules allow 50%\n"
        "  --> scenarios/mine.yaml:7:14\n"
        "7 |     royalty: 62%\n"
        "  |              ^^^ allowed: at most 50%; limit: protocol.maximum_royalty_sum = 50% "
        "(governance may change it)\n"
        "3 errors, 0 warnings; nothing was run.  Explain one: mnft explain E103"
    )


def test_errors_as_json_have_the_first_on_top_and_all_of_them() -> None:
    document = error_json(mistakes())

    assert document["schema"] == "mnft.error/1"
    assert [document[key] for key in ("code", "file", "line", "column")] == [
        "E101",
        "scenarios/mine.yaml",
        3,
        3,
    ]
    assert "spot_check_rate" in document["allowed"]
    assert [each["code"] for each in document["errors"]] == ["E101", "E102", "E103"]


def test_a_caret_stands_under_wide_letters_and_tabs() -> None:
    line = "\tq\u00e9\u4e2d: bad"
    problem = Problem("E104", "no", "f:1:6", location=Location("f", 1, 7, 3, line))

    assert problem_text(problem).splitlines()[-2:] == [f"1 | {line}", "  | \t      ^^^"]


def test_an_error_without_a_place_in_a_file_is_one_block() -> None:
    assert error_text(UserError("runs/x", "there is no run here", "a run", "E130")) == (
        "error[E130]: there is no run here\n"
        "  --> runs/x\n"
        "   = allowed: a run\n"
        "Explain it: mnft explain E130"
    )


@pytest.mark.parametrize("error", [UserError("here", "bad", "good", "E120"), mistakes()])
def test_an_error_survives_the_way_from_a_worker(error: UserError) -> None:
    again = pickle.loads(pickle.dumps(error))

    assert again.problems == error.problems
    assert str(again) == str(error)


@pytest.mark.parametrize(
    ("word", "candidates", "expected"),
    [
        ("spot_check_rte", ("spot_check_rate", "price_step"), "spot_check_rate"),
        ("tics", ("tick", "ticks"), "ticks"),
        ("calls_refused", ("calls_served", "calls_refused_share"), "calls_refused_share"),
        ("colour", ("engine", "seed"), None),
        ("=<", ("<=", ">="), None),
        ("a", ("b",), None),
        ("x", (), None),
    ],
)
def test_only_a_near_word_is_suggested(
    word: str, candidates: tuple[str, ...], expected: str | None
) -> None:
    assert nearest(word, candidates) == expected


def test_edits_are_counted() -> None:
    assert [edit_distance("kitten", word) for word in ("kitten", "sitting", "")] == [0, 3, 6]


def test_every_code_that_is_used_is_explained_and_none_other() -> None:
    used = set()
    for path in (ROOT / "sim").rglob("*.py"):
        if path.name != "explanations.py":
            used |= set(re.findall(r'"([EW]\d{3})"', path.read_text(encoding="utf-8")))

    assert used == set(EXPLANATIONS)


def test_a_long_line_is_cut_around_what_is_wrong_and_says_so() -> None:
    line = "a" * 400 + "WRONG" + "b" * 400
    location = Location("mine.yaml", 1, 401, 5, line)
    text = problem_text(Problem("E104", "x" * 900, "mine.yaml:1:401", location=location))

    said, _, shown, caret = text.splitlines()
    assert said == f"error[E104]: {'x' * 300}…"
    assert shown.startswith("1 | …aaa")
    assert shown.endswith("bbb…")
    assert len(shown) < 170
    assert shown[caret.index("^") : caret.rindex("^") + 1] == "WRONG"


def test_no_control_letter_reaches_the_terminal() -> None:
    location = Location("mine.yaml", 1, 1, 1, "a\x1b[31mb\x07")
    text = problem_text(Problem("E104", "`\x1b[2J` is wrong", "mine.yaml:1:1", location=location))

    assert "\x1b" not in text
    assert "\x07" not in text
    assert "a\ufffd[31mb\ufffd" in text
