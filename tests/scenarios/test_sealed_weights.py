"""The price of a key, not the seal, is what keeps copiers out; it keeps forks out with them."""

import pytest

SMALL = {
    "ticks": "35",
    "population.creators.count": "2",
    "population.fine_tuners.count": "3",
    "population.fine_tuners.review": "40%",
    "population.copiers.count": "2",
    "population.copiers.copies_each": "1",
    "population.copiers.review": "40%",
    "population.users.count": "40",
}
SEEDS = (1, 2, 3)
SEALED = {"workload.weights": "sealed"}


@pytest.fixture(scope="module")
def arms(play):
    """Figures of each arm, seed by seed."""
    fees = {"free": "0 MNFT", "dear": "700 MNFT"}
    changes = {"open": {}} | {
        name: SEALED | {"population.creators.key_fee": fee} for name, fee in fees.items()
    }
    return {
        name: [play("sealed-weights", seed, SMALL | change).figures for seed in SEEDS]
        for name, change in changes.items()
    }


def each(arms, name, kpi):
    return [figures[kpi] for figures in arms[name]]


def test_sealing_for_nothing_stops_no_copy(arms):
    assert each(arms, "free", "copies") == each(arms, "open", "copies")
    assert all(keys > 0 for keys in each(arms, "free", "keys_released"))


def test_a_dear_key_stops_copies_and_forks_and_its_makers_earn_more(arms):
    for kpi in ("copies", "forks"):
        for dear, free in zip(each(arms, "dear", kpi), each(arms, "open", kpi), strict=True):
            assert dear < free
    earned = (each(arms, name, "originals_earned") for name in ("open", "dear"))
    for without, with_key in zip(*earned, strict=True):
        assert with_key > 1.2 * without
