"""scenarios/stable-prices.yaml: a price in MNFT lapses when MNFT falls, a stable one does not."""

import pytest

from tests.scenarios.conftest import Play

NAME = "stable-prices"
SMALL = {
    "ticks": "50",
    "population.creators.price_review": "0%",
    "population.users.session": "4d",
    "protocol.spot_check_rate": "0%",
    "population.creators.count": "2",
    "population.users.count": "15",
}
FALLEN = 43
"""
MNFT is worth less than two fifths of what it was, c / (p h) of the comment, since tick 38; the
sessions of before are over.
"""
SEEDS = (1, 2)


def late_calls(played):
    metrics = played.metrics
    late = metrics[(metrics["kpi"] == "calls_served") & (metrics["tick"] >= FALLEN)]
    return late["value"].sum()


@pytest.mark.parametrize("seed", SEEDS)
def test_models_in_the_stable_token_are_served_on_when_mnft_falls(play: Play, seed: int):
    changed = {**SMALL, "population.creators.currency": "settlement"}
    mnft, chosen = play(NAME, seed, changed), play(NAME, seed, SMALL)

    # By the formula all owners choose the stable token here, and everything is paid in it.
    assert chosen.figures["stable_models"] == 2
    assert chosen.figures["stable_calls"] == 1
    assert chosen.figures["revenue_total"] == mnft.figures["revenue_stable"] == 0
    assert chosen.figures["revenue_stable"] > 0
    assert late_calls(mnft) < 0.1 * late_calls(chosen)
