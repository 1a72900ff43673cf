"""scenarios/loyalty-gates.yaml: a gate takes users from others; if all have one, all earn less."""

import pytest

from tests.scenarios.conftest import Play, Played

NAME = "loyalty-gates"
SMALL = {"ticks": "60", "population.users.count": "40", "population.creators.gate.review": "50%"}
SEEDS = (1, 2)


def played(play: Play, owners: int) -> list[Played]:
    changes = {**SMALL, "population.creators.gate.owners": str(owners)}
    return [play(NAME, seed, changes) for seed in SEEDS]


@pytest.fixture(scope="module")
def nobody(play: Play) -> list[Played]:
    return played(play, 0)


@pytest.fixture(scope="module")
def one(play: Play) -> list[Played]:
    return played(play, 1)


@pytest.fixture(scope="module")
def everybody(play: Play) -> list[Played]:
    return played(play, 5)


def mean(runs: list[Played], kpi: str) -> float:
    return sum(run.figures[kpi] for run in runs) / len(runs)


def test_a_gate_of_ones_own_pays_and_its_holders_return(nobody, one):
    assert mean(one, "first_model_revenue") > 1.05 * mean(nobody, "first_model_revenue")
    assert all(run.figures["returning_holders"] > 0.35 for run in one)
    assert mean(nobody, "returning_others") < 0.3


def test_where_all_have_gates_all_earn_less_for_not_a_call_more(nobody, everybody):
    for without, everywhere in zip(nobody, everybody, strict=True):
        assert everywhere.figures["revenue_total"] < 0.8 * without.figures["revenue_total"]
        calls = pytest.approx(without.figures["calls_settled"], rel=0.01)
        assert everywhere.figures["calls_settled"] == calls
    assert mean(everybody, "first_model_revenue") < mean(nobody, "first_model_revenue")
    assert mean(everybody, "returning_holders") < 0.35
