from types import SimpleNamespace

import pytest

from sim.errors import UserError
from sim.experiments import batches
from sim.experiments.batches import further_seeds
from sim.experiments.design import replica_seeds
from sim.scenario.sweeping import Until
from sim.streams import stream

UNTIL = Until(kpi="revenue_total", half_width=1.0, most=40)


@pytest.fixture
def make_arms(tmp_path, monkeypatch):
    """Replicas by arm, each with one figure; None is a replica that failed."""
    figures = {}

    def read(folder):
        if folder not in figures:
            raise UserError(str(folder), "there is no run here", "a run")
        return SimpleNamespace(kpis={"revenue_total": figures[folder]})

    def make(**arms):
        for arm, values in arms.items():
            for number, value in enumerate(values):
                if value is not None:
                    figures[tmp_path / arm / f"replica-{number}"] = value
        return tmp_path

    monkeypatch.setattr(batches, "read_manifest", read)
    return make


def test_a_batch_follows_while_one_arm_is_not_known_closely_enough(make_arms):
    folder = make_arms(calm=[5.0] * 10, wild=stream(1, "wild").normal(0, 30, 10))

    seeds = further_seeds(UNTIL, folder, ("calm", "wild"), 7, 10, 10)

    assert seeds == replica_seeds(7, 20)[10:]


def test_nothing_follows_once_every_arm_is_known(make_arms):
    folder = make_arms(a=[5.0] * 10, b=stream(1, "b").normal(0, 0.1, 30))

    assert further_seeds(UNTIL, folder, ("a", "b"), 7, 30, 10) == ()


def test_the_most_seeds_end_it(make_arms):
    folder = make_arms(wild=stream(1, "wild").normal(0, 300, 40))

    assert len(further_seeds(UNTIL, folder, ("wild",), 7, 35, 10)) == 5
    assert further_seeds(UNTIL, folder, ("wild",), 7, 40, 10) == ()


def test_an_arm_that_never_measured_the_kpi_asks_for_no_more(make_arms):
    folder = make_arms(calm=[5.0] * 10, broken=[None] * 10)

    assert further_seeds(UNTIL, folder, ("calm", "broken"), 7, 10, 10) == ()


def test_without_until_a_sweep_ends_where_it_was_planned(make_arms):
    assert further_seeds(None, make_arms(), ("a",), 7, 10, 10) == ()
