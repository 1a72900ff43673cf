import pytest

from sim.errors import ScenarioError
from sim.scenario.loading import parse_scenario


def load(text):
    return parse_scenario(f"question: q\n{text}", "s.yaml", "s").scenario


def problems(text):
    with pytest.raises(ScenarioError) as raised:
        load(text)
    return [str(each.problem) for each in raised.value.problems]


def test_what_decides_is_named_before_looking():
    compare = load("compare: {baseline: a, primary: cheat_share, matters_from: 2%}\n").compare

    assert (compare.baseline, compare.primary) == ("a", "cheat_share")
    assert compare.matters_from == pytest.approx(0.02)
    assert compare.kpis == ()


def test_a_kpi_that_there_is_not_is_an_error_at_its_place():
    assert problems("compare: {primary: cheat_shre, kpis: [nonsense]}\n") == [
        "unknown KPI `cheat_shre`",
        "unknown KPI `nonsense`",
    ]


def test_how_a_sweep_is_compared_decides_nothing_in_a_run():
    with_plan, without = (
        parse_scenario(f"question: q\n{text}", "s.yaml", "s").digest
        for text in ("compare: {primary: forks}\n", "")
    )

    assert with_plan == without


def test_a_half_width_has_the_unit_of_its_kpi():
    until = load("sweep: {until: {kpi: cheat_share, half_width: 0.5%}}\n").sweep.until

    assert until.half_width == pytest.approx(0.005)
    assert until.most == 200
    assert problems("sweep: {until: {kpi: cheat_share, half_width: 3 MNFT}}\n") == [
        "unknown unit `MNFT`"
    ]


def test_no_interval_can_have_a_half_width_of_zero():
    assert problems("sweep: {until: {kpi: forks, half_width: 0}}\n") == [
        "no interval has a half width of zero or less"
    ]
