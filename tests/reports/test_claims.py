import math

import pandas as pd
import pytest

from sim.claims import Claim, judge, judge_all, run_state, seeds_needed, verdict, wilson


def metrics(values, *, kpi="gini_models", seeds=1):
    return pd.DataFrame(
        [
            {"replica": seed, "seed": seed, "tick": tick, "kpi": kpi, "value": value}
            for seed in range(seeds)
            for tick, value in enumerate(values)
        ]
    )


def with_failures(failing, seeds):
    rows = [
        {"replica": seed, "seed": seed, "tick": 0, "kpi": "gini_models",
         "value": 0.95 if seed < failing else 0.5}
        for seed in range(seeds)
    ]  # fmt: skip
    return pd.DataFrame(rows)


BELOW = Claim("gini_models", "at_end", "<=", 0.9)


@pytest.mark.parametrize(
    ("quantifier", "comparison", "observed", "tick"),
    [
        ("at_end", "<=", 3.0, 3),
        ("mean", "<=", 3.0, 3),
        ("max", "<=", 6.0, 2),
        ("min", ">=", 1.0, 0),
        ("total", "<=", 12.0, 3),
        ("every_tick", ">=", 1.0, 0),
        ("every_tick", "<=", 6.0, 2),
    ],
)
def test_a_quantifier_says_which_ticks_count(quantifier, comparison, observed, tick):
    judged = judge(Claim("gini_models", quantifier, comparison, 2.5), metrics([1, 2, 6, 3]))

    assert (judged.observed, judged.tick) == (observed, tick)


def test_an_every_tick_claim_names_the_first_tick_that_broke_it():
    judged = judge(Claim("gini_models", "every_tick", "<=", 2), metrics([1, 3, 9, 1]))

    assert (judged.state, judged.observed, judged.tick) == ("red", 9.0, 1)


@pytest.mark.parametrize(
    ("comparison", "states"),
    [
        (">=", ("red", "held", "held")),
        ("<=", ("held", "held", "red")),
        (">", ("red", "red", "held")),
        ("<", ("held", "red", "red")),
        ("==", ("red", "held", "red")),
    ],
)
def test_each_comparison_has_its_boundary(comparison, states):
    claim = Claim("gini_models", "at_end", comparison, 1.0)

    found = tuple(judge(claim, metrics([value])).state for value in (0.5, 1.0, 1.5))

    assert found == states


def test_the_margin_is_positive_on_the_good_side():
    assert Claim("gini_models", "at_end", "<=", 2.0).margin(1.5) == 0.5
    assert Claim("gini_models", "at_end", ">=", 2.0).margin(1.5) == -0.5
    assert Claim("gini_models", "at_end", "==", 2.0).margin(1.5) == -0.5


def test_one_path_refutes_but_never_confirms():
    assert judge(BELOW, metrics([0.95])).state == "red"
    assert judge(BELOW, metrics([0.5])).state == "held"


def test_a_kpi_that_was_never_measured_is_not_exercised():
    assert judge(BELOW, metrics([math.nan, math.nan])).state == "not exercised"
    assert judge(BELOW, metrics([0.5], kpi="gini_hosts")).state == "not exercised"


def test_many_seeds_make_a_claim_green_amber_or_red():
    assert judge(BELOW, with_failures(0, 72)).state == "amber"
    assert judge(BELOW, with_failures(0, 73)).state == "green"
    assert judge(BELOW, with_failures(9, 73)).state == "red"
    assert judge(BELOW, with_failures(4, 73)).state == "amber"


def test_wilson_intervals_equal_published_ones():
    # 81 of 263 is Newcombe's example (Statistics in Medicine 17, 1998, table I, method 3).
    assert wilson(81, 263) == pytest.approx((0.2553, 0.3662), abs=5e-5)
    assert wilson(0, 10)[0] == 0.0
    assert wilson(10, 10)[1] == 1.0


@pytest.mark.parametrize(("tolerance", "seeds"), [(0.05, 73), (0.01, 381)])
def test_the_seeds_that_confirm_are_the_first_that_do(tolerance, seeds):
    assert seeds_needed(0.0, tolerance) == seeds
    assert wilson(0, seeds)[1] <= tolerance < wilson(0, seeds - 1)[1]


def test_no_number_of_seeds_settles_a_claim_on_its_tolerance():
    assert seeds_needed(0.05, 0.05) is None
    assert seeds_needed(0.0, 0.0) is None


@pytest.mark.parametrize(
    ("states", "expected"),
    [
        (["held", "red", "amber"], "red"),
        (["held", "amber"], "amber"),
        (["held", "not exercised"], "not exercised"),
        (["green", "held"], "held"),
        (["green"], "green"),
        ([], "not asked"),
    ],
)
def test_a_run_is_as_good_as_its_worst_claim(states, expected):
    assert run_state(states, divergences=0, violated=0) == expected


def test_nothing_is_judged_of_a_run_that_cannot_be_trusted():
    assert run_state(["held"], divergences=1, violated=0) == "INVALID"
    assert run_state(["held"], divergences=0, violated=1) == "INVALID"


def test_a_page_with_a_failed_section_is_at_best_amber():
    assert run_state(["green"], divergences=0, violated=0, failed_sections=1) == "amber"
    assert run_state(["red"], divergences=0, violated=0, failed_sections=1) == "red"


def test_a_claim_survives_the_manifest():
    judged = judge(BELOW, metrics([0.5]))

    assert Claim.read(judged.as_json()) == BELOW


def test_an_unknown_comparison_is_an_error():
    with pytest.raises(ValueError, match="none of >=, <=, >, <, =="):
        judge(Claim("gini_models", "at_end", "~", 1.0), metrics([1.0]))


def test_the_verdict_names_the_first_claim_that_failed():
    claims = (Claim("calls_settled", "total", ">=", 10), Claim("deterrence_min", "min", ">=", 1))
    settled = metrics([4.0, 5.0], kpi="calls_settled")
    measured = pd.concat([settled, metrics([2.0, 3.0], kpi="deterrence_min")])

    judgements = judge_all(claims, measured)

    assert verdict(judgements, "red") == (
        "no: calls settled should be >= 10\u202fcalls, was 9\u202fcalls"
    )
    assert verdict(judgements[1:], "held") == "1 of 1 claims held on this path"
    assert verdict((), "not asked") == "the scenario claims nothing"
