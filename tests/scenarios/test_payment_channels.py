"""scenarios/payment-channels.yaml: what verification is worth holds users, over seeds."""

import pytest

from tests.scenarios.conftest import Figures, Play

NAME = "payment-channels"
SMALL = {
    "ticks": "25",
    "protocol.spot_check_rate": "0%",
    "population.users.count": "60",
    "population.users.activity_sigma": "0.5",
}
SEEDS = (1, 2)


def played(play: Play, seed: int, changes: dict[str, str]) -> Figures:
    return play(NAME, seed, {**SMALL, **changes}).figures


@pytest.fixture(scope="module")
def at_border(play: Play) -> list[Figures]:
    return [played(play, seed, {}) for seed in SEEDS]


@pytest.fixture(scope="module")
def distrusting(play: Play) -> list[Figures]:
    return [played(play, seed, {"channels.expected_wrong": "20%"}) for seed in SEEDS]


def test_users_leave_as_theory_says(at_border, distrusting):
    """Exponential distrust of mean m is below the border of 4 % with 1 - exp(-4 % / m)."""
    for figures in at_border:
        assert figures["channel_share"] == pytest.approx(0.63, abs=0.15)
    for figures in distrusting:
        assert figures["channel_share"] == pytest.approx(0.18, abs=0.12)


def test_the_lineage_loses_more_the_more_users_trust(at_border, distrusting):
    for trusting, wary in zip(at_border, distrusting, strict=True):
        assert trusting["royalties_lost"] > wary["royalties_lost"]
        assert trusting["revenue_lost"] > 2 * wary["revenue_lost"]


def test_without_channels_every_call_is_settled(play, at_border):
    settled = played(play, SEEDS[0], {"channels.used": "never"})

    assert settled["calls_by_channel"] == settled["royalties_lost"] == 0
    assert settled["calls_settled"] == settled["calls_served"]
    assert settled["revenue_total"] > 2 * at_border[0]["revenue_total"]
    assert settled["calls_asked"] == at_border[0]["calls_asked"]
