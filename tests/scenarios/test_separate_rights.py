"""scenarios/separate-rights.yaml: rights to fork earn creators more, shares bring money forward."""

import pytest

from tests.scenarios.conftest import Play, Played

NAME, RIGHTS = "separate-rights", "population.creators.rights"
SMALL = {"ticks": "60", "population.users.count": "30", "population.fine_tuners.count": "5"}
APPROVED = {f"{RIGHTS}.fine_tune": "approved"}
UNSHARED = {f"{RIGHTS}.revenue_units": "0"}
SEEDS = (1, 2)


def played(play: Play, changes: dict[str, str]) -> list[Played]:
    return [play(NAME, seed, {**SMALL, **changes}) for seed in SEEDS]


@pytest.fixture(scope="module")
def calls_alone(play: Play) -> list[Played]:
    return played(play, {**APPROVED, **UNSHARED})


@pytest.fixture(scope="module")
def both(play: Play) -> list[Played]:
    return played(play, {})


def test_rights_to_fork_earn_creators_more_than_royalties_alone(play, calls_alone):
    for without, sold in zip(calls_alone, played(play, UNSHARED), strict=True):
        assert sold.figures["forks_by_right"] >= 1
        assert sold.figures["makers_earned"] > 1.25 * without.figures["makers_earned"]
        # Users call as much as before.
        calls = pytest.approx(without.figures["calls_settled"], rel=0.05)
        assert sold.figures["calls_settled"] == calls


def test_shares_of_revenue_bring_money_forward(calls_alone, both):
    for without, sold in zip(calls_alone, both, strict=True):
        assert without.figures["revenue_shared"] == 0
        assert sold.figures["revenue_rights_sold"] > 2 * sold.figures["revenue_shared"] > 0
        assert sold.figures["makers_earned"] > 2 * without.figures["makers_earned"]
