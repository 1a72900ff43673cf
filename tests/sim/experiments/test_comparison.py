import numpy as np
import pandas as pd
import pytest

from sim.experiments.comparison import Comparison, Plan
from sim.experiments.robustness import money_of, reaches, regrets
from sim.experiments.stopping import CONFIDENCE_SEQUENCE
from sim.streams import stream

SEEDS = 20
RATE, GAIN = "protocol.spot_check_rate", "population.hosts.cheating.gain"


def frame(**kpis):
    """Figures by KPI, arm and seed; an arm's values are an array of one value per seed."""
    rows = [
        (arm, at, 7 + at, kpi, float(value))
        for kpi, arms in kpis.items()
        for arm, values in arms.items()
        for at, value in enumerate(values)
    ]
    return pd.DataFrame(rows, columns=["arm", "replica", "seed", "kpi", "value"])


def around(mean, name="seeds", spread=10.0):
    """Values of the same seeds around a mean: equal names give equal deviations."""
    return mean + stream(1, name).normal(0, spread, SEEDS)


SETTINGS = {"rare": {RATE: "1%", "ticks": "30"}, "often": {RATE: "5%", "ticks": "30"}}


def two_arms(plan=None, **arms):
    means = {"rare": 100.0, "often": 90.0} | arms
    revenue = {
        arm: around(mean) + stream(2, arm).normal(0, 0.5, SEEDS) for arm, mean in means.items()
    }
    latency = {arm: around(50.0, arm) for arm in means}
    return Comparison(
        frame(revenue_total=revenue, latency_p95=latency),
        SETTINGS,
        plan or Plan(primary="revenue_total", matters_from=0.02),
    )


def test_the_first_arm_is_the_baseline_unless_another_is_named():
    assert two_arms().arms == ("rare", "often")
    assert two_arms(Plan(baseline="often")).arms == ("often", "rare")


def test_what_differs_is_found_in_the_resolved_parameters():
    assert two_arms().differing == (RATE,)


def test_the_primary_stands_first_at_its_level_and_the_others_share_theirs():
    found = two_arms().rows["often"]

    assert [each.kpi for each in found] == ["revenue_total", "latency_p95"]
    assert found[0].word == "differs"
    assert found[0].mean == pytest.approx(-10, abs=1)
    assert found[0].difference.level == 0.95
    assert found[1].difference.level == 0.95
    wide = Comparison(
        frame(
            **{
                kpi: {"rare": around(5, kpi), "often": around(5, kpi + "b")}
                for kpi in ("revenue_total", "latency_p95", "host_revenue", "treasury")
            }
        ),
        SETTINGS,
        Plan(primary="revenue_total"),
    )  # fmt: skip
    levels = {each.kpi: each.difference.level for each in wide.rows["often"]}
    assert levels["revenue_total"] == pytest.approx(0.95)
    assert levels["treasury"] == pytest.approx(1 - 0.05 / 3)


def test_the_baseline_stays_unless_an_arm_differs_for_the_better():
    assert two_arms().chosen == "rare"
    assert two_arms(often=120.0).chosen == "often"
    assert two_arms(often=100.2).chosen == "rare", "within two per cent it does not matter"


def test_without_a_primary_outcome_nothing_is_chosen():
    found = two_arms(Plan(), often=120.0)

    assert found.primary is None
    assert found.best is None


def test_seeds_that_never_vary_and_replicas_that_are_all_alike_are_found():
    alike = Comparison(
        frame(
            revenue_total={"rare": [5.0] * 4, "often": [6.0] * 4},
            latency_p95={"rare": [1.0] * 4, "often": [1.0, 2.0, 3.0, 4.0]},
        ),
        SETTINGS,
        Plan(),
    )  # fmt: skip

    assert alike.unvaried == ("revenue_total",)
    assert alike.identical == ("rare",)


def test_where_seeds_were_added_after_looking_means_have_confidence_sequences():
    found = Comparison(two_arms().figures, SETTINGS, Plan(), looked=True)

    assert found.mean("revenue_total", "rare").method == CONFIDENCE_SEQUENCE
    assert found.rows["often"][0].difference.method == CONFIDENCE_SEQUENCE


def test_an_arm_is_dominated_that_another_beats_on_both_means():
    figures = frame(
        revenue_total={"a": [10.0, 12], "b": [9.0, 11], "c": [20.0, 22]},
        latency_p95={"a": [5.0, 5], "b": [6.0, 7], "c": [9.0, 9]},
    )
    settings = {arm: {RATE: arm} for arm in "abc"}

    found = Comparison(figures, settings, Plan()).dominated("revenue_total", "latency_p95")

    assert found == ("b",)


def crossed(turning=True):
    """Two check rates in three worlds: often loses where little is gained, wins where much is."""
    gains = {"low": (100, 80), "middle": (100, 95), "high": (100, 130 if turning else 99)}
    settings, revenue = {}, {}
    for gain, means in gains.items():
        for choice, mean in zip(("rare", "often"), means, strict=True):
            arm = f"{choice}-{gain}"
            settings[arm] = {RATE: choice, GAIN: gain}
            revenue[arm] = around(mean)
    return Comparison(
        frame(revenue_total=revenue), settings, Plan("rare-middle", "revenue_total", 0.01)
    )


def test_choices_are_what_a_designer_decides_and_worlds_the_rest():
    found = crossed()

    assert found.choices == (RATE,)
    assert found.assumptions == (GAIN,)
    assert found.candidates == ("rare-middle", "often-middle")


def test_an_assumption_that_turns_the_sign_is_named_with_the_values_between():
    (reach,) = reaches(crossed())

    assert reach.key == GAIN
    assert [round(paired.mean) for _, paired in reach.points] == [20, 5, -30]
    assert reach.crossing == ("middle", "high")
    (steady,) = reaches(crossed(turning=False))
    assert steady.crossing is None


def test_nothing_can_turn_a_choice_where_no_assumption_was_varied():
    assert reaches(two_arms()) == ()


def test_regret_is_what_the_best_choice_of_a_world_would_have_brought_more():
    found = {(each.truth, each.arm): each for each in regrets(crossed(), "revenue_total")}
    best = around(130).mean()

    assert len(found) == 6
    assert found[f"{GAIN} = high", "often-middle"].amount == 0
    assert found[f"{GAIN} = high", "rare-middle"].amount == pytest.approx(30)
    assert found[f"{GAIN} = high", "rare-middle"].share == pytest.approx(30 / best)
    assert found[f"{GAIN} = low", "rare-middle"].amount == 0


def test_without_varied_assumptions_regret_is_at_the_ends_of_the_interval():
    found = [(each.arm, each.amount) for each in regrets(two_arms(), "revenue_total")]

    assert [amount for arm, amount in found if arm == "rare"] == [0, 0]
    lost = [amount for arm, amount in found if arm == "often"]
    assert lost == pytest.approx([10, 10], abs=1.5)
    assert lost[0] > lost[1]


def test_errors_are_counted_in_money_where_there_is_any():
    assert money_of(two_arms(Plan(primary="latency_p95"))) == "revenue_total"


def test_fewer_milliseconds_are_the_better_outcome():
    figures = frame(latency_p95={"rare": around(100), "often": around(90)})

    found = Comparison(figures, SETTINGS, Plan(primary="latency_p95"))

    assert found.chosen == "often"
    assert np.isclose(found.best.gain, 10)
